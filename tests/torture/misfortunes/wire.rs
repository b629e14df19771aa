//! What befalls a wire.

use std::sync::Arc;
use std::time::Duration;

use super::Misfortune;
use crate::dice::{self, Dice};
use crate::server::Server;
use crate::wire::{Fault, Wire};

/// A wire's misfortune.
#[derive(Debug, Clone, Copy)]
pub enum OfWire {
    /// It fails in one of its ways.
    Fails(Fault),
    /// It leads to the other node from now on.
    LeadsElsewhere,
}

use OfWire::{Fails, LeadsElsewhere};

impl OfWire {
    /// Of every wire.
    pub const ANY: &[Self] = &[
        Fails(Fault::Refuses),
        Fails(Fault::CutsRequest),
        Fails(Fault::CutsAnswer),
        Fails(Fault::Delays),
        Fails(Fault::Throttles),
        Fails(Fault::Swallows),
        Fails(Fault::LosesAnswers),
    ];
    /// Where there are two nodes.
    pub const TO_NODES: &[Self] = &[
        Fails(Fault::Refuses),
        Fails(Fault::CutsRequest),
        Fails(Fault::CutsAnswer),
        Fails(Fault::Delays),
        Fails(Fault::Throttles),
        Fails(Fault::Swallows),
        Fails(Fault::LosesAnswers),
        LeadsElsewhere,
        LeadsElsewhere,
    ];
}

/// A wire, and what it joins.
pub struct Laid {
    /// The wire.
    pub wire: Arc<Wire>,
    /// The ports of the nodes to which it could lead.
    pub nodes: Vec<u16>,
    /// The outlet, if its tills are at the near end.
    pub outlet: Option<Arc<Server>>,
}

impl Misfortune<Laid> for OfWire {
    fn words(&self) -> &'static str {
        match self {
            Fails(fault) => fault.words(),
            LeadsElsewhere => "led to another node",
        }
    }

    fn befall(&self, whom: &Laid, dice: &mut Dice) -> bool {
        match (self, &whom.outlet) {
            (LeadsElsewhere, _) => {
                let at_work = whom.wire.is_at_work();
                whom.wire.lead_to(whom.nodes[dice.below(whom.nodes.len())]);
                at_work
            }
            (Fails(fault), Some(outlet)) => outlet.trouble.during(|| fail(&whom.wire, *fault, dice)),
            (Fails(fault), None) => fail(&whom.wire, *fault, dice),
        }
    }
}

/// For a few seconds; in a long torture now and then for longer than anybody waits.
fn fail(wire: &Wire, fault: Fault, dice: &mut Dice) -> bool {
    let is_long = dice::length() > Duration::from_secs(300) && dice.one_in(20);
    let before = wire.passed().spoilt;
    let time = if is_long { dice.ms(61_000, 75_000) } else { dice.ms(300, 4_000) };
    wire.fails_during(fault, || std::thread::sleep(time));
    wire.passed().spoilt > before
}
