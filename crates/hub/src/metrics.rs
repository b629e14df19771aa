//! The hub's metrics.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use protocol::chain::ChainCheck;
use web::metrics::Metrics;

/// Counters since the start, and gauges of presence.
#[derive(Debug, Clone, Default)]
pub(crate) struct HubMetrics {
    batches: Family<Outcome, Counter>,
    items: Family<Outcome, Counter>,
    orders: Counter,
    webhooks: Family<Outcome, Counter>,
    shed: Family<Reason, Counter>,
    outlets: Family<PresenceLabel, Gauge>,
    duplicate_servers: Gauge,
    changed_sales: Gauge,
    repaired_days: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PresenceLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl HubMetrics {
    /// Makes them and shows them.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        let figures = Self::default();
        metrics.register(|registry| {
            registry.register(
                "hub_batches",
                "Batches of outlets, by how they joined the chain",
                figures.batches.clone(),
            );
            registry.register("hub_items", "Items of accepted batches, by outcome", figures.items.clone());
            registry.register("hub_orders_stored", "Orders stored, new and changed", figures.orders.clone());
            registry.register(
                "hub_webhooks",
                "Hints sent to outlets, by outcome",
                figures.webhooks.clone(),
            );
            registry.register("hub_overload_rejections", "Batches rejected because of overload, by reason", figures.shed.clone());
            registry.register(
                "hub_acknowledged_sales_changed",
                "Paid sales that were deleted or changed at their outlets and wait for a decision",
                figures.changed_sales.clone(),
            );
            registry.register(
                "hub_figure_repairs",
                "Business days whose sales or figures in the database were not what the orders make, and were calculated again",
                figures.repaired_days.clone(),
            );
            registry.register("hub_outlets", "Outlets, by whether they are heard", figures.outlets.clone());
            registry.register(
                "hub_duplicate_server_outlets",
                "Outlets whose key two servers use at the same time",
                figures.duplicate_servers.clone(),
            );
        });
        figures
    }

    /// Counts a hint that was sent to an outlet.
    pub(crate) fn webhook(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a batch that was rejected because of overload.
    pub(crate) fn shed(&self, reason: &'static str) {
        self.shed.get_or_create(&Reason { reason }).inc();
    }

    /// Sets the number of acknowledged sales that wait for a decision.
    pub(crate) fn changed_sales(&self, count: i64) {
        self.changed_sales.set(count);
    }

    /// Sets the number of outlets with duplicate servers.
    pub(crate) fn duplicate_servers(&self, count: usize) {
        self.duplicate_servers.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Counts days that were calculated again.
    pub(crate) fn repaired_days(&self, days: usize) {
        self.repaired_days.inc_by(days as u64);
    }

    /// Sets the number of outlets by presence.
    pub(crate) fn outlets(&self, counts: impl IntoIterator<Item = (&'static str, usize)>) {
        for (state, count) in counts {
            self.outlets.get_or_create(&PresenceLabel { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Counts a batch, once it is on disk.
    pub(crate) fn batch(&self, check: ChainCheck, items: impl IntoIterator<Item = (&'static str, u64)>, orders: u64) {
        let outcome = match check {
            ChainCheck::Next => "accepted",
            ChainCheck::Duplicate => "repeated",
            ChainCheck::Mismatch => "chain_mismatch",
            ChainCheck::WrongEpoch => "epoch_mismatch",
        };
        self.batches.get_or_create(&Outcome { outcome }).inc();
        for (outcome, n) in items.into_iter().filter(|&(_, n)| n > 0) {
            self.items.get_or_create(&Outcome { outcome }).inc_by(n);
        }
        self.orders.inc_by(orders);
    }
}
