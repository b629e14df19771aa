//! Machines of different versions. Only the current version exists, so types and fields that an older machine would not
//! know are renamed while it is older: its production code sees an unknown type or field, or a later protocol. An
//! upgrade restores the names in stored data, and runs what a newer version runs at its start.

use anyhow::Result;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use replica::batches::{StoredBatch, parse, unpack};
use replica::entities::fields;
use serde_json::{Map, Value};

use crate::dice::Dice;
use crate::message::{Message, Reply, Request};
use crate::sales;
use crate::shop::Shop;
use crate::world::World;

/// The field that an older outlet may not know, with its type.
const FIELD: (&str, &str) = ("product", "variants");

/// The version that an older hub reports.
const OLDER: &str = "0.0.1";

/// What an older outlet does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    Type(&'static str),
    /// [`FIELD`].
    Field,
}

/// The older machines, and what they do not know.
#[derive(Debug, Default)]
pub(crate) struct Older {
    /// The type that the hub does not know; `None` if it is not older.
    hub: Option<&'static str>,
    /// An outlet's databases.
    outlet: Option<(Vec<usize>, Lacks)>,
    /// Databases of an outlet with a protocol that the older hub does not support.
    too_new: Vec<usize>,
}

/// The name of an unknown type or field.
fn unknown(name: &str) -> String {
    format!("{name}~2")
}

fn rename(name: &mut String, from: &str, to: &str) {
    if name == from {
        to.clone_into(name);
    }
}

impl Older {
    /// Chooses the older machines of a world, at least one. `one_epoch`: no database has two epochs. If an outlet is
    /// restored before the hub reprocesses its outlet-owned entities, it lacks them until somebody asks for a
    /// comparison.
    pub(crate) fn some(dice: &mut Dice, nodes: &[usize], one_epoch: bool) -> Self {
        let which = dice.below(3);
        let (hubs, outlets) = (["customer", "category", "table", "order"], ["category", "customer", "announcement"]);
        let mut older = Self::default();
        if which != 1 {
            older.hub = dice.pick(if one_epoch { &hubs[..] } else { &hubs[..2] }).copied();
            let newer = dice.pick(nodes).copied().filter(|_| dice.one_in(3));
            older.too_new.extend(newer);
        }
        if which != 0 {
            let lacks = if dice.one_in(2) { Lacks::Field } else { Lacks::Type(outlets[dice.index(outlets.len())]) };
            older.outlet = dice.pick(nodes).map(|node| (vec![*node], lacks));
        }
        older
    }

    /// Records that a database is a copy of another one.
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

    /// Whether this database's version does not know a type, or a field of it.
    pub(crate) fn lacks(&self, node: usize, entity_type: &str, field: Option<&str>) -> bool {
        match self.of(node) {
            Some(Lacks::Type(name)) => name == entity_type,
            Some(Lacks::Field) => field.is_some_and(|field| (entity_type, field) == FIELD),
            None => false,
        }
    }

    /// Whether the hub's version does not know a type.
    pub(crate) fn hub_lacks(&self, entity_type: &str) -> bool {
        self.hub == Some(entity_type)
    }

    pub(crate) fn is_too_new(&self, node: usize) -> bool {
        self.hub.is_some() && self.too_new.contains(&node)
    }

    /// Translates a message to what the hub reads.
    pub(crate) fn to_hub(&self, message: &Message) -> Result<Message> {
        let mut message = message.clone();
        let lacks = self.of(message.node);
        if self.hub.is_none() && lacks.is_none() {
            return Ok(message);
        }
        match &mut message.request {
            Request::Batch(stored) => self.batch_to_hub(stored, message.node)?,
            Request::Shared(comparison, _) => {
                if let Some(Lacks::Type(name)) = lacks {
                    rename(&mut comparison.after.entity_type, &unknown(name), name);
                }
            }
            Request::UpdatePage(_) | Request::Owned(..) | Request::One(..) | Request::EnrollRequest(_) => {}
        }
        Ok(message)
    }

    fn batch_to_hub(&self, stored: &mut StoredBatch, node: usize) -> Result<()> {
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
        for of in quarantined.chain(batch.unapplied.iter_mut().map(|update| &mut update.of)) {
            if let Some(name) = self.hub {
                rename(&mut of.entity_type, name, &unknown(name));
            }
        }
        let mut text = serde_json::to_string(&batch)?;
        if self.is_too_new(node) {
            // In a format that the hub does not know.
            text = text.replacen("\"items\":", "\"changes\":", 1);
        }
        stored.body = zstd::encode_all(text.as_bytes(), 1)?;
        Ok(())
    }

    /// Translates an update to what an older outlet reads.
    pub(crate) fn reads(&self, node: usize, update: &mut Update) {
        if let Some(lacks) = self.of(node) {
            unknown_in(update, lacks);
        }
    }

    /// Translates an answer of an older hub, or to an older outlet.
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
            Reply::Answer(_) | Reply::Owned(_) | Reply::EnrollResponse(_) | Reply::Refused(_) | Reply::Foreign(_) => {}
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
    /// Occasionally upgrades an older machine.
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
        self.log("the hub is upgraded");
        self.hub_starts()
    }

    fn upgrade_outlets(&mut self) -> Result<()> {
        let Some((nodes, _)) = self.older.outlet.take() else { return Ok(()) };
        for at in 0..self.shops.len() {
            if nodes.contains(&self.shops[at].node) {
                let random = u32::try_from(self.dice.below(1 << 30))?;
                self.shops[at].start(random)?;
                self.shop_starts(at)?;
                self.log(format!("{} is upgraded", self.shops[at].name));
            }
        }
        Ok(())
    }

    /// Does what an upgraded hub does at its start.
    pub(crate) fn hub_starts(&mut self) -> Result<()> {
        if !self.faults.older || self.older.hub.is_some() {
            return Ok(());
        }
        self.hub.file.tx(|tx| {
            // No other names have this suffix.
            tx.execute_batch(
                "update dead_letters set entity_type = replace(entity_type, '~2', ''), item = replace(item, '~2\"', '\"')
                 where entity_type like '%~2'",
            )
        })?;
        let reprocessed = self.hub.reprocess(self.now())?;
        self.log(format!("the hub reprocesses {reprocessed}"));
        Ok(())
    }

    /// Items that the hub rejected while reprocessing are on head office's list; head office calls the outlet.
    pub(crate) fn call_outlets(&mut self) -> Result<()> {
        for at in 0..self.shops.len() {
            let refused = self.hub.file.texts(&format!(
                "select distinct entity_id from dead_letters where outlet_id = '{}' and entity_type = 'order'
                   and outcome = 'rejected' and resolved_at is null and discarded_at is null order by 1",
                self.shops[at].outlet_id
            ))?;
            sales::correct_reported(&self.shops[at].file, &refused)?;
            if !refused.is_empty() {
                self.log(format!("{} learns that {refused:?} was rejected", self.shops[at].name));
            }
        }
        Ok(())
    }

    /// Does what an upgraded outlet does at its start.
    pub(crate) fn shop_starts(&self, at: usize) -> Result<()> {
        let shop = &self.shops[at];
        if !self.faults.older || self.older.of(shop.node).is_some() {
            return Ok(());
        }
        restore_names(shop)
    }

    /// Starts a world with older machines.
    pub(crate) fn begin_older(&mut self) -> Result<()> {
        let nodes: Vec<_> = self.shops.iter().map(|shop| shop.node).collect();
        self.older = Older::some(&mut self.dice, &nodes, self.faults.only_one_epoch());
        self.log(format!("{:?}", self.older));
        for shop in &self.shops {
            shop.file.tx(fields::add_new_fields)?;
        }
        Ok(())
    }
}

/// Restores the names in unapplied updates and base revisions, and fills a new column.
fn restore_names(shop: &Shop) -> Result<()> {
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
    shop.file.tx(fields::add_new_fields)?;
    Ok(())
}
