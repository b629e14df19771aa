//! Ids of new records.

use jiff::Timestamp;

/// A UUIDv7 with the time `now`.
pub(crate) fn new_id(now: Timestamp) -> String {
    let ms = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let random = rand::random::<[u8; 10]>();
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid().to_string()
}
