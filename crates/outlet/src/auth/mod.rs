//! Who is asking: log-in by PIN, sessions, lock-out.

pub mod attempt;
pub mod http;
pub mod lanes;
pub mod permission;
pub mod session;

pub use permission::{Anyone, EditCatalog, ManageStaff, ManageSync, Permission, Sell, TakePayment};
pub use session::{Actor, User};
