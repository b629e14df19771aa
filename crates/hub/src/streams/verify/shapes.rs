//! What travels when an outlet compares, for the API description. `protocol::fingerprint` is the truth; a test compares the
//! two.

#![expect(dead_code, reason = "read by the API description only")]

use utoipa::ToSchema;

use crate::wire_shapes::{ChainRowShape, EntityRefShape};

/// Which ranges an outlet asks about.
#[derive(ToSchema)]
pub(crate) struct VerifyShape {
    /// `own` or `shared`.
    whose: String,
    /// The random id of this life of the outlet's database.
    epoch: Option<String>,
    /// At most 16.
    ranges: Vec<RangeShape>,
}

/// A range in the order of type and id by bytes.
#[derive(ToSchema)]
pub(crate) struct RangeShape {
    /// It begins behind this entity; null: with the first.
    from: Option<EntityRefShape>,
    /// It ends with this entity; null: with the last.
    to: Option<EntityRefShape>,
}

/// What the ranges come to.
#[derive(ToSchema)]
pub(crate) struct VerifiedShape {
    chain: ChainRowShape,
    /// One for each range, in order.
    ranges: Vec<PrintShape>,
}

/// What a range comes to.
#[derive(ToSchema)]
pub(crate) struct PrintShape {
    /// Entities in it; 5,001 stands for more.
    count: i64,
    /// Of all of them; null: more than 5,000.
    hash: Option<String>,
}

#[cfg(test)]
mod tests {
    use protocol::fingerprint::{Print, Range, Verified, Verify, Whose};
    use protocol::wire::{ChainRow, Epoch, Position};

    use super::*;
    use crate::wire_shapes::tests::{described, keys};

    #[test]
    fn the_description_is_what_travels() {
        let range = Range { from: None, to: None };
        assert_eq!(described::<RangeShape>(), keys(&range));
        let asked = Verify { whose: Whose::Own, epoch: None, ranges: vec![range] };
        assert_eq!(described::<VerifyShape>(), keys(&asked));
        let print = Print { count: 0, hash: None };
        assert_eq!(described::<PrintShape>(), keys(&print));
        let epoch = Epoch { number: 1, id: "e".into() };
        let chain = ChainRow { epoch, position: Position::default(), results: vec![] };
        assert_eq!(described::<VerifiedShape>(), keys(&Verified { chain, ranges: vec![print] }));
    }
}
