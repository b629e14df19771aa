//! What goes wrong in a world.

use anyhow::Result;
use protocol::entity::find;
use replica::progress::range::{self, ResyncScope};

use crate::checkers::{forgotten, lost, sales};
use crate::ghost::OFFICE;
use crate::hub::Backup;
use crate::message::{Line, Reply};
use crate::shop::{At, Shop};
use crate::world::World;

/// Which accidents may happen, beside crashes and a bad network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Items that make the hub answer 500 or that it refuses, outages with pings, captive portals, tables that refuse.
    pub poison: bool,
    /// The hub's backup is restored.
    pub hub: bool,
    /// An outlet's backup is restored.
    pub outlet: bool,
    /// Whoever restores an outlet stops its server first: the high-water mark is up to date.
    pub stop: bool,
    /// An outlet's disk is copied to a second machine.
    pub clone: bool,
    /// The power goes in the middle of a transaction, at an outlet or at head office.
    pub power: bool,
    /// What was moved from an order does not add up there any more.
    pub slips: bool,
    /// Some outlets have no line, or a slow one; answers and batches are cut, mixed up or not the hub's; the hub has too much
    /// to do or no room, or runs on another database for a while. Outlets wait as long as they should.
    pub line: bool,
    /// Clocks jump, also head office's; outlets clean up under them, and the hub is restored.
    pub clock: bool,
    /// The hub or an outlet runs an older version than the others, until it is upgraded.
    pub older: bool,
    /// Admins at both ends discard and retry, and all edit the same thing at once.
    pub people: bool,
    /// Somebody deletes, voids or alters paid orders in a shop's database, and head office decides.
    pub sales: bool,
    /// Values that break rules come in by every door.
    pub garbage: bool,
}

impl Faults {
    const NONE: Self = Self {
        poison: false,
        hub: false,
        outlet: false,
        stop: false,
        clone: false,
        power: false,
        slips: false,
        line: false,
        clock: false,
        older: false,
        people: false,
        sales: false,
        garbage: false,
    };

    /// Every fault but `stop`: a person who stops the server first leaves an outlet that knows more than the others.
    const STORM: Self = Self {
        poison: true,
        hub: true,
        outlet: true,
        stop: false,
        clone: true,
        power: true,
        slips: true,
        line: true,
        clock: true,
        older: true,
        people: true,
        sales: true,
        garbage: true,
    };

    /// Every class, by its name.
    pub const CLASSES: &[(&str, Self)] = &[
        ("net", Self::NONE),
        ("power", Self { power: true, ..Self::NONE }),
        ("slips", Self { slips: true, ..Self::NONE }),
        ("poison", Self { poison: true, ..Self::NONE }),
        ("hub", Self { hub: true, ..Self::NONE }),
        ("outlet", Self { outlet: true, ..Self::NONE }),
        ("stop", Self { outlet: true, stop: true, ..Self::NONE }),
        ("clone", Self { clone: true, ..Self::NONE }),
        ("all", Self { poison: true, hub: true, outlet: true, clone: true, ..Self::NONE }),
        ("line", Self { line: true, ..Self::NONE }),
        ("clock", Self { clock: true, hub: true, ..Self::NONE }),
        ("older", Self { older: true, ..Self::NONE }),
        ("people", Self { people: true, poison: true, ..Self::NONE }),
        ("sales", Self { sales: true, ..Self::NONE }),
        ("garbage", Self { garbage: true, ..Self::NONE }),
        ("storm", Self::STORM),
    ];

    /// The class of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::CLASSES.iter().find(|(class, _)| *class == name).map(|(_, faults)| *faults)
    }

    /// Accidents that bend more than they break happen more often.
    #[must_use]
    pub fn often(self) -> bool {
        self.line || self.clock || self.older || self.people || self.sales || self.garbage
    }

    /// Nobody's database has had two lives.
    #[must_use]
    pub fn only_one_epoch(self) -> bool {
        !self.hub && !self.outlet && !self.clone
    }
}

/// An outlet has at most so many copies under way at once.
const MAX_SHOPS: usize = 4;
const MAX_OUTAGES: u32 = 2;

type Accident = fn(&mut World) -> Result<()>;

impl World {
    /// One of the accidents of this world's class.
    pub(crate) fn fault(&mut self) -> Result<()> {
        let mut kinds: Vec<Accident> = vec![Self::crash];
        if self.faults.poison {
            kinds.extend([Self::poison as Accident, Self::outage, Self::portal, Self::unstorable]);
        }
        for (on, kind) in [
            (self.faults.hub, Self::restore_hub as Accident),
            (self.faults.outlet, Self::restore_outlet),
            (self.faults.clone, Self::copy_disk),
            (self.faults.power, Self::cut_power),
            (self.faults.power, Self::cut_power),
            (self.faults.power, Self::cut_power),
            (self.faults.slips, Self::slip),
            (self.faults.slips, Self::slip),
            (self.faults.slips, Self::slip),
            (self.faults.line, Self::lose_lines),
            (self.faults.line, Self::slow_line),
            (self.faults.line, Self::crowd),
            (self.faults.line, Self::fill_disk),
            (self.faults.line, Self::wrong_database),
            (self.faults.clock, Self::jump),
            (self.faults.clock || self.faults.hub, Self::clean),
            (self.faults.clock, Self::clean_hub),
            (self.faults.clock, Self::restore_within_a_comparison),
            (self.faults.older, Self::upgrade_one),
            (self.faults.people, Self::decide_about_the_stuck),
            (self.faults.people, Self::discard_updates),
            (self.faults.people, Self::edit_everywhere),
            (self.faults.sales, Self::take_back),
            (self.faults.sales, Self::take_back),
            (self.faults.sales, Self::decide_about_sales),
            (self.faults.garbage, Self::let_garbage_in),
            (self.faults.garbage, Self::let_garbage_in),
            (self.faults.garbage, Self::let_garbage_in),
        ] {
            if on {
                kinds.push(kind);
            }
        }
        let kind = kinds[self.dice.index(kinds.len())];
        kind(self)
    }

    fn crash(&mut self) -> Result<()> {
        let at = self.some_shop();
        let random = u32::try_from(self.dice.below(1 << 30))?;
        self.shops[at].start(random)?;
        let words = format!("{} crashes and starts again", self.shops[at].name);
        self.say(words);
        Ok(())
    }

    /// An outlet forgets what is old, as it does every hour, whatever its clock says then; where clocks jump, the hub too.
    fn clean(&mut self) -> Result<()> {
        let at = self.some_shop();
        let now = self.clock(at);
        self.shops[at].clean(now)?;
        let words = format!("{} cleans up", self.shops[at].name);
        self.say(words);
        if self.faults.clock { self.clean_hub() } else { Ok(()) }
    }

    /// The hub forgets what outlets have read.
    fn clean_hub(&mut self) -> Result<()> {
        let forgotten = self.hub.clean()?;
        self.say(format!("the hub cleans up and forgets {forgotten} entries of streams"));
        for words in forgotten::check(self)? {
            self.found("forgets only what is read", words);
        }
        Ok(())
    }

    fn slip(&mut self) -> Result<()> {
        let at = self.some_shop();
        self.act(at, |act| act.miscount_a_move())
    }

    /// The power goes soon, wherever that machine is then in what it does.
    fn cut_power(&mut self) -> Result<()> {
        let (at, transactions) = (self.some_shop(), self.dice.below(8));
        let machine = if self.dice.one_in(3) { &self.hub.file } else { &self.shops[at].file };
        machine.cut_power_after(transactions);
        Ok(())
    }

    /// Whatever is off starts again.
    pub(crate) fn power_returns(&mut self) -> Result<()> {
        self.hub.broken = false;
        if self.hub.file.is_off() {
            self.hub.file.requeue()?;
            self.say("the power was cut at head office");
        }
        for at in 0..self.shops.len() {
            if self.shops[at].file.is_off() {
                let random = u32::try_from(self.dice.below(1 << 30))?;
                self.shops[at].start(random)?;
                let words = format!("the power was cut at {}", self.shops[at].name);
                self.say(words);
            }
        }
        Ok(())
    }

    fn poison(&mut self) -> Result<()> {
        if self.dice.percent(30) {
            self.hub.poison.clear();
            self.say("the hub is mended");
            return Ok(());
        }
        let at = self.some_shop();
        if self.dice.one_in(2) {
            return self.act(at, |act| act.miscount());
        }
        let ids = self.shops[at].file.texts(
            "select entity_id from sync_state where entity_type <> 'conflict' order by entity_type, entity_id",
        )?;
        if let Some(id) = self.dice.pick(&ids).cloned() {
            self.say(format!("the hub answers 500 to {id}"));
            self.hub.poison.insert(id);
        }
        Ok(())
    }

    /// The hub answers pings and nothing else, for a while.
    fn outage(&mut self) -> Result<()> {
        if self.outages >= MAX_OUTAGES {
            return Ok(());
        }
        self.outages += 1;
        self.say("the hub answers pings and 500 to all batches");
        self.hub.broken = true;
        let turns = if self.dice.one_in(2) { 6 } else { 30 };
        for _ in 0..turns {
            for at in 0..self.shops.len() {
                self.turn(at, false)?;
            }
        }
        self.hub.broken = false;
        self.say("the hub takes batches again");
        Ok(())
    }

    /// The hub runs on an empty database for a while, then on its own again. No outlet joins again for that.
    fn wrong_database(&mut self) -> Result<()> {
        if self.outages >= MAX_OUTAGES {
            return Ok(());
        }
        self.outages += 1;
        self.say("the hub runs on an empty database");
        // One accident at a time: the right database must come back.
        self.hub.file.keep_power();
        self.shops.iter().for_each(|shop| shop.file.keep_power());
        let right = self.hub.backup(self.t, self.garbage.rogue.as_ref())?;
        self.hub.wrong(&World::empty_hub()?)?;
        self.acknowledged = sales::paid(self)?;
        for shop in &mut self.shops {
            shop.forewarned = true;
        }
        for _ in 0..6 {
            self.t += 1;
            for at in 0..self.shops.len() {
                self.push(at)?;
                self.pull(at)?;
                self.deliver_all()?;
            }
        }
        self.hub.restore(&right)?;
        self.acknowledged = sales::paid(self)?;
        for shop in &mut self.shops {
            shop.forewarned = false;
        }
        self.say("the hub runs on its own database again");
        Ok(())
    }

    /// The shop's own network answers in the place of the hub.
    fn portal(&mut self) -> Result<()> {
        let at = self.some_shop();
        for line in [Line::Push, Line::Pull, Line::Join] {
            if self.shops[at].awaits(line) {
                let (random, now) = (self.dice.below(1 << 40), self.clock(at));
                let when = At { ms: self.ms(), random, now };
                let came = self.shops[at].hear(line, &Reply::Foreign(200).http()?, false, when)?;
                let words = format!("{} hears a portal: {}", self.shops[at].name, came.words);
                self.say(words);
            }
        }
        Ok(())
    }

    /// A table refuses what comes from the hub for one entity, as a rule of another program might.
    fn unstorable(&mut self) -> Result<()> {
        let at = self.some_shop();
        if self.shops[at].refuses {
            lift(&mut self.shops[at])?;
            let words = format!("{}'s tables refuse nothing any more", self.shops[at].name);
            self.say(words);
            return Ok(());
        }
        let entity_type = if self.dice.one_in(2) { "product" } else { "customer" };
        let shared = self.hub.shared()?;
        let ids: Vec<_> =
            shared.iter().filter(|s| s.of.entity_type == entity_type).map(|s| s.of.entity_id.clone()).collect();
        let (Some(id), Some(entity)) = (self.dice.pick(&ids).cloned(), find(entity_type)) else { return Ok(()) };
        for event in ["insert", "update"] {
            self.shops[at].file.db()?.execute_batch(&format!(
                "create trigger refuse_{entity_type}_{event} before {event} on {} when new.id = '{id}'
                   and (select applying_id from sync_context where id = 1) = new.id
                 begin select raise(abort, 'not today'); end",
                entity.table
            ))?;
        }
        self.shops[at].refuses = true;
        let words = format!("{}'s tables refuse {id}", self.shops[at].name);
        self.say(words);
        Ok(())
    }

    /// Everything that was ever written, wherever it still is.
    fn everything(&self) -> Result<std::collections::BTreeSet<String>> {
        let mut all = lost::at_the_hub(self)?;
        for shop in &self.shops {
            all.extend(lost::here(&shop.file)?);
        }
        Ok(all)
    }

    fn restore_hub(&mut self) -> Result<()> {
        if self.dice.one_in(2) {
            return Ok(());
        }
        let Some(backup) = self.dice.pick(&self.hub_backups).cloned() else { return Ok(()) };
        self.put_hub_back(&backup)
    }

    /// Somebody asks an outlet to compare everything, head office edits between its ranges, and the hub is restored to a
    /// moment in between.
    fn restore_within_a_comparison(&mut self) -> Result<()> {
        let (at, ranges) = (self.some_shop(), 2 + self.dice.below(3));
        let now = self.clock(at);
        self.deliver_all()?;
        self.shops[at].hang_up(Line::Pull);
        self.shops[at].file.tx(|tx| range::again(tx, ResyncScope::Shared, now))?;
        let words = format!("{} is asked to compare everything", self.shops[at].name);
        self.say(words);
        let backed_up_after = self.dice.below(ranges - 1);
        let mut backup = None;
        for range in 0..ranges {
            self.t += 1;
            self.pull(at)?;
            self.deliver_all()?;
            if range == backed_up_after {
                backup = Some(self.hub.backup(self.t, self.garbage.rogue.as_ref())?);
                self.say("the hub is backed up");
                self.t += 1;
            }
            for _ in 0..3 {
                let words = self.office(|act| act.anything())?;
                self.say(words);
            }
            if self.shops[at].file.tx(range::next)?.is_none() {
                break;
            }
        }
        backup.map_or(Ok(()), |backup| self.put_hub_back(&backup))
    }

    fn put_hub_back(&mut self, backup: &Backup) -> Result<()> {
        let before = self.everything()?;
        self.hub.restore(backup)?;
        self.garbage.rogue.clone_from(&backup.rogue);
        self.hub_starts()?;
        self.acknowledged = sales::paid(self)?;
        self.hub_backups.retain(|other| other.t <= backup.t);
        self.after_restore(&before, OFFICE, backup.t)?;
        self.say(format!("the hub is restored as it was at {}", backup.t));
        Ok(())
    }

    fn restore_outlet(&mut self) -> Result<()> {
        let at = self.some_shop();
        let node = self.shops[at].node;
        let own: Vec<_> = self.backups.iter().filter(|backup| backup.node == node).cloned().collect();
        let Some(backup) = self.dice.pick(&own).cloned() else { return Ok(()) };
        let before = self.everything()?;
        let random = u32::try_from(self.dice.below(1 << 30))?;
        let shop = &mut self.shops[at];
        if self.faults.stop {
            shop.light()?;
        }
        let here = shop.file.tx(outlet::high_water_mark::here)?;
        self.numbers_again |= shop.high_water_mark.as_ref().is_none_or(|last| last.seq < here.seq);
        shop.file.put_back(&backup.bytes)?;
        // On another machine nothing stands beside the database.
        let another_machine = self.dice.one_in(3);
        if another_machine {
            shop.high_water_mark = None;
            self.numbers_again = true;
        }
        shop.start(random)?;
        self.shop_starts(at)?;
        self.backups.retain(|other| other.node != node || other.t <= backup.t);
        self.doubted.remove(&node);
        self.after_restore(&before, node, backup.t)?;
        let machine = if another_machine { ", on another machine" } else { "" };
        let words = format!("{} is restored as it was at {}{machine}", self.shops[at].name, backup.t);
        self.say(words);
        Ok(())
    }

    fn after_restore(&mut self, before: &std::collections::BTreeSet<String>, site: usize, t: u64) -> Result<()> {
        let after = self.everything()?;
        self.excused.extend(before.difference(&after).cloned());
        self.ghost.overwritten(site, t);
        Ok(())
    }

    fn copy_disk(&mut self) -> Result<()> {
        if self.shops.len() >= MAX_SHOPS {
            return Ok(());
        }
        let (at, node) = (self.some_shop(), self.node());
        let file = crate::file::File::make(self.path(node), &self.shops[at].file.copy()?)?;
        let original = &self.shops[at];
        let mut shop = Shop::new(node, format!("{}~{node}", original.name), original.outlet_id.clone(), file);
        shop.clone = true;
        shop.high_water_mark.clone_from(&original.high_water_mark);
        (shop.clock_off, shop.patient) = (original.clock_off, original.patient);
        let words = format!("{} is a copy of {}", shop.name, original.name);
        shop.start(u32::try_from(self.dice.below(1 << 30))?)?;
        self.older.copied(original.node, node);
        self.shops.push(shop);
        self.numbers_again = true;
        self.say(words);
        Ok(())
    }

    /// Ends all that goes on being wrong.
    pub(crate) fn lift_all(&mut self) -> Result<()> {
        self.hub.poison.clear();
        self.hub.broken = false;
        self.hub.full = false;
        self.ways.mend();
        self.hub.file.keep_power();
        self.shops.iter().for_each(|shop| shop.file.keep_power());
        self.shops.iter_mut().try_for_each(lift)
    }
}

/// Takes back what `unstorable` did.
pub(crate) fn lift(shop: &mut Shop) -> Result<()> {
    for entity_type in ["product", "customer"] {
        for event in ["insert", "update"] {
            shop.file.db()?.execute_batch(&format!("drop trigger if exists refuse_{entity_type}_{event}"))?;
        }
    }
    shop.refuses = false;
    Ok(())
}
