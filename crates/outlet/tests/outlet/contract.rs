//! Published names never change: `tests/contract.txt` compared with the enums, an opened database and both APIs. The
//! commands are compared in `tests/system/contract.rs`.

use std::collections::BTreeSet;

use domain::cart::{ChargeKind, ServiceBase};
use domain::{Method, OrderStatus, OrderType, PaymentStatus, PriceSource, Role, RoundingMode, Station, TaxGroup};
use protocol::entity::{ENTITIES, Policy};
use protocol::wire::Operation;
use serde_json::{Value, json};
use testkit::TestOutlet;

const CONTRACT: &str = include_str!("../../../../tests/contract.txt");

/// The lines of a kind: what each is about, and its names.
fn lines(kind: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = CONTRACT.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')?.split_once(": "));
    let lines: Vec<_> = lines.map(|(about, names)| (about, names.split(' ').collect())).collect();
    assert!(!lines.is_empty(), "no line begins with '{kind}'");
    lines
}

/// The names of one line.
fn names(kind: &str, about: &str) -> Vec<&'static str> {
    let found = lines(kind).into_iter().find(|(name, _)| *name == about);
    found.unwrap_or_else(|| panic!("no line '{kind} {about}'")).1
}

fn assert_contains(what: &str, has: &BTreeSet<String>, names: &[&str]) {
    for name in names {
        assert!(has.contains(*name), "{what} lacks '{name}'; it has {has:?}");
    }
}

/// A rename over all files changes the contract too, but not its digest (FNV-1a). A new name needs a new digest.
#[test]
fn the_contract_is_unchanged() {
    let names: Vec<_> = CONTRACT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let digest = names
        .join("\n")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(digest, 0x1e0d_ac4d_fb77_27ae, "tests/contract.txt has other names than before");
}

#[test]
fn enums_have_their_published_values() {
    macro_rules! check {
        ($($name:literal: $values:expr;)+) => {$(
            let values: Vec<Value> = $values.iter().map(|value| json!(value)).collect();
            assert_eq!(values, names("values", $name), $name);
        )+};
    }
    check! {
        "OrderStatus": OrderStatus::ALL;
        "OrderType": OrderType::ALL;
        "PriceSource": PriceSource::ALL;
        "Method": Method::ALL;
        "PaymentStatus": PaymentStatus::ALL;
        "TaxGroup": TaxGroup::ALL;
        "Station": Station::ALL;
        "ChargeKind": ChargeKind::ALL;
        "ServiceBase": ServiceBase::ALL;
        "RoundingMode": RoundingMode::ALL;
        "Role": Role::ALL;
        "Operation": [Operation::Create, Operation::Update, Operation::Delete];
    }
    let policies = [Policy::CloudWins, Policy::LocalWins, Policy::Manual].map(Policy::as_str);
    assert_eq!(policies.to_vec(), names("values", "Policy"));
}

#[test]
fn api_descriptions_list_the_published_values() {
    let described = [outlet::routes::api(), hub::api()].map(|api| serde_json::to_value(api).unwrap());
    let mut compared = 0;
    for (name, values) in lines("values") {
        for api in &described {
            let schema = &api["components"]["schemas"][name];
            // Head office has roles of its own.
            let is_other = name == "Role" && schema["enum"].as_array().is_some_and(|roles| roles.len() == 2);
            if !schema.is_null() && !is_other {
                assert_eq!(schema["enum"], json!(values), "{name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 12, "{compared}");
}

#[test]
fn entities_have_their_published_names_and_tables() {
    let declared: BTreeSet<_> = ENTITIES.iter().map(|entity| format!("{} {}", entity.name, entity.table)).collect();
    for (entity, table) in lines("entity") {
        assert_contains("protocol::entity", &declared, &[&format!("{entity} {}", table[0])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_has_the_published_columns_and_values() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell().await;
    let shell = outlet.shell();
    for (table, columns) in lines("columns") {
        let mut statement = shell.prepare(&format!("select name from pragma_table_info('{table}')")).unwrap();
        let found = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<BTreeSet<String>, _>>();
        assert_contains(table, &found.unwrap(), &columns);
    }
    for status in names("values", "sync_queue.status") {
        shell.execute("update sync_state set status = ?1 where entity_type = 'order'", [status]).unwrap();
        let shown: String = shell
            .query_row("select status from sync_queue where entity_type = 'order'", [], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(shown, status);
    }
    for status in names("values", "sync_logs.status") {
        let log = "insert into sync_logs (sync_type, entity_type, entity_count, status, started_at) values ('push', '', 0, ?1, '')";
        shell.execute(log, [status]).unwrap_or_else(|error| panic!("{status}: {error}"));
    }
    for (column, values) in [
        ("orders.status", "OrderStatus"),
        ("orders.order_type", "OrderType"),
        ("payments.method", "Method"),
        ("payments.status", "PaymentStatus"),
        ("products.tax_group", "TaxGroup"),
        ("products.station", "Station"),
        ("charges.kind", "ChargeKind"),
        ("charges.service_base", "ServiceBase"),
        ("settings.cash_rounding_mode", "RoundingMode"),
        ("users.role", "Role"),
        ("sync_conflicts.status", "sync_conflicts.status"),
    ] {
        let (table, column) = column.split_once('.').unwrap();
        let sql: String =
            shell.query_row("select sql from sqlite_schema where name = ?1", [table], |row| row.get(0)).unwrap();
        let list: Vec<_> = names("values", values).iter().map(|value| format!("'{value}'")).collect();
        let check = format!("check ({column} in ({}))", list.join(", "));
        assert!(sql.contains(&check), "{table} has no {check}: {sql}");
    }
}

/// A description of an API.
fn described(api: &str) -> Value {
    let api = if api == "hub" { hub::api() } else { outlet::routes::api() };
    serde_json::to_value(api).unwrap()
}

#[test]
fn both_apis_have_the_published_operations_parameters_and_fields() {
    for api in ["outlet", "hub"] {
        let described = described(api);
        for (method, paths) in lines(api) {
            for path in paths {
                let operation = &described["paths"][path][method.to_lowercase()];
                assert!(operation.is_object(), "the {api} lacks {method} {path}");
            }
        }
    }
    for (about, parameters) in lines("query") {
        let [api, method, path] = about.split(' ').collect::<Vec<_>>()[..] else { panic!("{about}") };
        let operation = &described(api)["paths"][path][method.to_lowercase()];
        let listed = operation["parameters"].as_array().into_iter().flatten();
        let listed = listed.filter(|parameter| parameter["in"] == "query");
        let listed = listed.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        assert_contains(about, &listed, &parameters);
    }
    for (about, fields) in lines("fields") {
        let (api, schema) = about.split_once(' ').unwrap();
        let schema = &described(api)["components"]["schemas"][schema];
        let listed = schema["properties"].as_object().unwrap_or_else(|| panic!("no {about}")).keys().cloned();
        assert_contains(about, &listed.collect(), &fields);
    }
}
