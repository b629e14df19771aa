//! Parses a batch, each item independently.
//!
//! An unreadable item stays an item of its batch, with the names that could be read and the reason, so that it is rejected
//! alone and listed. The same holds for entries of the quarantine report. An error outside of items rejects the batch.

use std::fmt;

use protocol::limits::MAX_DEPTH;
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid};
use protocol::wire::{Batch, EntityRef, Epoch, Item, Operation, Quarantined, Unapplied, Unreadable};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use web::messages::Reason;
use web::{ApiError, Code, Problem};

use super::accept::unsupported_protocol;
use super::body;

/// The type of an item whose type is unreadable.
const NO_TYPE: &str = "unreadable_item";
/// Levels of a batch and an item around a document.
const OUTER_LEVELS: usize = 4;

/// Reads a batch. One of an unsupported protocol may have any shape; only the number of its protocol is read.
///
/// # Errors
/// 400 `malformed_json`, 422 `invalid_body`, 426 `protocol_unsupported`.
pub fn read(text: &str) -> Result<Batch<'_>, ApiError> {
    // Nearly every batch is valid, and is parsed once.
    let whole = match serde_json::from_str::<Batch<'_>>(text) {
        Ok(batch) => return Ok(batch),
        Err(error) => error,
    };
    if disabled(Rule::ItemParsedAlone) {
        return Err(refused(text, &whole));
    }
    serde_json::from_str::<RawBatch<'_>>(text).map(RawBatch::read).map_err(|error| refused(text, &error))
}

fn refused(text: &str, error: &serde_json::Error) -> ApiError {
    #[derive(Deserialize)]
    struct ProtocolOnly {
        protocol: u32,
    }
    match serde_json::from_str::<ProtocolOnly>(text) {
        Ok(ProtocolOnly { protocol }) if protocol > protocol::PROTOCOL => unsupported_protocol(protocol).into(),
        _ if error.is_data() => Code::InvalidBody.field("", Problem::Other.with("detail", error.to_string())),
        _ => body::malformed(error),
    }
}

/// A [`Batch`] whose lists are not read yet.
#[derive(Deserialize)]
struct RawBatch<'a> {
    protocol: u32,
    epoch: Epoch,
    batch_no: i64,
    batch_id: String,
    previous_batch_id: Option<String>,
    complete_through: i64,
    #[serde(borrow, default)]
    quarantined: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    unapplied: Vec<&'a RawValue>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

impl<'a> RawBatch<'a> {
    fn read(self) -> Batch<'a> {
        let Self {
            protocol,
            epoch,
            batch_no,
            batch_id,
            previous_batch_id,
            complete_through,
            quarantined,
            unapplied,
            items,
        } = self;
        Batch {
            protocol,
            epoch,
            batch_no,
            batch_id,
            previous_batch_id,
            complete_through,
            quarantined: quarantined
                .into_iter()
                .enumerate()
                .map(|(no, raw)| self::quarantined(no, raw.get()))
                .collect(),
            unapplied: unapplied.into_iter().enumerate().map(|(no, raw)| self::unapplied(no, raw.get())).collect(),
            items: items.into_iter().enumerate().map(|(no, raw)| item(no, raw.get())).collect(),
        }
    }
}

fn item(no: usize, text: &str) -> Item<'_> {
    let error = match serde_json::from_str::<Item<'_>>(text) {
        Ok(item) => return item,
        Err(error) => error,
    };
    let names = Names::of(text);
    let EntityRef { entity_type, entity_id } = names.entity(no);
    Item {
        entity_type: entity_type.into(),
        entity_id: entity_id.into(),
        operation: Operation::Update,
        version: 0,
        seq: names.seq.unwrap_or_default(),
        occurred_at: "".into(),
        unit: names.unit,
        data: None,
        base: None,
        fields: None,
        unreadable: Some(Unreadable { reason: why(text, &error), text }),
    }
}

fn quarantined(no: usize, text: &str) -> Quarantined {
    serde_json::from_str(text).unwrap_or_else(|error| {
        let names = Names::of(text);
        let (of, why) = (names.entity(no), why(text, &error));
        let reason = Reason::invalid(&of.entity_type, &of.entity_id, &why);
        let (code, args, message) =
            (Some(reason.code().to_owned()), reason.wire_args(), Some(reason.text().to_owned()));
        Quarantined { of, seq: names.seq, state: None, code, args, message }
    })
}

fn unapplied(no: usize, text: &str) -> Unapplied {
    serde_json::from_str(text).unwrap_or_else(|error| {
        let names = Names::of(text);
        let (of, why) = (names.entity(no), why(text, &error));
        let reason = Reason::invalid(&of.entity_type, &of.entity_id, &why);
        let (code, args, message) = (Some(reason.code().to_owned()), reason.wire_args(), reason.text().to_owned());
        Unapplied { of, seq: names.seq, state: None, code, args, message }
    })
}

fn why(text: &str, error: &serde_json::Error) -> Invalid {
    if validate::is_deeper(text, MAX_DEPTH + OUTER_LEVELS) {
        Invalid::TooDeep
    } else {
        Invalid::Unreadable(error.to_string())
    }
}

/// The readable part of an unreadable item. Of two values under one key, the first counts.
#[derive(Default)]
struct Names {
    entity_type: Option<String>,
    entity_id: Option<String>,
    seq: Option<i64>,
    unit: Option<u32>,
}

impl Names {
    fn of(text: &str) -> Self {
        let mut reader = serde_json::Deserializer::from_str(text);
        serde::Deserializer::deserialize_map(&mut reader, Self::default()).unwrap_or_default()
    }

    fn entity(&self, no: usize) -> EntityRef {
        let named = |name: &Option<String>| name.clone().filter(|name| validate::id(name).is_ok());
        EntityRef {
            entity_type: named(&self.entity_type).unwrap_or_else(|| NO_TYPE.to_owned()),
            entity_id: named(&self.entity_id).unwrap_or_else(|| format!("item {no}")),
        }
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut from: A) -> Result<Self, A::Error> {
        fn read_first<'de, T: DeserializeOwned, A: MapAccess<'de>>(
            from: &mut A,
            to: &mut Option<T>,
        ) -> Result<(), A::Error> {
            let raw: &RawValue = from.next_value()?;
            if to.is_none() {
                *to = serde_json::from_str(raw.get()).ok();
            }
            Ok(())
        }
        while let Some(name) = from.next_key::<String>()? {
            match name.as_str() {
                "entity_type" => read_first(&mut from, &mut self.entity_type)?,
                "entity_id" => read_first(&mut from, &mut self.entity_id)?,
                "seq" => read_first(&mut from, &mut self.seq)?,
                "unit" => read_first(&mut from, &mut self.unit)?,
                _ => drop(from.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"entity_type":"table","entity_id":"t","operation":"update","version":1,"seq":1,"occurred_at":"x"}"#;

    fn batch(items: &str) -> String {
        let head = r#"{"protocol":1,"epoch":{"number":1,"id":"e"},"batch_no":1,"batch_id":"b","complete_through":0"#;
        format!(r#"{head},"quarantined":[{{"entity_id":7}}],"items":[{items},{GOOD}]}}"#)
    }

    #[test]
    fn an_unreadable_item_leaves_other_items_readable() {
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let fields = |fields: &str| {
            format!(r#"{{"seq":3,"entity_id":"p","entity_type":"product","entity_id":"q","unit":2,"fields":{fields}}}"#)
        };
        for (item, id, code) in [
            ("7".to_owned(), "item 0", "invalid_document"),
            ("[]".to_owned(), "item 0", "invalid_document"),
            (GOOD.replace("\"seq\":1", "\"seq\":\"1\""), "t", "invalid_document"),
            (GOOD.replace("\"t\"", "{}"), "item 0", "invalid_document"),
            (fields("{}"), "p", "invalid_document"),
            (fields(&nested), "p", "too_deep"),
            (GOOD.replace("\"seq\"", "\"fields\":{\"a\":[1,2],\"a\":[1,3]},\"seq\""), "t", "invalid_document"),
            (GOOD.replace("\"seq\"", "\"fields\":{\"a\":[1,{\"b\":1,\"b\":2}]},\"seq\""), "t", "invalid_document"),
            (GOOD.replace("\"seq\"", &format!("\"fields\":{{\"a\":[1,{nested}]}},\"seq\"")), "t", "too_deep"),
        ] {
            let text = batch(&item);
            let read =
                read(&text).unwrap_or_else(|error| panic!("{}: {}", error.message(), &item[..item.len().min(99)]));
            let [bad, good] = &read.items[..] else { panic!("not two items") };
            assert_eq!(bad.entity_id, id);
            assert_eq!(bad.unreadable.as_ref().map(|unreadable| unreadable.reason.code()), Some(code));
            assert!(good.unreadable.is_none() && good.entity_id == "t");
            assert_eq!(read.quarantined[0].of.entity_id, "item 0");
        }
    }

    #[test]
    fn a_truncated_or_incomplete_batch_is_rejected_as_a_whole() {
        let text = batch("7");
        for cut in (1..text.len()).step_by(7) {
            assert_eq!(read(&text[..cut]).unwrap_err().code(), "malformed_json");
        }
        assert_eq!(read(&text.replace("batch_no", "no")).unwrap_err().code(), "invalid_body");
        let later = text.replace(":1,\"epoch", ":9,\"epoch").replace("batch_no", "no");
        assert_eq!(read(&later).unwrap_err().code(), "protocol_unsupported");
    }
}
