//! Messages that an outlet reads, for the API description. `protocol::updates` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use utoipa::ToSchema;

use crate::wire_shapes::{ChainRowShape, EntityRefShape, TokenShape};

/// A version of an entity as the hub has it.
#[derive(ToSchema)]
pub(crate) struct UpdateShape {
    entity_type: String,
    entity_id: String,
    token: TokenShape,
    /// True: a tombstone; the document is the last one.
    deleted: bool,
    /// The whole entity.
    document: serde_json::Value,
    /// An outlet's id, or `hq:` and a user's name.
    changed_by: String,
    /// RFC 3339 UTC, by that one's clock.
    changed_at: String,
    /// Of what belongs to one outlet: the fields whose value that outlet's key wrote last, `deleted` among them; head office
    /// wrote the others. Absent: of the chain's.
    by_outlet: Option<Vec<String>>,
    /// Why the document is empty: it is too large, too deep or damaged at the hub. Usually absent.
    unreadable: Option<String>,
}

/// An update with its position in a stream.
#[derive(ToSchema)]
pub(crate) struct StreamUpdateShape {
    /// `catalog`, or `outlet:` and the outlet's id.
    stream: String,
    /// Dense, from 1.
    n: i64,
    /// Random: a restored hub gives the same number again, never the same id.
    row_id: String,
    entity_type: String,
    entity_id: String,
    token: TokenShape,
    /// True: a tombstone; the document is the last one.
    deleted: bool,
    /// The whole entity.
    document: serde_json::Value,
    /// An outlet's id, or `hq:` and a user's name.
    changed_by: String,
    /// RFC 3339 UTC, by that one's clock.
    changed_at: String,
    /// Of what belongs to one outlet: the fields whose value that outlet's key wrote last, `deleted` among them; head office
    /// wrote the others. Absent: of the chain's.
    by_outlet: Option<Vec<String>>,
    /// Why the document is empty: it is too large, too deep or damaged at the hub. Usually absent.
    unreadable: Option<String>,
}

/// A page of the outlet's streams.
#[derive(ToSchema)]
pub(crate) struct UpdatePageShape {
    /// `results` only if the hub's position differs from the one in the request.
    chain: ChainRowShape,
    /// The hub does not have the cursor's rows: compare everything.
    stream_reset: bool,
    changes: Vec<StreamUpdateShape>,
    /// More changes follow this page.
    more: bool,
    /// The version of Gerai that the hub is.
    hub_version: Option<String>,
}

/// A range of everything that an outlet may see.
#[derive(ToSchema)]
pub(crate) struct EntityPageShape {
    chain: ChainRowShape,
    /// Where the streams ended when this page was read.
    cursor: String,
    entities: Vec<UpdateShape>,
    /// Where the range ends; null at the end of all.
    next: Option<EntityRefShape>,
}

/// An outlet-owned entity as the hub has it.
#[derive(ToSchema)]
pub(crate) struct OwnedDocumentShape {
    entity_type: String,
    entity_id: String,
    /// The epoch that it was sent in.
    epoch_number: i64,
    version: i64,
    /// As it was sent; null where the outlet deleted it, or where it is unreadable.
    document: Option<serde_json::Value>,
    /// Why the document is omitted: it is too large, too deep or damaged. Usually absent.
    unreadable: Option<String>,
}

/// A range of outlet-owned entities.
#[derive(ToSchema)]
pub(crate) struct OwnedPageShape {
    chain: ChainRowShape,
    documents: Vec<OwnedDocumentShape>,
    /// Where the range ends; null at the end of all.
    next: Option<EntityRefShape>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::cursor::StreamPosition;
    use protocol::updates::{EntityPage, OwnedDocument, OwnedPage, StreamUpdate, Update, UpdatePage};
    use protocol::wire::{ChainRow, EntityRef, Epoch, Position, Token};
    use serde_json::Map;

    use super::*;
    use crate::wire_shapes::tests::{described, keys};

    #[test]
    fn the_description_is_what_travels() {
        let epoch = Epoch { number: 1, id: "e".into() };
        let chain = ChainRow { epoch, position: Position::default(), results: vec![] };
        let of = EntityRef { entity_type: "product".into(), entity_id: "p".into() };
        let update = Update {
            of: of.clone(),
            token: Token { n: 1, change_id: "c".into() },
            deleted: false,
            document: Map::new(),
            changed_by: "o".into(),
            changed_at: "t".into(),
            by_outlet: Some(BTreeSet::new()),
            unreadable: Some(String::new()),
        };
        let unreadable = Some(String::new());
        let own = OwnedDocument { of: of.clone(), epoch_number: 1, version: 1, document: None, unreadable };
        let at = StreamUpdate { stream: "catalog".into(), position: StreamPosition::default(), update: update.clone() };
        assert_eq!(described::<UpdateShape>(), keys(&update));
        assert_eq!(described::<StreamUpdateShape>(), keys(&at));
        assert_eq!(described::<OwnedDocumentShape>(), keys(&own));
        let page = UpdatePage {
            chain: chain.clone(),
            stream_reset: false,
            changes: vec![at],
            more: false,
            hub_version: Some("0.1.0".into()),
        };
        assert_eq!(described::<UpdatePageShape>(), keys(&page));
        let page = EntityPage { chain: chain.clone(), cursor: String::new(), entities: vec![update], next: Some(of) };
        assert_eq!(described::<EntityPageShape>(), keys(&page));
        assert_eq!(described::<OwnedPageShape>(), keys(&OwnedPage { chain, documents: vec![own], next: None }));
    }
}
