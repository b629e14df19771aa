//! Failure injectors: each applies its deck of failures to one server, wire or database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::dice::{self, Deck, Dice};
use crate::event_log::EventLog;
use crate::failures::Failure;

/// All injectors of a world.
pub struct Injectors {
    seed: u64,
    events: Arc<EventLog>,
    tasks: Vec<Box<dyn FnOnce(Instant) + Send>>,
    kinds: BTreeSet<&'static str>,
}

impl Injectors {
    /// An empty set.
    pub fn new(seed: u64, events: &Arc<EventLog>) -> Self {
        Self { seed, events: Arc::clone(events), tasks: Vec::new(), kinds: BTreeSet::new() }
    }

    /// Adds an injector of these failures for a target, with a pause in milliseconds before each.
    pub fn add<T, M>(&mut self, name: &str, target: Arc<T>, cards: &'static [M], pause_ms: (usize, usize))
    where
        T: Send + Sync + 'static,
        M: Failure<T>,
    {
        self.kinds.extend(cards.iter().map(Failure::name));
        let (events, name) = (Arc::clone(&self.events), name.to_owned());
        let mut dice = Dice::of(self.seed, &name);
        let mut deck = Deck::of(cards);
        self.tasks.push(Box::new(move |until| {
            loop {
                std::thread::sleep(dice.ms(pause_ms.0, pause_ms.1));
                if events.is_over() || Instant::now() > until {
                    return;
                }
                let failure = deck.deal(&mut dice);
                events.record(&name, failure.name(), || failure.inject(&target, &mut dice));
            }
        }));
    }

    /// Starts all injectors, which end by themselves; returns the kinds of failures too.
    pub fn begin(self) -> (JoinSet<()>, BTreeSet<&'static str>) {
        let until = Instant::now() + dice::length();
        let mut at_work = JoinSet::new();
        for work in self.tasks {
            at_work.spawn_blocking(move || work(until));
        }
        (at_work, self.kinds)
    }
}
