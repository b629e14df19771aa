//! The rules of a shop: money, tax, prices, product choices, order totals, payments, refunds, shifts, order status, the
//! business day, roles, PINs, passwords, ids, the link between outlet and hub, and the format of texts that people type.
//!
//! All functions are pure and work on plain values, so the outlet, the hub, the simulation and tests calculate the same
//! results. Times and random numbers are passed in.
//!
//! Deliberately absent: I/O, clocks, randomness, SQL, HTTP, async and floats. Callers decide which charges are valid on
//! a day, how a PIN is hashed and where data is stored.
//!
//! Types are also exported at the root (`domain::Money`); functions are called with their module name (`cart::totals`,
//! `payment::apply`).

mod string_enum;

pub mod audit;
pub mod barcode;
pub mod business_day;
pub mod cart;
pub mod combo;
pub mod device;
pub mod drawer;
pub mod duplicates;
pub mod ids;
pub mod image;
pub mod kitchen;
pub mod limits;
pub mod link;
pub mod money;
pub mod nullable;
pub mod order;
pub mod password;
pub mod payment;
pub mod pin;
pub mod plan;
pub mod price_change;
pub mod pricing;
pub mod printer;
pub mod product;
pub mod qris;
pub mod refund;
pub mod roles;
pub mod settlement;
pub mod shift;
pub mod tax;
pub mod text;
pub mod throttle;
pub mod unite;

pub use business_day::{BusinessDate, BusinessDay};
pub use cart::{
    Amounts, Cart, CartRefused, Charge, ChargeAmount, ChargeKind, Discount, DiscountValue, Line, QtyScale, Quantity,
    ServiceBase, Totals,
};
pub use device::{DefaultView, DeviceKind};
pub use drawer::Drawer;
pub use ids::IdSeries;
pub use kitchen::{TicketLineChange, TicketLineState, TicketState};
pub use money::{BasisPoints, Money, Overflow};
pub use order::{DiscountKind, OrderStatus, OrderType, StatusRefused, VoidKind};
pub use password::PasswordRefused;
pub use payment::{AppliedPayment, CashRounding, Method, PayRefused, PaymentStatus, RoundingMode, TenderSpecial};
pub use pin::PinRefused;
pub use plan::TableShape;
pub use pricing::{LocalMinute, PriceSource};
pub use printer::{CodePage, PrintError, PrintJobKind, PrintJobState, PrinterKind};
pub use product::{CategoryColor, ChosenOption, Modifier, ModifierGroup, ModifierOption, Station, Variant};
pub use refund::{RefundKind, RefundRefused};
pub use roles::Role;
pub use shift::{CountKind, MovementKind, ReportKind, ShiftStatus};
pub use string_enum::StringEnum;
pub use tax::TaxGroup;
pub use text::TextRefused;
