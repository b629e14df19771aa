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
    overload_rejection: Family<Reason, Counter>,
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
    /// Creates and registers the metrics.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        let hub_metrics = Self::default();
        metrics.register(|registry| {
            registry.register(
                "hub_batches",
                "Batches of outlets, by result of the chain check",
                hub_metrics.batches.clone(),
            );
            registry.register("hub_items", "Items of accepted batches, by outcome", hub_metrics.items.clone());
            registry.register("hub_orders_stored", "Orders stored, new and changed", hub_metrics.orders.clone());
            registry.register("hub_webhooks", "Hints sent to outlets, by outcome", hub_metrics.webhooks.clone());
            registry.register(
                "hub_overload_rejections",
                "Batches rejected because of overload, by reason",
                hub_metrics.overload_rejection.clone(),
            );
            registry.register(
                "hub_acknowledged_sales_changed",
                "Paid sales that were deleted or changed at their outlets and await a decision",
                hub_metrics.changed_sales.clone(),
            );
            registry.register(
                "hub_figure_repairs",
                "Business days whose sales or figures differed from the orders and were recalculated",
                hub_metrics.repaired_days.clone(),
            );
            registry.register("hub_outlets", "Outlets, by presence", hub_metrics.outlets.clone());
            registry.register(
                "hub_duplicate_server_outlets",
                "Outlets whose key two servers use",
                hub_metrics.duplicate_servers.clone(),
            );
        });
        hub_metrics
    }

    /// Counts a hint that was sent to an outlet.
    pub(crate) fn webhook(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a batch that was rejected because of overload.
    pub(crate) fn overload_rejection(&self, reason: &'static str) {
        self.overload_rejection.get_or_create(&Reason { reason }).inc();
    }

    /// Sets the number of acknowledged sales that await a decision.
    pub(crate) fn changed_sales(&self, count: i64) {
        self.changed_sales.set(count);
    }

    /// Sets the number of outlets with duplicate servers.
    pub(crate) fn duplicate_servers(&self, count: usize) {
        self.duplicate_servers.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Counts recalculated days.
    pub(crate) fn repaired_days(&self, days: usize) {
        self.repaired_days.inc_by(days as u64);
    }

    /// Sets the number of outlets by presence.
    pub(crate) fn outlets(&self, counts: impl IntoIterator<Item = (&'static str, usize)>) {
        for (state, count) in counts {
            self.outlets.get_or_create(&PresenceLabel { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Counts a batch after its commit.
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
