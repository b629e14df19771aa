//! Damages rows in the hub's database, which outlets then read.

use anyhow::Result;
use protocol::entity::{Entity, Owner, find};
use protocol::wire::EntityRef;
use rusqlite::params;
use serde_json::{Map, Value};

use super::{BadItem, BadValue, Location, values};
use crate::checkers::lost::parts;
use crate::world::World;

/// The newest change, unless it is a deletion.
const NEWEST: &str = "select entity_type || ' ' || entity_id || ' ' || n || ' ' || token_n || ' ' || stream
    from (select * from stream_entries order by rowid desc limit 1) where deleted = 0";

impl World {
    /// Head office changes something, and the row is damaged before an outlet reads it; or an outlet's document is
    /// damaged in place.
    pub(crate) fn damage_at_the_hub(&mut self) -> Result<()> {
        if self.dice.one_in(4) { self.damage_document() } else { self.damage_shared_entity() }
    }

    fn damage_shared_entity(&mut self) -> Result<()> {
        let before = self.hub.file.number("select count(*) from stream_entries")?;
        let words = self.office(|act| act.anything())?;
        self.log(words);
        if self.hub.file.number("select count(*) from stream_entries")? == before {
            return Ok(());
        }
        let Some(entry) = self.hub.file.texts(NEWEST)?.pop() else { return Ok(()) };
        let parts: Vec<_> = entry.splitn(5, ' ').collect();
        let [entity_type, id, n, token_n, stream] = parts[..] else { return Ok(()) };
        let (n, token_n): (i64, i64) = (n.parse()?, token_n.parse()?);
        let Some(entity) = find(entity_type).filter(|entity| entity.owner != Owner::Outlet) else { return Ok(()) };
        let sql = format!("select document from stream_entries where stream = '{stream}' and n = {n}");
        let document = self.hub.file.texts(&sql)?.pop().unwrap_or_default();
        let Ok(Value::Object(document)) = serde_json::from_str(&document) else { return Ok(()) };
        let (bytes, bad_value) = self.damaged(entity, id, document);
        let (of_entry, of_entity) = (
            "update stream_entries set document = cast(?3 as text) where stream = ?1 and n = ?2",
            "update shared_entities set document = cast(?3 as text) where entity_type = ?4 and entity_id = ?5
               and change_id = (select change_id from stream_entries where stream = ?1 and n = ?2)",
        );
        self.hub.file.tx::<_, rusqlite::Error>(|tx| {
            tx.execute(of_entry, params![stream, n, bytes])?;
            tx.execute(of_entity, params![stream, n, bytes, entity_type, id])
        })?;
        let location =
            stream.strip_prefix("outlet:").map_or(Location::Hub, |outlet| Location::Outlet(outlet.to_owned()));
        let of = EntityRef { entity_type: entity_type.to_owned(), entity_id: id.to_owned() };
        self.garbage.add(BadItem { location, of, bad_value, token_n });
        self.log(format!("the hub's row of {id} is damaged"));
        Ok(())
    }

    /// A damaged document: invalid JSON, invalid UTF-8, too deep, or with an invalid field.
    fn damaged(&mut self, entity: &Entity, id: &str, mut document: Map<String, Value>) -> (Vec<u8>, Option<BadValue>) {
        let deep = format!("{{\"id\":\"{id}\",\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        match self.dice.below(6) {
            0 => (b"[".to_vec(), None),
            1 => (format!("{{\"id\":\"{id}\",\"name\":\"caf").into_bytes(), None),
            2 => (deep.into_bytes(), None),
            _ => {
                let (number, field) = (self.number(), &entity.fields[self.dice.index(entity.fields.len())]);
                let (value, bad_value) = values::json(field, &mut self.dice, number);
                document.insert(field.name.to_owned(), value);
                (Value::Object(document).to_string().into_bytes(), Some(bad_value))
            }
        }
    }

    fn damage_document(&mut self) -> Result<()> {
        let (mut documents, outlets) = (self.hub.documents()?, &self.outlets);
        documents.retain(|(outlet, of, _)| outlets.contains(outlet) && of.entity_type != "conflict");
        documents.sort_by_key(|(outlet, of, _)| (of.clone(), outlets.iter().position(|id| id == outlet)));
        let Some((outlet, of, document)) = self.dice.pick(&documents).cloned() else { return Ok(()) };
        let spoiled: &[u8] = if self.dice.one_in(2) { b"[" } else { b"{\"name\":\"caf\xe9\"}" };
        self.hub.file.tx(|tx| {
            tx.execute(
                "update documents set document = cast(?4 as text)
                 where outlet_id = ?1 and entity_type = ?2 and entity_id = ?3",
                params![outlet, of.entity_type, of.entity_id, spoiled],
            )
        })?;
        self.acknowledged.remove(&(outlet.clone(), of.entity_id.clone()));
        self.excused.extend(parts(&document).chain([of.entity_id.clone()]));
        self.log(format!("the hub's document of {} is damaged", of.entity_id));
        self.garbage.add(BadItem { location: Location::Outlet(outlet), of, bad_value: None, token_n: super::AT_REST });
        Ok(())
    }
}
