//! Those who bring misfortune: each deals its own cards to one server, wire or database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::chronicle::Chronicle;
use crate::dice::{self, Deck, Dice};
use crate::misfortunes::Misfortune;

/// All hands of a world.
pub struct Hands {
    seed: u64,
    chronicle: Arc<Chronicle>,
    works: Vec<Box<dyn FnOnce(Instant) + Send>>,
    deals: BTreeSet<&'static str>,
}

impl Hands {
    /// None yet.
    pub fn new(seed: u64, chronicle: &Arc<Chronicle>) -> Self {
        Self { seed, chronicle: Arc::clone(chronicle), works: Vec::new(), deals: BTreeSet::new() }
    }

    /// One that deals these cards to somebody, and rests for so many milliseconds before each.
    pub fn add<T, M>(&mut self, name: &str, whom: Arc<T>, cards: &'static [M], rest_ms: (usize, usize))
    where
        T: Send + Sync + 'static,
        M: Misfortune<T>,
    {
        self.deals.extend(cards.iter().map(Misfortune::words));
        let (chronicle, name) = (Arc::clone(&self.chronicle), name.to_owned());
        let mut dice = Dice::of(self.seed, &name);
        let mut deck = Deck::of(cards);
        self.works.push(Box::new(move |until| {
            loop {
                std::thread::sleep(dice.ms(rest_ms.0, rest_ms.1));
                if chronicle.is_over() || Instant::now() > until {
                    return;
                }
                let misfortune = deck.deal(&mut dice);
                chronicle.tell(&name, misfortune.words(), || misfortune.befall(&whom, &mut dice));
            }
        }));
    }

    /// All begin. They end by themselves; what they deal is said.
    pub fn begin(self) -> (JoinSet<()>, BTreeSet<&'static str>) {
        let until = Instant::now() + dice::length();
        let mut at_work = JoinSet::new();
        for work in self.works {
            at_work.spawn_blocking(move || work(until));
        }
        (at_work, self.deals)
    }
}
