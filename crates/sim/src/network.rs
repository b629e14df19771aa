//! Messages in transit: sent, lost, duplicated, delayed, reordered, delivered.

use anyhow::{Result, anyhow};

use crate::checkers::{self, Before};
use crate::message::{Delivery, Message, Reply, Request};
use crate::shop::{BatchSignal, Moment, entity_ids};
use crate::world::World;

impl World {
    fn send_request(&mut self, at: usize, ticket: u64, request: Option<Request>) -> Result<()> {
        let Some(request) = request else { return Ok(()) };
        if matches!(request, Request::Batch(_)) {
            checkers::retry_after::check(self, at);
        }
        let shop = &self.shops[at];
        let message = Message {
            node: shop.node,
            ticket,
            outlet_id: shop.outlet_id.clone(),
            key: shop.key()?,
            request,
            reply: None,
            due: 0,
            delivery: Delivery::Complete,
        };
        let words = format!("{} sends: {}", shop.name, message.request.summary());
        self.log(words);
        self.send(message);
        Ok(())
    }

    fn send(&mut self, mut message: Message) {
        message.due = self.t + self.links.delay(&message);
        self.in_transit.push(message);
    }

    pub(crate) fn push(&mut self, at: usize) -> Result<()> {
        let ticket = self.number();
        let batch_id = format!("{}.b{ticket}", self.shops[at].name);
        let (read_ahead, ms, now) = (self.dice.one_in(2), self.ms(), self.clock(at));
        let request = self.shops[at].push(ticket, &batch_id, read_ahead, ms, now)?;
        self.send_request(at, ticket, request)
    }

    /// An outlet sends its audit log. The answers come at once or are lost; the dice are not used, so that the rest of a
    /// world stays the same.
    pub(crate) fn audit(&mut self, at: usize) -> Result<()> {
        for _ in 0..20 {
            let shop = &mut self.shops[at];
            if self.links.is_down(shop.node) {
                return Ok(());
            }
            let Some(outgoing) = shop.next_audit()? else { return Ok(()) };
            let (outlet_id, key, now) = (shop.outlet_id.clone(), shop.key()?, self.now());
            let Some(receipt) = self.hub.audit(&outlet_id, &key, &outgoing.report, now)? else { return Ok(()) };
            self.shops[at].receive_audit(&outgoing, &receipt)?;
        }
        Ok(())
    }

    pub(crate) fn pull(&mut self, at: usize) -> Result<()> {
        let (ticket, ms) = (self.number(), self.ms());
        let request = self.shops[at].pull(ticket, ms)?;
        self.send_request(at, ticket, request)
    }

    pub(crate) fn join(&mut self, at: usize) -> Result<()> {
        if self.shops[at].code.is_none() {
            let code = self.hub.code(&self.shops[at].outlet_id, self.now())?;
            self.shops[at].code = Some(code);
        }
        let ticket = self.number();
        let request = self.shops[at].join(ticket)?;
        self.send_request(at, ticket, request)
    }

    /// Delivers a message to its recipient.
    pub(crate) fn deliver(&mut self, message: Message) -> Result<()> {
        if self.links.is_down(message.node) {
            self.log(format!("offline, lost: {}", message.request.summary()));
            return Ok(());
        }
        match &message.reply {
            None => self.ask_hub(message),
            Some(reply) => self.receive(&message, reply),
        }
    }

    fn ask_hub(&mut self, mut message: Message) -> Result<()> {
        let now = self.now();
        let translated = self.older.to_hub(&message)?;
        let mut reply = self.hub.answer(&translated, now)?;
        self.older.to_outlet(message.node, &mut reply);
        let name = self.shops.iter().find(|shop| shop.node == message.node).map_or("?", |shop| &shop.name);
        let words = format!("the hub receives from {name}: {}: {}", message.request.summary(), reply.summary());
        self.log(words);
        if let Request::Batch(batch) = &message.request {
            checkers::at_every_batch(self, message.node, &message.outlet_id, batch, &reply)?;
            if matches!(&reply, Reply::Refused(refusal) if refusal.status == 500) && !self.hub.broken {
                self.suspects.extend(entity_ids(batch)?);
            }
        }
        message.reply = Some(reply);
        message.delivery = Delivery::Complete;
        self.send(message);
        Ok(())
    }

    fn receive(&mut self, message: &Message, reply: &Reply) -> Result<()> {
        let channel = message.request.channel();
        let Some(at) = self.shops.iter().position(|shop| shop.node == message.node) else { return Ok(()) };
        if !self.shops[at].expects(channel, message.ticket) {
            return Ok(());
        }
        let when = Moment { ms: self.ms(), random: self.dice.below(1 << 40), now: self.clock(at) };
        let before = Before::of(&self.shops[at].file)?;
        let in_flight_ids = self.shops[at].in_flight_ids()?;
        let mut answer = reply.http()?;
        answer.body = answer.body.and_then(|body| message.delivery.of(body));
        let handled = self.shops[at].receive(channel, &answer, true, when)?;
        self.excuse_discarded(at)?;
        // The batch may be the cause of these answers; for errors of the hub, `ask_hub` has recorded it.
        let suspicious = match reply {
            Reply::Foreign(status) => matches!(status, 400 | 502 | 504),
            Reply::Refused(refusal) => refusal.status == 400,
            _ => false,
        };
        if handled.signal == BatchSignal::Failed && (suspicious || message.delivery != Delivery::Complete) {
            self.suspects.extend(in_flight_ids);
        }
        let cut = if message.delivery == Delivery::Complete { "" } else { ", truncated" };
        let words = format!("{} receives: {}{cut}: {}", self.shops[at].name, reply.summary(), handled.words);
        self.log(words);
        checkers::at_every_answer(self, at, &before, handled.signal, Some(reply))
    }

    pub(crate) fn deliver_all(&mut self) -> Result<()> {
        for _ in 0..1_000 {
            if self.in_transit.is_empty() {
                return Ok(());
            }
            let message = self.in_transit.remove(0);
            self.deliver(message)?;
        }
        Err(anyhow!("messages are exchanged endlessly"))
    }

    /// Chooses what happens to a message: it is delivered, lost, or delivered and duplicated.
    pub(crate) fn network(&mut self) -> Result<()> {
        if self.faults.line {
            return self.bad_line();
        }
        if self.in_transit.is_empty() {
            return Ok(());
        }
        let at = self.dice.index(self.in_transit.len());
        let chance = self.dice.below(100);
        let request = self.in_transit[at].reply.is_none();
        if chance < if request { 12 } else { 25 } {
            let message = self.in_transit.remove(at);
            self.lose(&message);
            return Ok(());
        }
        let message = if request && chance < 30 { self.in_transit[at].clone() } else { self.in_transit.remove(at) };
        self.deliver(message)
    }

    pub(crate) fn lose(&mut self, message: &Message) {
        let way = if message.reply.is_none() { "the way there" } else { "the way back" };
        self.log(format!("lost on {way}: {}", message.request.summary()));
    }
}
