//! A world: a hub, two or three outlets, what people do, and a network that loses, doubles, delays and reorders. One
//! seed, one world.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use tempfile::TempDir;

use crate::checkers::sales::Acknowledged;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::file::{self, File, PowerCut};
use crate::garbage::Garbage;
use crate::ghost::Ghost;
use crate::hub::{Backup, Hub};
use crate::line::Ways;
use crate::message::{Letter, Line};
use crate::older::Older;
use crate::replay::Mark;
use crate::sales::{self, Act};
use crate::shop::{Says, Shop};
use crate::{checkers, office};

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The checker's name.
    pub checker: &'static str,
    /// What it saw.
    pub words: String,
}

/// A copy of an outlet's file.
#[derive(Debug, Clone)]
pub struct ShopBackup {
    /// Whose.
    pub node: usize,
    /// When.
    pub t: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) t: u64,
    pub(crate) hub: Hub,
    pub(crate) shops: Vec<Shop>,
    pub(crate) ghost: Ghost,
    /// Ids of the outlets, in the order in which they were added.
    pub(crate) outlets: Vec<String>,
    /// Orders, lines and payments that were made.
    pub(crate) made: BTreeSet<String>,
    /// Of those, what existed only in what a restore overwrote.
    pub(crate) excused: BTreeSet<String>,
    pub(crate) hub_backups: Vec<Backup>,
    pub(crate) backups: Vec<ShopBackup>,
    /// Paid orders that the hub has had, as it last had them.
    pub(crate) acknowledged: Acknowledged,
    pub(crate) outages: u32,
    /// Entities in batches that failed or stayed away while the hub was well.
    pub(crate) to_blame: BTreeSet<String>,
    /// By database: what was set aside when another batch failed too, since one was taken in.
    pub(crate) doubted: BTreeMap<usize, BTreeSet<String>>,
    /// A copy of a database runs where nothing tells how far another one came: it gives numbers again.
    pub(crate) numbers_again: bool,
    pub(crate) violations: Vec<Violation>,
    pub(crate) ways: Ways,
    pub(crate) older: Older,
    pub(crate) garbage: Garbage,
    pub(crate) mail: Vec<Letter>,
    pub(crate) numbers: u64,
    /// Where each step began, and the end.
    pub(crate) marks: Vec<Mark>,
    nodes: usize,
    trace: Vec<String>,
    dir: TempDir,
}

/// Empty databases of an outlet and a hub.
type Empty = (Vec<u8>, Vec<u8>);

/// Made once.
static EMPTY: LazyLock<Result<Empty, String>> = LazyLock::new(|| {
    let make = || {
        let dir = tempfile::tempdir()?;
        let shop = file::empty(&replica::capture::schema::SCHEMA, dir.path())?;
        Ok::<_, anyhow::Error>((shop, file::empty(&hub::SCHEMA.sqlite, dir.path())?))
    };
    make().map_err(|error| error.to_string())
});

impl World {
    /// A world in which outlets have joined and head office has made two entities of each type.
    ///
    /// # Errors
    /// A verb failed.
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
            to_blame: BTreeSet::new(),
            doubted: BTreeMap::new(),
            numbers_again: false,
            violations: Vec::new(),
            ways: Ways::default(),
            older: Older::default(),
            garbage: Garbage::default(),
            mail: Vec::new(),
            numbers: 0,
            marks: Vec::new(),
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
            shop.patient = faults.line;
            world.shops.push(shop);
            let at = world.shops.len() - 1;
            world.join(at)?;
            world.deliver_all()?;
            world.compare_own(at)?;
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
        for at in 0..world.shops.len() {
            world.turn(at, true)?;
        }
        let first = world.hub.backup(0, None)?;
        world.hub_backups.push(first);
        Ok(world)
    }

    /// The file of a hub that knows nobody.
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

    /// A number that was never used before in this world.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(crate) fn say(&mut self, words: impl Into<String>) {
        self.trace.push(format!("{:4} {}", self.t, words.into()));
    }

    pub(crate) fn found(&mut self, checker: &'static str, words: impl Into<String>) {
        let violation = Violation { checker, words: words.into() };
        if !self.violations.contains(&violation) {
            self.say(format!("*** {checker}: {}", violation.words));
            self.violations.push(violation);
        }
    }

    /// What has happened, in words.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        &self.trace
    }

    /// What does not hold.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(crate) fn some_shop(&mut self) -> usize {
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
        made.extend(checkers::lost::here(&shops[at].file)?);
        let words = format!("{} {words}", shops[at].name);
        self.say(words);
        Ok(())
    }

    // ---- the run

    /// Runs the world, heals it, and looks at what is left.
    pub fn run(&mut self) {
        let done = self.days();
        self.marks.push(self.mark());
        self.end(done);
    }

    /// Heals the world, if it came so far, and looks at what is left.
    pub(crate) fn end(&mut self, days: Result<()>) {
        if let Err(error) = days.and_then(|()| self.heal()) {
            self.found("a verb failed", format!("{error:#}"));
        }
    }

    fn days(&mut self) -> Result<()> {
        let end = 60 + self.dice.below(140);
        while self.t < end {
            self.marks.push(self.mark());
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
        let at = self.some_shop();
        if self.t.is_multiple_of(3) {
            self.people_discard(at)?;
        }
        if self.faults.often() && self.t.is_multiple_of(8) {
            self.fault()?;
        }
        if self.faults.line {
            // Where much goes wrong on the way there must be something on the way.
            self.push(at)?;
            self.network()?;
        }
        match self.dice.below(100) {
            0..=7 if self.faults.garbage => self.sell_at_the_till(at)?,
            0..=23 => self.act(at, |act| act.anything())?,
            24..=31 => {
                let words = self.office(|act| act.anything())?;
                self.say(words);
            }
            32..=43 => self.push(at)?,
            44..=53 => self.pull(at)?,
            54..=57 if self.shops[at].is_to_join()? => self.join(at)?,
            54..=82 => self.network()?,
            83..=85 => self.turn(at, true)?,
            86..=89 => self.time_out(at)?,
            90..=91 => self.people_try_again(at)?,
            92..=94 => self.back_up(at)?,
            95..=97 => self.fault()?,
            _ => self.shops[at].light()?,
        }
        Ok(())
    }

    /// An outlet has waited long enough.
    fn time_out(&mut self, at: usize) -> Result<()> {
        let now = self.clock(at);
        match self.dice.below(3) {
            0 if self.shops[at].awaits(Line::Push) => {
                let (pings, ms, random) = (self.dice.one_in(2), self.ms(), self.dice.below(1 << 40));
                let pings = pings && !self.ways.is_down(self.shops[at].node);
                let before = checkers::Before::of(&self.shops[at].file)?;
                if pings {
                    self.to_blame.extend(self.shops[at].on_its_way()?);
                }
                let came = self.shops[at].time_out(pings, ms, random, now)?;
                let words = format!("{} waits no longer: {}", self.shops[at].name, came.words);
                self.say(words);
                if came.says == Says::Failed {
                    checkers::at_every_answer(self, at, &before, came.says, None)?;
                }
            }
            1 => self.shops[at].hang_up(Line::Pull),
            2 => self.shops[at].hang_up(Line::Join),
            _ => {}
        }
        Ok(())
    }

    /// Sales that head office has refused are not to be sent. In the end somebody takes all of that back.
    fn people_discard(&mut self, at: usize) -> Result<()> {
        let now = self.clock(at);
        let shared = self.faults.people && self.dice.one_in(2);
        let discarded = self.shops[at].discard(shared, now)?;
        self.excuse_discarded(at)?;
        if !discarded.is_empty() {
            let words = format!("{} discards {discarded:?}", self.shops[at].name);
            self.say(words);
        }
        Ok(())
    }

    fn people_try_again(&mut self, at: usize) -> Result<()> {
        // What is bad stays as it is: who would try it again knows that it goes nowhere.
        let bad = &self.garbage.all_ids(&self.shops[at])?;
        let (corrected, now) = (sales::correct(&self.shops[at].file, bad)?, self.clock(at));
        let tried = self.shops[at].retry(now, bad)?;
        if tried > 0 {
            let words = format!("{} tries {tried} again, after correcting {corrected:?}", self.shops[at].name);
            self.say(words);
        }
        Ok(())
    }

    fn back_up(&mut self, at: usize) -> Result<()> {
        if self.dice.one_in(2) {
            if self.faults.hub {
                let backup = self.hub.backup(self.t, self.garbage.rogue.as_ref())?;
                self.hub_backups.push(backup);
                self.say("the hub is backed up");
            }
        } else if self.faults.outlet {
            let shop = &self.shops[at];
            let backup = ShopBackup { node: shop.node, t: self.t, bytes: shop.file.copy()? };
            let words = format!("{} is backed up", shop.name);
            self.backups.push(backup);
            self.say(words);
        }
        Ok(())
    }

    // ---- the end

    /// The network heals, poison goes, admins and guests do what is asked of them; clones are drained one after the
    /// other and thrown away. Then everything is looked at.
    fn heal(&mut self) -> Result<()> {
        self.say("--- everything heals");
        self.lift_all()?;
        for letter in std::mem::take(&mut self.mail) {
            if self.dice.percent(70) {
                self.deliver(letter)?;
            }
        }
        self.mail.clear();
        // Whoever waits as asked goes on waiting: that must end, too.
        let (restarts, all) = (!self.faults.line, self.shops.len());
        for at in (0..all).filter(|_| restarts) {
            self.shops[at].start(0)?;
            self.shop_starts(at)?;
        }
        let originals: Vec<_> = self.shops.iter().filter(|shop| !shop.clone).map(|shop| shop.node).collect();
        self.rounds(&originals, 3)?;
        if self.faults.older {
            // It comes to rest as it is, too.
            if !self.faults.clone && !self.rounds(&originals, 120)? {
                self.stuck(&originals)?;
            }
            self.upgrade_all()?;
            self.rounds(&originals, 3)?;
            self.call_outlets()?;
        }
        let clones: Vec<_> = self.shops.iter().filter(|shop| shop.clone).map(|shop| shop.node).collect();
        for node in clones {
            if !self.rounds(&[node], 120)? {
                self.stuck(&[node])?;
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
            self.stuck(&originals)?;
        }
        checkers::at_the_end(self)
    }

    fn stuck(&mut self, nodes: &[usize]) -> Result<()> {
        let mut words = Vec::new();
        for shop in self.shops.iter().filter(|shop| nodes.contains(&shop.node)) {
            words.extend(checkers::quiet::restless(self, shop)?.into_iter().map(|w| format!("{}: {w}", shop.name)));
        }
        self.found("stuck", words.join("; "));
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

    /// One outlet does everything that it can.
    pub(crate) fn turn(&mut self, at: usize, pull: bool) -> Result<()> {
        self.t += 1;
        self.deliver_all()?;
        let (ms, now) = (self.ms(), self.clock(at));
        self.shops[at].time_out(false, ms, 0, now)?;
        self.shops[at].hang_up(Line::Pull);
        self.shops[at].hang_up(Line::Join);
        if self.shops[at].is_to_join()? {
            self.join(at)?;
            self.deliver_all()?;
        }
        self.compare_own(at)?;
        self.people_try_again(at)?;
        self.push(at)?;
        self.deliver_all()?;
        self.decide_about_sales()?;
        // To the head of the streams, with all that is to be compared on the way.
        for _ in 0..if pull { 20 } else { 0 } {
            self.pull(at)?;
            self.deliver_all()?;
            if self.shops[at].at_head()? {
                break;
            }
        }
        Ok(())
    }

    fn compare_own(&mut self, at: usize) -> Result<()> {
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
        // Without a line, or as long as the hub asked for it, an outlet waits; it goes on at its next turn.
        if self.faults.line { Ok(()) } else { Err(anyhow!("comparing its own has no end")) }
    }
}
