//! What travels when an outlet joins, for the API description. `protocol::updates` is the truth; a test compares the two.

#![expect(dead_code, reason = "read by the API description only")]

use utoipa::ToSchema;

use crate::wire_shapes::{ChainRowShape, EpochShape};

/// An outlet's request to join, or to join again.
#[derive(ToSchema)]
pub(crate) struct EnrolShape {
    /// The one-time code that head office gave.
    code: String,
    /// Random, made by the outlet for this life: 1 to 128 bytes.
    epoch_id: String,
    /// The number of the outlet's life so far.
    epoch_number: i64,
    /// Made by the outlet: 32 to 256 ASCII characters.
    api_key: String,
}

/// Who the outlet is, and where it starts.
#[derive(ToSchema)]
pub(crate) struct EnrolledShape {
    outlet_id: String,
    outlet_code: String,
    outlet_name: String,
    /// Its number is one more than any that outlet or hub knew.
    epoch: EpochShape,
    /// Where the chain stood in the life before; null for a new outlet.
    before: Option<ChainRowShape>,
}

#[cfg(test)]
mod tests {
    use protocol::updates::{Enrol, Enrolled};
    use protocol::wire::Epoch;

    use super::*;
    use crate::wire_shapes::tests::{described, keys};

    #[test]
    fn the_description_is_what_travels() {
        let text = String::new;
        let asked = Enrol { code: text(), epoch_id: text(), epoch_number: 1, api_key: text() };
        assert_eq!(described::<EnrolShape>(), keys(&asked));
        let epoch = Epoch { number: 1, id: text() };
        let answer = Enrolled { outlet_id: text(), outlet_code: text(), outlet_name: text(), epoch, before: None };
        assert_eq!(described::<EnrolledShape>(), keys(&answer));
    }
}
