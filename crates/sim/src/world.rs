//! A world: a hub, two or three outlets, people, and a network. One seed, one world.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use tempfile::TempDir;

use crate::bad_network::Links;
use crate::checkers::sales::Acknowledged;
use crate::commands::Tills;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::file::{self, File, PowerCut};
use crate::garbage::Garbage;
use crate::ghost::Ghost;
use crate::hub::{Backup, Hub};
use crate::message::{Channel, Message};
use crate::older::Older;
use crate::replay::StepStart;
use crate::sales::{self, Act};
use crate::shop::{BatchSignal, Shop};
use crate::{checkers, office};

/// A violated invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The checker's name.
    pub checker: &'static str,
    /// What the checker found.
    pub message: String,
}

/// A backup of an outlet's database.
#[derive(Debug, Clone)]
pub struct ShopBackup {
    /// The database's number.
    pub node: usize,
    /// When it was made.
    pub t: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The whole state of a simulation.
#[derive(Debug)]
pub struct World {
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) t: u64,
    pub(crate) hub: Hub,
    pub(crate) shops: Vec<Shop>,
    pub(crate) ghost: Ghost,
    /// Ids of the outlets, in the order of creation.
    pub(crate) outlets: Vec<String>,
    /// Ids of all orders, lines and payments that were created.
    pub(crate) made: BTreeSet<String>,
    /// Those of `made` that may be missing: they existed only in data overwritten by a restore.
    pub(crate) excused: BTreeSet<String>,
    pub(crate) hub_backups: Vec<Backup>,
    pub(crate) backups: Vec<ShopBackup>,
    /// The acknowledged sales, as the hub last had them.
    pub(crate) acknowledged: Acknowledged,
    pub(crate) outages: u32,
    /// Entities in batches that failed or timed out while the hub was healthy.
    pub(crate) suspects: BTreeSet<String>,
    /// By database: entities that were isolated when another batch failed too, since the last accepted batch.
    pub(crate) suspected_with_hub: BTreeMap<usize, BTreeSet<String>>,
    /// Order numbers may repeat: a copy of a database runs without a high-water mark.
    pub(crate) numbers_may_repeat: bool,
    pub(crate) violations: Vec<Violation>,
    pub(crate) links: Links,
    pub(crate) older: Older,
    pub(crate) garbage: Garbage,
    pub(crate) in_transit: Vec<Message>,
    /// What the tills show.
    pub(crate) tills: Tills,
    pub(crate) numbers: u64,
    /// The state before each step, and at the end.
    pub(crate) steps: Vec<StepStart>,
    nodes: usize,
    trace: Vec<String>,
    dir: TempDir,
}

/// Empty databases of an outlet and a hub.
type Empty = (Vec<u8>, Vec<u8>);

/// Created once per process.
static EMPTY: LazyLock<Result<Empty, String>> = LazyLock::new(|| {
    let make = || {
        let dir = tempfile::tempdir()?;
        let shop = file::empty(&replica::capture::schema::SCHEMA, dir.path())?;
        Ok::<_, anyhow::Error>((shop, file::empty(&hub::SCHEMA.sqlite, dir.path())?))
    };
    make().map_err(|error| error.to_string())
});

impl World {
    /// Creates a world with enrolled outlets, and two entities of each shared type made by head office.
    ///
    /// # Errors
    /// A command failed.
    pub fn new(seed: u64, faults: Faults) -> Result<Self> {
        let mut dice = Dice::new(seed);
        let dir = tempfile::Builder::new().prefix("gerai-sim").tempdir()?;
        let (empty_shop, empty_hub) = EMPTY.as_ref().map_err(|words| anyhow!(words.clone()))?;
        let page = 3 + dice.index(4);
        let mut world = Self {
            hub: Hub::new(dir.path().join("hub.db"), empty_hub, page)?,
            dice,
            faults,
            t: 0,
            shops: Vec::new(),
            ghost: Ghost::default(),
            outlets: Vec::new(),
            made: BTreeSet::new(),
            excused: BTreeSet::new(),
            hub_backups: Vec::new(),
            backups: Vec::new(),
            acknowledged: Acknowledged::new(),
            outages: 0,
            suspects: BTreeSet::new(),
            suspected_with_hub: BTreeMap::new(),
            numbers_may_repeat: false,
            violations: Vec::new(),
            links: Links::default(),
            older: Older::default(),
            garbage: Garbage::default(),
            in_transit: Vec::new(),
            tills: Tills::new(),
            numbers: 0,
            steps: Vec::new(),
            nodes: 0,
            trace: Vec::new(),
            dir,
        };
        let outlets = 2 + u64::from(world.dice.one_in(4));
        for name in ["A", "B", "C"].into_iter().take(usize::try_from(outlets)?) {
            let (outlet_id, code) = world.hub.add(&format!("JKT-{name}"), world.now())?;
            world.outlets.push(outlet_id.clone());
            let node = world.node();
            let file = File::make(world.path(node), empty_shop)?;
            let mut shop = Shop::new(node, name.to_owned(), outlet_id, file);
            shop.code = Some(code);
            shop.obeys_waits = faults.line;
            world.shops.push(shop);
            let at = world.shops.len() - 1;
            world.join(at)?;
            world.deliver_all()?;
            world.finish_rejoin(at)?;
        }
        if faults.older {
            world.begin_older()?;
        }
        for entity_type in sales::TYPES {
            for number in 1..=2 {
                let id = format!("{entity_type}-{number}");
                world.office(|act| act.make(entity_type, &id))?;
            }
        }
        if faults.commands {
            for id in ["charge-service", "charge-tax"] {
                world.office(|act| act.make("charge", id))?;
            }
            for id in ["tender-1", "tender-2", "tender-3"] {
                world.office(|act| act.make("tender", id))?;
            }
        }
        for at in 0..world.shops.len() {
            world.turn(at, true)?;
        }
        let first = world.hub.backup(0, None)?;
        world.hub_backups.push(first);
        Ok(world)
    }

    /// The database of a hub without outlets.
    pub(crate) fn empty_hub() -> Result<Vec<u8>> {
        let (_, hub) = EMPTY.as_ref().map_err(|words| anyhow!(words.clone()))?;
        Ok(hub.clone())
    }

    // ---- small things

    pub(crate) fn node(&mut self) -> usize {
        self.nodes += 1;
        self.nodes
    }

    pub(crate) fn path(&self, node: usize) -> PathBuf {
        self.dir.path().join(format!("pos{node}.db"))
    }

    /// A number that is unique in this world.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(crate) fn log(&mut self, words: impl Into<String>) {
        self.trace.push(format!("{:4} {}", self.t, words.into()));
    }

    pub(crate) fn found(&mut self, checker: &'static str, message: impl Into<String>) {
        let violation = Violation { checker, message: message.into() };
        if !self.violations.contains(&violation) {
            self.log(format!("*** {checker}: {}", violation.message));
            self.violations.push(violation);
        }
    }

    /// The log.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        &self.trace
    }

    /// The violations found so far.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(crate) fn random_shop(&mut self) -> usize {
        self.dice.index(self.shops.len())
    }

    // ---- people

    pub(crate) fn office<T>(&mut self, work: impl FnOnce(&mut office::Act<'_>) -> Result<T>) -> Result<T> {
        let (number, now) = (self.number(), self.now());
        let Self { hub, ghost, dice, older, outlets, t, .. } = self;
        work(&mut office::Act { hub, ghost, dice, older, outlets, number, t: *t, now })
    }

    pub(crate) fn act(&mut self, at: usize, work: impl FnOnce(&mut Act<'_>) -> Result<String>) -> Result<()> {
        let (number, now) = (self.number(), self.clock(at));
        let Self { shops, ghost, dice, older, garbage, t, made, .. } = self;
        let words = work(&mut Act { shop: &shops[at], ghost, dice, older, bad: &garbage.ids, number, t: *t, now })?;
        made.extend(checkers::lost::ids_at_outlet(&shops[at].file)?);
        let words = format!("{} {words}", shops[at].name);
        self.log(words);
        Ok(())
    }

    // ---- the run

    /// Runs the world, repairs it, and runs the checkers.
    pub fn run(&mut self) {
        let done = self.days();
        self.steps.push(self.step_start());
        self.end(done);
    }

    /// Repairs the world unless a step failed, and runs the checkers.
    pub(crate) fn end(&mut self, days: Result<()>) {
        if let Err(error) = days.and_then(|()| self.heal()) {
            self.found("a command failed", format!("{error:#}"));
        }
    }

    fn days(&mut self) -> Result<()> {
        let end = 60 + self.dice.below(140);
        while self.t < end {
            self.steps.push(self.step_start());
            self.t += 1;
            self.one_step()?;
        }
        Ok(())
    }

    pub(crate) fn one_step(&mut self) -> Result<()> {
        match self.step() {
            Err(error) if error.is::<PowerCut>() => self.power_returns(),
            done => done,
        }
    }

    fn step(&mut self) -> Result<()> {
        let at = self.random_shop();
        if self.t.is_multiple_of(3) {
            self.people_discard(at)?;
        }
        if self.faults.often() && self.t.is_multiple_of(8) {
            self.fault()?;
        }
        if self.faults.line {
            // With a bad network there must be messages in transit.
            self.push(at)?;
            self.network()?;
        }
        match self.dice.below(100) {
            0..=7 if self.faults.garbage => self.sell_at_the_till(at)?,
            0..=31 if self.faults.commands => self.command(at)?,
            0..=23 => self.act(at, |act| act.anything())?,
            24..=31 => {
                let words = self.office(|act| act.anything())?;
                self.log(words);
            }
            32..=43 => {
                self.push(at)?;
                self.audit(at)?;
            }
            44..=53 => self.pull(at)?,
            54..=57 if self.shops[at].must_enroll()? => self.join(at)?,
            54..=82 => self.network()?,
            83..=85 => self.turn(at, true)?,
            86..=89 => self.time_out(at)?,
            90..=91 => self.people_try_again(at)?,
            92..=94 => self.back_up(at)?,
            95..=97 => self.fault()?,
            _ => self.shops[at].write_high_water_mark()?,
        }
        Ok(())
    }

    /// A time-out of an outlet's request.
    fn time_out(&mut self, at: usize) -> Result<()> {
        let now = self.clock(at);
        match self.dice.below(3) {
            0 if self.shops[at].is_waiting(Channel::Push) => {
                let (pings, ms, random) = (self.dice.one_in(2), self.ms(), self.dice.below(1 << 40));
                let pings = pings && !self.links.is_down(self.shops[at].node);
                let before = checkers::Before::of(&self.shops[at].file)?;
                if pings {
                    self.suspects.extend(self.shops[at].in_flight_ids()?);
                }
                let result = self.shops[at].time_out(pings, ms, random, now)?;
                let words = format!("{} times out: {}", self.shops[at].name, result.words);
                self.log(words);
                if result.signal == BatchSignal::Failed {
                    checkers::at_every_answer(self, at, &before, result.signal, None)?;
                }
            }
            1 => self.shops[at].cancel(Channel::Pull),
            2 => self.shops[at].cancel(Channel::Enroll),
            _ => {}
        }
        Ok(())
    }

    /// An outlet's admin discards rejected items; at the end of the world somebody retries all of them.
    fn people_discard(&mut self, at: usize) -> Result<()> {
        let now = self.clock(at);
        let shared = self.faults.people && self.dice.one_in(2);
        let discarded = self.shops[at].discard(shared, now)?;
        self.excuse_discarded(at)?;
        if !discarded.is_empty() {
            let words = format!("{} discards {discarded:?}", self.shops[at].name);
            self.log(words);
        }
        Ok(())
    }

    fn people_try_again(&mut self, at: usize) -> Result<()> {
        // Bad items are left alone: retrying them would not help.
        let bad = &self.garbage.all_ids(&self.shops[at])?;
        let (corrected, now) = (sales::correct(&self.shops[at].file, bad)?, self.clock(at));
        let tried = self.shops[at].retry(now, bad)?;
        if tried > 0 {
            let words = format!("{} retries {tried}, after correcting {corrected:?}", self.shops[at].name);
            self.log(words);
        }
        Ok(())
    }

    fn back_up(&mut self, at: usize) -> Result<()> {
        if self.dice.one_in(2) {
            if self.faults.hub {
                let backup = self.hub.backup(self.t, self.garbage.rogue.as_ref())?;
                self.hub_backups.push(backup);
                self.log("the hub is backed up");
            }
        } else if self.faults.outlet {
            let shop = &self.shops[at];
            let backup = ShopBackup { node: shop.node, t: self.t, bytes: shop.file.copy()? };
            let words = format!("{} is backed up", shop.name);
            self.backups.push(backup);
            self.log(words);
        }
        Ok(())
    }

    // ---- the end

    /// Repairs the network and the hub; admins and guests do what is asked of them; clones are drained one after the
    /// other and discarded. Then the checkers run.
    fn heal(&mut self) -> Result<()> {
        self.log("--- repair");
        self.lift_all()?;
        for message in std::mem::take(&mut self.in_transit) {
            if self.dice.percent(70) {
                self.deliver(message)?;
            }
        }
        self.in_transit.clear();
        // Requested waits continue and must end by themselves.
        let (restarts, all) = (!self.faults.line, self.shops.len());
        for at in (0..all).filter(|_| restarts) {
            self.shops[at].start(0)?;
            self.shop_starts(at)?;
        }
        let originals: Vec<_> = self.shops.iter().filter(|shop| !shop.clone).map(|shop| shop.node).collect();
        self.rounds(&originals, 3)?;
        if self.faults.older {
            // Mixed versions must come to rest, too.
            if !self.faults.clone && !self.rounds(&originals, 120)? {
                self.report_stalled(&originals)?;
            }
            self.upgrade_all()?;
            self.rounds(&originals, 3)?;
            self.call_outlets()?;
        }
        let clones: Vec<_> = self.shops.iter().filter(|shop| shop.clone).map(|shop| shop.node).collect();
        for node in clones {
            if !self.rounds(&[node], 120)? {
                self.report_stalled(&[node])?;
            }
            self.shops.retain(|shop| shop.node != node);
        }
        let tills = if self.faults.garbage { self.shops.len() } else { 0 };
        for at in 0..tills {
            self.sell_at_the_till(at)?;
        }
        if self.rounds(&originals, 200)? {
            checkers::quiet::check(self)?;
        } else {
            self.report_stalled(&originals)?;
        }
        checkers::at_the_end(self)
    }

    fn report_stalled(&mut self, nodes: &[usize]) -> Result<()> {
        let mut words = Vec::new();
        for shop in self.shops.iter().filter(|shop| nodes.contains(&shop.node)) {
            words.extend(checkers::quiet::restless(self, shop)?.into_iter().map(|w| format!("{}: {w}", shop.name)));
        }
        self.found("stalled", words.join("; "));
        Ok(())
    }

    fn rounds(&mut self, nodes: &[usize], most: usize) -> Result<bool> {
        for _ in 0..most {
            for node in nodes {
                if let Some(at) = self.shops.iter().position(|shop| shop.node == *node) {
                    self.turn(at, true)?;
                }
            }
            let mut quiet = true;
            for shop in self.shops.iter().filter(|shop| nodes.contains(&shop.node)) {
                quiet &= checkers::quiet::restless(self, shop)?.is_empty();
            }
            if quiet {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One outlet completes all pending work.
    pub(crate) fn turn(&mut self, at: usize, pull: bool) -> Result<()> {
        self.t += 1;
        self.deliver_all()?;
        let (ms, now) = (self.ms(), self.clock(at));
        self.shops[at].time_out(false, ms, 0, now)?;
        self.shops[at].cancel(Channel::Pull);
        self.shops[at].cancel(Channel::Enroll);
        if self.shops[at].must_enroll()? {
            self.join(at)?;
            self.deliver_all()?;
        }
        self.finish_rejoin(at)?;
        self.people_try_again(at)?;
        self.push(at)?;
        self.deliver_all()?;
        self.decide_about_sales()?;
        // Pull up to the head of the streams, including all comparisons.
        for _ in 0..if pull { 20 } else { 0 } {
            self.pull(at)?;
            self.deliver_all()?;
            if self.shops[at].is_at_head()? {
                break;
            }
        }
        self.shops[at].forget_audit();
        self.audit(at)
    }

    fn finish_rejoin(&mut self, at: usize) -> Result<()> {
        for _ in 0..200 {
            if self.shops[at].file.number("select count(*) from sync_reconcile where scope = 'rejoin'")? == 0 {
                return Ok(());
            }
            self.pull(at)?;
            self.deliver_all()?;
            if self.shops[at].stopped()? || self.shops[at].is_refused() {
                return Ok(());
            }
        }
        // An outlet that is offline or asked to wait continues at its next turn.
        if self.faults.line { Ok(()) } else { Err(anyhow!("the comparison after enrollment does not end")) }
    }
}
