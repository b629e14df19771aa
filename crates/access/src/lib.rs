//! Who may do what at the outlet: sessions, permissions, and the signature of a change. The shop's features and the sync
//! engine both ask, so it lies below both.

pub mod permission;
pub mod session;
pub mod signed;

pub use permission::{Anyone, EditCatalog, ManageStaff, ManageSync, Permission, Sell, TakePayment};
pub use session::{Access, Actor, User};
pub use signed::signed;
