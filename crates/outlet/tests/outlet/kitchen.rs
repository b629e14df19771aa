//! Kitchen and bar: tickets, their states, what happens to them when the order changes, and how much is left of a product.

use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet};
use tokio::task::JoinSet;

const TICKETS: &str = "/api/v1/kitchen/tickets";
const AVAILABILITY: &str = "/api/v1/kitchen/availability";

/// A café with food, a drink and a bottle, and its people.
struct Cafe {
    outlet: TestOutlet,
    cashier: Http,
    waiter: Http,
    kitchen: Http,
    bar: Http,
    soup: String,
    rice: String,
    tea: String,
    bottle: String,
}

impl Cafe {
    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn of(outlet: TestOutlet) -> Self {
        let product = async |name: &str, station: &str| {
            let new = json!({"name": name, "price": 20_000, "station": station});
            text(&outlet.admin().post("/api/v1/products", &new).await.data()["id"])
        };
        let (soup, rice) = (product("Soto", "kitchen").await, product("Nasi", "kitchen").await);
        let (tea, bottle) = (product("Teh", "bar").await, product("Air botol", "none").await);
        let cashier = outlet.member("cashier").await;
        let waiter = outlet.member("waiter").await;
        let kitchen = outlet.member("kitchen").await;
        let bar = outlet.member("bar").await;
        Self { outlet, cashier, waiter, kitchen, bar, soup, rice, tea, bottle }
    }

    /// An open order at a table, with these products and quantities.
    async fn order(&self, table: &str, lines: &[(&str, i64)]) -> Value {
        let lines: Vec<_> = lines.iter().map(|(id, qty)| json!({"product_id": id, "qty": qty})).collect();
        self.cashier.post("/api/v1/orders", &json!({"table_number": table, "lines": lines})).await.data().clone()
    }

    async fn send(&self, order: &Value) -> Value {
        self.cashier.post(&path(order, "send"), &json!({})).await.data().clone()
    }

    async fn sent(&self, table: &str, lines: &[(&str, i64)]) -> Value {
        let order = self.order(table, lines).await;
        self.send(&order).await
    }

    async fn list(&self, query: &str) -> Vec<Value> {
        self.kitchen.get(&format!("{TICKETS}?{query}")).await.data().as_array().unwrap().clone()
    }

    async fn board(&self, station: &str) -> Vec<Value> {
        self.list(&format!("station={station}")).await
    }

    /// The only ticket on the board of the kitchen.
    async fn ticket(&self) -> Value {
        let [ticket] = &self.board("kitchen").await[..] else { panic!("one ticket is on the board") };
        ticket.clone()
    }

    async fn bump(&self, ticket: &Value, command: &str) -> Answer {
        let user = if ticket["station"] == "bar" { &self.bar } else { &self.kitchen };
        user.post(&of_ticket(ticket, command), &Value::Null).await
    }

    async fn void_line(&self, order: &Value, at: usize, body: Value) -> Answer {
        let path = path(order, &format!("lines/{}/void", text(&order["lines"][at]["id"])));
        self.outlet.admin().post(&path, &body).await
    }

    async fn pay(&self, order: &Value) -> Value {
        let payment = json!({"method": "card", "amount": order["total"]});
        self.cashier.post(&path(order, "payments"), &payment).await.data().clone()
    }

    async fn set_left(&self, body: Value) -> Answer {
        self.kitchen.call("PUT", AVAILABILITY, &body).await
    }

    /// Makes stored times older.
    fn age(&self, column: &str, minutes: i64) {
        let at = web::time::text(web::time::now() - SignedDuration::from_mins(minutes));
        self.outlet.shell().execute(&format!("update tickets set {column} = ?1"), [at]).unwrap();
    }

    fn count(&self, what: &str) -> i64 {
        self.outlet.shell().query_row(&format!("select count(*) from {what}"), [], |row| row.get(0)).unwrap()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn path(order: &Value, command: &str) -> String {
    format!("/api/v1/orders/{}/{command}", text(&order["id"]))
}

fn of_ticket(ticket: &Value, command: &str) -> String {
    format!("{TICKETS}/{}/{command}", text(&ticket["id"]))
}

/// Name, quantity, state and change of each line.
fn lines(ticket: &Value) -> Vec<(String, i64, String, Option<String>)> {
    let line = |line: &Value| {
        let change = line["change"].as_str().map(str::to_owned);
        (text(&line["name"]), line["qty"].as_i64().unwrap(), text(&line["state"]), change)
    };
    ticket["lines"].as_array().unwrap().iter().map(line).collect()
}

fn line(name: &str, qty: i64, state: &str, change: Option<&str>) -> (String, i64, String, Option<String>) {
    (name.to_owned(), qty, state.to_owned(), change.map(str::to_owned))
}

fn states(tickets: &[Value]) -> Vec<String> {
    tickets.iter().map(|ticket| text(&ticket["state"])).collect()
}

/// T39: food that is added is one new ticket; nothing is sent to the bar again.
#[tokio::test]
async fn each_send_makes_tickets_by_station_of_what_is_new() {
    let cafe = Cafe::open().await;
    let order = cafe.order("4", &[(&cafe.soup, 2), (&cafe.tea, 1), (&cafe.bottle, 1), (&cafe.rice, 1)]).await;
    assert!(cafe.list("").await.is_empty(), "nothing was sent yet");
    cafe.send(&order).await;
    let (kitchen, bar) = (cafe.board("kitchen").await, cafe.board("bar").await);
    assert_eq!((kitchen.len(), bar.len(), cafe.list("").await.len()), (1, 1, 2));
    assert_eq!(lines(&kitchen[0]), [line("Soto", 2, "new", None), line("Nasi", 1, "new", None)]);
    assert_eq!(lines(&bar[0]), [line("Teh", 1, "new", None)]);
    let head = ["state", "number", "table_number", "order_number", "order_type", "addition", "course", "moved_from"];
    let head = head.map(|field| kitchen[0][field].clone());
    let expected = json!(["new", 1, "4", order["order_number"], "dine_in", false, null, null]);
    assert_eq!(Value::from(head.to_vec()), expected);

    // Another round is another ticket; the bar gets none.
    let more = json!([{"product_id": cafe.soup, "qty": 1, "note": "tanpa seledri"}]);
    cafe.cashier.post(&path(&order, "lines"), &more).await.data();
    cafe.send(&order).await;
    let kitchen = cafe.board("kitchen").await;
    assert_eq!((kitchen.len(), cafe.board("bar").await.len()), (2, 1));
    assert_eq!(lines(&kitchen[1]), [line("Soto", 1, "new", None)]);
    assert_eq!((&kitchen[1]["addition"], &kitchen[1]["number"]), (&json!(true), &json!(2)));
    assert_eq!(kitchen[1]["lines"][0]["note"], "tanpa seledri");
    // Nothing new, nothing sent.
    cafe.send(&order).await;
    assert_eq!(cafe.list("").await.len(), 3);
}

/// T40: the button is hit five times.
#[tokio::test]
async fn a_send_that_is_repeated_five_times_makes_one_ticket() {
    let cafe = Cafe::open().await;
    let order = cafe.order("4", &[(&cafe.soup, 1)]).await;
    let send = |key: String| {
        let request = cafe.cashier.request("POST", &path(&order, "send")).header("idempotency-key", key).body("{}");
        Http::send(request)
    };
    for n in 0..5 {
        assert_eq!(send(format!("press {}", n / 2)).await.status, 200);
    }
    assert_eq!(cafe.list("").await.len(), 1);
}

#[tokio::test]
async fn courses_are_sent_one_after_the_other() {
    let cafe = Cafe::open().await;
    let new = |id: &str, course: Value| json!({"product_id": id, "qty": 1, "course": course});
    let body = json!({"lines": [new(&cafe.soup, json!(1)), new(&cafe.rice, json!(2)), new(&cafe.tea, Value::Null)]});
    let order = cafe.cashier.post("/api/v1/orders", &body).await.data().clone();
    assert_eq!(order["lines"][1]["course"], 2);
    let send = async |course: Value| cafe.cashier.post(&path(&order, "send"), &json!({"course": course})).await;
    send(json!(1)).await.data();
    send(json!(1)).await.data();
    assert_eq!(cafe.list("").await.iter().map(|ticket| ticket["course"].clone()).collect::<Vec<_>>(), [json!(1)]);
    // A course that the order does not have, and one that no order has.
    assert_eq!(send(json!(3)).await.refusal(), (422, "unknown_course"));
    for course in [0, 10, -1] {
        assert_eq!(send(json!(course)).await.refusal(), (422, "invalid_course"), "{course}");
        let line = json!([new(&cafe.soup, json!(course))]);
        assert_eq!(cafe.cashier.post(&path(&order, "lines"), &line).await.refusal(), (422, "invalid_course"));
    }
    let line = path(&order, &format!("lines/{}", text(&order["lines"][1]["id"])));
    assert_eq!(cafe.cashier.call("PATCH", &line, &json!({"course": 3})).await.data()["lines"][1]["course"], 3);
    send(Value::Null).await.data();
    let tickets = cafe.list("").await;
    let sent: Vec<_> = tickets.iter().map(|t| (text(&t["station"]), t["course"].as_i64())).collect();
    let expected = [("kitchen", Some(1)), ("kitchen", Some(3)), ("bar", None)];
    assert_eq!(sent, expected.map(|(station, course)| (station.to_owned(), course)));
}

#[tokio::test]
async fn a_paid_order_sends_what_was_not_sent() {
    let cafe = Cafe::open().await;
    let lines = json!([{"product_id": cafe.soup, "qty": 1}, {"product_id": cafe.bottle, "qty": 1}]);
    let total = cafe.cashier.post("/api/v1/orders/quote", &json!({"lines": lines})).await.data()["total"].clone();
    let body = json!({"lines": lines, "payments": [{"method": "card", "amount": total}]});
    let order = cafe.cashier.post("/api/v1/orders", &body).await.data().clone();
    assert_eq!(order["status"], "paid");
    assert!(order["lines"][0]["sent_at"].is_string() && order["lines"][1]["sent_at"].is_null(), "{order}");
    assert_eq!(lines_of(&cafe.ticket().await), ["Soto"]);
    // A deposit sends nothing; the payment that settles does.
    let order = cafe.order("4", &[(&cafe.tea, 1)]).await;
    cafe.cashier.post(&path(&order, "payments"), &json!({"method": "card", "amount": 1})).await.data();
    assert!(cafe.board("bar").await.is_empty());
    let rest = json!({"method": "card", "amount": order["total"].as_i64().unwrap() - 1});
    cafe.cashier.post(&path(&order, "payments"), &rest).await.data();
    assert_eq!(cafe.board("bar").await.len(), 1);
}

fn lines_of(ticket: &Value) -> Vec<String> {
    lines(ticket).into_iter().map(|(name, ..)| name).collect()
}

/// A station that the catalog names and this version does not know: the kitchen sees the line.
#[tokio::test]
async fn a_line_of_an_unknown_station_goes_to_the_kitchen() {
    let cafe = Cafe::open().await;
    let shell = cafe.outlet.shell();
    shell.execute_batch("pragma ignore_check_constraints = on; update products set station = 'grill'").unwrap();
    cafe.sent("4", &[(&cafe.tea, 1)]).await;
    assert_eq!(lines_of(&cafe.ticket().await), ["Teh"]);
    let refused = cafe.kitchen.get(&format!("{TICKETS}?station=grill")).await;
    assert_eq!(refused.refusal(), (422, "invalid_query"));
    assert_eq!(cafe.kitchen.get(&format!("{TICKETS}?state=burnt")).await.refusal(), (422, "invalid_query"));
    shell.execute_batch("update products set station = 'bar'").unwrap();
}

#[tokio::test]
async fn a_ticket_goes_forward_and_a_repeated_bump_is_one() {
    let cafe = Cafe::open().await;
    cafe.sent("4", &[(&cafe.soup, 1), (&cafe.rice, 1)]).await;
    let ticket = cafe.ticket().await;
    assert_eq!(cafe.bump(&ticket, "start").await.data()["state"], "cooking");
    let of_line = |at: usize| format!("/api/v1/kitchen/lines/{}/state", text(&ticket["lines"][at]["id"]));
    let step = async |at: usize, state: &str| cafe.kitchen.post(&of_line(at), &json!({"state": state})).await;
    assert_eq!(step(0, "ready").await.data()["state"], "cooking", "one of two is ready");
    assert_eq!(step(0, "ready").await.status, 200);
    assert_eq!(step(0, "cooking").await.refusal(), (409, "state_backwards"));
    for unknown in ["void", "burnt", ""] {
        assert_eq!(step(1, unknown).await.refusal(), (422, "invalid_ticket_state"), "{unknown}");
    }
    let bumped = step(1, "ready").await.data().clone();
    assert_eq!((&bumped["state"], &bumped["on_board"]), (&json!("ready"), &json!(false)));
    assert!(cafe.board("kitchen").await.is_empty());
    let again = cafe.bump(&ticket, "ready").await.data().clone();
    assert_eq!(again, bumped, "the second bump changes nothing");
    assert_eq!(cafe.bump(&ticket, "start").await.data()["state"], "ready", "a late start neither");
    assert_eq!(states(&cafe.list("state=ready").await), ["ready"]);
    let served = cafe.waiter.post(&of_ticket(&ticket, "served"), &Value::Null).await.data().clone();
    assert_eq!((&served["state"], &served["ready_at"]), (&json!("served"), &bumped["ready_at"]));
    assert_eq!(states(&cafe.list("state=served").await), ["served"]);
    for path in [of_ticket(&json!({"id": "1"}), "ready"), "/api/v1/kitchen/lines/1/state".to_owned()] {
        let refused = cafe.kitchen.post(&path, &json!({"state": "ready"})).await;
        assert_eq!(refused.status, 404, "{path}");
    }
}

#[tokio::test]
async fn each_station_works_on_its_own_tickets() {
    let cafe = Cafe::open().await;
    cafe.sent("4", &[(&cafe.soup, 1), (&cafe.tea, 1)]).await;
    let (food, drink) = (cafe.ticket().await, cafe.board("bar").await[0].clone());
    let manager = cafe.outlet.member("manager").await;
    for (user, ticket, command, allowed) in [
        (&cafe.bar, &food, "start", false),
        (&cafe.bar, &food, "served", false),
        (&cafe.kitchen, &drink, "ready", false),
        (&cafe.waiter, &food, "ready", false),
        (&cafe.cashier, &drink, "start", false),
        (&cafe.kitchen, &food, "start", true),
        (&manager, &food, "ready", true),
        (&cafe.cashier, &food, "served", true),
        (&cafe.waiter, &food, "recall", false),
        (&cafe.bar, &food, "recall", false),
        (&cafe.kitchen, &food, "recall", true),
    ] {
        let answer = user.post(&of_ticket(ticket, command), &Value::Null).await;
        let expected = if allowed { 200 } else { 403 };
        assert_eq!(answer.status, expected, "{command} of {}: {}", ticket["station"], answer.text);
    }
    let line = format!("/api/v1/kitchen/lines/{}/state", text(&drink["lines"][0]["id"]));
    assert_eq!(cafe.kitchen.post(&line, &json!({"state": "ready"})).await.status, 403);
    assert_eq!(cafe.waiter.post(&line, &json!({"state": "served"})).await.status, 200);
    assert_eq!(cafe.cashier.call("PUT", AVAILABILITY, &json!({"product_id": cafe.tea, "left": 1})).await.status, 403);
}

/// U51: the order is struck on the board, stays there until somebody has seen it, and a part of a line is flagged.
#[tokio::test]
async fn a_void_strikes_lines_and_cancels_the_ticket() {
    let cafe = Cafe::open().await;
    let order = cafe.sent("4", &[(&cafe.soup, 3), (&cafe.rice, 1)]).await;
    let part = json!({"qty": 1, "kind": "wasted", "reason": "Tumpah"});
    let order = cafe.void_line(&order, 0, part).await.data().clone();
    let ticket = cafe.ticket().await;
    let struck = [
        line("Soto", 2, "new", Some("changed")),
        line("Nasi", 1, "new", None),
        line("Soto", 1, "void", Some("voided")),
    ];
    assert_eq!(lines(&ticket), struck);
    // Starting a ticket marks its changes as seen.
    let seen = cafe.bump(&ticket, "start").await.data().clone();
    assert_eq!(lines(&seen)[0], line("Soto", 2, "cooking", None));
    assert_eq!(lines(&seen)[2], line("Soto", 1, "void", None));
    let line_path = format!("/api/v1/kitchen/lines/{}/state", text(&seen["lines"][2]["id"]));
    assert_eq!(cafe.kitchen.post(&line_path, &json!({"state": "ready"})).await.refusal(), (409, "line_void"));

    let void = json!({"reason": "Tamu pergi"});
    cafe.outlet.admin().post(&path(&order, "void"), &void).await.data();
    let ticket = cafe.ticket().await;
    assert_eq!((&ticket["state"], &ticket["table_number"]), (&json!("cancelled"), &json!("4")));
    assert!(lines(&ticket).iter().all(|(_, _, state, _)| state == "void"));
    assert_eq!(cafe.bump(&ticket, "recall").await.refusal(), (409, "ticket_cancelled"));
    cafe.bump(&ticket, "ready").await.data();
    assert!(cafe.board("kitchen").await.is_empty(), "it was seen");
    assert_eq!(states(&cafe.list("state=cancelled").await), ["cancelled"]);
    assert!(cafe.list("state=recent").await.is_empty());

    // What the guests have eaten is of no concern to the kitchen.
    let order = cafe.sent("5", &[(&cafe.soup, 1)]).await;
    cafe.bump(&cafe.ticket().await, "served").await.data();
    cafe.void_line(&order, 0, json!({"kind": "wasted", "reason": "Keluhan"})).await.data();
    assert!(cafe.board("kitchen").await.is_empty());
}

/// U51: the rest of the ticket is ready already, so the void of the last line is all that the kitchen still must see.
#[tokio::test]
async fn a_void_of_the_last_unfinished_line_is_seen_before_the_ticket_leaves_the_board() {
    let cafe = Cafe::open().await;
    let wasted = json!({"kind": "wasted", "reason": "Batal"});
    for command in ["ready", "start"] {
        let order = cafe.sent("4", &[(&cafe.soup, 1), (&cafe.rice, 1)]).await;
        let soup = format!("/api/v1/kitchen/lines/{}/state", text(&cafe.ticket().await["lines"][0]["id"]));
        cafe.kitchen.post(&soup, &json!({"state": "ready"})).await.data();
        cafe.void_line(&order, 1, wasted.clone()).await.data();
        let ticket = cafe.ticket().await;
        assert_eq!(lines(&ticket), [line("Soto", 1, "ready", None), line("Nasi", 1, "void", Some("voided"))]);
        assert_eq!((&ticket["state"], &ticket["on_board"]), (&json!("ready"), &json!(true)));
        assert!(cafe.list("state=recent").await.iter().all(|recent| recent["id"] != ticket["id"]), "nobody bumped it");
        let seen = cafe.bump(&ticket, command).await.data().clone();
        assert_eq!((&seen["state"], &seen["on_board"]), (&json!("ready"), &json!(false)), "{command}");
        assert_eq!(lines(&seen)[1], line("Nasi", 1, "void", None));
        assert!(cafe.board("kitchen").await.is_empty(), "{command}");
        assert_eq!(cafe.list("state=recent").await[0]["id"], ticket["id"]);
    }
}

/// "No peanuts" that is said later must not be missed. A name says nothing about how to make it.
#[tokio::test]
async fn another_note_or_type_of_the_order_marks_what_is_not_made_yet() {
    let cafe = Cafe::open().await;
    let order = cafe.sent("4", &[(&cafe.soup, 1), (&cafe.rice, 1), (&cafe.tea, 1)]).await;
    let soup = format!("/api/v1/kitchen/lines/{}/state", text(&cafe.ticket().await["lines"][0]["id"]));
    cafe.kitchen.post(&soup, &json!({"state": "ready"})).await.data();
    let change = async |body: Value| {
        let path = format!("/api/v1/orders/{}", text(&order["id"]));
        cafe.cashier.call("PATCH", &path, &body).await.data();
        let (food, drink) = (cafe.ticket().await, cafe.board("bar").await[0].clone());
        let marks = [&food["lines"][0], &food["lines"][1], &drink["lines"][0]].map(|line| line["change"].clone());
        for ticket in [&food, &drink] {
            cafe.bump(ticket, "start").await.data();
        }
        (Value::from(marks.to_vec()), food["note"].clone())
    };
    let (marked, unmarked) = (json!([null, "changed", "changed"]), json!([null, null, null]));
    assert_eq!(change(json!({"note": "Tanpa kacang!"})).await, (marked.clone(), json!("Tanpa kacang!")));
    assert_eq!(change(json!({"note": "Tanpa kacang!", "order_type": "dine_in"})).await.0, unmarked, "no change");
    assert_eq!(change(json!({"customer_name": "Dewi", "pax": 2})).await.0, unmarked);
    assert_eq!(change(json!({"order_type": "take_away"})).await.0, marked);
    assert_eq!(change(json!({"note": null})).await, (marked, Value::Null));
    // What was voided stays so.
    cafe.void_line(&order, 1, json!({"kind": "wasted", "reason": "Batal"})).await.data();
    assert_eq!(change(json!({"note": "Pedas"})).await.0, json!([null, "voided", "changed"]));
}

/// U50: nothing goes to the kitchen twice, nothing is cancelled. T41: what was sent stays sent, by line.
#[tokio::test]
async fn moving_merging_and_splitting_rename_tickets_and_send_nothing() {
    let cafe = Cafe::open().await;
    let first = cafe.sent("4", &[(&cafe.soup, 3), (&cafe.rice, 1)]).await;
    cafe.cashier.post(&path(&first, "move"), &json!({"table_number": "7"})).await.data();
    let ticket = cafe.ticket().await;
    assert_eq!((&ticket["table_number"], &ticket["moved_from"]), (&json!("7"), &json!("4")));
    assert_eq!(cafe.bump(&ticket, "start").await.data()["moved_from"], Value::Null, "seen");

    let second = cafe.sent("9", &[(&cafe.rice, 2)]).await;
    cafe.cashier.post(&path(&first, "merge"), &json!({"from": [second["id"]]})).await.data();
    let tickets = cafe.board("kitchen").await;
    assert_eq!(states(&tickets), ["cooking", "new"]);
    for ticket in &tickets {
        assert_eq!((&ticket["order_id"], &ticket["table_number"]), (&first["id"], &json!("7")));
    }
    assert_eq!(tickets[1]["moved_from"], "9");

    let order = cafe.cashier.get(&format!("/api/v1/orders/{}", text(&first["id"]))).await.data().clone();
    let (soup, rice, more_rice) = (&order["lines"][0]["id"], &order["lines"][1]["id"], &order["lines"][2]["id"]);
    let parts = json!({"parts": [[{"line_id": soup, "qty": 1}, {"line_id": rice}], [{"line_id": more_rice}]]});
    let mut events = crate::events::Events::of(&cafe.kitchen, "/api/v1/events?topics=kitchen").await;
    let split = cafe.cashier.post(&path(&order, "split"), &parts).await.data()["orders"].clone();
    let both = |data: &Value| data["ids"].as_array().is_some_and(|ids| ids.len() == 2);
    events.until(both).await;
    let after = cafe.board("kitchen").await;
    assert_eq!(states(&after), ["cooking", "new"], "the same two tickets");
    let pieces = |ticket: &Value| {
        let mut all = lines(ticket);
        all.sort();
        all
    };
    let cut = [line("Nasi", 1, "cooking", None), line("Soto", 1, "cooking", None), line("Soto", 2, "cooking", None)];
    assert_eq!(pieces(&after[0]), cut);
    assert_eq!(after[0]["order_id"], first["id"], "a part of the ticket moved");
    assert_eq!(after[1]["order_id"], split[2]["id"], "all of the ticket moved");
    // A later send of any of them makes nothing.
    for order in split.as_array().unwrap() {
        cafe.send(order).await;
    }
    assert_eq!(cafe.count("tickets"), 2);
    // A void in the new order strikes its piece on the old ticket.
    cafe.void_line(&split[1], 0, json!({"kind": "wasted", "reason": "Tumpah"})).await.data();
    let struck = lines(&cafe.board("kitchen").await[0]).into_iter().filter(|line| line.2 == "void").count();
    assert_eq!(struck, 1);
}

/// A merge must not lose "no peanuts", nor hide that it now stands for all.
#[tokio::test]
async fn a_merged_order_has_all_notes_and_the_kitchen_is_told() {
    let cafe = Cafe::open().await;
    let noted = async |table: &str, note: Value| {
        let order = cafe.sent(table, &[(&cafe.soup, 1)]).await;
        let path = format!("/api/v1/orders/{}", text(&order["id"]));
        cafe.cashier.call("PATCH", &path, &json!({"note": note})).await.data();
        for ticket in cafe.board("kitchen").await {
            cafe.bump(&ticket, "start").await.data();
        }
        order
    };
    let merge = async |into: &Value, from: &Value| {
        cafe.cashier.post(&path(into, "merge"), &json!({"from": [from["id"]]})).await
    };
    let marks = async || {
        let tickets = cafe.board("kitchen").await;
        tickets.iter().map(|ticket| (ticket["note"].clone(), ticket["lines"][0]["change"].clone())).collect::<Vec<_>>()
    };
    let first = noted("1", json!("Pedas")).await;
    let same = noted("2", json!("Pedas")).await;
    assert_eq!(merge(&first, &same).await.data()["note"], "Pedas");
    assert_eq!(marks().await, vec![(json!("Pedas"), Value::Null); 2]);
    let other = noted("3", json!("Tanpa kacang!")).await;
    assert_eq!(merge(&first, &other).await.data()["note"], "Pedas\nTanpa kacang!");
    assert_eq!(marks().await, vec![(json!("Pedas\nTanpa kacang!"), json!("changed")); 3]);
    let none = noted("4", Value::Null).await;
    assert_eq!(merge(&first, &none).await.data()["note"], "Pedas\nTanpa kacang!");
    assert_eq!(marks().await, vec![(json!("Pedas\nTanpa kacang!"), json!("changed")); 4]);
    let long = noted("5", json!("x".repeat(490))).await;
    let refused = merge(&first, &long).await;
    assert_eq!((refused.refusal(), &refused.body["fields"][0]["path"]), ((422, "invalid_text"), &json!("note")));
    assert_eq!(cafe.cashier.get(&format!("/api/v1/orders/{}", text(&long["id"]))).await.data()["status"], "open");
}

/// U54: a bump by mistake.
#[tokio::test]
async fn a_bumped_ticket_is_recalled_for_half_an_hour_to_its_place() {
    let cafe = Cafe::open().await;
    for table in ["1", "2", "3"] {
        cafe.sent(table, &[(&cafe.soup, 1)]).await;
    }
    let board = cafe.board("kitchen").await;
    cafe.bump(&board[1], "ready").await.data();
    cafe.bump(&board[0], "served").await.data();
    let recent: Vec<_> = cafe.list("state=recent").await.iter().map(|t| text(&t["table_number"])).collect();
    assert_eq!(recent, ["2", "1"], "the newest first");
    let events = cafe.count("audit_events where action = 'ticket_recalled'");
    let recalled = cafe.bump(&board[1], "recall").await.data().clone();
    assert_eq!((&recalled["state"], &recalled["ready_at"]), (&json!("cooking"), &Value::Null));
    cafe.bump(&board[1], "recall").await.data();
    assert_eq!(cafe.count("audit_events where action = 'ticket_recalled'"), events + 1, "a repeat is no deed");
    let tables: Vec<_> = cafe.board("kitchen").await.iter().map(|t| text(&t["table_number"])).collect();
    assert_eq!(tables, ["2", "3"], "in its place");
    // Not after half an hour, also not by a clock that was ahead.
    for minutes in [31, -31] {
        cafe.bump(&board[1], "ready").await.data();
        cafe.age("ready_at", minutes);
        assert_eq!(cafe.bump(&board[1], "recall").await.refusal(), (409, "recall_too_late"), "{minutes}");
        assert!(cafe.list("state=recent").await.is_empty(), "{minutes}");
        cafe.age("ready_at", 29);
        assert_eq!(cafe.bump(&board[1], "recall").await.status, 200);
    }
}

#[tokio::test]
async fn a_forgotten_ticket_leaves_the_board_after_half_a_day() {
    let cafe = Cafe::open().await;
    cafe.sent("4", &[(&cafe.soup, 1)]).await;
    for (minutes, shown) in [(11 * 60, 1), (13 * 60, 0), (-13 * 60, 0), (-11 * 60, 1)] {
        cafe.age("sent_at", minutes);
        assert_eq!(cafe.board("kitchen").await.len(), shown, "{minutes}");
        let all_day = cafe.kitchen.get("/api/v1/kitchen/all-day").await.data().clone();
        assert_eq!(all_day.as_array().unwrap().len(), shown, "{minutes}");
    }
}

/// D12: no bump sends the order to head office; the paid order gets each time once.
#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_gets_its_times_once_and_a_bump_sends_nothing() {
    let hub = TestHub::start().await;
    let cafe = Cafe::of(TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await).await;
    let order = cafe.sent("4", &[(&cafe.soup, 1), (&cafe.tea, 1)]).await;
    let (food, drink) = (cafe.ticket().await, cafe.board("bar").await[0].clone());
    let path = format!("/api/v1/orders/{}", text(&order["id"]));
    let times = async || {
        let order = cafe.cashier.get(&path).await.data().clone();
        (order["version"].as_i64().unwrap(), order["ready_at"].clone(), order["served_at"].clone())
    };
    let before = times().await;
    cafe.bump(&food, "start").await.data();
    cafe.bump(&food, "ready").await.data();
    cafe.bump(&food, "recall").await.data();
    cafe.bump(&food, "ready").await.data();
    assert_eq!(times().await, before, "an open order has no times");
    cafe.pay(&order).await;
    let paid = times().await;
    assert_eq!((&paid.1, &paid.2), (&Value::Null, &Value::Null), "the drink is not ready");
    let ready_at = cafe.bump(&drink, "ready").await.data()["ready_at"].clone();
    let ready = times().await;
    assert_eq!((ready.0, &ready.1, &ready.2), (paid.0 + 1, &ready_at, &Value::Null));
    cafe.bump(&drink, "recall").await.data();
    cafe.bump(&drink, "ready").await.data();
    cafe.bump(&food, "served").await.data();
    assert_eq!(times().await, ready, "written once, and not for a part");
    cafe.bump(&drink, "served").await.data();
    let served = times().await;
    assert_eq!((served.0, &served.1), (ready.0 + 1, &ready_at));
    assert!(served.2.is_string());
    // Everything was ready before the guests paid.
    let order = cafe.sent("5", &[(&cafe.soup, 1)]).await;
    cafe.bump(&cafe.ticket().await, "served").await.data();
    let paid = cafe.pay(&order).await;
    assert!(paid["ready_at"].is_string() && paid["served_at"].is_string(), "{paid}");
    cafe.outlet.synced().await;
    let at_hub = hub.boss().await.get(&format!("/v1/hq/orders/{}", text(&order["id"]))).await.data().clone();
    assert_eq!((&at_hub["ready_at"], &at_hub["served_at"]), (&paid["ready_at"], &paid["served_at"]));
}

#[tokio::test]
async fn all_day_counts_what_is_still_to_be_made() {
    let cafe = Cafe::open().await;
    let order = cafe.sent("1", &[(&cafe.soup, 2), (&cafe.rice, 1)]).await;
    cafe.sent("2", &[(&cafe.soup, 3), (&cafe.tea, 1)]).await;
    let counts = async |query: &str| -> Vec<(String, i64)> {
        let found = cafe.kitchen.get(&format!("/api/v1/kitchen/all-day{query}")).await.data().clone();
        found.as_array().unwrap().iter().map(|c| (text(&c["name"]), c["qty"].as_i64().unwrap())).collect()
    };
    let named = |counts: &[(&str, i64)]| counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(counts("?station=kitchen").await, named(&[("Soto", 5), ("Nasi", 1)]));
    assert_eq!(counts("?station=bar").await, named(&[("Teh", 1)]));
    assert_eq!(counts("").await.len(), 3);
    cafe.void_line(&order, 0, json!({"qty": 1, "kind": "wasted", "reason": "Tumpah"})).await.data();
    let board = cafe.board("kitchen").await;
    cafe.bump(&board[1], "ready").await.data();
    assert_eq!(counts("?station=kitchen").await, named(&[("Nasi", 1), ("Soto", 1)]));
    assert_eq!(cafe.kitchen.get("/api/v1/kitchen/all-day?station=grill").await.refusal(), (422, "invalid_query"));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_tickets_at_once_are_listed_whole() {
    /// Tills of a large shop.
    const AT_ONCE: usize = 50;
    let cafe = Cafe::open().await;
    for _ in 0..2 {
        let lines: Vec<_> = (0..250)
            .map(|n| json!({"product_id": if n % 2 == 0 { &cafe.soup } else { &cafe.rice }, "qty": 1}))
            .collect();
        let order = cafe.cashier.post("/api/v1/orders", &json!({"lines": lines})).await.data().clone();
        cafe.send(&order).await;
    }
    let mut sends = JoinSet::new();
    for _ in 2..500 {
        if sends.len() == AT_ONCE {
            sends.join_next().await.unwrap().unwrap();
        }
        let (cashier, line) = (cafe.cashier.clone(), json!({"product_id": cafe.soup, "qty": 1}));
        sends.spawn(async move {
            let order = cashier.post("/api/v1/orders", &json!({"lines": [line]})).await.data().clone();
            cashier.post(&path(&order, "send"), &json!({})).await.data();
        });
    }
    while let Some(sent) = sends.join_next().await {
        sent.unwrap();
    }
    let page = cafe.kitchen.get(&format!("{TICKETS}?station=kitchen&limit=500")).await;
    let tickets = page.data().as_array().unwrap().clone();
    assert_eq!(tickets.len(), 500);
    assert_eq!(lines(&tickets[0]).len(), 250);
    let numbers: Vec<_> = tickets.iter().map(|ticket| ticket["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=500).collect::<Vec<_>>(), "in the sequence in which they were sent");
    let cursor = text(&page.body["next_cursor"]);
    let rest = cafe.kitchen.get(&format!("{TICKETS}?station=kitchen&limit=500&cursor={cursor}")).await;
    assert_eq!((rest.data().as_array().unwrap().len(), &rest.body["next_cursor"]), (0, &Value::Null));
}

/// Two tills never sell the last one twice.
#[tokio::test]
async fn an_order_takes_from_the_count_and_gives_back() {
    let cafe = Cafe::open().await;
    let left = async || {
        let found = cafe.kitchen.get(AVAILABILITY).await.data().clone();
        found.as_array().unwrap().first().map(|count| (text(&count["name"]), count["left"].as_i64().unwrap()))
    };
    assert_eq!(left().await, None);
    let set = cafe.set_left(json!({"product_id": cafe.soup, "left": 5})).await.data().clone();
    assert_eq!((&set["name"], &set["left"]), (&json!("Soto"), &json!(5)));
    let order = cafe.order("4", &[(&cafe.soup, 2), (&cafe.soup, 1)]).await;
    assert_eq!(left().await, Some(("Soto".to_owned(), 2)));
    let three = json!([{"product_id": cafe.soup, "qty": 3}]);
    let refused = cafe.cashier.post(&path(&order, "lines"), &three).await;
    assert_eq!(refused.refusal(), (409, "sold_out"));
    assert_eq!((&refused.body["args"]["product"], &refused.body["args"]["left"]), (&json!("Soto"), &json!(2)));
    assert_eq!(left().await.unwrap().1, 2, "a refused command takes nothing");
    let line = |at: usize| path(&order, &format!("lines/{}", text(&order["lines"][at]["id"])));
    assert_eq!(cafe.cashier.call("PATCH", &line(0), &json!({"qty": 5})).await.refusal(), (409, "sold_out"));
    cafe.cashier.call("PATCH", &line(0), &json!({"qty": 1})).await.data();
    assert_eq!(left().await.unwrap().1, 3);
    cafe.cashier.call("PATCH", &line(0), &json!({"note": "pedas"})).await.data();
    cafe.cashier.call("DELETE", &line(1), &Value::Null).await.data();
    assert_eq!(left().await.unwrap().1, 4);
    cafe.outlet.admin().post(&path(&order, "void"), &json!({"reason": "Batal"})).await.data();
    assert_eq!(left().await.unwrap().1, 5, "a void of what was not sent gives back");

    // What was sent comes back only as returned goods; a split or a merge takes nothing.
    let order = cafe.sent("4", &[(&cafe.soup, 3)]).await;
    let order = cafe.void_line(&order, 0, json!({"qty": 1, "kind": "wasted", "reason": "x"})).await.data().clone();
    assert_eq!(left().await.unwrap().1, 2);
    let order = cafe.void_line(&order, 0, json!({"qty": 1, "kind": "returned", "reason": "x"})).await.data().clone();
    assert_eq!(left().await.unwrap().1, 3);
    cafe.outlet.admin().post(&path(&order, "void"), &json!({"reason": "Batal"})).await.data();
    assert_eq!(left().await.unwrap().1, 3);

    cafe.set_left(json!({"product_id": cafe.soup, "left": 0})).await.data();
    let body = json!({"lines": [{"product_id": cafe.soup, "qty": 1}]});
    let refused = cafe.cashier.post("/api/v1/orders", &body).await;
    assert_eq!(refused.refusal(), (409, "sold_out"));
    assert!(refused.text.contains("'Soto' is sold out"), "{}", refused.text);
    cafe.set_left(json!({"product_id": cafe.soup, "left": null})).await.data();
    assert_eq!(left().await, None);
    assert_eq!(cafe.cashier.post("/api/v1/orders", &body).await.status, 201);
    let events = "audit_events where action = 'left_counted'";
    assert_eq!(cafe.count(events), 3);
    cafe.set_left(json!({"product_id": cafe.soup, "left": null})).await.data();
    assert_eq!(cafe.count(events), 3, "no change, no event");
}

#[tokio::test]
async fn a_variant_and_an_option_are_counted_on_their_own() {
    let cafe = Cafe::open().await;
    let variant = |id: &str| json!({"id": id, "name": id.to_uppercase(), "price": 10_000});
    let option = |id: &str| json!({"id": id, "name": id.to_uppercase(), "price_delta": 1_000});
    let group = json!({"id": "g", "name": "Tambahan", "min_selections": 0, "max_selections": 4,
        "options": [option("egg"), option("cheese")]});
    let product = json!({"name": "Mie", "price": 10_000, "station": "kitchen", "variants": [variant("small"), variant("large")],
        "modifier_groups": [group]});
    let id = text(&cafe.outlet.admin().post("/api/v1/products", &product).await.data()["id"]);
    cafe.set_left(json!({"product_id": id, "variant_id": "large", "left": 1})).await.data();
    cafe.set_left(json!({"product_id": id, "option_id": "egg", "left": 3})).await.data();
    for (wrong, code) in [
        (json!({"product_id": "none", "left": 1}), "unknown_product"),
        (json!({"product_id": id, "variant_id": "huge", "left": 1}), "unknown_variant"),
        (json!({"product_id": id, "option_id": "bacon", "left": 1}), "unknown_modifier"),
        (json!({"product_id": id, "variant_id": "large", "option_id": "egg", "left": 1}), "invalid_body"),
        (json!({"product_id": id}), "invalid_body"),
        (json!({"product_id": id, "left": -1}), "invalid_left"),
        (json!({"product_id": id, "left": 1_000_001}), "invalid_left"),
        (json!({"product_id": id, "left": 1.5}), "invalid_body"),
    ] {
        assert_eq!(cafe.set_left(wrong.clone()).await.refusal(), (422, code), "{wrong}");
    }
    let order = async |variant: &str, qty: i64, eggs: i64| {
        let modifiers = if eggs > 0 { json!([{"id": "egg", "qty": eggs}]) } else { json!([]) };
        let line = json!({"product_id": id, "variant_id": variant, "qty": qty, "modifiers": modifiers});
        cafe.cashier.post("/api/v1/orders", &json!({"lines": [line]})).await
    };
    assert_eq!(order("small", 2, 2).await.refusal(), (409, "sold_out"), "four eggs of three");
    assert_eq!(order("large", 1, 2).await.status, 201);
    let refused = order("large", 1, 0).await;
    assert_eq!(refused.refusal(), (409, "sold_out"));
    assert_eq!(refused.body["args"]["product"], "Mie (LARGE)");
    assert_eq!(order("small", 1, 1).await.status, 201);
    assert_eq!(order("small", 1, 0).await.status, 201, "small ones are not counted");
    // The till's copy says so, and what is sold out is not available.
    let catalog = cafe.cashier.get("/api/v1/till/catalog").await.data().clone();
    let found = catalog["products"].as_array().unwrap().iter().find(|found| found["id"] == json!(id)).unwrap();
    assert_eq!(found["choices_left"], json!([{"id": "egg", "left": 0}, {"id": "large", "left": 0}]));
    assert_eq!((&found["available"], &found["left"]), (&json!(true), &Value::Null));
    let available = |list: &Value| -> Vec<bool> {
        list.as_array().unwrap().iter().map(|one| one["available"].as_bool().unwrap()).collect()
    };
    assert_eq!(available(&found["variants"]), [true, false]);
    assert_eq!(available(&found["modifier_groups"][0]["options"]), [false, true]);
    // A count is a change of the catalog.
    let version = text(&catalog["version"]);
    cafe.set_left(json!({"product_id": id, "left": 12})).await.data();
    let changed = cafe.cashier.get(&format!("/api/v1/till/catalog?since={version}")).await.data().clone();
    assert_eq!(changed["products"].as_array().unwrap().len(), 1);
    assert_eq!(changed["products"][0]["left"], 12);
}

#[tokio::test]
async fn old_tickets_are_deleted_but_never_the_newest() {
    let cafe = Cafe::open().await;
    cafe.sent("4", &[(&cafe.soup, 1)]).await;
    let copies = "with recursive n (n) as (select 1 union all select n + 1 from n where n < 1_500)
        insert into tickets (id, number, business_date, station, order_id, sent_at, changed_at)
        select 'old ' || n, n, '2020-01-01', 'kitchen', 'gone', case when n % 2 then '2020-01-01T00:00:00.000Z' else '2999-01-01T00:00:00.000Z' end, '' from n;
        insert into ticket_lines (ticket_id, id, order_id, order_line_id) select id, id, 'gone', 'l' from tickets where order_id = 'gone';
        insert into ticket_numbers values ('2020-01-01', 'kitchen', 1501)";
    cafe.outlet.shell().execute_batch(&copies.replace("1_500", "1500")).unwrap();
    let mut shell = cafe.outlet.shell();
    let mut prune = || {
        let tx = shell.transaction().unwrap();
        let pruned = shop::kitchen::prune::prune(&tx, web::time::now()).unwrap();
        tx.commit().unwrap();
        pruned
    };
    let mut chunks = 0;
    while prune() > 0 {
        chunks += 1;
    }
    assert!(chunks > 1, "{chunks}");
    // The first one is not old.
    assert_eq!((cafe.count("tickets"), cafe.count("ticket_lines")), (1_001, 1_001));
    assert_eq!(cafe.count("ticket_numbers where business_date = '2020-01-01'"), 1, "still in use");
}

#[tokio::test]
async fn changes_of_tickets_and_counts_are_streamed() {
    let cafe = Cafe::open().await;
    let mut events = crate::events::Events::of(&cafe.kitchen, "/api/v1/events?topics=kitchen,catalog").await;
    events.until(|data| data["server_time"].is_string()).await;
    cafe.sent("4", &[(&cafe.soup, 1)]).await;
    let ticket = cafe.ticket().await;
    let of_ticket = |data: &Value| data["entity_type"] == "ticket" && data["ids"] == json!([ticket["id"]]);
    assert_eq!(events.until(of_ticket).await["topic"], "kitchen");
    cafe.bump(&ticket, "start").await.data();
    events.until(of_ticket).await;
    cafe.set_left(json!({"product_id": cafe.soup, "left": 12})).await.data();
    events.until(|data| data["entity_type"] == "product_count" && data["ids"] == json!([cafe.soup])).await;
}
