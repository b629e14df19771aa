//! What must hold for every cart, amount and payment, not only for the examples that someone thought of.

mod cart;
mod money;
mod payment;
mod product;
