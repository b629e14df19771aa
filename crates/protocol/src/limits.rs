//! How large one entity may be, and what everything that carries entities can hold.
//!
//! Whatever passes [`MAX_ENTITY_BYTES`] fits every carrier on its way: a batch, a page, an answer, a line of a snapshot.
//! Sender, hub and reader take their limits from here; the assertions below keep them in order.

/// Bytes of one entity's document as JSON: an order of 500 lines with modifiers and notes, or the largest product whose
/// lists the rules allow, in any usual script. Sixteen of them fit into what an outlet keeps of one answer at the least.
pub const MAX_ENTITY_BYTES: usize = 512 << 10;
/// Arrays and objects inside each other, the document itself counted. Entities use five; JSON readers stop at 128.
pub const MAX_DEPTH: usize = 32;
/// Bytes of an id, and of the name of a type.
pub const MAX_ID_BYTES: usize = domain::ids::MAX_OTHER_ID;
/// Characters of a text that an order only shows.
pub const MAX_SHOWN_CHARS: usize = 1_000;
/// Characters of an order's number.
pub const MAX_ORDER_NUMBER_CHARS: usize = 100;
/// Lines of one order.
pub const MAX_LINES: usize = 500;
/// Modifiers of one line of an order.
pub const MAX_MODIFIERS: usize = 100;
/// Charges that one order bears.
pub const MAX_CHARGES: usize = 100;
/// Payments towards one order.
pub const MAX_PAYMENTS: usize = 1_000;

/// Bytes of JSON that an outlet puts into one batch before it starts another one.
pub const BATCH_BYTES: usize = 1 << 20;
/// Bytes of a batch that the hub takes, as sent.
pub const MAX_BATCH_PACKED_BYTES: usize = 8 << 20;
/// Bytes of a batch that the hub takes, unpacked.
pub const MAX_BATCH_BYTES: usize = 64 << 20;
/// Bytes of documents that the hub puts into one page.
pub const PAGE_BYTES: usize = 2 << 20;
/// Bytes of an answer that an outlet reads.
pub const MAX_ANSWER_BYTES: usize = 4 << 20;
/// Bytes of an answer that an outlet reads where it asked for a single entity: as much as a batch could ever bring.
pub const MAX_SINGLE_ANSWER_BYTES: usize = MAX_BATCH_BYTES + (1 << 20);
/// Bytes of a line of a snapshot.
pub const MAX_SNAPSHOT_LINE_BYTES: usize = 4 << 20;
/// Bytes of a snapshot as it is fetched or carried: ten years of a busy outlet come to about one eighth of it.
pub const MAX_SNAPSHOT_PACKED_BYTES: u64 = 8 << 30;
/// Bytes of a snapshot, unpacked.
pub const MAX_SNAPSHOT_BYTES: u64 = 32 << 30;
/// Entities in a snapshot.
pub const MAX_SNAPSHOT_ENTITIES: u64 = 20_000_000;

/// What stands around a document: names, tokens, times.
const AROUND: usize = 4 << 10;

// A shared item carries the old and the new value of each field.
const _: () = assert!(BATCH_BYTES + 2 * MAX_ENTITY_BYTES + AROUND <= MAX_BATCH_PACKED_BYTES);
const _: () = assert!(MAX_BATCH_PACKED_BYTES <= MAX_BATCH_BYTES);
const _: () = assert!(MAX_ENTITY_BYTES + AROUND <= PAGE_BYTES);
const _: () = assert!(PAGE_BYTES + MAX_ENTITY_BYTES + AROUND <= MAX_ANSWER_BYTES);
const _: () = assert!(MAX_ENTITY_BYTES + AROUND <= MAX_SNAPSHOT_LINE_BYTES);
const _: () = assert!(MAX_SNAPSHOT_PACKED_BYTES <= MAX_SNAPSHOT_BYTES);
const _: () = assert!(MAX_BATCH_BYTES < MAX_SINGLE_ANSWER_BYTES);
const _: () = assert!(MAX_DEPTH < 100, "readers of JSON stop at 128, and documents travel inside other objects");
