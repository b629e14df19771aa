//! The catalog: categories and products.

pub mod category;
pub mod http;
pub mod outlet_product;
pub mod product;
pub mod search;
