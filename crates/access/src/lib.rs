//! Access control at the outlet: sessions, permissions, the author of a change, and the audit log of what they did. Both
//! the shop's features and the sync engine need it, so it lies below both.

pub mod audit;
pub mod business_day;
pub mod device;
pub mod ended;
pub mod permission;
pub mod session;
pub mod signed;

pub use device::{PairedDevice, UserOrDevice};
pub use permission::{Anyone, EditCatalog, ManageStaff, ManageSync, Permission, Sell, TakePayment, ViewReports};
pub use session::{Access, Actor, CurrentUser};
pub use signed::signed;
