//! Guests whom the shop wants to know again. An order keeps the name as it was said, not the customer.

pub mod http;

use crate::rows::row;

row! {
    /// A guest.
    pub struct Customer,
    /// What a caller says of a customer, checked.
    Fields: "customer" in "customers" {
        /// As the guest says it.
        name: String,
        /// As the guest says it.
        phone: Option<String>,
        /// As the guest says it.
        email: Option<String>,
        /// For the staff.
        note: Option<String>,
    }
    also warnings
}
