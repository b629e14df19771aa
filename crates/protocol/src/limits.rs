//! Size limits of entities, and of everything that carries them.
//!
//! An entity within [`MAX_ENTITY_BYTES`] fits every carrier: a batch, a page, an answer, a snapshot line. Sender, hub
//! and reader use these limits; the assertions below keep them consistent.

/// Bytes of one entity's document as JSON: enough for an order of 500 lines with modifiers and notes, or for the largest
/// product that the rules allow, in any common script.
pub const MAX_ENTITY_BYTES: usize = 1 << 20;
/// Nesting depth of arrays and objects, including the document itself. Entities use five levels; JSON readers stop at
/// 128.
pub const MAX_DEPTH: usize = 32;
/// Bytes of an id or of a type name.
pub const MAX_ID_BYTES: usize = domain::ids::MAX_OTHER_ID;
/// Characters of a text that an order only displays.
pub const MAX_SHOWN_CHARS: usize = 1_000;
/// Characters of an order's number.
pub const MAX_ORDER_NUMBER_CHARS: usize = 100;
/// Lines of one order.
pub const MAX_LINES: usize = 500;
/// Modifiers of one line of an order.
pub const MAX_MODIFIERS: usize = 100;
/// Charges of one order.
pub const MAX_CHARGES: usize = 100;
/// Order types of one charge.
pub const MAX_ORDER_TYPES: usize = 20;
/// Channels of one menu.
pub const MAX_CHANNELS: usize = 50;
/// Stations of one printer.
pub const MAX_STATIONS: usize = 20;
/// Discounts of one order, on its lines and on the whole.
pub const MAX_DISCOUNTS: usize = 600;
/// Payments of one order.
pub const MAX_PAYMENTS: usize = 1_000;
/// Movements of cash in one shift.
pub const MAX_SHIFT_MOVEMENTS: usize = 1_000;
/// Rows of counted cash of one shift: about thirty counts with all notes and coins.
pub const MAX_SHIFT_COUNTS: usize = 500;
/// Payment methods of one shift.
pub const MAX_SHIFT_TENDERS: usize = 100;

/// Bytes of JSON after which an outlet starts another batch.
pub const BATCH_BYTES: usize = 1 << 20;
/// Bytes of a compressed batch that the hub accepts.
pub const MAX_BATCH_PACKED_BYTES: usize = 8 << 20;
/// Bytes of a decompressed batch that the hub accepts.
pub const MAX_BATCH_BYTES: usize = 64 << 20;
/// Bytes of documents that the hub puts into one page.
pub const PAGE_BYTES: usize = 2 << 20;
/// Bytes of an answer that an outlet reads.
pub const MAX_ANSWER_BYTES: usize = 4 << 20;
/// Bytes of an answer that an outlet reads if it requested a single entity: as much as a batch can contain.
pub const MAX_SINGLE_ANSWER_BYTES: usize = MAX_BATCH_BYTES + (1 << 20);
/// Bytes of a line of a snapshot.
pub const MAX_SNAPSHOT_LINE_BYTES: usize = 4 << 20;
/// Bytes of a compressed snapshot. Ten years of a busy outlet need about one eighth of it.
pub const MAX_SNAPSHOT_PACKED_BYTES: u64 = 8 << 30;
/// Bytes of a decompressed snapshot.
pub const MAX_SNAPSHOT_BYTES: u64 = 32 << 30;
/// Entities in a snapshot.
pub const MAX_SNAPSHOT_ENTITIES: u64 = 20_000_000;

/// Overhead around a document: names, tokens, times.
const OVERHEAD_BYTES: usize = 4 << 10;

// A shared item carries the old and the new value of each field.
const _: () = assert!(BATCH_BYTES + 2 * MAX_ENTITY_BYTES + OVERHEAD_BYTES <= MAX_BATCH_PACKED_BYTES);
const _: () = assert!(MAX_BATCH_PACKED_BYTES <= MAX_BATCH_BYTES);
const _: () = assert!(MAX_ENTITY_BYTES + OVERHEAD_BYTES <= PAGE_BYTES);
const _: () = assert!(PAGE_BYTES + MAX_ENTITY_BYTES + OVERHEAD_BYTES <= MAX_ANSWER_BYTES);
const _: () = assert!(MAX_ENTITY_BYTES + OVERHEAD_BYTES <= MAX_SNAPSHOT_LINE_BYTES);
const _: () = assert!(MAX_SNAPSHOT_PACKED_BYTES <= MAX_SNAPSHOT_BYTES);
const _: () = assert!(MAX_BATCH_BYTES < MAX_SINGLE_ANSWER_BYTES);
const _: () = assert!(MAX_DEPTH < 100, "readers of JSON stop at 128, and documents travel inside other objects");

/// Bytes of the arguments of a reason as JSON. Longer arguments are omitted; the English text remains.
pub const MAX_ARGS_BYTES: usize = 2_000;
