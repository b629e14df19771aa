//! Declares each synced entity: tables, columns, owner and conflict policy.
//!
//! Triggers, documents, the `sync_queue` view and the hub's checks are generated from [`ENTITIES`]; a new synced column
//! is one line here. The type of each column is declared beside it and checked at every input ([`crate::validate`]).

use domain::cart::{self, ChargeKind, ServiceBase};
use domain::kitchen;
use domain::order::MAX_QUEUE_NO;
use domain::plan::{MAX_TABLE_CELLS, MIN_TABLE_CELLS, PLAN_CELLS, TableShape};
use domain::pricing::LAST_MINUTE;
use domain::qris::QrisMode;
use domain::text::{self, Form, Rule};
use domain::{
    BasisPoints, CashRounding, CategoryColor, CodePage, Method, PrinterKind, Role, RoundingMode, Station, TaxGroup,
    TenderSpecial, money, printer,
};

use serde_json::{Map, Value};

use crate::limits::{
    MAX_CHARGES, MAX_DISCOUNTS, MAX_LINES, MAX_ORDER_NUMBER_CHARS, MAX_PAYMENTS, MAX_SHIFT_COUNTS, MAX_SHIFT_MOVEMENTS,
    MAX_SHIFT_TENDERS, MAX_SHOWN_CHARS,
};
use crate::{order, shift};

/// The unit of sync: a root row with its child rows.
#[derive(Debug)]
pub struct Entity {
    /// Its name on the wire and in `sync_queue.entity_type`.
    pub name: &'static str,
    /// The outlet's table of root rows, keyed by `id`.
    pub table: &'static str,
    /// Who may write it.
    pub owner: Owner,
    /// Whether the chain or one outlet has it at the hub.
    pub scope: Scope,
    /// The policy if one side deleted the entity and the other changed it.
    pub deletion: Policy,
    /// It belongs to one outlet, which applies only fields that head office or the outlet itself wrote:
    /// [`crate::origin`].
    pub guarded: bool,
    /// The root row's columns, in the document's order; `id` comes first and is not listed.
    pub fields: &'static [Field],
    /// Child rows that travel inside the document.
    pub children: &'static [Child],
    /// Recalculates the root row after child rows of two copies were united.
    pub recalculate: Option<Recalculate>,
    /// The counter of its numbers at the outlet.
    pub counter: Option<Counter>,
}

/// An entity as JSON: its id, its fields, its child rows.
pub type Document = Map<String, Value>;

/// Recalculates the totals of a document.
pub type Recalculate = fn(&mut Document) -> Result<(), order::OrderInvalid>;

/// A table with the next number for each key. Numbers used elsewhere must not be issued again.
#[derive(Debug)]
pub struct Counter {
    /// The table, with a column `next`.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// Returns the key and the number that a document uses.
    pub used: fn(&Document) -> Option<(String, i64)>,
}

impl Entity {
    /// Each outlet has exactly one, with the id [`SINGLE_ID`]; a deleted row is restored.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.name == "setting"
    }

    /// A written one never changes, so the hub's copy of it is right.
    #[must_use]
    pub fn never_changes(&self) -> bool {
        self.name == "refund"
    }
}

/// The id of an entity that exists once per outlet.
pub const SINGLE_ID: &str = "outlet";

/// Who may write an entity; this determines whether conflicts are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The outlet only. Sent as a whole document; no conflicts.
    Outlet,
    /// Outlet and head office. Sent field by field against a base.
    Both,
    /// Head office only. Outlets never send it.
    Hub,
}

/// Whether outlets share an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One for the whole chain, such as a product.
    Chain,
    /// One per outlet, such as its settings and users; ids may repeat between outlets.
    Outlet,
}

/// A synced column.
#[derive(Debug)]
pub struct Field {
    /// Column and document key.
    pub name: &'static str,
    /// How the column is encoded as JSON.
    pub encoding: Encoding,
    /// The policy if both sides changed it.
    pub policy: Policy,
    /// The type of its value, checked at every input by [`crate::validate`].
    pub value_type: ValueType,
    /// The value may be missing: null, or an empty text.
    pub optional: bool,
    /// The table has a default for documents that lack it.
    pub has_default: bool,
    /// It is never shown in lists, logs or events: [`crate::secret`].
    pub secret: bool,
}

/// The type of a field's value.
#[derive(Debug, Clone, Copy)]
pub enum ValueType {
    /// Text.
    Text(Rule),
    /// Any text up to this many characters: a copy that is only displayed, such as a product's name on an order. Its
    /// content never blocks a sale.
    DisplayText(usize),
    /// One of these names.
    EnumValue(&'static [&'static str]),
    /// A whole number in this range, both ends included.
    Int(i64, i64),
    /// One of these numbers.
    OneOf(&'static [i64]),
    /// Money in minor units, of either sign.
    Money,
    /// Money in minor units, not negative.
    Amount,
    /// The id of an entity.
    Id,
    /// YYYY-MM-DD, from 1900 to 9999.
    Date,
    /// A minute of the outlet's clock: YYYY-MM-DDTHH:MM, from 1900 to 9999.
    LocalMinute,
    /// A time that is only displayed and never used in a decision, so its format is not checked.
    Time,
    /// The name of an IANA time zone.
    Zone,
    /// true or false.
    Flag,
    /// Any JSON, as text.
    Json,
    /// A list of these elements.
    List(Element),
}

/// The element type of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// [`domain::Variant`].
    Variant,
    /// [`domain::ModifierGroup`].
    ModifierGroup,
    /// [`domain::Modifier`].
    Modifier,
    /// The name of a [`domain::OrderType`], or of one that a later version knows.
    OrderType,
    /// The name of a [`domain::Station`], or of one that a later version knows.
    Station,
    /// The id of a platform's tender, or [`domain::pricing::OWN_CHANNEL`].
    Channel,
    /// 1 (Monday) to 7.
    Weekday,
    /// [`domain::barcode::PatternSetting`]; no code fits two of them.
    BarcodePattern,
}

/// How a column is encoded as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Text or integer, unchanged.
    Plain,
    /// 0 or 1 becomes `false` or `true`.
    Flag,
    /// As [`Encoding::Flag`], with null for a missing value.
    OptionalFlag,
    /// JSON text becomes a list; it is merged and compared as one value.
    List,
}

/// The policy for a field that outlet and head office changed differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Head office's value wins.
    CloudWins,
    /// The outlet's value wins.
    LocalWins,
    /// Head office's value applies until a person decides.
    Manual,
    /// The outlet's value applies until a person decides, because head office did not write the hub's value. No field
    /// is declared with this policy; [`crate::origin`] chooses it.
    ManualLocal,
}

impl Policy {
    /// As in `sync_conflicts.rule`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudWins => "cloud_wins",
            Self::LocalWins => "local_wins",
            Self::Manual => "manual",
            Self::ManualLocal => "manual_local",
        }
    }
}

/// A table of child rows that belong to one root row.
#[derive(Debug)]
pub struct Child {
    /// Its key in the document.
    pub name: &'static str,
    /// Its table, keyed by parent and `id`.
    pub table: &'static str,
    /// The column that names the parent.
    pub parent: &'static str,
    /// Its columns, in the document's order; `id` comes first and is not listed.
    pub fields: &'static [Field],
    /// Maximum rows in one document.
    pub max_rows: usize,
}

const fn plain(name: &'static str, policy: Policy, value_type: ValueType) -> Field {
    Field { name, encoding: Encoding::Plain, policy, value_type, optional: false, has_default: false, secret: false }
}
const fn cloud(name: &'static str, value_type: ValueType) -> Field {
    plain(name, Policy::CloudWins, value_type)
}
const fn local(name: &'static str, value_type: ValueType) -> Field {
    plain(name, Policy::LocalWins, value_type)
}
const fn manual(name: &'static str, value_type: ValueType) -> Field {
    plain(name, Policy::Manual, value_type)
}
const fn flag(name: &'static str, policy: Policy) -> Field {
    Field { encoding: Encoding::Flag, ..plain(name, policy, ValueType::Flag) }
}
const fn optional_flag(name: &'static str, policy: Policy) -> Field {
    Field { encoding: Encoding::OptionalFlag, optional: true, ..plain(name, policy, ValueType::Flag) }
}
const fn list(name: &'static str, policy: Policy, element: Element) -> Field {
    Field { encoding: Encoding::List, ..plain(name, policy, ValueType::List(element)) }
}

impl Field {
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    const fn with_default(self) -> Self {
        Self { has_default: true, ..self }
    }

    /// Whether a row requires it.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        !self.optional && !self.has_default
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

/// A one-line text written by programs, up to this many characters.
const fn line(max_chars: usize) -> ValueType {
    ValueType::Text(Rule { form: Form::Line, max_chars })
}

const NAME: ValueType = ValueType::Text(text::NAME);
const UNIT: ValueType = ValueType::Text(text::UNIT);
const PHONE: ValueType = ValueType::Text(text::PHONE);
const NOTE: ValueType = ValueType::Text(text::NOTE);
const TAX_GROUPS: ValueType = ValueType::EnumValue(TaxGroup::NAMES);
const STATIONS: ValueType = ValueType::EnumValue(Station::NAMES);
const CHARGE_KINDS: ValueType = ValueType::EnumValue(ChargeKind::NAMES);
const RATE_BP: ValueType = ValueType::Int(0, BasisPoints::WHOLE.0);
const BASE_PART: ValueType = ValueType::Int(1, cart::MAX_BASE_DEN);
/// Largest limit of the age of a sale for a refund: ten years.
pub const MAX_REFUND_DAYS: i64 = 3_650;
const ANY_INT: ValueType = ValueType::Int(i64::MIN, i64::MAX);
const TABLE_CELLS: ValueType = ValueType::Int(MIN_TABLE_CELLS, MAX_TABLE_CELLS);
const COUNT: ValueType = ValueType::Int(1, money::MAX_AMOUNT);
/// The number of a course.
const COURSE: ValueType = ValueType::Int(1, kitchen::MAX_COURSE);
/// Decimal places of a quantity: pieces, or thousandths of the unit.
pub const QTY_SCALES: [i64; 2] = [0, 3];
/// The highest priority of a menu.
pub const MAX_PRIORITY: i64 = 1_000;
const MINUTE_OF_DAY: ValueType = ValueType::Int(0, LAST_MINUTE);
/// Columns of 58 and 80 mm paper.
pub const PRINTER_WIDTHS: [i64; 2] = [32, 48];
/// A name that is only passed on and displayed; later versions may add others.
const ANY_ENUM_VALUE: ValueType = line(50);
/// Maximum characters of a text that an order only displays.
const LONG: usize = MAX_SHOWN_CHARS;
/// The id of a user or outlet, `terminal`, or `hq:` and a user name.
const AUTHOR: ValueType = line(200);

/// Every synced entity.
pub const ENTITIES: &[Entity] = &[
    Entity {
        name: "user",
        table: "users",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[
            cloud("username", ValueType::Text(text::USER_NAME)),
            cloud("name", NAME),
            cloud("role", ValueType::EnumValue(Role::NAMES)),
            cloud("pin_hash", line(300)).secret(),
            flag("active", Policy::CloudWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "category",
        table: "categories",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("name", NAME),
            local("position", ANY_INT).with_default(),
            local("color", ValueType::EnumValue(CategoryColor::NAMES)).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "product",
        table: "products",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("code", ValueType::Text(text::CODE)).optional(),
            cloud("barcode", ValueType::Text(text::BARCODE)).optional(),
            cloud("name", ValueType::Text(text::PRODUCT_NAME)),
            cloud("category_id", ValueType::Id).optional(),
            cloud("price", ValueType::Amount),
            cloud("tax_group", TAX_GROUPS).with_default(),
            local("station", STATIONS).with_default(),
            flag("available", Policy::LocalWins).with_default(),
            list("variants", Policy::CloudWins, Element::Variant).with_default(),
            list("modifier_groups", Policy::CloudWins, Element::ModifierGroup).with_default(),
            local("position", ANY_INT).with_default(),
            cloud("image", ValueType::Id).optional(),
            cloud("unit", UNIT).optional(),
            cloud("qty_scale", ValueType::OneOf(&QTY_SCALES)).with_default(),
            cloud("scale_code", ValueType::Text(text::SCALE_CODE)).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "charge",
        table: "charges",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("name", NAME),
            cloud("kind", CHARGE_KINDS),
            cloud("rate_bp", RATE_BP),
            cloud("tax_group", TAX_GROUPS).with_default(),
            cloud("service_base", ValueType::EnumValue(ServiceBase::NAMES)).with_default(),
            cloud("base_num", BASE_PART).with_default(),
            cloud("base_den", BASE_PART).with_default(),
            flag("inclusive", Policy::CloudWins).with_default(),
            cloud("position", ANY_INT).with_default(),
            cloud("valid_from", ValueType::Date).optional(),
            list("order_types", Policy::CloudWins, Element::OrderType).with_default(),
            flag("active", Policy::CloudWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "tender",
        table: "tenders",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("name", NAME),
            cloud("method", ValueType::EnumValue(Method::NAMES)),
            cloud("special", ValueType::EnumValue(TenderSpecial::NAMES)).optional(),
            flag("needs_reference", Policy::CloudWins).with_default(),
            flag("opens_drawer", Policy::CloudWins).with_default(),
            cloud("position", ANY_INT).with_default(),
            flag("active", Policy::CloudWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "menu",
        table: "menus",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("name", NAME),
            cloud("priority", ValueType::Int(0, MAX_PRIORITY)).with_default(),
            list("order_types", Policy::CloudWins, Element::OrderType).with_default(),
            list("channels", Policy::CloudWins, Element::Channel).with_default(),
            list("weekdays", Policy::CloudWins, Element::Weekday).with_default(),
            cloud("from_minute", MINUTE_OF_DAY).optional(),
            cloud("to_minute", MINUTE_OF_DAY).optional(),
            cloud("valid_from", ValueType::Date).optional(),
            cloud("valid_to", ValueType::Date).optional(),
            flag("active", Policy::CloudWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "price",
        table: "prices",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("product_id", ValueType::Id),
            cloud("variant_id", ValueType::Id).optional(),
            cloud("menu_id", ValueType::Id).optional(),
            cloud("price", ValueType::Amount),
            cloud("valid_from", ValueType::LocalMinute).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "customer",
        table: "customers",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::Manual,
        guarded: false,
        fields: &[
            manual("name", NAME),
            manual("phone", PHONE).optional(),
            manual("email", ValueType::Text(text::EMAIL)).optional(),
            manual("note", NOTE).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "setting",
        table: "settings",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[
            cloud("address", ValueType::Text(text::ADDRESS)).optional(),
            cloud("phone", PHONE).optional(),
            cloud("tax_number", ValueType::Text(text::TAX_NUMBER)).optional(),
            cloud("zone", ValueType::Zone).with_default(),
            cloud("cutoff_minutes", ValueType::Int(0, 1_439)).with_default(),
            cloud("cash_rounding_step", ValueType::OneOf(&CashRounding::STEPS)).with_default(),
            cloud("cash_rounding_mode", ValueType::EnumValue(RoundingMode::NAMES)).with_default(),
            local("receipt_footer", ValueType::Text(text::RECEIPT_FOOTER)).optional(),
            cloud("discount_limit_cashier_bp", RATE_BP).with_default(),
            cloud("discount_limit_waiter_bp", RATE_BP).with_default(),
            flag("shift_required", Policy::CloudWins).with_default(),
            cloud("cash_out_limit", ValueType::Amount).optional(),
            cloud("refund_days", ValueType::Int(0, MAX_REFUND_DAYS)).optional(),
            cloud("qris_payload", ValueType::Text(text::QRIS)).optional(),
            cloud("qris_mode", ValueType::EnumValue(QrisMode::NAMES)).with_default(),
            cloud("legal_name", NAME).optional(),
            cloud("branch_tax_number", ValueType::Text(text::TAX_NUMBER)).optional(),
            cloud("regional_tax_number", ValueType::Text(text::TAX_NUMBER)).optional(),
            cloud("receipt_url", ValueType::Text(text::URL)).optional(),
            flag("print_receipt", Policy::CloudWins).with_default(),
            list("barcode_patterns", Policy::CloudWins, Element::BarcodePattern).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "outlet_product",
        table: "outlet_products",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[cloud("price", ValueType::Amount).optional(), optional_flag("available", Policy::LocalWins)],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "outlet_charge",
        table: "outlet_charges",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[optional_flag("active", Policy::CloudWins), cloud("rate_bp", RATE_BP).optional()],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "outlet_menu",
        table: "outlet_menus",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[optional_flag("active", Policy::LocalWins)],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "outlet_price",
        table: "outlet_prices",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: true,
        fields: &[
            cloud("product_id", ValueType::Id),
            cloud("variant_id", ValueType::Id).optional(),
            cloud("price", ValueType::Amount),
            cloud("valid_from", ValueType::LocalMinute),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "announcement",
        table: "announcements",
        owner: Owner::Hub,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        guarded: false,
        fields: &[
            cloud("title", ValueType::Text(text::TITLE)),
            cloud("body", ValueType::Text(text::ANNOUNCEMENT)).optional(),
            cloud("starts_at", ValueType::Time).optional(),
            cloud("ends_at", ValueType::Time).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "conflict",
        table: "sync_conflicts",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("entity_type", ANY_ENUM_VALUE),
            local("entity_id", ValueType::Id),
            local("field", ANY_ENUM_VALUE),
            local("base", ValueType::Json).optional(),
            local("local", ValueType::Json).optional(),
            local("cloud", ValueType::Json).optional(),
            local("rule", ANY_ENUM_VALUE),
            local("status", ANY_ENUM_VALUE),
            local("local_by", AUTHOR).optional(),
            local("local_at", ValueType::Time).optional(),
            local("cloud_by", AUTHOR).optional(),
            local("cloud_at", ValueType::Time).optional(),
            local("created_at", ValueType::Time),
            local("resolved_at", ValueType::Time).optional(),
            local("resolved_by", AUTHOR).optional(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "table",
        table: "tables",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("name", ValueType::Text(text::TABLE_NAME)),
            local("area", ValueType::Text(text::AREA)).optional(),
            local("seats", COUNT).optional(),
            flag("active", Policy::LocalWins).with_default(),
            local("plan_x", ValueType::Int(0, PLAN_CELLS - 1)).optional(),
            local("plan_y", ValueType::Int(0, PLAN_CELLS - 1)).optional(),
            local("plan_w", TABLE_CELLS).with_default(),
            local("plan_h", TABLE_CELLS).with_default(),
            local("plan_shape", ValueType::EnumValue(TableShape::NAMES)).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "drawer",
        table: "drawers",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("name", NAME),
            local("printer_id", ValueType::Id).optional(),
            flag("active", Policy::LocalWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "printer",
        table: "printers",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("name", NAME),
            local("kind", ValueType::EnumValue(PrinterKind::NAMES)),
            local("address", ValueType::Text(text::HOST)),
            local("port", ValueType::Int(1, 65_535)).with_default(),
            local("width", ValueType::OneOf(&PRINTER_WIDTHS)).with_default(),
            list("stations", Policy::LocalWins, Element::Station).with_default(),
            local("codepage", ValueType::EnumValue(CodePage::NAMES)).with_default(),
            flag("cut", Policy::LocalWins).with_default(),
            flag("kick", Policy::LocalWins).with_default(),
            local("copies", ValueType::Int(1, printer::MAX_COPIES)).with_default(),
            local("fallback_id", ValueType::Id).optional(),
            local("expire_minutes", ValueType::Int(1, printer::MAX_EXPIRE_MINUTES)).with_default(),
            flag("active", Policy::LocalWins).with_default(),
        ],
        children: &[],
        recalculate: None,
        counter: None,
    },
    Entity {
        name: "order",
        table: "orders",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("order_number", ValueType::DisplayText(MAX_ORDER_NUMBER_CHARS)),
            local("business_date", ValueType::Date),
            local("status", ANY_ENUM_VALUE),
            local("order_type", ValueType::DisplayText(LONG)),
            local("channel", ValueType::Id).optional(),
            local("table_number", ValueType::DisplayText(LONG)).optional(),
            local("queue_no", ValueType::Int(1, MAX_QUEUE_NO)).optional(),
            local("customer_id", ValueType::Id).optional(),
            local("customer_name", ValueType::DisplayText(LONG)).optional(),
            local("pax", COUNT).optional(),
            local("note", ValueType::DisplayText(LONG)).optional(),
            local("cashier_id", ValueType::Id).optional(),
            local("subtotal", ValueType::Money),
            local("discount", ValueType::Money).with_default(),
            local("service", ValueType::Money).with_default(),
            local("tax", ValueType::Money).with_default(),
            local("tax_included", ValueType::Money).with_default(),
            local("rounding", ValueType::Money).with_default(),
            local("total", ValueType::Money),
            local("paid", ValueType::Money).with_default(),
            local("void_reason", ValueType::DisplayText(LONG)).optional(),
            local("void_requested_by", ValueType::Id).optional(),
            local("voided_by", ValueType::Id).optional(),
            local("merged_into", ValueType::Id).optional(),
            local("split_from", ValueType::Id).optional(),
            local("shift_id", ValueType::Id).optional(),
            local("created_at", ValueType::Time),
            local("paid_at", ValueType::Time).optional(),
            local("paid_date", ValueType::Date).optional(),
            local("ready_at", ValueType::Time).optional(),
            local("served_at", ValueType::Time).optional(),
            local("voided_at", ValueType::Time).optional(),
        ],
        children: &[
            Child {
                name: "lines",
                table: "order_lines",
                parent: "order_id",
                fields: &[
                    local("position", ANY_INT),
                    local("product_id", ValueType::Id),
                    local("name", ValueType::DisplayText(LONG)),
                    local("variant_id", ValueType::Id).optional(),
                    local("variant_name", ValueType::DisplayText(LONG)).optional(),
                    list("modifiers", Policy::LocalWins, Element::Modifier).with_default(),
                    local("price", ValueType::Money),
                    local("qty", COUNT),
                    local("qty_scale", ValueType::OneOf(&QTY_SCALES)).with_default(),
                    local("unit", ValueType::DisplayText(LONG)).optional(),
                    local("amount", ValueType::Money),
                    local("discount", ValueType::Money).with_default(),
                    local("service", ValueType::Money).with_default(),
                    local("tax", ValueType::Money).with_default(),
                    local("tax_included", ValueType::Money).with_default(),
                    local("tax_group", ValueType::DisplayText(LONG)),
                    local("station", ValueType::DisplayText(LONG)),
                    local("course", COURSE).optional(),
                    local("note", ValueType::DisplayText(LONG)).optional(),
                    local("added_by", ValueType::Id).optional(),
                    local("added_at", ValueType::Time).optional(),
                    local("price_source", ANY_ENUM_VALUE).optional(),
                    local("menu_id", ValueType::Id).optional(),
                    local("sent_at", ValueType::Time).optional(),
                    local("from_order_id", ValueType::Id).optional(),
                    local("void_kind", ANY_ENUM_VALUE).optional(),
                    local("void_reason", ValueType::DisplayText(LONG)).optional(),
                    local("void_requested_by", ValueType::Id).optional(),
                    local("voided_by", ValueType::Id).optional(),
                    local("voided_at", ValueType::Time).optional(),
                ],
                max_rows: MAX_LINES,
            },
            Child {
                name: "charges",
                table: "order_charges",
                parent: "order_id",
                fields: &[
                    local("position", ANY_INT),
                    local("charge_id", ValueType::Id),
                    local("name", ValueType::DisplayText(LONG)),
                    local("kind", CHARGE_KINDS),
                    local("rate_bp", ANY_INT),
                    local("tax_group", ValueType::DisplayText(LONG)).optional(),
                    local("base", ValueType::Money),
                    local("amount", ValueType::Money),
                    flag("inclusive", Policy::LocalWins).with_default(),
                ],
                max_rows: MAX_CHARGES,
            },
            Child {
                name: "discounts",
                table: "order_discounts",
                parent: "order_id",
                fields: &[
                    local("position", ANY_INT),
                    local("line_id", ValueType::Id).optional(),
                    local("kind", ANY_ENUM_VALUE),
                    local("name", ValueType::DisplayText(LONG)).optional(),
                    local("rate_bp", RATE_BP).optional(),
                    local("value", ValueType::Amount).optional(),
                    local("amount", ValueType::Money),
                    local("reason", ValueType::DisplayText(LONG)).optional(),
                    local("given_by", ValueType::Id).optional(),
                    local("approved_by", ValueType::Id).optional(),
                    local("created_at", ValueType::Time),
                ],
                max_rows: MAX_DISCOUNTS,
            },
            Child {
                name: "payments",
                table: "payments",
                parent: "order_id",
                fields: &[
                    local("method", ANY_ENUM_VALUE),
                    local("amount", ValueType::Money),
                    local("rounding", ValueType::Money).with_default(),
                    local("tendered", ValueType::Money),
                    local("change", ValueType::Money).with_default(),
                    local("status", ValueType::DisplayText(LONG)).with_default(),
                    local("tender_id", ValueType::Id).optional(),
                    local("tender_name", ValueType::DisplayText(LONG)).optional(),
                    local("reference", ValueType::DisplayText(LONG)).optional(),
                    local("shift_id", ValueType::Id).optional(),
                    local("cashier_id", ValueType::Id).optional(),
                    local("business_date", ValueType::Date).optional(),
                    local("confirmed_by", ValueType::Id).optional(),
                    local("confirmed_at", ValueType::Time).optional(),
                    local("reverses", ValueType::Id).optional(),
                    local("reason", ValueType::DisplayText(LONG)).optional(),
                    local("approved_by", ValueType::Id).optional(),
                    local("created_at", ValueType::Time),
                ],
                max_rows: MAX_PAYMENTS,
            },
        ],
        recalculate: Some(order::recalculate),
        counter: Some(Counter { table: "order_numbers", key: "business_date", used: order::used_number }),
    },
    Entity {
        name: "shift",
        table: "shifts",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("shift_number", ValueType::DisplayText(MAX_ORDER_NUMBER_CHARS)),
            local("drawer_id", ValueType::Id),
            local("drawer_name", ValueType::DisplayText(LONG)),
            local("status", ANY_ENUM_VALUE),
            local("business_date", ValueType::Date),
            local("previous_shift_id", ValueType::Id).optional(),
            local("opened_by", ValueType::Id).optional(),
            local("opened_at", ValueType::Time),
            local("opening_expected", ValueType::Money).optional(),
            local("opening_counted", ValueType::Money),
            local("closed_by", ValueType::Id).optional(),
            local("closed_at", ValueType::Time).optional(),
            local("expected", ValueType::Money).optional(),
            local("counted", ValueType::Money).optional(),
            local("left_in_drawer", ValueType::Money).optional(),
            local("note", ValueType::DisplayText(LONG)).optional(),
            local("report", ValueType::Json).optional(),
        ],
        children: &[
            Child {
                name: "movements",
                table: "shift_movements",
                parent: "shift_id",
                fields: &[
                    local("kind", ANY_ENUM_VALUE),
                    local("amount", ValueType::Amount),
                    local("reason", ValueType::DisplayText(LONG)).optional(),
                    local("made_by", ValueType::Id).optional(),
                    local("approved_by", ValueType::Id).optional(),
                    local("created_at", ValueType::Time),
                ],
                max_rows: MAX_SHIFT_MOVEMENTS,
            },
            Child {
                name: "counts",
                table: "shift_counts",
                parent: "shift_id",
                fields: &[
                    local("kind", ANY_ENUM_VALUE),
                    local("denomination", COUNT).optional(),
                    local("pieces", ValueType::Int(0, money::MAX_AMOUNT)).optional(),
                    local("amount", ValueType::Amount),
                    local("counted_by", ValueType::Id).optional(),
                    local("reason", ValueType::DisplayText(LONG)).optional(),
                    local("approved_by", ValueType::Id).optional(),
                    local("created_at", ValueType::Time),
                ],
                max_rows: MAX_SHIFT_COUNTS,
            },
            Child {
                name: "tenders",
                table: "shift_tenders",
                parent: "shift_id",
                fields: &[
                    local("method", ANY_ENUM_VALUE),
                    local("tender_id", ValueType::Id).optional(),
                    local("tender_name", ValueType::DisplayText(LONG)).optional(),
                    local("payments", ValueType::Money),
                    local("reversals", ValueType::Money).with_default(),
                    local("refunds", ValueType::Amount).with_default(),
                    local("expected", ValueType::Money),
                    local("counted", ValueType::Money).optional(),
                ],
                max_rows: MAX_SHIFT_TENDERS,
            },
        ],
        recalculate: None,
        counter: Some(Counter { table: "shift_numbers", key: "drawer_id", used: shift::used_number }),
    },
    Entity {
        name: "refund",
        table: "refunds",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        guarded: false,
        fields: &[
            local("refund_number", ValueType::DisplayText(MAX_ORDER_NUMBER_CHARS)),
            local("order_id", ValueType::Id),
            local("order_number", ValueType::DisplayText(MAX_ORDER_NUMBER_CHARS)),
            local("order_date", ValueType::Date),
            local("business_date", ValueType::Date),
            local("shift_id", ValueType::Id).optional(),
            local("kind", ANY_ENUM_VALUE),
            local("subtotal", ValueType::Amount).with_default(),
            local("discount", ValueType::Amount).with_default(),
            local("service", ValueType::Amount).with_default(),
            local("tax", ValueType::Amount).with_default(),
            local("tax_included", ValueType::Amount).with_default(),
            local("surplus", ValueType::Amount).with_default(),
            local("rounding", ValueType::Money).with_default(),
            local("total", ValueType::Amount),
            local("reason", ValueType::DisplayText(LONG)),
            local("cashier_id", ValueType::Id).optional(),
            local("approved_by", ValueType::Id).optional(),
            local("created_at", ValueType::Time),
        ],
        children: &[
            Child {
                name: "lines",
                table: "refund_lines",
                parent: "refund_id",
                fields: &[
                    local("order_line_id", ValueType::Id),
                    local("product_id", ValueType::Id),
                    local("name", ValueType::DisplayText(LONG)),
                    local("qty", ValueType::Int(0, money::MAX_AMOUNT)),
                    local("qty_scale", ValueType::OneOf(&QTY_SCALES)).with_default(),
                    local("unit", ValueType::DisplayText(LONG)).optional(),
                    local("amount", ValueType::Amount),
                    local("discount", ValueType::Amount).with_default(),
                    local("service", ValueType::Amount).with_default(),
                    local("tax", ValueType::Amount).with_default(),
                    local("tax_included", ValueType::Amount).with_default(),
                    flag("restock", Policy::LocalWins).with_default(),
                ],
                max_rows: MAX_LINES,
            },
            Child {
                name: "charges",
                table: "refund_charges",
                parent: "refund_id",
                fields: &[
                    local("charge_id", ValueType::Id),
                    local("name", ValueType::DisplayText(LONG)),
                    local("kind", CHARGE_KINDS),
                    local("rate_bp", ANY_INT),
                    local("tax_group", ValueType::DisplayText(LONG)).optional(),
                    local("base", ValueType::Amount),
                    local("amount", ValueType::Amount),
                    flag("inclusive", Policy::LocalWins).with_default(),
                ],
                max_rows: MAX_CHARGES,
            },
            Child {
                name: "payments",
                table: "refund_payments",
                parent: "refund_id",
                fields: &[
                    local("method", ANY_ENUM_VALUE),
                    local("tender_id", ValueType::Id).optional(),
                    local("tender_name", ValueType::DisplayText(LONG)).optional(),
                    local("amount", ValueType::Amount),
                    local("rounding", ValueType::Money).with_default(),
                    local("reference", ValueType::DisplayText(LONG)).optional(),
                    local("shift_id", ValueType::Id).optional(),
                ],
                max_rows: MAX_PAYMENTS,
            },
        ],
        recalculate: None,
        counter: Some(Counter { table: "refund_numbers", key: "business_date", used: order::used_refund_number }),
    },
];

/// Head office's decision about a conflict record of an outlet; its id is the record's id.
///
/// It is not in [`ENTITIES`], because the outlet executes it and has no table for it.
pub const RESOLUTION: Entity = Entity {
    name: "resolution",
    table: "",
    owner: Owner::Hub,
    scope: Scope::Outlet,
    deletion: Policy::CloudWins,
    guarded: false,
    fields: &[cloud("strategy", ANY_ENUM_VALUE), cloud("by", AUTHOR), cloud("at", ValueType::Time)],
    children: &[],
    recalculate: None,
    counter: None,
};

/// Head office's decision about a quarantined item or unapplied update of an outlet; its id is type and id of the
/// entity, separated by a slash.
pub const DECISION: Entity = Entity {
    name: "decision",
    table: "",
    owner: Owner::Hub,
    scope: Scope::Outlet,
    deletion: Policy::CloudWins,
    guarded: false,
    fields: &[
        cloud("entity_type", ANY_ENUM_VALUE),
        cloud("entity_id", ValueType::Id),
        cloud("seq", ANY_INT),
        cloud("action", ANY_ENUM_VALUE),
        cloud("reason", NOTE).optional(),
        cloud("by", AUTHOR),
        cloud("at", ValueType::Time),
    ],
    children: &[],
    recalculate: None,
    counter: None,
};

/// Whether an outlet executes entities of this type instead of storing them.
#[must_use]
pub fn is_executed(name: &str) -> bool {
    name == RESOLUTION.name || name == DECISION.name
}

/// The declaration of an entity type, if this version knows it.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|e| e.name == name)
}

/// The declaration of an existing entity type: a misspelled name in a constant does not compile.
///
/// # Panics
/// If there is no such type.
#[must_use]
pub const fn get(name: &str) -> &'static Entity {
    let mut at = 0;
    while at < ENTITIES.len() {
        if equal_bytes(ENTITIES[at].name.as_bytes(), name.as_bytes()) {
            return &ENTITIES[at];
        }
        at += 1;
    }
    panic!("no entity has this name")
}

const fn equal_bytes(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
