//! The faults of a world.

use anyhow::Result;
use protocol::entity::find;
use replica::progress::range::{self, ResyncScope};

use crate::checkers::{lost, retention, sales};
use crate::ghost::OFFICE;
use crate::hub::Backup;
use crate::message::{Channel, Reply};
use crate::shop::{Moment, Shop};
use crate::world::World;

/// Fault classes, in addition to crashes and a bad network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Items that make the hub answer 500 or that it rejects, outages with pings, captive portals, tables that reject
    /// updates.
    pub poison: bool,
    /// The hub's backup is restored.
    pub hub: bool,
    /// An outlet's backup is restored.
    pub outlet: bool,
    /// The server is stopped before a restore, so the high-water mark is up to date.
    pub stop: bool,
    /// An outlet's disk is copied to a second machine.
    pub clone: bool,
    /// Power fails in the middle of a transaction, at an outlet or at head office.
    pub power: bool,
    /// Lines are moved between orders without correcting the totals.
    pub slips: bool,
    /// Some outlets are offline or have slow links; messages are truncated, mixed up or answered by others; the hub is
    /// overloaded, its disk is full, or it runs on a wrong database for a while. Outlets obey all waits.
    pub line: bool,
    /// Clocks jump, including head office's; outlets clean up meanwhile, and the hub is restored.
    pub clock: bool,
    /// The hub or an outlet runs an older version until it is upgraded.
    pub older: bool,
    /// Admins at both sides discard and retry, and everyone edits the same field at once.
    pub people: bool,
    /// Paid orders are deleted, voided or changed in a shop's database, and head office decides.
    pub sales: bool,
    /// Invalid values enter by every interface.
    pub garbage: bool,
    /// Orders are changed only by the server's commands, from two tills of each outlet; the hub's backup is restored.
    pub commands: bool,
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
        commands: false,
    };

    /// Every fault except `stop`, which would keep the high-water mark up to date.
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
        // These people write rows as in a shell.
        commands: false,
    };

    /// All classes by name.
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
        ("commands", Self { commands: true, hub: true, ..Self::NONE }),
        ("storm", Self::STORM),
    ];

    /// The class of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::CLASSES.iter().find(|(class, _)| *class == name).map(|(_, faults)| *faults)
    }

    /// Whether this class has mild faults, which occur more often.
    #[must_use]
    pub fn often(self) -> bool {
        self.line || self.clock || self.older || self.people || self.sales || self.garbage
    }

    /// Whether no database has more than one epoch.
    #[must_use]
    pub fn only_one_epoch(self) -> bool {
        !self.hub && !self.outlet && !self.clone
    }
}

/// Maximum number of running databases.
const MAX_SHOPS: usize = 4;
const MAX_OUTAGES: u32 = 2;

type Accident = fn(&mut World) -> Result<()>;

impl World {
    /// A random fault of this world's class.
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
            (self.faults.clock || self.faults.hub, Self::hour_passes),
            (self.faults.clock, Self::hub_hour_passes),
            (self.faults.clock, Self::restore_within_a_comparison),
            (self.faults.older, Self::upgrade_one),
            (self.faults.people, Self::decide_about_quarantine),
            (self.faults.people, Self::discard_updates),
            (self.faults.people, Self::edit_everywhere),
            (self.faults.sales, Self::reverse_sale),
            (self.faults.sales, Self::reverse_sale),
            (self.faults.sales, Self::decide_about_sales),
            (self.faults.garbage, Self::inject_garbage),
            (self.faults.garbage, Self::inject_garbage),
            (self.faults.garbage, Self::inject_garbage),
        ] {
            if on {
                kinds.push(kind);
            }
        }
        let kind = kinds[self.dice.index(kinds.len())];
        kind(self)
    }

    fn crash(&mut self) -> Result<()> {
        let at = self.random_shop();
        let random = u32::try_from(self.dice.below(1 << 30))?;
        self.shops[at].start(random)?;
        let words = format!("{} crashes and starts again", self.shops[at].name);
        self.log(words);
        Ok(())
    }

    /// An outlet's hourly cleanup, by its own clock, right or wrong; with clock faults the hub's too.
    fn hour_passes(&mut self) -> Result<()> {
        let at = self.random_shop();
        let now = self.clock(at);
        self.shops[at].hour_passes(now)?;
        let words = format!("{} cleans up", self.shops[at].name);
        self.log(words);
        if self.faults.clock { self.hub_hour_passes() } else { Ok(()) }
    }

    /// The hub's hourly cleanup.
    fn hub_hour_passes(&mut self) -> Result<()> {
        let deleted = self.hub.hour_passes()?;
        self.log(format!("the hub cleans up and deletes {deleted} stream entries"));
        for words in retention::check(self)? {
            self.found("only read entries deleted", words);
        }
        Ok(())
    }

    fn slip(&mut self) -> Result<()> {
        let at = self.random_shop();
        self.act(at, |act| act.miscount_a_move())
    }

    /// Plans a power cut at a random machine.
    fn cut_power(&mut self) -> Result<()> {
        let (at, transactions) = (self.random_shop(), self.dice.below(8));
        let machine = if self.dice.one_in(3) { &self.hub.file } else { &self.shops[at].file };
        machine.cut_power_after(transactions);
        Ok(())
    }

    /// Starts all machines that are off.
    pub(crate) fn power_returns(&mut self) -> Result<()> {
        self.hub.broken = false;
        if self.hub.file.is_off() {
            self.hub.file.reopen()?;
            self.log("the power was cut at head office");
        }
        for at in 0..self.shops.len() {
            if self.shops[at].file.is_off() {
                let random = u32::try_from(self.dice.below(1 << 30))?;
                self.shops[at].start(random)?;
                let words = format!("the power was cut at {}", self.shops[at].name);
                self.log(words);
            }
        }
        Ok(())
    }

    fn poison(&mut self) -> Result<()> {
        if self.dice.percent(30) {
            self.hub.poison.clear();
            self.log("the hub accepts all items again");
            return Ok(());
        }
        let at = self.random_shop();
        if self.dice.one_in(2) {
            return self.act(at, |act| act.miscount());
        }
        let ids = self.shops[at].file.texts(
            "select entity_id from sync_state where entity_type <> 'conflict' order by entity_type, entity_id",
        )?;
        if let Some(id) = self.dice.pick(&ids).cloned() {
            self.log(format!("the hub answers 500 to {id}"));
            self.hub.poison.insert(id);
        }
        Ok(())
    }

    /// The hub answers only pings for a while.
    fn outage(&mut self) -> Result<()> {
        if self.outages >= MAX_OUTAGES {
            return Ok(());
        }
        self.outages += 1;
        self.log("the hub answers pings and 500 to all batches");
        self.hub.broken = true;
        let turns = if self.dice.one_in(2) { 6 } else { 30 };
        for _ in 0..turns {
            for at in 0..self.shops.len() {
                self.turn(at, false)?;
            }
        }
        self.hub.broken = false;
        self.log("the hub accepts batches again");
        Ok(())
    }

    /// The hub runs on an empty database for a while, then on its own again. No outlet enrolls because of that.
    fn wrong_database(&mut self) -> Result<()> {
        if self.outages >= MAX_OUTAGES {
            return Ok(());
        }
        self.outages += 1;
        self.log("the hub runs on an empty database");
        // No power cut meanwhile: the right database must be restored.
        self.hub.file.keep_power();
        self.shops.iter().for_each(|shop| shop.file.keep_power());
        let right = self.hub.backup(self.t, self.garbage.rogue.as_ref())?;
        self.hub.switch_database(&World::empty_hub()?)?;
        self.acknowledged = sales::paid(self)?;
        for shop in &mut self.shops {
            shop.expects_wrong_hub = true;
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
            shop.expects_wrong_hub = false;
        }
        self.log("the hub runs on its own database again");
        Ok(())
    }

    /// A captive portal in the shop's network answers instead of the hub.
    fn portal(&mut self) -> Result<()> {
        let at = self.random_shop();
        for channel in [Channel::Push, Channel::Pull, Channel::Enroll] {
            if self.shops[at].is_waiting(channel) {
                let (random, now) = (self.dice.below(1 << 40), self.clock(at));
                let when = Moment { ms: self.ms(), random, now };
                let result = self.shops[at].receive(channel, &Reply::Foreign(200).http()?, false, when)?;
                let words = format!("{} is answered by a portal: {}", self.shops[at].name, result.words);
                self.log(words);
            }
        }
        Ok(())
    }

    /// A trigger of another program rejects updates of one entity.
    fn unstorable(&mut self) -> Result<()> {
        let at = self.random_shop();
        if self.shops[at].rejects_updates {
            lift(&mut self.shops[at])?;
            let words = format!("{}'s tables accept all updates again", self.shops[at].name);
            self.log(words);
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
        self.shops[at].rejects_updates = true;
        let words = format!("{}'s tables reject updates of {id}", self.shops[at].name);
        self.log(words);
        Ok(())
    }

    /// The ids of all orders, lines and payments that exist anywhere.
    fn everything(&self) -> Result<std::collections::BTreeSet<String>> {
        let mut all = lost::ids_at_hub(self)?;
        for shop in &self.shops {
            all.extend(lost::ids_at_outlet(&shop.file)?);
        }
        Ok(all)
    }

    fn restore_hub(&mut self) -> Result<()> {
        if self.dice.one_in(2) {
            return Ok(());
        }
        let Some(backup) = self.dice.pick(&self.hub_backups).cloned() else { return Ok(()) };
        self.restore_hub_from(&backup)
    }

    /// An outlet is asked to compare everything, head office edits between the ranges, and the hub is restored to a
    /// time in between.
    fn restore_within_a_comparison(&mut self) -> Result<()> {
        let (at, ranges) = (self.random_shop(), 2 + self.dice.below(3));
        let now = self.clock(at);
        self.deliver_all()?;
        self.shops[at].cancel(Channel::Pull);
        self.shops[at].file.tx(|tx| range::resync(tx, ResyncScope::Shared, now))?;
        let words = format!("{} is asked to compare everything", self.shops[at].name);
        self.log(words);
        let backed_up_after = self.dice.below(ranges - 1);
        let mut backup = None;
        for range in 0..ranges {
            self.t += 1;
            self.pull(at)?;
            self.deliver_all()?;
            if range == backed_up_after {
                backup = Some(self.hub.backup(self.t, self.garbage.rogue.as_ref())?);
                self.log("the hub is backed up");
                self.t += 1;
            }
            for _ in 0..3 {
                let words = self.office(|act| act.anything())?;
                self.log(words);
            }
            if self.shops[at].file.tx(range::next)?.is_none() {
                break;
            }
        }
        backup.map_or(Ok(()), |backup| self.restore_hub_from(&backup))
    }

    fn restore_hub_from(&mut self, backup: &Backup) -> Result<()> {
        let before = self.everything()?;
        self.hub.restore(backup)?;
        self.garbage.rogue.clone_from(&backup.rogue);
        self.hub_starts()?;
        self.acknowledged = sales::paid(self)?;
        self.hub_backups.retain(|other| other.t <= backup.t);
        self.after_restore(&before, OFFICE, backup.t)?;
        self.log(format!("the hub is restored as it was at {}", backup.t));
        Ok(())
    }

    fn restore_outlet(&mut self) -> Result<()> {
        let at = self.random_shop();
        let node = self.shops[at].node;
        let backups: Vec<_> = self.backups.iter().filter(|backup| backup.node == node).cloned().collect();
        let Some(backup) = self.dice.pick(&backups).cloned() else { return Ok(()) };
        let before = self.everything()?;
        let random = u32::try_from(self.dice.below(1 << 30))?;
        let shop = &mut self.shops[at];
        if self.faults.stop {
            shop.write_high_water_mark()?;
        }
        let current = shop.file.tx(outlet::high_water_mark::current)?;
        self.numbers_may_repeat |= shop.high_water_mark.as_ref().is_none_or(|last| last.seq < current.seq);
        shop.file.put_back(&backup.bytes)?;
        // Another machine has no high-water mark.
        let another_machine = self.dice.one_in(3);
        if another_machine {
            shop.high_water_mark = None;
            self.numbers_may_repeat = true;
        }
        shop.start(random)?;
        self.shop_starts(at)?;
        self.backups.retain(|other| other.node != node || other.t <= backup.t);
        self.suspected_with_hub.remove(&node);
        self.after_restore(&before, node, backup.t)?;
        let machine = if another_machine { ", on another machine" } else { "" };
        let words = format!("{} is restored as it was at {}{machine}", self.shops[at].name, backup.t);
        self.log(words);
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
        let (at, node) = (self.random_shop(), self.node());
        let file = crate::file::File::make(self.path(node), &self.shops[at].file.copy()?)?;
        let original = &self.shops[at];
        let mut shop = Shop::new(node, format!("{}~{node}", original.name), original.outlet_id.clone(), file);
        shop.clone = true;
        shop.high_water_mark.clone_from(&original.high_water_mark);
        (shop.clock_off, shop.obeys_waits) = (original.clock_off, original.obeys_waits);
        let words = format!("{} is a copy of {}", shop.name, original.name);
        shop.start(u32::try_from(self.dice.below(1 << 30))?)?;
        self.older.copied(original.node, node);
        self.shops.push(shop);
        self.numbers_may_repeat = true;
        self.log(words);
        Ok(())
    }

    /// Ends all ongoing faults.
    pub(crate) fn lift_all(&mut self) -> Result<()> {
        self.hub.poison.clear();
        self.hub.broken = false;
        self.hub.full = false;
        self.links.repair();
        self.hub.file.keep_power();
        self.shops.iter().for_each(|shop| shop.file.keep_power());
        self.shops.iter_mut().try_for_each(lift)
    }
}

/// Removes the triggers of `unstorable`.
pub(crate) fn lift(shop: &mut Shop) -> Result<()> {
    for entity_type in ["product", "customer"] {
        for event in ["insert", "update"] {
            shop.file.db()?.execute_batch(&format!("drop trigger if exists refuse_{entity_type}_{event}"))?;
        }
    }
    shop.rejects_updates = false;
    Ok(())
}
