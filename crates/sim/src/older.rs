//! Machines of different versions. There is one version only, so what an older one does not know goes by another name as
//! long as it is older: to the production code that is a type or a field that it does not know, or a protocol of a later
//! number. An upgrade gives what was kept its name back, and does what a newer version does when it starts.

use anyhow::Result;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use replica::batches::{Stored, parse, unpack};
use replica::entities::fields;
use serde_json::{Map, Value};

use crate::dice::Dice;
use crate::message::{Letter, Reply, Request};
use crate::sales;
use crate::shop::Shop;
use crate::world::World;

/// The field that an older outlet may not know, and whose it is.
const FIELD: (&str, &str) = ("product", "variants");

/// What an older hub says that it is.
const OLDER: &str = "0.0.1";

/// What an older outlet lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    Type(&'static str),
    /// [`FIELD`].
    Field,
}

/// Who is older, and what that one does not know.
#[derive(Debug, Default)]
pub(crate) struct Older {
    /// The hub, and the type that it does not know; none: it is not older.
    hub: Option<&'static str>,
    /// An outlet's databases.
    outlet: Option<(Vec<usize>, Lacks)>,
    /// Databases of an outlet that speaks a protocol that the older hub does not.
    too_new: Vec<usize>,
}

/// As what is not known is called.
fn unknown(name: &str) -> String {
    format!("{name}~2")
}

fn rename(name: &mut String, from: &str, to: &str) {
    if name == from {
        to.clone_into(name);
    }
}

impl Older {
    /// Which machines are older in this world: one at the least. `one_life`: no database has two. Where an outlet was
    /// restored before the hub takes up what is the outlet's own, it lacks that until somebody asks for a comparison.
    pub(crate) fn some(dice: &mut Dice, nodes: &[usize], one_life: bool) -> Self {
        let which = dice.below(3);
        let (hubs, outlets) = (["customer", "category", "table", "order"], ["category", "customer", "announcement"]);
        let mut older = Self::default();
        if which != 1 {
            older.hub = dice.pick(if one_life { &hubs[..] } else { &hubs[..2] }).copied();
            let newer = dice.pick(nodes).copied().filter(|_| dice.one_in(3));
            older.too_new.extend(newer);
        }
        if which != 0 {
            let lacks = if dice.one_in(2) { Lacks::Field } else { Lacks::Type(outlets[dice.index(outlets.len())]) };
            older.outlet = dice.pick(nodes).map(|node| (vec![*node], lacks));
        }
        older
    }

    /// A database is a copy of another one.
    pub(crate) fn copied(&mut self, from: usize, to: usize) {
        for nodes in self.outlet.iter_mut().map(|(nodes, _)| nodes).chain([&mut self.too_new]) {
            if nodes.contains(&from) {
                nodes.push(to);
            }
        }
    }

    fn of(&self, node: usize) -> Option<Lacks> {
        self.outlet.as_ref().filter(|(nodes, _)| nodes.contains(&node)).map(|(_, lacks)| *lacks)
    }

    /// Whether nobody at this database has ever heard of a type; of a field of it.
    pub(crate) fn lacks(&self, node: usize, entity_type: &str, field: Option<&str>) -> bool {
        match self.of(node) {
            Some(Lacks::Type(name)) => name == entity_type,
            Some(Lacks::Field) => field.is_some_and(|field| (entity_type, field) == FIELD),
            None => false,
        }
    }

    /// Whether nobody at head office has ever heard of a type.
    pub(crate) fn hub_lacks(&self, entity_type: &str) -> bool {
        self.hub == Some(entity_type)
    }

    pub(crate) fn is_too_new(&self, node: usize) -> bool {
        self.hub.is_some() && self.too_new.contains(&node)
    }

    /// A letter as the hub reads it.
    pub(crate) fn to_hub(&self, letter: &Letter) -> Result<Letter> {
        let mut letter = letter.clone();
        let lacks = self.of(letter.node);
        if self.hub.is_none() && lacks.is_none() {
            return Ok(letter);
        }
        match &mut letter.request {
            Request::Batch(stored) => self.batch_to_hub(stored, letter.node)?,
            Request::Shared(asked, _) => {
                if let Some(Lacks::Type(name)) = lacks {
                    rename(&mut asked.after.entity_type, &unknown(name), name);
                }
            }
            Request::UpdatePage(_) | Request::Own(..) | Request::One(..) | Request::EnrollRequest(_) => {}
        }
        Ok(letter)
    }

    fn batch_to_hub(&self, stored: &mut Stored, node: usize) -> Result<()> {
        let json = unpack(&stored.body)?;
        let mut batch = parse(&json)?;
        batch.protocol += u32::from(self.is_too_new(node));
        for item in &mut batch.items {
            if self.hub == Some(item.entity_type.as_ref()) {
                item.entity_type = unknown(&item.entity_type).into();
            }
            if self.lacks(node, &item.entity_type, Some(FIELD.1))
                && let Some(fields) = &mut item.fields
            {
                fields.remove(FIELD.1);
            }
        }
        let quarantined = batch.quarantined.iter_mut().map(|quarantined| &mut quarantined.of);
        for of in quarantined.chain(batch.unapplied.iter_mut().map(|kept| &mut kept.of)) {
            if let Some(name) = self.hub {
                rename(&mut of.entity_type, name, &unknown(name));
            }
        }
        let mut text = serde_json::to_string(&batch)?;
        if self.is_too_new(node) {
            // Of another shape than any that the hub knows.
            text = text.replacen("\"items\":", "\"changes\":", 1);
        }
        stored.body = zstd::encode_all(text.as_bytes(), 1)?;
        Ok(())
    }

    /// A version from the hub as an older outlet reads it.
    pub(crate) fn reads(&self, node: usize, update: &mut Update) {
        if let Some(lacks) = self.of(node) {
            unknown_in(update, lacks);
        }
    }

    /// An answer as an older hub gives it, and an older outlet reads it.
    pub(crate) fn to_outlet(&self, node: usize, reply: &mut Reply) {
        if self.hub.is_some() {
            match reply {
                Reply::Answer(answer) => answer.hub_version = Some(OLDER.to_owned()),
                Reply::UpdatePage(page) => page.hub_version = Some(OLDER.to_owned()),
                _ => {}
            }
        }
        let Some(lacks) = self.of(node) else { return };
        match reply {
            Reply::UpdatePage(page) => page.changes.iter_mut().for_each(|change| unknown_in(&mut change.update, lacks)),
            Reply::Shared(page) => {
                page.entities.iter_mut().for_each(|update| unknown_in(update, lacks));
                page.next.iter_mut().for_each(|next| unknown_type(next, lacks));
            }
            Reply::One(one) => one.iter_mut().for_each(|update| unknown_in(update, lacks)),
            Reply::Answer(_) | Reply::Own(_) | Reply::EnrollResponse(_) | Reply::Refused(_) | Reply::Foreign(_) => {}
        }
    }
}

fn unknown_type(of: &mut EntityRef, lacks: Lacks) {
    if let Lacks::Type(name) = lacks {
        rename(&mut of.entity_type, name, &unknown(name));
    }
}

fn unknown_in(update: &mut Update, lacks: Lacks) {
    unknown_type(&mut update.of, lacks);
    if lacks == Lacks::Field && update.of.entity_type == FIELD.0 {
        let document: &mut Map<String, Value> = &mut update.document;
        if let Some(value) = document.remove(FIELD.1) {
            document.insert(unknown(FIELD.1), value);
        }
    }
}

impl World {
    /// Somebody who is older is upgraded, some day.
    pub(crate) fn upgrade_one(&mut self) -> Result<()> {
        if !self.dice.one_in(5) {
            return Ok(());
        }
        if self.dice.one_in(2) { self.upgrade_hub() } else { self.upgrade_outlets() }
    }

    pub(crate) fn upgrade_all(&mut self) -> Result<()> {
        self.upgrade_hub()?;
        self.upgrade_outlets()
    }

    fn upgrade_hub(&mut self) -> Result<()> {
        if self.older.hub.take().is_none() {
            return Ok(());
        }
        self.say("the hub is upgraded");
        self.hub_starts()
    }

    fn upgrade_outlets(&mut self) -> Result<()> {
        let Some((nodes, _)) = self.older.outlet.take() else { return Ok(()) };
        for at in 0..self.shops.len() {
            if nodes.contains(&self.shops[at].node) {
                let random = u32::try_from(self.dice.below(1 << 30))?;
                self.shops[at].start(random)?;
                self.shop_starts(at)?;
                self.say(format!("{} is upgraded", self.shops[at].name));
            }
        }
        Ok(())
    }

    /// What a hub that knows everything does when it starts.
    pub(crate) fn hub_starts(&mut self) -> Result<()> {
        if !self.faults.older || self.older.hub.is_some() {
            return Ok(());
        }
        self.hub.file.tx(|tx| {
            // Nothing else ends so.
            tx.execute_batch(
                "update dead_letters set entity_type = replace(entity_type, '~2', ''), item = replace(item, '~2\"', '\"')
                 where entity_type like '%~2'",
            )
        })?;
        let taken = self.hub.reprocess(self.now())?;
        self.say(format!("the hub takes up {taken}"));
        Ok(())
    }

    /// What the hub has refused when it took it up is on head office's list; the outlet hears of it by telephone.
    pub(crate) fn call_outlets(&mut self) -> Result<()> {
        for at in 0..self.shops.len() {
            let refused = self.hub.file.texts(&format!(
                "select distinct entity_id from dead_letters where outlet_id = '{}' and entity_type = 'order'
                   and outcome = 'rejected' and resolved_at is null and discarded_at is null order by 1",
                self.shops[at].outlet_id
            ))?;
            sales::check_chain(&self.shops[at].file, &refused)?;
            if !refused.is_empty() {
                self.say(format!("{} is told that {refused:?} was refused", self.shops[at].name));
            }
        }
        Ok(())
    }

    /// What an outlet that knows everything does when it starts.
    pub(crate) fn shop_starts(&self, at: usize) -> Result<()> {
        let shop = &self.shops[at];
        if !self.faults.older || self.older.of(shop.node).is_some() {
            return Ok(());
        }
        know_all(shop)
    }

    /// Each database has the fields that its version knows.
    pub(crate) fn begin_older(&mut self) -> Result<()> {
        let nodes: Vec<_> = self.shops.iter().map(|shop| shop.node).collect();
        self.older = Older::some(&mut self.dice, &nodes, self.faults.only_one_epoch());
        self.say(format!("{:?}", self.older));
        for shop in &self.shops {
            shop.file.tx(fields::learn)?;
        }
        Ok(())
    }
}

/// What was kept and what bases have beyond the older version gets the name that this one knows; a new column is learned.
fn know_all(shop: &Shop) -> Result<()> {
    shop.file.tx(|tx| {
        tx.execute_batch(
            r#"update sync_unapplied_updates set entity_type = replace(entity_type, '~2', ''),
                 "update" = replace("update", '~2"', '"')
               where instr("update", '~2"') > 0"#,
        )
    })?;
    let (of_type, field) = FIELD;
    let new = shop.file.number(&format!(
        "select exists (select 1 from sync_bases where json_type(document, '$.\"{field}~2\"') is not null)"
    ))?;
    if new == 0 {
        return Ok(());
    }
    shop.file.tx(|tx| {
        tx.execute_batch(&format!(
            "update sync_bases set document = json_remove(iif(json_type(document, '$.\"{field}~2\"') is null,
                json_remove(document, '$.{field}'),
                json_set(document, '$.{field}', json_extract(document, '$.\"{field}~2\"'))), '$.\"{field}~2\"')
             where entity_type = '{of_type}';
             delete from sync_fields where entity_type = '{of_type}' and field = '{field}'"
        ))
    })?;
    shop.file.tx(fields::learn)?;
    Ok(())
}
