//! What befalls a wire.

use super::Misfortune;
use crate::dice::Dice;
use crate::server::Trouble;
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

/// A wire, and where else it could lead.
pub struct Laid<'a> {
    /// The wire.
    pub wire: &'a Wire,
    /// The ports of the nodes; one if there is but one.
    pub nodes: &'a [u16],
    /// That of the outlet whose tills it leads to.
    pub trouble: Option<&'a Trouble>,
}

impl Misfortune<Laid<'_>> for OfWire {
    fn words(&self) -> &'static str {
        match self {
            Fails(fault) => fault.words(),
            LeadsElsewhere => "led to another node",
        }
    }

    fn befall(&self, whom: &Laid<'_>, dice: &mut Dice) -> bool {
        match (self, whom.trouble) {
            (LeadsElsewhere, _) => {
                let at_work = whom.wire.is_at_work();
                whom.wire.lead_to(whom.nodes[dice.below(whom.nodes.len())]);
                at_work
            }
            (Fails(fault), Some(trouble)) => trouble.during(|| fail(whom.wire, *fault, dice)),
            (Fails(fault), None) => fail(whom.wire, *fault, dice),
        }
    }
}

/// For a few seconds; now and then for longer than anybody waits.
fn fail(wire: &Wire, fault: Fault, dice: &mut Dice) -> bool {
    let before = wire.passed().spoilt;
    wire.set(Some(fault));
    std::thread::sleep(dice.ms(300, 4_000));
    wire.set(None);
    wire.passed().spoilt > before
}
