//! Properties of all carts, amounts and payments.

mod cart;
mod money;
mod payment;
mod product;
