//! The figures of a day, added up from each of its sources.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Http;

/// Figures of a day. A source leaves what it does not contain at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub orders: i64,
    pub total: i64,
    pub refunds: i64,
    pub refunded: i64,
    /// Received by method, less what was given back.
    pub tenders: BTreeMap<String, i64>,
    /// By name and rate: base, amount, and both of refunds.
    pub taxes: BTreeMap<(String, i64), [i64; 4]>,
}

pub fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Cash that a shift received by these receipts, less what it gave back.
pub fn cash_of(receipts: &[Value], shift: &Value) -> i64 {
    let sum = |payments: &Value| -> i64 {
        let payments = rows(payments).iter();
        payments.filter(|row| row["method"] == "cash" && row["shift_id"] == *shift).map(|row| int(&row["amount"])).sum()
    };
    let refunds =
        |order: &Value| -> i64 { rows(&order["refunds"]).iter().map(|refund| sum(&refund["payments"])).sum() };
    receipts.iter().map(|order| sum(&order["payments"]) - refunds(order)).sum()
}

impl Sums {
    /// Orders with their payments, charges and refunds.
    pub fn of_receipts(orders: &[Value]) -> Self {
        let mut sums = Self::default();
        for order in orders {
            sums.receive(&order["payments"], 1);
            if order["status"] == "paid" {
                sums.orders += 1;
                sums.total += int(&order["total"]);
                sums.tax(&order["charges"], 0);
            }
            for refund in rows(&order["refunds"]) {
                sums.refunds += 1;
                sums.refunded += int(&refund["total"]);
                sums.receive(&refund["payments"], -1);
                sums.tax(&refund["charges"], 2);
            }
        }
        sums
    }

    /// Closed shifts.
    pub fn of_shifts(shifts: &[Value]) -> Self {
        let mut sums = Self::default();
        for shift in shifts {
            let report = &shift["report"];
            sums.orders += int(&report["sales"]["orders"]);
            sums.total += int(&report["sales"]["total"]);
            sums.refunds += int(&report["refunds"]);
            sums.refunded += int(&report["refunded"]);
            sums.report_tenders(&report["tenders"]);
        }
        sums
    }

    /// The outlet's reports of tenders and taxes.
    pub async fn of_reports(admin: &Http, path: &str, dates: &[String]) -> Self {
        let mut sums = Self::default();
        let period = period(dates);
        sums.report_tenders(admin.get(&format!("{path}/tenders?{period}")).await.data());
        sums.report_taxes(admin.get(&format!("{path}/tax?{period}")).await.data());
        sums
    }

    /// One side of the statements that the outlet compares.
    pub async fn of_statements(admin: &Http, side: &str, dates: &[String]) -> Self {
        let mut sums = Self::default();
        for date in dates {
            let answer = admin.get(&format!("/api/v1/sync/statement?date={date}")).await;
            sums.day(&answer.data()[side], "by_method");
        }
        sums
    }

    /// Head office's reports.
    pub async fn of_head_office(hub: &Http, dates: &[String]) -> Self {
        let mut sums = Self::default();
        let period = period(dates);
        for day in rows(hub.get(&format!("/v1/hq/sales/daily?{period}")).await.data()) {
            sums.day(day, "by_tender");
        }
        sums.report_taxes(hub.get(&format!("/v1/hq/reports/tax?{period}")).await.data());
        sums
    }

    pub fn without_taxes(&self) -> Self {
        Self { taxes: BTreeMap::new(), ..self.clone() }
    }

    pub fn only_taxes_and_tenders(&self) -> Self {
        Self { tenders: self.tenders.clone(), taxes: self.taxes.clone(), ..Self::default() }
    }

    fn day(&mut self, day: &Value, tenders: &str) {
        self.orders += int(&day["orders"]);
        self.total += int(&day["total"]);
        self.refunds += int(&day["refunds"]);
        self.refunded += int(&day["refunded"]);
        for (method, amount) in day[tenders].as_object().unwrap() {
            *self.tenders.entry(method.clone()).or_default() += int(amount);
        }
    }

    fn receive(&mut self, payments: &Value, sign: i64) {
        for payment in rows(payments) {
            *self.tenders.entry(text(&payment["method"])).or_default() += sign * int(&payment["amount"]);
        }
    }

    fn report_tenders(&mut self, tenders: &Value) {
        for tender in rows(tenders) {
            *self.tenders.entry(text(&tender["method"])).or_default() +=
                int(&tender["payments"]) + int(&tender["reversals"]) - int(&tender["refunds"]);
        }
    }

    fn tax(&mut self, charges: &Value, at: usize) {
        for charge in rows(charges).iter().filter(|charge| charge["kind"] == "tax") {
            let tax = self.taxes.entry((text(&charge["name"]), int(&charge["rate_bp"]))).or_default();
            tax[at] += int(&charge["base"]);
            tax[at + 1] += int(&charge["amount"]);
        }
    }

    fn report_taxes(&mut self, taxes: &Value) {
        for tax in rows(taxes) {
            let figures = self.taxes.entry((text(&tax["name"]), int(&tax["rate_bp"]))).or_default();
            for (figure, name) in figures.iter_mut().zip(["base", "amount", "refunded_base", "refunded_amount"]) {
                *figure += int(&tax[name]);
            }
        }
    }
}

fn period(dates: &[String]) -> String {
    format!("from={}&to={}", dates[0], dates[dates.len() - 1])
}
