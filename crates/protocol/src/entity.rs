//! The one declaration of what is synced: tables, columns, who owns them, which rule settles an overlap.
//!
//! Triggers, documents, the `sync_queue` view and the hub's checks are all made from [`ENTITIES`]; a new synced column
//! is one line here. What each column holds is declared beside it, and checked wherever an entity comes in
//! ([`crate::validate`]).

use domain::cart::{self, ChargeKind, ServiceBase};
use domain::text::{self, Form, Rule};
use domain::{BasisPoints, CashRounding, Role, RoundingMode, TaxGroup, money};

use serde_json::{Map, Value};

use crate::limits::{MAX_CHARGES, MAX_LINES, MAX_ORDER_NUMBER_CHARS, MAX_PAYMENTS, MAX_SHOWN_CHARS};
use crate::order;

/// Something that is synced as one unit: a root row with its child rows.
#[derive(Debug)]
pub struct Entity {
    /// Its name on the wire and in `sync_queue.entity_type`.
    pub name: &'static str,
    /// The outlet's table of root rows, keyed by `id`.
    pub table: &'static str,
    /// Who may write it.
    pub owner: Owner,
    /// Whose it is at the hub.
    pub scope: Scope,
    /// The rule where one side deleted what the other changed.
    pub deletion: Policy,
    /// It belongs to one outlet, which takes from the hub only what head office or the outlet itself wrote:
    /// [`crate::origin`].
    pub guarded: bool,
    /// The root row's columns, in the document's order; `id` comes first and is not listed.
    pub fields: &'static [Field],
    /// Child rows that travel inside the document.
    pub children: &'static [Child],
    /// Recalculates the root row after child rows of two copies were united.
    pub recalculate: Option<Recalculate>,
    /// Where the outlet counts its numbers.
    pub counter: Option<Counter>,
}

/// An entity as JSON: its id, its fields, its child rows.
pub type Document = Map<String, Value>;

/// Puts the figures of a document right, or says in a sentence why there are none.
pub type Recalculate = fn(&mut Document) -> Result<(), String>;

/// A table with the next number of each key, which must not give a number again that came from elsewhere.
#[derive(Debug)]
pub struct Counter {
    /// The table, with a column `next`.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// The key and the number that a document has used.
    pub used: fn(&Document) -> Option<(String, i64)>,
}

impl Entity {
    /// There is exactly one at each outlet, under [`SINGLE_ID`]: whoever deletes its row finds it back.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.name == "setting"
    }
}

/// The id of an entity that each outlet has once.
pub const SINGLE_ID: &str = "outlet";

/// Who writes an entity; this decides whether a conflict is possible at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The outlet alone: sent whole, a conflict is impossible.
    Outlet,
    /// Outlet and head office: sent field by field against a base.
    Both,
    /// Head office alone: never sent by an outlet.
    Hub,
}

/// Whether outlets share an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One for the whole chain: a product.
    Chain,
    /// One for each outlet, although ids may repeat: its settings, its staff.
    Outlet,
}

/// A synced column.
#[derive(Debug)]
pub struct Field {
    /// Column and document key.
    pub name: &'static str,
    /// How the column becomes JSON.
    pub kind: Kind,
    /// What happens when both sides changed it.
    pub policy: Policy,
    /// What its value may be, at every door; [`crate::validate`] checks it.
    pub holds: Holds,
    /// Null, and where it is a text a blank one, says that there is none.
    pub optional: bool,
    /// Where a document lacks it, the table has a default.
    pub has_default: bool,
    /// No list, log or event shows it to people: [`crate::secret`].
    pub secret: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// Text.
    Text(Rule),
    /// Text of at most so many characters, whatever they are: a copy that is only shown. How it looks keeps no sale from
    /// head office.
    Shown(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the last, both included.
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
    /// A time for people: never read for a decision, so its form is not checked.
    Time,
    /// The name of a time zone.
    Zone,
    /// true or false.
    Flag,
    /// JSON as text, of any content.
    Json,
    /// A list whose elements are these.
    List(Element),
}

/// What stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// [`domain::Variant`].
    Variant,
    /// [`domain::ModifierGroup`].
    ModifierGroup,
    /// [`domain::Modifier`].
    Modifier,
}

/// How a column becomes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text or integer, as it stands.
    Plain,
    /// 0 or 1 becomes `false` or `true`.
    Flag,
    /// As [`Kind::Flag`], and null stays null.
    OptionalFlag,
    /// A list as JSON text becomes the list: merged, and compared, as one value.
    List,
}

/// The rule for a field that outlet and head office changed differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Head office's value stands.
    CloudWins,
    /// The outlet's value stands.
    LocalWins,
    /// Head office's value stands until a person decides.
    Manual,
    /// The outlet's value stands until a person decides: nobody at head office wrote the hub's. No field is declared so;
    /// [`crate::origin`] says where it applies.
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
    /// Rows of one document at the most.
    pub max_rows: usize,
}

const fn plain(name: &'static str, policy: Policy, holds: Holds) -> Field {
    Field { name, kind: Kind::Plain, policy, holds, optional: false, has_default: false, secret: false }
}
const fn cloud(name: &'static str, holds: Holds) -> Field {
    plain(name, Policy::CloudWins, holds)
}
const fn local(name: &'static str, holds: Holds) -> Field {
    plain(name, Policy::LocalWins, holds)
}
const fn manual(name: &'static str, holds: Holds) -> Field {
    plain(name, Policy::Manual, holds)
}
const fn flag(name: &'static str, policy: Policy) -> Field {
    Field { kind: Kind::Flag, ..plain(name, policy, Holds::Flag) }
}
const fn optional_flag(name: &'static str, policy: Policy) -> Field {
    Field { kind: Kind::OptionalFlag, optional: true, ..plain(name, policy, Holds::Flag) }
}
const fn list(name: &'static str, policy: Policy, element: Element) -> Field {
    Field { kind: Kind::List, ..plain(name, policy, Holds::List(element)) }
}

impl Field {
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    const fn with_default(self) -> Self {
        Self { has_default: true, ..self }
    }

    /// No row can be made without it.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        !self.optional && !self.has_default
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

/// A text that programs write, of so many characters.
const fn line(max_chars: usize) -> Holds {
    Holds::Text(Rule { form: Form::Line, max_chars })
}

const NAME: Holds = Holds::Text(text::NAME);
const PHONE: Holds = Holds::Text(text::PHONE);
const NOTE: Holds = Holds::Text(text::NOTE);
const TAX_GROUPS: Holds = Holds::Word(TaxGroup::NAMES);
const STATIONS: Holds = Holds::Word(&["kitchen", "bar", "none"]);
const CHARGE_KINDS: Holds = Holds::Word(ChargeKind::NAMES);
const RATE_BP: Holds = Holds::Int(0, BasisPoints::WHOLE.0);
const PART: Holds = Holds::Int(1, cart::MAX_BASE_DEN);
const ANY_INT: Holds = Holds::Int(i64::MIN, i64::MAX);
const COUNT: Holds = Holds::Int(1, money::MAX_AMOUNT);
/// A word that is only passed on and shown: those of a later version too.
const OPEN_WORD: Holds = line(50);
/// Characters of a text that an order only shows.
const LONG: usize = MAX_SHOWN_CHARS;
/// A user's id, an outlet's, `terminal`, or `hq:` and a name.
const WHO: Holds = line(200);

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
            cloud("username", Holds::Text(text::USER_NAME)),
            cloud("name", NAME),
            cloud("role", Holds::Word(Role::NAMES)),
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
        fields: &[cloud("name", NAME), local("position", ANY_INT).with_default()],
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
            cloud("code", Holds::Text(text::CODE)).optional(),
            cloud("barcode", Holds::Text(text::BARCODE)).optional(),
            cloud("name", Holds::Text(text::PRODUCT_NAME)),
            cloud("category_id", Holds::Id).optional(),
            cloud("price", Holds::Amount),
            cloud("tax_group", TAX_GROUPS).with_default(),
            local("station", STATIONS).with_default(),
            flag("available", Policy::LocalWins).with_default(),
            list("variants", Policy::CloudWins, Element::Variant).with_default(),
            list("modifier_groups", Policy::CloudWins, Element::ModifierGroup).with_default(),
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
            cloud("service_base", Holds::Word(ServiceBase::NAMES)).with_default(),
            cloud("base_num", PART).with_default(),
            cloud("base_den", PART).with_default(),
            flag("inclusive", Policy::CloudWins).with_default(),
            cloud("position", ANY_INT).with_default(),
            cloud("valid_from", Holds::Date).optional(),
            flag("active", Policy::CloudWins).with_default(),
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
            manual("email", Holds::Text(text::EMAIL)).optional(),
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
            cloud("address", Holds::Text(text::ADDRESS)).optional(),
            cloud("phone", PHONE).optional(),
            cloud("tax_number", Holds::Text(text::TAX_NUMBER)).optional(),
            cloud("zone", Holds::Zone).with_default(),
            cloud("cutoff_minutes", Holds::Int(0, 1_439)).with_default(),
            cloud("cash_rounding_step", Holds::OneOf(&CashRounding::STEPS)).with_default(),
            cloud("cash_rounding_mode", Holds::Word(RoundingMode::NAMES)).with_default(),
            local("receipt_footer", Holds::Text(text::RECEIPT_FOOTER)).optional(),
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
        fields: &[cloud("price", Holds::Amount).optional(), optional_flag("available", Policy::LocalWins)],
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
            cloud("title", Holds::Text(text::TITLE)),
            cloud("body", Holds::Text(text::ANNOUNCEMENT)).optional(),
            cloud("starts_at", Holds::Time).optional(),
            cloud("ends_at", Holds::Time).optional(),
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
            local("entity_type", OPEN_WORD),
            local("entity_id", Holds::Id),
            local("field", OPEN_WORD),
            local("base", Holds::Json).optional(),
            local("local", Holds::Json).optional(),
            local("cloud", Holds::Json).optional(),
            local("rule", OPEN_WORD),
            local("status", OPEN_WORD),
            local("local_by", WHO).optional(),
            local("local_at", Holds::Time).optional(),
            local("cloud_by", WHO).optional(),
            local("cloud_at", Holds::Time).optional(),
            local("created_at", Holds::Time),
            local("resolved_at", Holds::Time).optional(),
            local("resolved_by", WHO).optional(),
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
            local("name", Holds::Text(text::TABLE_NAME)),
            local("area", Holds::Text(text::AREA)).optional(),
            local("seats", COUNT).optional(),
            flag("active", Policy::LocalWins).with_default(),
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
        fields: &[local("name", NAME), flag("active", Policy::LocalWins).with_default()],
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
            local("order_number", Holds::Shown(MAX_ORDER_NUMBER_CHARS)),
            local("business_date", Holds::Date),
            local("status", OPEN_WORD),
            local("order_type", Holds::Shown(LONG)),
            local("table_number", Holds::Shown(LONG)).optional(),
            local("customer_name", Holds::Shown(LONG)).optional(),
            local("pax", COUNT).optional(),
            local("cashier_id", Holds::Id).optional(),
            local("subtotal", Holds::Money),
            local("discount", Holds::Money).with_default(),
            local("service", Holds::Money).with_default(),
            local("tax", Holds::Money).with_default(),
            local("tax_included", Holds::Money).with_default(),
            local("rounding", Holds::Money).with_default(),
            local("total", Holds::Money),
            local("paid", Holds::Money).with_default(),
            local("void_reason", Holds::Shown(LONG)).optional(),
            local("void_requested_by", Holds::Id).optional(),
            local("voided_by", Holds::Id).optional(),
            local("created_at", Holds::Time),
            local("paid_at", Holds::Time).optional(),
            local("voided_at", Holds::Time).optional(),
        ],
        children: &[
            Child {
                name: "lines",
                table: "order_lines",
                parent: "order_id",
                fields: &[
                    local("position", ANY_INT),
                    local("product_id", Holds::Id),
                    local("name", Holds::Shown(LONG)),
                    local("variant_id", Holds::Id).optional(),
                    local("variant_name", Holds::Shown(LONG)).optional(),
                    list("modifiers", Policy::LocalWins, Element::Modifier).with_default(),
                    local("price", Holds::Money),
                    local("qty", COUNT),
                    local("amount", Holds::Money),
                    local("tax_group", Holds::Shown(LONG)),
                    local("station", Holds::Shown(LONG)),
                    local("note", Holds::Shown(LONG)).optional(),
                ],
                max_rows: MAX_LINES,
            },
            Child {
                name: "charges",
                table: "order_charges",
                parent: "order_id",
                fields: &[
                    local("position", ANY_INT),
                    local("charge_id", Holds::Id),
                    local("name", Holds::Shown(LONG)),
                    local("kind", CHARGE_KINDS),
                    local("rate_bp", ANY_INT),
                    local("base", Holds::Money),
                    local("amount", Holds::Money),
                    flag("inclusive", Policy::LocalWins).with_default(),
                ],
                max_rows: MAX_CHARGES,
            },
            Child {
                name: "payments",
                table: "payments",
                parent: "order_id",
                fields: &[
                    local("method", OPEN_WORD),
                    local("amount", Holds::Money),
                    local("rounding", Holds::Money).with_default(),
                    local("tendered", Holds::Money),
                    local("change", Holds::Money).with_default(),
                    local("status", Holds::Shown(LONG)).with_default(),
                    local("cashier_id", Holds::Id).optional(),
                    local("created_at", Holds::Time),
                ],
                max_rows: MAX_PAYMENTS,
            },
        ],
        recalculate: Some(order::recalculate),
        counter: Some(Counter { table: "order_numbers", key: "business_date", used: order::used_number }),
    },
];

/// What head office decided about a conflict record of an outlet; its id is the record's.
///
/// It stands beside [`ENTITIES`], because the outlet carries it out and keeps no table of it.
pub const RESOLUTION: Entity = Entity {
    name: "resolution",
    table: "",
    owner: Owner::Hub,
    scope: Scope::Outlet,
    deletion: Policy::CloudWins,
    guarded: false,
    fields: &[cloud("strategy", OPEN_WORD), cloud("by", WHO), cloud("at", Holds::Time)],
    children: &[],
    recalculate: None,
    counter: None,
};

/// What head office decided about an item that an outlet holds back; its id is the item's type and id with a slash between.
pub const DECISION: Entity = Entity {
    name: "decision",
    table: "",
    owner: Owner::Hub,
    scope: Scope::Outlet,
    deletion: Policy::CloudWins,
    guarded: false,
    fields: &[
        cloud("entity_type", OPEN_WORD),
        cloud("entity_id", Holds::Id),
        cloud("seq", ANY_INT),
        cloud("action", OPEN_WORD),
        cloud("reason", NOTE).optional(),
        cloud("by", WHO),
        cloud("at", Holds::Time),
    ],
    children: &[],
    recalculate: None,
    counter: None,
};

/// Whether an outlet carries entities of this type out, and keeps none of them.
#[must_use]
pub fn is_carried_out(name: &str) -> bool {
    name == RESOLUTION.name || name == DECISION.name
}

/// The declaration of an entity type, if this version knows it.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|e| e.name == name)
}

/// The declaration of an entity type that exists: a name that is misspelt in a constant does not compile.
///
/// # Panics
/// There is no such type.
#[must_use]
pub const fn get(name: &str) -> &'static Entity {
    let mut at = 0;
    while at < ENTITIES.len() {
        if same(ENTITIES[at].name.as_bytes(), name.as_bytes()) {
            return &ENTITIES[at];
        }
        at += 1;
    }
    panic!("no entity has this name")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
