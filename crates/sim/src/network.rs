//! Letters under way: posted, lost, doubled, delayed, overtaken, delivered.

use anyhow::{Result, anyhow};

use crate::checkers::{self, Before};
use crate::message::{Arrives, Letter, Reply, Request};
use crate::shop::{At, Says, entity_ids};
use crate::world::World;

impl World {
    fn post(&mut self, at: usize, ticket: u64, request: Option<Request>) -> Result<()> {
        let Some(request) = request else { return Ok(()) };
        if matches!(request, Request::Batch(_)) {
            checkers::wait::check(self, at);
        }
        let shop = &self.shops[at];
        let letter = Letter {
            node: shop.node,
            ticket,
            outlet_id: shop.outlet_id.clone(),
            key: shop.key()?,
            request,
            reply: None,
            due: 0,
            arrives: Arrives::Whole,
        };
        let words = format!("{} asks: {}", shop.name, letter.request.words());
        self.say(words);
        self.under_way(letter);
        Ok(())
    }

    fn under_way(&mut self, mut letter: Letter) {
        letter.due = self.t + self.ways.delay(&letter);
        self.mail.push(letter);
    }

    pub(crate) fn push(&mut self, at: usize) -> Result<()> {
        let ticket = self.number();
        let batch_id = format!("{}.b{ticket}", self.shops[at].name);
        let (read_ahead, ms, now) = (self.dice.one_in(2), self.ms(), self.clock(at));
        let request = self.shops[at].push(ticket, &batch_id, read_ahead, ms, now)?;
        self.post(at, ticket, request)
    }

    pub(crate) fn pull(&mut self, at: usize) -> Result<()> {
        let (ticket, ms) = (self.number(), self.ms());
        let request = self.shops[at].pull(ticket, ms)?;
        self.post(at, ticket, request)
    }

    pub(crate) fn join(&mut self, at: usize) -> Result<()> {
        if self.shops[at].code.is_none() {
            let code = self.hub.code(&self.shops[at].outlet_id, self.now())?;
            self.shops[at].code = Some(code);
        }
        let ticket = self.number();
        let request = self.shops[at].join(ticket)?;
        self.post(at, ticket, request)
    }

    /// A letter arrives.
    pub(crate) fn deliver(&mut self, letter: Letter) -> Result<()> {
        if self.ways.is_down(letter.node) {
            self.say(format!("no line: {}", letter.request.words()));
            return Ok(());
        }
        match &letter.reply {
            None => self.ask_hub(letter),
            Some(reply) => self.hear(&letter, reply),
        }
    }

    fn ask_hub(&mut self, mut letter: Letter) -> Result<()> {
        let now = self.now();
        let asked = self.older.to_hub(&letter)?;
        let mut reply = self.hub.answer(&asked, now)?;
        self.older.to_outlet(letter.node, &mut reply);
        let name = self.shops.iter().find(|shop| shop.node == letter.node).map_or("?", |shop| &shop.name);
        let words = format!("the hub hears {name}: {}: {}", letter.request.words(), reply.words());
        self.say(words);
        if let Request::Batch(batch) = &letter.request {
            checkers::at_every_batch(self, letter.node, &letter.outlet_id, batch, &reply)?;
            if matches!(&reply, Reply::Refused(refusal) if refusal.status == 500) && !self.hub.broken {
                self.to_blame.extend(entity_ids(batch)?);
            }
        }
        letter.reply = Some(reply);
        letter.arrives = Arrives::Whole;
        self.under_way(letter);
        Ok(())
    }

    fn hear(&mut self, letter: &Letter, reply: &Reply) -> Result<()> {
        let line = letter.request.line();
        let Some(at) = self.shops.iter().position(|shop| shop.node == letter.node) else { return Ok(()) };
        if !self.shops[at].waits_for(line, letter.ticket) {
            return Ok(());
        }
        let when = At { ms: self.ms(), random: self.dice.below(1 << 40), now: self.clock(at) };
        let before = Before::of(&self.shops[at].file)?;
        let on_its_way = self.shops[at].on_its_way()?;
        let mut answer = reply.http()?;
        answer.body = answer.body.and_then(|body| letter.arrives.of(body));
        let heard = self.shops[at].hear(line, &answer, true, when)?;
        self.excuse_discarded(at)?;
        // What of it may be the batch's own fault; of the hub's faults it was said when it was asked.
        let suspicious = match reply {
            Reply::Foreign(status) => matches!(status, 400 | 502 | 504),
            Reply::Refused(refusal) => refusal.status == 400,
            _ => false,
        };
        if heard.says == Says::Failed && (suspicious || letter.arrives != Arrives::Whole) {
            self.to_blame.extend(on_its_way);
        }
        let cut = if letter.arrives == Arrives::Whole { "" } else { ", cut" };
        let words = format!("{} hears: {}{cut}: {}", self.shops[at].name, reply.words(), heard.words);
        self.say(words);
        checkers::at_every_answer(self, at, &before, heard.says, Some(reply))
    }

    pub(crate) fn deliver_all(&mut self) -> Result<()> {
        for _ in 0..1_000 {
            if self.mail.is_empty() {
                return Ok(());
            }
            let letter = self.mail.remove(0);
            self.deliver(letter)?;
        }
        Err(anyhow!("letters go to and fro without end"))
    }

    /// Something happens to a letter: it arrives, is lost, or arrives and stays under way.
    pub(crate) fn network(&mut self) -> Result<()> {
        if self.faults.line {
            return self.bad_line();
        }
        if self.mail.is_empty() {
            return Ok(());
        }
        let at = self.dice.index(self.mail.len());
        let chance = self.dice.below(100);
        let request = self.mail[at].reply.is_none();
        if chance < if request { 12 } else { 25 } {
            let letter = self.mail.remove(at);
            self.lose(&letter);
            return Ok(());
        }
        let letter = if request && chance < 30 { self.mail[at].clone() } else { self.mail.remove(at) };
        self.deliver(letter)
    }

    pub(crate) fn lose(&mut self, letter: &Letter) {
        let way = if letter.reply.is_none() { "the way there" } else { "the way back" };
        self.say(format!("lost on {way}: {}", letter.request.words()));
    }
}
