//! Customers: returning guests. An order stores the name, not the customer.

pub mod http;

use crate::rows::row;

row! {
    /// A customer.
    pub struct Customer,
    /// The checked fields of a customer.
    Fields: "customer" in "customers" {
        /// Name.
        name: String,
        /// Phone number as entered.
        phone: Option<String>,
        /// Email address as entered.
        email: Option<String>,
        /// Note for the staff.
        note: Option<String>,
    }
    also warnings
}
