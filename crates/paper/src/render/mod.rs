//! Turns a page into what a device shows: text, ESC/POS bytes, or HTML.

mod escpos;
mod html;
mod text;

pub use escpos::{FEED_LINES, escpos};
pub use html::html;
pub use text::text;
