//! An offline snapshot from head office in which one entity is damaged.

use std::io::Write;

use anyhow::Result;
use jiff::Timestamp;
use protocol::entity::{Owner, find};
use protocol::snapshot::{End, FORMAT, Head, SnapshotLine, hex, rank};
use protocol::updates::Update;
use replica::progress::range::{Scope as Compared, begin};
use replica::snapshot::offline;

use crate::garbage::{BadItem, Location, values};
use crate::world::World;

impl World {
    /// An outlet compares everything with a snapshot in which one entity is bad.
    pub(crate) fn import_garbage(&mut self) -> Result<()> {
        let at = self.random_shop();
        let outlet_id = self.shops[at].outlet_id.clone();
        let chain = self.shops[at].chain()?;
        if chain.stopped.is_some() || self.shops[at].is_waiting(crate::message::Channel::Pull) {
            return Ok(());
        }
        let (mut entities, cursor) = self.hub.everything_for(&outlet_id)?;
        let node = self.shops[at].node;
        entities.iter_mut().for_each(|update| self.older.reads(node, update));
        entities.sort_by_key(|update| (rank(&update.of.entity_type), update.of.clone()));
        let good: Vec<_> = (0..entities.len())
            .filter(|no| {
                let Update { of, deleted, unreadable, .. } = &entities[*no];
                let known = find(&of.entity_type).is_some_and(|entity| entity.owner != Owner::Outlet);
                known && !deleted && unreadable.is_none() && !self.garbage.ids.contains(&of.entity_id)
            })
            .collect();
        let Some(no) = self.dice.pick(&good).copied() else { return Ok(()) };
        let number = self.number();
        let spoiled = &mut entities[no];
        let Some(entity) = find(&spoiled.of.entity_type) else { return Ok(()) };
        let field = &entity.fields[self.dice.index(entity.fields.len())];
        let (value, bad_value) = values::json(field, &mut self.dice, number);
        spoiled.document.insert(field.name.to_owned(), value);
        let (of, token_n) = (spoiled.of.clone(), spoiled.token.n);
        let head = Head {
            gerai_snapshot: FORMAT,
            outlet_id: outlet_id.clone(),
            made_at: web::time::text(Timestamp::UNIX_EPOCH),
            cursor,
            epoch: chain.epoch,
            batch_no: chain.position.batch_no,
            batch_id: Some("not the hub's".to_owned()),
        };
        let path = self.path(node).with_extension("snapshot");
        write(&path, &head, entities)?;
        let now = self.clock(at);
        let file = &self.shops[at].file;
        file.tx(|tx| begin(tx, Compared::Shared, now))?;
        let done = offline::import(file.db()?, file.path(), &outlet_id, &path, &mut |_, _| {});
        std::fs::remove_file(&path)?;
        self.garbage.add(BadItem {
            location: Location::Outlet(outlet_id),
            of: of.clone(),
            bad_value: Some(bad_value),
            token_n,
        });
        let name = self.shops[at].name.clone();
        match done {
            Ok(done) => self.log(format!("{name} imports a snapshot with a bad {}: {:?}", of.entity_id, done.parts)),
            Err(error) => {
                self.found(crate::garbage::till::BAD_ITEMS, format!("{name} cannot import a snapshot: {error}"))
            }
        }
        Ok(())
    }
}

fn write(path: &std::path::Path, head: &Head, entities: Vec<Update>) -> Result<()> {
    let shared = entities.len() as u64;
    let mut text = serde_json::to_string(head)? + "\n";
    for update in entities {
        text += &serde_json::to_string(&SnapshotLine::Shared(update))?;
        text.push('\n');
    }
    let end = End { shared, owned: 0, sha256: hex(&sha256(text.as_bytes())) };
    text += &serde_json::to_string(&SnapshotLine::End(end))?;
    text.push('\n');
    Ok(std::fs::File::create(path)?.write_all(&zstd::bulk::compress(text.as_bytes(), 1)?)?)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).to_vec()
}
