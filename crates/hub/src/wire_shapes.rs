//! Messages between outlet and hub, for the API description. `protocol::wire` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use utoipa::ToSchema;

/// A batch: composed once, stored at the outlet, then sent; a repeated send is the same bytes.
#[derive(ToSchema)]
pub(crate) struct BatchShape {
    /// The number of this wire format.
    protocol: u32,
    epoch: EpochShape,
    /// Dense within the epoch, from 1.
    batch_no: i64,
    /// UUIDv7.
    batch_id: String,
    /// The batch before this one; null for the first of an epoch.
    previous_batch_id: Option<String>,
    /// Every change of the outlet up to this one is in this or an earlier batch, or named in `quarantined`.
    complete_through: i64,
    /// Entities with changes that were set aside, have failed or were discarded.
    #[schema(required = false)]
    quarantined: Vec<HeldShape>,
    /// Updates from the hub that could not be applied.
    #[schema(required = false)]
    unapplied: Vec<NotAppliedShape>,
    /// At most 10,000; each entity once.
    items: Vec<ItemShape>,
}

/// An epoch of an outlet.
#[derive(ToSchema)]
pub(crate) struct EpochShape {
    /// From 1.
    number: i64,
    /// Random.
    id: String,
}

/// Names an entity.
#[derive(ToSchema)]
pub(crate) struct EntityRefShape {
    entity_type: String,
    entity_id: String,
}

/// An entity that the outlet holds back, and why.
#[derive(ToSchema)]
pub(crate) struct HeldShape {
    entity_type: String,
    entity_id: String,
    /// Its seq in the outlet's queue. Absent, like all fields below, from older outlets.
    seq: Option<i64>,
    /// `failed`, `isolated` or `discarded`.
    state: Option<String>,
    /// Stable code of the reason.
    code: Option<String>,
    /// The reason.
    message: Option<String>,
}

/// An update that the outlet could not apply, and why.
#[derive(ToSchema)]
pub(crate) struct NotAppliedShape {
    entity_type: String,
    entity_id: String,
    /// Its number at the outlet; another one when it was tried again or a newer one came.
    seq: Option<i64>,
    /// `retrying`: it is retried; `discarded`: a person decided not to apply it.
    state: Option<String>,
    /// Why it could not be applied.
    reason: String,
}

/// One changed entity.
#[derive(ToSchema)]
pub(crate) struct ItemShape {
    entity_type: String,
    entity_id: String,
    /// `create`, `update` or `delete`.
    operation: String,
    /// The outlet's count of this entity's changes, from 1.
    version: i64,
    /// Its seq in the outlet's queue, from 1.
    seq: i64,
    /// RFC 3339 UTC, by the outlet's clock.
    occurred_at: String,
    /// Items with the same number were changed together and are rejected together.
    unit: Option<u32>,
    /// Outlet-owned: the whole document; absent for a delete.
    data: Option<serde_json::Value>,
    /// Shared: the version that the fields were changed from; absent before the first acknowledgement.
    base: Option<TokenShape>,
    /// Shared: old and new value of each changed field. Deletion is the field `deleted`.
    fields: Option<serde_json::Value>,
}

/// The hub's version of a shared entity.
#[derive(ToSchema)]
pub(crate) struct TokenShape {
    n: i64,
    change_id: String,
}

/// The hub's position, and the reply to the batch there.
#[derive(ToSchema)]
pub(crate) struct AnswerShape {
    /// The batch of the request.
    batch_id: String,
    chain: ChainRowShape,
    /// The version of Gerai that the hub is.
    hub_version: Option<String>,
}

/// The outlet's chain row.
#[derive(ToSchema)]
pub(crate) struct ChainRowShape {
    epoch: EpochShape,
    /// The last batch accepted, 0 for none.
    batch_no: i64,
    batch_id: Option<String>,
    /// The items that were not plainly applied, and applied shared ones.
    results: Vec<ItemReplyShape>,
}

/// The result of an item.
#[derive(ToSchema)]
pub(crate) struct ItemReplyShape {
    /// Its index in the batch, from 0.
    item: usize,
    /// `applied`, `duplicate`, `stale`, `conflict` or `rejected`.
    outcome: String,
    /// Of a refusal: `invalid_document`, `missing_field`, `too_large`, `too_deep`, `totals_do_not_add_up`,
    /// `amount_too_large`, `unit_rejected`, `not_newer`.
    code: Option<String>,
    /// The reason of a rejection.
    message: Option<String>,
    /// Shared: the hub's version now.
    token: Option<TokenShape>,
    /// Of a rejection: the hub's version then; a newer one may accept the item.
    refused_by_version: Option<String>,
}

#[cfg(test)]
pub(crate) mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use protocol::wire::{Answer, Batch, ChainRow, EntityRef, Epoch, Item, ItemReply, Quarantined, Unapplied};
    use protocol::wire::{Operation, Outcome, Position, Token};
    use serde_json::value::RawValue;

    use super::*;

    pub(crate) fn keys(value: &impl serde::Serialize) -> Vec<String> {
        let mut keys: Vec<_> = serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    pub(crate) fn described<T: utoipa::PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let mut keys: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_description_is_the_wire_format() {
        let epoch = Epoch { number: 1, id: "e".into() };
        let token = Token { n: 1, change_id: "c".into() };
        let data = RawValue::from_string("{}".into()).unwrap();
        let item = Item {
            entity_type: Cow::Borrowed("order"),
            entity_id: Cow::Borrowed("o"),
            operation: Operation::Create,
            version: 1,
            seq: 1,
            occurred_at: Cow::Borrowed("t"),
            unit: Some(1),
            data: Some(&data),
            base: Some(token.clone()),
            fields: Some(BTreeMap::new()),
            unreadable: None,
        };
        let of = EntityRef { entity_type: "order".into(), entity_id: "o".into() };
        let text = || Some(String::new());
        let quarantined = Quarantined { of: of.clone(), seq: Some(1), state: text(), code: text(), message: text() };
        let unapplied = Unapplied { of: of.clone(), seq: Some(1), state: text(), reason: String::new() };
        let reply = ItemReply {
            item: 0,
            outcome: Outcome::Applied,
            code: Some(String::new()),
            message: Some(String::new()),
            token: Some(token.clone()),
            refused_by_version: text(),
        };
        let chain = ChainRow { epoch: epoch.clone(), position: Position::default(), results: vec![reply.clone()] };
        assert_eq!(described::<EpochShape>(), keys(&epoch));
        assert_eq!(described::<TokenShape>(), keys(&token));
        assert_eq!(described::<ItemShape>(), keys(&item));
        assert_eq!(described::<EntityRefShape>(), keys(&of));
        assert_eq!(described::<HeldShape>(), keys(&quarantined));
        assert_eq!(described::<NotAppliedShape>(), keys(&unapplied));
        assert_eq!(described::<ItemReplyShape>(), keys(&reply));
        assert_eq!(described::<ChainRowShape>(), keys(&chain));
        assert_eq!(described::<AnswerShape>(), keys(&Answer { batch_id: "b".into(), chain, hub_version: text() }));
        let batch = Batch {
            protocol: 1,
            epoch,
            batch_no: 1,
            batch_id: "b".into(),
            previous_batch_id: None,
            complete_through: 0,
            quarantined: vec![quarantined],
            unapplied: vec![unapplied],
            items: vec![item],
        };
        assert_eq!(described::<BatchShape>(), keys(&batch));
    }
}
