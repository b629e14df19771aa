//! What a shop is: money, tax, what is chosen of a product, cart → totals, payments, order states, the business day,
//! roles, PINs, passwords, ids, the link between outlet and hub, and the form of every text that people type.
//!
//! Everything here is a pure function on plain values, so that the outlet, the hub, the simulator and a test
//! get the same answer to the same question. Times and random bits are passed in.
//!
//! Deliberately absent: I/O, clocks, randomness, SQL, HTTP, async, and floats. Which charges are valid on a
//! day, how a PIN is hashed and where anything is stored are the callers' business.
//!
//! Types are also named at the root (`domain::Money`); functions are called through their module
//! (`cart::totals`, `payment::take`), where their name reads as a sentence.

mod string_enum;

pub mod business_day;
pub mod cart;
pub mod duplicates;
pub mod ids;
pub mod link;
pub mod money;
pub mod nullable;
pub mod order;
pub mod password;
pub mod payment;
pub mod pin;
pub mod product;
pub mod roles;
pub mod tax;
pub mod text;
pub mod throttle;
pub mod unite;

pub use business_day::{BusinessDate, BusinessDay};
pub use cart::{CartRefused, Charge, ChargeAmount, ChargeKind, Discount, Line, ServiceBase, Totals};
pub use ids::IdSeries;
pub use money::{BasisPoints, Money, Overflow};
pub use order::{OrderStatus, OrderType, StatusRefused};
pub use password::PasswordRefused;
pub use payment::{AppliedPayment, CashRounding, Method, PayRefused, RoundingMode};
pub use pin::PinRefused;
pub use product::{Chosen, Modifier, ModifierGroup, ModifierOption, Variant};
pub use roles::Role;
pub use tax::TaxGroup;
pub use text::TextRefused;
