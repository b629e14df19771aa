//! The pages of both servers. The apps in `ui/` (till, kitchen, customer display, outlet console, head office) are embedded as `make pages` has built
//! them; the pages that must work without scripts are written here.
//!
//! Guarantees:
//! - A missing file of an app is 404 and never the index: an open tab of an older version sees that its file is gone.
//! - Files with a hash in their name never change; everything else is checked at each use.
//! - No page loads or sends anything from or to another server, and no other site can frame a page.
//! - A program that was built without pages serves everything else, and each page says how to get them.

mod chooser;
mod encoding;
mod html;
mod site;
mod trust;

pub use chooser::choose;
pub use site::Site;
pub use trust::{trust, trust_address};

use rust_embed::RustEmbed;

/// The files of `ui/dist`, one folder per app; also in debug builds, so that all builds serve the same.
#[derive(RustEmbed)]
#[folder = "../../ui/dist/"]
#[allow_missing = true]
struct Dist;

/// The till.
pub const TILL: Site = Site::new(Dist::get, "till");
/// The customer display.
pub const DISPLAY: Site = Site::new(Dist::get, "display");
/// The screen of kitchen and bar.
pub const KITCHEN: Site = Site::new(Dist::get, "kitchen");
/// The outlet console.
pub const CONSOLE: Site = Site::new(Dist::get, "console");
/// Head office.
pub const OFFICE: Site = Site::new(Dist::get, "office");
