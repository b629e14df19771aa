//! Drawers: an outlet's master data, from its till to head office's list.

use serde_json::{Value, json};
use testkit::{TestHub, TestOutlet};

#[tokio::test(flavor = "multi_thread")]
async fn drawers_of_all_outlets_are_in_head_offices_list() {
    let hub = TestHub::start().await;
    for code in ["JKT-001", "JKT-002"] {
        let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet(code).await).await;
        let name = format!("Laci {code}");
        let drawer = outlet.admin().post("/api/v1/drawers", &json!({"name": name})).await.data().clone();
        let deleted = outlet.admin().post("/api/v1/drawers", &json!({"name": "Salah"})).await.data().clone();
        let path = |drawer: &Value| format!("/api/v1/drawers/{}", drawer["id"].as_str().unwrap());
        outlet.admin().call("PUT", &path(&drawer), &json!({"name": name, "active": false})).await.data();
        assert_eq!(outlet.admin().call("DELETE", &path(&deleted), &Value::Null).await.status, 200);
        assert_eq!(outlet.admin().get(&path(&deleted)).await.status, 404);
        outlet.synced().await;
    }
    let boss = hub.boss().await;
    let listed = boss.all("/v1/hq/drawers?limit=1").await;
    let field = |drawer: &Value, name: &str| drawer[name].clone();
    let mut names: Vec<_> =
        listed.iter().map(|one| (field(one, "outlet_code"), field(one, "name"), field(one, "active"))).collect();
    names.sort_by_key(|(code, ..)| code.to_string());
    let expected = |code: &str| (json!(code), json!(format!("Laci {code}")), json!(false));
    assert_eq!(names, [expected("JKT-001"), expected("JKT-002")]);
    let one = boss.all(&format!("/v1/hq/drawers?outlet_id={}", listed[0]["outlet_id"].as_str().unwrap())).await;
    assert_eq!(one, listed[..1]);
}
