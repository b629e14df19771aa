//! Failures of a wire.

use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use crate::dice::{self, Dice};
use crate::server::Server;
use crate::wire::{Fault, Wire};

/// A failure of a wire.
#[derive(Debug, Clone, Copy)]
pub enum WireFailure {
    /// A fault of the wire.
    Fails(Fault),
    /// It connects to the other node from now on.
    Redirected,
}

use WireFailure::{Fails, Redirected};

impl WireFailure {
    /// For every wire.
    pub const ANY: &[Self] = &[
        Fails(Fault::Refuses),
        Fails(Fault::CutsRequest),
        Fails(Fault::CutsAnswer),
        Fails(Fault::Delays),
        Fails(Fault::Throttles),
        Fails(Fault::Swallows),
        Fails(Fault::LosesAnswers),
    ];
    /// For two nodes.
    pub const TO_NODES: &[Self] = &[
        Fails(Fault::Refuses),
        Fails(Fault::CutsRequest),
        Fails(Fault::CutsAnswer),
        Fails(Fault::Delays),
        Fails(Fault::Throttles),
        Fails(Fault::Swallows),
        Fails(Fault::LosesAnswers),
        Redirected,
        Redirected,
    ];
}

/// A wire with its context.
pub struct WireTarget {
    /// The wire.
    pub wire: Arc<Wire>,
    /// The ports of the nodes to which it may be redirected.
    pub nodes: Vec<u16>,
    /// The outlet, if its tills are at the near end.
    pub outlet: Option<Arc<Server>>,
}

impl Failure<WireTarget> for WireFailure {
    fn name(&self) -> &'static str {
        match self {
            Fails(fault) => fault.name(),
            Redirected => "redirected to another node",
        }
    }

    fn inject(&self, target: &WireTarget, dice: &mut Dice) -> bool {
        match (self, &target.outlet) {
            (Redirected, _) => {
                let at_work = target.wire.is_at_work();
                target.wire.redirect_to(target.nodes[dice.below(target.nodes.len())]);
                at_work
            }
            (Fails(fault), Some(outlet)) => outlet.outage.during(|| fail(&target.wire, *fault, dice)),
            (Fails(fault), None) => fail(&target.wire, *fault, dice),
        }
    }
}

/// Fails for a few seconds; in a long run sometimes for longer than any time-out.
fn fail(wire: &Wire, fault: Fault, dice: &mut Dice) -> bool {
    let is_long = dice::length() > Duration::from_secs(300) && dice.one_in(20);
    let before = wire.counters().altered;
    let time = if is_long { dice.ms(61_000, 75_000) } else { dice.ms(300, 4_000) };
    wire.fails_during(fault, || std::thread::sleep(time));
    wire.counters().altered > before
}
