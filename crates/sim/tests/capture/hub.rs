//! A hub model built from batches alone. It accepts any document, so that every difference is the outlet's fault.

use std::collections::BTreeMap;

use protocol::chain::{ChainCheck, check_batch};
use protocol::judge::{self, StoredVersion};
use protocol::wire::{Batch, ChainRow, Item, ItemReply, Outcome, Position, Token, change_id};
use replica::batches::{parse, unpack};
use serde_json::{Map, Value};

/// Type and id of an entity.
pub type Key = (String, String);

/// A hub model built from batches alone.
#[derive(Clone)]
pub struct Hub {
    pub chain: ChainRow,
    /// Version and document; `None` if the outlet deleted it.
    pub owned: BTreeMap<Key, ((i64, i64), Option<String>)>,
    pub shared: BTreeMap<Key, (Token, Map<String, Value>)>,
}

impl Hub {
    /// Accepts a batch if it is the next one. `refuse` decides which outlet-owned items are rejected.
    pub fn receive(&mut self, body: &[u8], mut refuse: impl FnMut() -> bool) -> ChainCheck {
        let json = unpack(body).unwrap();
        let batch = parse(&json).unwrap();
        let check = check_batch(&self.chain.epoch, &self.chain.position, &batch);
        if check == ChainCheck::Next {
            let bad: Vec<bool> = batch.items.iter().map(|item| item.fields.is_none() && refuse()).collect();
            let bad_unit = |item: &Item<'_>| {
                item.unit.is_some() && batch.items.iter().zip(&bad).any(|(other, bad)| *bad && other.unit == item.unit)
            };
            let replies = batch.items.iter().enumerate().map(|(number, item)| {
                let refused = bad[number] || bad_unit(item);
                self.apply(&batch, number, item, refused)
            });
            let results = replies.collect();
            let position = Position { batch_no: batch.batch_no, batch_id: Some(batch.batch_id.clone()) };
            self.chain = ChainRow { epoch: batch.epoch, position, results };
        }
        check
    }

    fn apply(&mut self, batch: &Batch<'_>, number: usize, item: &Item<'_>, refused: bool) -> ItemReply {
        let key = (item.entity_type.to_string(), item.entity_id.to_string());
        let reply = |outcome, token| ItemReply {
            args: Default::default(),
            item: number,
            outcome,
            code: None,
            message: None,
            token,
            refused_by_version: None,
        };
        if refused {
            return reply(Outcome::Rejected, None);
        }
        let Some(fields) = &item.fields else {
            let at = (batch.epoch.number, item.version);
            let document = item.data.map(|data| data.get());
            let stored =
                self.owned.get(&key).map(|(key, document)| StoredVersion { key: *key, document: document.as_deref() });
            let outcome = judge::owned(stored, at, document);
            match outcome {
                Outcome::Applied => drop(self.owned.insert(key, (at, document.map(str::to_owned)))),
                Outcome::Duplicate => {}
                other => panic!("{other:?}: {key:?} v{} is not newer than {stored:?}", item.version),
            }
            return reply(outcome, None);
        };
        let stored = self.shared.get(&key);
        let outcome = judge::shared(stored.map(|(token, _)| token), item.base.as_ref());
        assert_eq!(outcome, Outcome::Applied, "{key:?} from {:?}, the hub has {stored:?}", item.base);
        let (n, mut document) = stored.map_or((0, Map::new()), |(token, document)| (token.n, document.clone()));
        for (name, (old, new)) in fields {
            assert_eq!(document.get(name).unwrap_or(&Value::Null), old, "{key:?}: the old value of {name}");
            document.insert(name.clone(), new.clone());
        }
        let token = Token { n: n + 1, change_id: change_id(&batch.batch_id, number) };
        self.shared.insert(key, (token.clone(), document));
        reply(Outcome::Applied, Some(token))
    }

    /// Its documents by entity.
    pub fn documents(&self) -> BTreeMap<Key, Value> {
        let owned = self.owned.iter().filter_map(|(key, (_, document))| {
            Some((key.clone(), serde_json::from_str(document.as_deref()?).unwrap()))
        });
        let shared =
            self.shared.iter().filter(|(_, (_, document))| document["deleted"] == false).map(|(key, (_, d))| {
                let mut document = d.clone();
                document.remove("deleted");
                document.insert("id".to_owned(), Value::String(key.1.clone()));
                (key.clone(), Value::Object(without_nulls(document)))
            });
        owned.chain(shared).collect()
    }
}

/// Fields of shared entities that were never set are not sent.
pub fn without_nulls(mut document: Map<String, Value>) -> Map<String, Value> {
    document.retain(|_, value| !value.is_null());
    document
}
