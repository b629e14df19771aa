//! Turns a page into what a device shows: text, ESC/POS bytes, or HTML.

mod escpos;
mod html;
mod text;

pub use escpos::escpos;
pub use html::html;
pub use text::text;
