//! Properties of all carts, splits, refunds, amounts and payments.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cart;
mod money;
mod orders;
mod payment;
mod prices;
mod product;
mod refund;
mod split;
