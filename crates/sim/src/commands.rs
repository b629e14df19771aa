//! Two tills of each outlet send the server's commands at random, each with the version of the order that it shows, while
//! head office changes the tenders. A refused command changes nothing, and every accepted one leaves a valid order.

use std::collections::BTreeMap;

use access::session::CurrentUser;
use anyhow::Result;
use domain::payment::Method;
use domain::{BasisPoints, IdSeries, Money, MovementKind, OrderType, Role, VoidKind};
use jiff::Timestamp;
use rusqlite::Transaction;
use shop::approvals::{Approved, Grant};
use shop::orders::change_lines::{self, LineChange};
use shop::orders::create::{NewOrder, create};
use shop::orders::details::{self, Details};
use shop::orders::discounts::{self, NewDiscount, Value};
use shop::orders::lines::{Item, NewLine};
use shop::orders::pay::{Expected, NewPayment, pay};
use shop::orders::payments::{self, Arrival, Replacement};
use shop::orders::split::{LinePart, split};
use shop::orders::void_line::{self, VoidLine};
use shop::orders::{Order, get, merge, void};
use shop::refunds::create::{self as refunds, NewRefund, Payback, ReturnedLine, What};
use shop::shifts::{self, Close, Counted, CountedTender, NewMovement, Open};
use shop::tenders::Means;
use uuid::Uuid;
use web::ApiError;

use crate::checkers::lost::ids_at_outlet;
use crate::dice::Dice;
use crate::world::World;

/// The order and the version on the screens of all tills, by database and till.
pub(crate) type Tills = BTreeMap<(usize, usize), (String, i64)>;

const TILLS: usize = 2;
const METHODS: [Method; 4] = [Method::Cash, Method::Qris, Method::Card, Method::Transfer];
const TYPES: [OrderType; 3] = [OrderType::DineIn, OrderType::TakeAway, OrderType::Delivery];

/// One command of a till, in its transaction.
struct Command<'a> {
    tx: &'a Transaction<'a>,
    dice: &'a mut Dice,
    user: CurrentUser,
    /// What can be sold: product and variant.
    menu: &'a [(String, Option<String>)],
    number: u64,
    now: Timestamp,
}

impl World {
    /// One of the tills at an outlet sends a command.
    pub(crate) fn command(&mut self, at: usize) -> Result<()> {
        if self.dice.one_in(8) {
            let words = self.office(|act| act.change_tenders())?;
            self.log(words);
        }
        let (number, now, node) = (self.number(), self.clock(at), self.shops[at].node);
        let till = self.dice.index(TILLS);
        let mut menu = Vec::new();
        for _ in 0..3 {
            menu.extend(self.something_good(at)?);
        }
        let before = ids_at_outlet(&self.shops[at].file)?;
        let orders = self.shops[at].file.texts("select id from orders order by id")?;
        let tx = self.shops[at].file.db()?.unchecked_transaction()?;
        // Every third time somebody opens another order; otherwise the screen may be out of date.
        let screen = (node, till);
        if self.dice.one_in(3) || !self.tills.get(&screen).is_some_and(|(id, _)| orders.contains(id)) {
            match self.dice.pick(&orders) {
                Some(id) => {
                    let version = get(&tx, id).map_err(failed)?.version;
                    self.tills.insert(screen, (id.clone(), version));
                }
                None => drop(self.tills.remove(&screen)),
            }
        }
        let shown = self.tills.get(&screen).cloned();
        let role = [Role::Cashier, Role::Manager][till];
        let user = CurrentUser { id: format!("till-{till}"), role, device_id: None, session: None };
        let mut command = Command { tx: &tx, dice: &mut self.dice, user, menu: &menu, number, now };
        let (words, done) = command.any(shown, &orders)?;
        let words = match done {
            Ok(order) => {
                tx.commit()?;
                if let Some(order) = order {
                    self.tills.insert(screen, (order.id, order.version));
                }
                words
            }
            Err(refused) => {
                tx.rollback()?;
                // Somebody reads the message and opens the order again.
                self.tills.remove(&screen);
                if refused.status().is_server_error() {
                    self.found("a command failed", format!("{words}: {}", refused.message()));
                }
                format!("{words}: {}", refused.code())
            }
        };
        let after = ids_at_outlet(&self.shops[at].file)?;
        // An unsent line that somebody removed is not lost.
        self.excused.extend(before.into_iter().filter(|id| !after.contains(id)));
        self.made.extend(after);
        let words = format!("till {till} at {} {words}", self.shops[at].name);
        self.log(words);
        Ok(())
    }
}

fn failed(error: ApiError) -> anyhow::Error {
    anyhow::anyhow!("{}", error.message())
}

/// What a till did, and the order that it shows afterwards.
type Outcome = (String, Result<Option<Order>, ApiError>);

impl Command<'_> {
    /// A random command on the order that the till shows, or on none.
    fn any(&mut self, shown: Option<(String, i64)>, orders: &[String]) -> Result<Outcome> {
        let Some((id, version)) = shown else { return Ok(self.create()) };
        let order = get(self.tx, &id).map_err(failed)?;
        let (tx, now) = (self.tx, self.now);
        // Half of the tills' commands do not care what changed since.
        let if_version = self.dice.one_in(2).then_some(version);
        let line = self.pick(order.lines.iter().map(|line| line.id.clone()));
        let line = line.unwrap_or_else(|| "no-line".to_owned());
        let at = (id.as_str(), line.as_str());
        let user = self.user.clone();
        let (words, done) = match self.dice.below(26) {
            0..=3 => return Ok(self.create()),
            4 => ("adds lines to", change_lines::add(tx, &user, &id, &self.lines(), if_version, now)),
            5 => {
                let change = LineChange { qty: Some(self.quantity()), ..LineChange::default() };
                ("changes a line of", change_lines::change(tx, &user, at, change, if_version, now))
            }
            6 => ("removes a line of", change_lines::remove(tx, &user, at, if_version)),
            7 => ("sends", change_lines::send(tx, &id, None, if_version, now)),
            8 => {
                let kind = if self.dice.one_in(2) { VoidKind::Returned } else { VoidKind::Wasted };
                let qty = self.dice.one_in(2).then_some(1);
                let what = VoidLine { qty, kind, reason: self.reason() };
                let approved = self.approval();
                ("voids a line of", void_line::void(tx, &user, at, what, approved, if_version, now))
            }
            9 => {
                let grant = Grant::of(&user, self.approval(), self.reason());
                ("voids", grant.and_then(|grant| void::void(tx, &user, &id, &grant, if_version, now)))
            }
            10 => {
                let order_type = self.dice.pick(&TYPES).copied();
                (
                    "changes the type of",
                    details::change(tx, &id, Details { order_type, ..Details::default() }, if_version, now),
                )
            }
            11 => {
                let from: Vec<_> = self.dice.pick(orders).cloned().into_iter().collect();
                ("merges into", merge::merge(tx, &user, &id, &from, if_version, now))
            }
            12 | 13 => {
                let qty = self.dice.one_in(2).then_some(1);
                let parts = [vec![LinePart { line_id: line, qty }]];
                let parts = split(tx, &user, &id, &parts, Some("JKT"), if_version, now);
                ("splits", parts.and_then(|mut parts| parts.pop().ok_or_else(ApiError::internal)))
            }
            14..=16 => {
                let approved = self.approval();
                let new = self.discount(&order);
                ("gives a discount on", discounts::give(tx, &user, &id, new, approved, if_version, now))
            }
            17 => {
                let given = self.pick(order.discounts.iter().map(|given| given.id.clone())).unwrap_or_default();
                ("takes a discount back of", discounts::take_back(tx, &user, &id, &given, if_version, now))
            }
            18..=20 => ("takes a payment for", self.pay(&order, if_version)),
            21 => {
                let payment = self.payment(&order);
                let arrival = Arrival { reference: Some(self.number.to_string()), in_statement: false };
                ("confirms a payment of", payments::confirm(tx, &user, &id, &payment, arrival, if_version, now))
            }
            22 => {
                let (payment, approved, reason) = (self.payment(&order), self.approval(), self.reason());
                let (means, reference) = (self.means().map_err(failed)?, self.reference());
                let other = (!self.number.is_multiple_of(3)).then_some(Replacement { means, reference });
                let reversed = payments::reverse(tx, &user, &id, &payment, other, reason, approved, if_version, now);
                ("reverses a payment of", reversed)
            }
            23 => return Ok(self.shift()),
            _ => ("gives back money of", self.refund(&order, line, if_version)),
        };
        Ok((format!("{words} {}", order.order_number), done.map(Some)))
    }

    fn pick(&mut self, ids: impl Iterator<Item = String>) -> Option<String> {
        self.dice.pick(&ids.collect::<Vec<_>>()).cloned()
    }

    fn quantity(&mut self) -> i64 {
        // Zero and less must be refused.
        [1, 1, 2, 3, 7, 0, -1][self.dice.index(7)]
    }

    fn lines(&mut self) -> Vec<NewLine> {
        let count = 1 + self.dice.index(3);
        let mut lines = Vec::new();
        for _ in 0..count {
            let Some((product_id, variant_id)) = self.dice.pick(self.menu).cloned() else { break };
            let qty = self.quantity().max(1);
            let item = Item::pieces(product_id, qty);
            lines.push(NewLine { item, variant_id, modifiers: Vec::new(), note: None, course: None, added_at: None });
        }
        lines
    }

    fn reason(&mut self) -> Option<String> {
        (!self.dice.one_in(4)).then(|| format!("reason {}", self.number))
    }

    fn approval(&mut self) -> Option<Approved> {
        let approved = Approved { by: "boss".to_owned(), reason: format!("approval {}", self.number) };
        self.dice.one_in(2).then_some(approved)
    }

    fn create(&mut self) -> Outcome {
        // Ids are counted up from this one.
        let id = Uuid::from_u128((u128::from(self.number) + 1) << 80);
        let new = NewOrder {
            id,
            order_type: self.dice.pick(&TYPES).copied().unwrap_or(OrderType::DineIn),
            channel: None,
            table_number: None,
            customer_name: None,
            pax: None,
            lines: self.lines(),
            discounts: Vec::new(),
            approved: None,
            payments: Vec::new(),
            expected_total: None,
        };
        let order = create(self.tx, &self.user, new, Some("JKT"), self.now);
        (format!("creates {id}"), order.map(Some))
    }

    fn discount(&mut self, order: &Order) -> NewDiscount {
        let line = self.pick(order.lines.iter().map(|line| line.id.clone()));
        let value = match self.dice.below(4) {
            0 => Value::Compliment,
            1 => Value::Amount(Money(i64::try_from(self.number).unwrap_or(0) * 7)),
            rate => Value::Percent(BasisPoints([0, 0, 333, 1_250][usize::try_from(rate).unwrap_or(0)])),
        };
        NewDiscount {
            line_id: line.filter(|_| self.number.is_multiple_of(2)),
            value,
            name: None,
            reason: self.reason(),
        }
    }

    /// The whole amount due, a part of it, or too much.
    fn pay(&mut self, order: &Order, if_version: Option<i64>) -> Result<Order, ApiError> {
        let due = order.total - order.paid;
        let amount = match self.dice.below(4) {
            0 => due / 3,
            1 => due + 50,
            _ => due,
        };
        let new = NewPayment { means: self.means()?, amount: Money(amount), reference: self.reference() };
        let expected = Expected { version: if_version, total: None };
        let mut ids = self.ids(1_000);
        pay(self.tx, &self.user, &order.id, new, expected, &mut ids, self.now)
    }

    /// A method, or one of the chain's tenders, also one that is switched off or that nobody knows.
    fn means(&mut self) -> Result<Means, ApiError> {
        let method = self.dice.pick(&METHODS).copied().unwrap_or(Method::Cash);
        if self.dice.one_in(3) {
            return Ok(method.into());
        }
        let mut find = self.tx.prepare("select id from tenders order by id")?;
        let mut ids = find.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        ids.push("unknown".to_owned());
        let id = self.pick(ids.into_iter()).unwrap_or_default();
        Ok(Means::Tender { id, method: self.dice.one_in(5).then_some(method) })
    }

    fn reference(&mut self) -> Option<String> {
        self.dice.one_in(2).then(|| format!("{}", self.number))
    }

    fn payment(&mut self, order: &Order) -> String {
        self.pick(order.payments.iter().map(|payment| payment.id.clone())).unwrap_or_default()
    }

    fn refund(&mut self, order: &Order, line_id: String, if_version: Option<i64>) -> Result<Order, ApiError> {
        let what = if self.dice.one_in(2) {
            What::Lines(vec![ReturnedLine { line_id, qty: 1, restock: true }])
        } else {
            What::Amount(Money(1 + i64::try_from(self.dice.below(self.number * 20)).unwrap_or(0)))
        };
        let payments = match self.dice.below(3) {
            0 => vec![Payback { means: Method::Cash.into(), amount: None, reference: None }],
            1 => {
                let tender = self.pick(order.payments.iter().filter_map(|payment| payment.tender_id.clone()));
                let means = tender.map_or_else(|| self.means(), |id| Ok(Means::Tender { id, method: None }))?;
                vec![Payback { means, amount: None, reference: None }]
            }
            _ => Vec::new(),
        };
        let new = NewRefund { what, payments, reason: self.reason() };
        let (approved, mut ids) = (self.approval(), self.ids(2_000));
        refunds::refund(self.tx, &self.user, &order.id, new, approved, Some("JKT"), if_version, &mut ids, self.now)?;
        get(self.tx, &order.id)
    }

    /// Opens the shift of a drawer, moves cash, or closes it.
    fn shift(&mut self) -> Outcome {
        let (tx, user, now) = (self.tx, self.user.clone(), self.now);
        let drawer = format!("drawer-{}", self.dice.below(2));
        let amount = Money(i64::try_from(self.number).unwrap_or(0) * 100);
        let find = || -> Result<Option<String>, ApiError> {
            tx.execute("insert into drawers (id, name) values (?1, ?1) on conflict do nothing", [&drawer])?;
            let sql = "select id from shifts where drawer_id = ?1 and status = 'open'";
            let mut found = tx.prepare(sql)?;
            let mut rows = found.query([&drawer])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
        };
        let (words, done) = match find() {
            Err(error) => ("looks for a shift of", Err(error)),
            Ok(None) => {
                let new = Open { drawer_id: drawer.clone(), counted: Counted::Sum(amount) };
                ("opens a shift of", shifts::open(tx, &user, &new, now))
            }
            Ok(Some(shift)) if self.dice.one_in(2) => {
                let kinds = [MovementKind::In, MovementKind::Out, MovementKind::Drop];
                let kind = self.dice.pick(&kinds).copied().unwrap_or(MovementKind::In);
                let new = NewMovement { kind, amount, reason: self.reason() };
                let approved = self.approval();
                ("moves cash of", shifts::add_movement(tx, &user, &shift, new, approved, None, now))
            }
            Ok(Some(shift)) => {
                let counted = self.means().map(|means| match means {
                    Means::Method(Method::Cash) => Vec::new(),
                    means => vec![CountedTender { means, counted: amount }],
                });
                let closed = counted.and_then(|tenders| {
                    let close = Close { counted: Counted::Sum(amount), left_in_drawer: None, tenders, note: None };
                    shifts::close(tx, &user, &shift, &close, None, now)
                });
                ("closes the shift of", closed)
            }
        };
        (format!("{words} {drawer}"), done.map(|_| None))
    }

    /// Ids that are unique in this world.
    fn ids(&self, from: u128) -> IdSeries {
        IdSeries::from(Uuid::from_u128(((u128::from(self.number) + 1) << 80) + from))
    }
}
