//! Messages of a comparison, for the API description. `protocol::fingerprint` is authoritative; a test compares both.

#![expect(dead_code, reason = "read by the API description only")]

use utoipa::ToSchema;

use crate::wire_shapes::{ChainRowShape, EntityRefShape};

/// Ranges to compare.
#[derive(ToSchema)]
pub(crate) struct VerifyShape {
    /// `own` or `shared`.
    ownership: String,
    /// The random id of the outlet's epoch.
    epoch: Option<String>,
    /// At most 16.
    ranges: Vec<RangeShape>,
}

/// A range in the order of type and id by bytes.
#[derive(ToSchema)]
pub(crate) struct RangeShape {
    /// It begins after this entity; null: with the first.
    from: Option<EntityRefShape>,
    /// It ends with this entity; null: with the last.
    to: Option<EntityRefShape>,
}

/// Count and hash of the ranges.
#[derive(ToSchema)]
pub(crate) struct VerifiedShape {
    chain: ChainRowShape,
    /// One for each range, in order.
    ranges: Vec<RangeDigestShape>,
}

/// Count and hash of a range.
#[derive(ToSchema)]
pub(crate) struct RangeDigestShape {
    /// Number of entities; 5,001 means more than 5,000.
    count: i64,
    /// Of all of them; null: more than 5,000.
    hash: Option<String>,
}

#[cfg(test)]
mod tests {
    use protocol::fingerprint::{Ownership, Range, RangeDigest, VerifyRequest, VerifyResponse};
    use protocol::wire::{ChainRow, Epoch, Position};

    use super::*;
    use crate::wire_shapes::tests::{described, keys};

    #[test]
    fn the_description_is_what_travels() {
        let range = Range { from: None, to: None };
        assert_eq!(described::<RangeShape>(), keys(&range));
        let asked = VerifyRequest { ownership: Ownership::Owned, epoch: None, ranges: vec![range] };
        assert_eq!(described::<VerifyShape>(), keys(&asked));
        let print = RangeDigest { count: 0, hash: None };
        assert_eq!(described::<RangeDigestShape>(), keys(&print));
        let epoch = Epoch { number: 1, id: "e".into() };
        let chain = ChainRow { epoch, position: Position::default(), results: vec![] };
        assert_eq!(described::<VerifiedShape>(), keys(&VerifyResponse { chain, ranges: vec![print] }));
    }
}
