//! Bad lines and a hub that has too much to do: some outlets are cut off, lines are slow, what arrives is cut, mixed up or
//! not the hub's, and the hub sends batches away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;

use crate::hub::enter;
use crate::message::{Arrives, Letter, Line, Reply};
use crate::world::World;

/// The ways between outlets and the hub. Databases by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// Without a line.
    down: BTreeSet<usize>,
    /// Steps that each entity in a letter needs.
    slow: BTreeMap<usize, u64>,
    /// Answers to batches that were under way.
    answers: BTreeMap<usize, Vec<Reply>>,
    /// The hub has a batch of somebody under way.
    crowded: bool,
}

impl Ways {
    pub(crate) fn is_down(&self, node: usize) -> bool {
        self.down.contains(&node)
    }

    pub(crate) fn delay(&self, letter: &Letter) -> u64 {
        self.slow.get(&letter.node).map_or(0, |steps| steps * letter.length())
    }

    /// All is well again.
    pub(crate) fn mend(&mut self) {
        self.down.clear();
        self.slow.clear();
    }
}

impl World {
    /// Something happens to a letter that may arrive by now.
    pub(crate) fn bad_line(&mut self) -> Result<()> {
        let due: Vec<_> = (0..self.mail.len()).filter(|at| self.mail[*at].due <= self.t).collect();
        let Some(at) = self.dice.pick(&due).copied() else { return Ok(()) };
        let (chance, percent, noticed) = (self.dice.below(100), self.dice.index(100), self.dice.one_in(2));
        if (10..15).contains(&chance) && self.mail[at].reply.is_none() {
            let twice = self.mail[at].clone();
            return self.deliver(twice);
        }
        let mut letter = self.mail.remove(at);
        let answers_batch = letter.reply.is_some() && letter.request.line() == Line::Push;
        match chance {
            0..=9 => {
                self.lose(&letter);
                return Ok(());
            }
            15..=26 => letter.arrives = Arrives::Cut { percent, noticed },
            27..=31 if letter.reply.is_some() => {
                let statuses = [200, 502, 503, 504];
                letter.reply = self.dice.pick(&statuses).copied().map(Reply::Foreign);
            }
            32..=54 if answers_batch => {
                // Somebody on the way mixes answers up.
                let before = self.ways.answers.get(&letter.node);
                letter.reply = before.and_then(|before| self.dice.pick(before)).cloned().or(letter.reply);
            }
            _ if answers_batch => {
                self.ways.answers.entry(letter.node).or_default().extend(letter.reply.clone());
            }
            _ => {}
        }
        if letter.reply.is_none() && letter.arrives == (Arrives::Cut { percent, noticed: true }) {
            // The hub does not hear all of it, and the outlet hears nothing but that.
            letter.reply = Some(Reply::Foreign(400));
        }
        self.deliver(letter)
    }

    /// Some outlets lose their line, the others have one.
    pub(crate) fn lose_lines(&mut self) -> Result<()> {
        let nodes: Vec<_> = self.shops.iter().map(|shop| shop.node).collect();
        self.ways.down = nodes.into_iter().filter(|_| self.dice.one_in(2)).collect();
        self.say(format!("without a line: {:?}", self.ways.down));
        Ok(())
    }

    /// A line becomes slow, or well again.
    pub(crate) fn slow_line(&mut self) -> Result<()> {
        let (at, steps) = (self.some_shop(), self.dice.below(8));
        let node = self.shops[at].node;
        self.ways.slow.insert(node, steps);
        self.say(format!("{} needs {steps} steps for each entity", self.shops[at].name));
        Ok(())
    }

    /// The hub is at somebody's batch for some time, and sends away who comes with another one.
    pub(crate) fn crowd(&mut self) -> Result<()> {
        if self.ways.crowded {
            return Ok(());
        }
        let gate = Arc::clone(&self.hub.gate);
        let whose = if self.dice.one_in(3) { self.dice.pick(&self.outlets).cloned() } else { None };
        let Ok(_pass) = enter(&gate, whose.as_deref().unwrap_or("another outlet")) else { return Ok(()) };
        self.ways.crowded = true;
        self.say("the hub is at a batch of somebody");
        for _ in 0..3 + self.dice.below(10) {
            self.t += 1;
            self.one_step()?;
        }
        self.ways.crowded = false;
        self.say("the hub takes batches again");
        Ok(())
    }

    /// The hub's disk is full, or has room again.
    pub(crate) fn fill_disk(&mut self) -> Result<()> {
        self.hub.full = self.dice.one_in(3);
        self.say(if self.hub.full { "the hub's disk is full" } else { "the hub has room" });
        Ok(())
    }
}
