//! Bad networks and an overloaded hub: some outlets are offline, links are slow, messages are truncated, mixed up or
//! answered by others, and the hub rejects batches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;

use crate::hub::enter;
use crate::message::{Channel, Delivery, Message, Reply};
use crate::world::World;

/// The links between outlets and the hub, by database number.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Offline databases.
    down: BTreeSet<usize>,
    /// Delay in steps per entity in a message.
    slow: BTreeMap<usize, u64>,
    /// Earlier answers to batches.
    answers: BTreeMap<usize, Vec<Reply>>,
    /// The hub is busy with a batch.
    crowded: bool,
}

impl Links {
    pub(crate) fn is_down(&self, node: usize) -> bool {
        self.down.contains(&node)
    }

    pub(crate) fn delay(&self, message: &Message) -> u64 {
        self.slow.get(&message.node).map_or(0, |steps| steps * message.length())
    }

    /// Repairs all links.
    pub(crate) fn repair(&mut self) {
        self.down.clear();
        self.slow.clear();
    }
}

impl World {
    /// Chooses what happens to a message that is due.
    pub(crate) fn bad_line(&mut self) -> Result<()> {
        let due: Vec<_> = (0..self.in_transit.len()).filter(|at| self.in_transit[*at].due <= self.t).collect();
        let Some(at) = self.dice.pick(&due).copied() else { return Ok(()) };
        let (chance, percent, noticed) = (self.dice.below(100), self.dice.index(100), self.dice.one_in(2));
        if (10..15).contains(&chance) && self.in_transit[at].reply.is_none() {
            let duplicate = self.in_transit[at].clone();
            return self.deliver(duplicate);
        }
        let mut message = self.in_transit.remove(at);
        let answers_batch = message.reply.is_some() && message.request.channel() == Channel::Push;
        match chance {
            0..=9 => {
                self.lose(&message);
                return Ok(());
            }
            15..=26 => message.delivery = Delivery::Truncated { percent, noticed },
            27..=31 if message.reply.is_some() => {
                let statuses = [200, 502, 503, 504];
                message.reply = self.dice.pick(&statuses).copied().map(Reply::Foreign);
            }
            32..=54 if answers_batch => {
                // A proxy mixes up answers.
                let before = self.links.answers.get(&message.node);
                message.reply = before.and_then(|before| self.dice.pick(before)).cloned().or(message.reply);
            }
            _ if answers_batch => {
                self.links.answers.entry(message.node).or_default().extend(message.reply.clone());
            }
            _ => {}
        }
        if message.reply.is_none() && message.delivery == (Delivery::Truncated { percent, noticed: true }) {
            // The hub receives only a part, and the outlet receives only this status.
            message.reply = Some(Reply::Foreign(400));
        }
        self.deliver(message)
    }

    /// Disconnects a random set of outlets, and connects the others.
    pub(crate) fn lose_lines(&mut self) -> Result<()> {
        let nodes: Vec<_> = self.shops.iter().map(|shop| shop.node).collect();
        self.links.down = nodes.into_iter().filter(|_| self.dice.one_in(2)).collect();
        self.log(format!("offline: {:?}", self.links.down));
        Ok(())
    }

    /// Changes the speed of a link.
    pub(crate) fn slow_line(&mut self) -> Result<()> {
        let (at, steps) = (self.random_shop(), self.dice.below(8));
        let node = self.shops[at].node;
        self.links.slow.insert(node, steps);
        self.log(format!("{} has a delay of {steps} steps per entity", self.shops[at].name));
        Ok(())
    }

    /// Keeps the hub busy with a batch for some steps; it rejects other batches meanwhile.
    pub(crate) fn crowd(&mut self) -> Result<()> {
        if self.links.crowded {
            return Ok(());
        }
        let admission = Arc::clone(&self.hub.admission);
        let outlet = if self.dice.one_in(3) { self.dice.pick(&self.outlets).cloned() } else { None };
        let Ok(_permit) = enter(&admission, outlet.as_deref().unwrap_or("another outlet")) else { return Ok(()) };
        self.links.crowded = true;
        self.log("the hub is busy with a batch");
        for _ in 0..3 + self.dice.below(10) {
            self.t += 1;
            self.one_step()?;
        }
        self.links.crowded = false;
        self.log("the hub accepts batches again");
        Ok(())
    }

    /// Fills the hub's disk, or frees it.
    pub(crate) fn fill_disk(&mut self) -> Result<()> {
        self.hub.full = self.dice.one_in(3);
        self.log(if self.hub.full { "the hub's disk is full" } else { "the hub's disk has space" });
        Ok(())
    }
}
