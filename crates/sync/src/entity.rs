//! The one declaration of what is synced: tables, columns, who owns them, which rule settles an overlap.
//!
//! Triggers, documents, the `sync_queue` view and the hub's checks are all made from [`ENTITIES`]; a new synced column
//! is one line here.

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
    /// The root row's columns, in the document's order; `id` comes first and is not listed.
    pub fields: &'static [Field],
    /// Child rows that travel inside the document.
    pub children: &'static [Child],
}

impl Entity {
    /// There is exactly one at each outlet: whoever deletes its row finds it back.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.name == "setting"
    }
}

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
}

impl Policy {
    /// As in `sync_conflicts.rule`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudWins => "cloud_wins",
            Self::LocalWins => "local_wins",
            Self::Manual => "manual",
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
}

const fn cloud(name: &'static str) -> Field {
    Field { name, kind: Kind::Plain, policy: Policy::CloudWins }
}
const fn local(name: &'static str) -> Field {
    Field { name, kind: Kind::Plain, policy: Policy::LocalWins }
}
const fn manual(name: &'static str) -> Field {
    Field { name, kind: Kind::Plain, policy: Policy::Manual }
}
const fn flag(name: &'static str, policy: Policy) -> Field {
    Field { name, kind: Kind::Flag, policy }
}
const fn optional_flag(name: &'static str, policy: Policy) -> Field {
    Field { name, kind: Kind::OptionalFlag, policy }
}

const fn list(name: &'static str, policy: Policy) -> Field {
    Field { name, kind: Kind::List, policy }
}

/// Every synced entity.
pub const ENTITIES: &[Entity] = &[
    Entity {
        name: "user",
        table: "users",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        fields: &[
            cloud("username"),
            cloud("name"),
            cloud("role"),
            cloud("pin_hash"),
            flag("active", Policy::CloudWins),
        ],
        children: &[],
    },
    Entity {
        name: "category",
        table: "categories",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        fields: &[cloud("name"), local("position")],
        children: &[],
    },
    Entity {
        name: "product",
        table: "products",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        fields: &[
            cloud("code"),
            cloud("barcode"),
            cloud("name"),
            cloud("category_id"),
            cloud("price"),
            cloud("tax_group"),
            local("station"),
            flag("available", Policy::LocalWins),
            list("variants", Policy::CloudWins),
            list("modifier_groups", Policy::CloudWins),
        ],
        children: &[],
    },
    Entity {
        name: "charge",
        table: "charges",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::CloudWins,
        fields: &[
            cloud("name"),
            cloud("kind"),
            cloud("rate_bp"),
            cloud("tax_group"),
            cloud("service_base"),
            cloud("base_num"),
            cloud("base_den"),
            flag("inclusive", Policy::CloudWins),
            cloud("position"),
            cloud("valid_from"),
            flag("active", Policy::CloudWins),
        ],
        children: &[],
    },
    Entity {
        name: "customer",
        table: "customers",
        owner: Owner::Both,
        scope: Scope::Chain,
        deletion: Policy::Manual,
        fields: &[manual("name"), manual("phone"), manual("email"), manual("note")],
        children: &[],
    },
    Entity {
        name: "setting",
        table: "settings",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        fields: &[
            cloud("address"),
            cloud("phone"),
            cloud("tax_number"),
            cloud("zone"),
            cloud("cutoff_minutes"),
            cloud("cash_rounding_step"),
            cloud("cash_rounding_mode"),
            local("receipt_footer"),
        ],
        children: &[],
    },
    Entity {
        name: "outlet_product",
        table: "outlet_products",
        owner: Owner::Both,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        fields: &[cloud("price"), optional_flag("available", Policy::LocalWins)],
        children: &[],
    },
    Entity {
        name: "announcement",
        table: "announcements",
        owner: Owner::Hub,
        scope: Scope::Outlet,
        deletion: Policy::CloudWins,
        fields: &[cloud("title"), cloud("body"), cloud("starts_at"), cloud("ends_at")],
        children: &[],
    },
    Entity {
        name: "conflict",
        table: "sync_conflicts",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        fields: &[
            local("entity_type"),
            local("entity_id"),
            local("field"),
            local("base"),
            local("local"),
            local("cloud"),
            local("rule"),
            local("status"),
            local("local_by"),
            local("local_at"),
            local("cloud_by"),
            local("cloud_at"),
            local("created_at"),
            local("resolved_at"),
            local("resolved_by"),
        ],
        children: &[],
    },
    Entity {
        name: "table",
        table: "tables",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        fields: &[local("name"), local("area"), local("seats"), flag("active", Policy::LocalWins)],
        children: &[],
    },
    Entity {
        name: "order",
        table: "orders",
        owner: Owner::Outlet,
        scope: Scope::Outlet,
        deletion: Policy::LocalWins,
        fields: &[
            local("order_number"),
            local("business_date"),
            local("status"),
            local("order_type"),
            local("table_number"),
            local("customer_name"),
            local("pax"),
            local("cashier_id"),
            local("subtotal"),
            local("discount"),
            local("service"),
            local("tax"),
            local("tax_included"),
            local("rounding"),
            local("total"),
            local("paid"),
            local("void_reason"),
            local("voided_by"),
            local("created_at"),
            local("paid_at"),
            local("voided_at"),
        ],
        children: &[
            Child {
                name: "lines",
                table: "order_lines",
                parent: "order_id",
                fields: &[
                    local("position"),
                    local("product_id"),
                    local("name"),
                    local("variant_id"),
                    local("variant_name"),
                    list("modifiers", Policy::LocalWins),
                    local("price"),
                    local("qty"),
                    local("amount"),
                    local("tax_group"),
                    local("station"),
                    local("note"),
                ],
            },
            Child {
                name: "charges",
                table: "order_charges",
                parent: "order_id",
                fields: &[
                    local("position"),
                    local("charge_id"),
                    local("name"),
                    local("kind"),
                    local("rate_bp"),
                    local("base"),
                    local("amount"),
                    flag("inclusive", Policy::LocalWins),
                ],
            },
            Child {
                name: "payments",
                table: "payments",
                parent: "order_id",
                fields: &[
                    local("method"),
                    local("amount"),
                    local("rounding"),
                    local("tendered"),
                    local("change"),
                    local("status"),
                    local("cashier_id"),
                    local("created_at"),
                ],
            },
        ],
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
    fields: &[cloud("strategy"), cloud("by"), cloud("at")],
    children: &[],
};

/// What head office decided about an item that an outlet holds back; its id is the item's type and id with a slash between.
pub const DECISION: Entity = Entity {
    name: "decision",
    table: "",
    owner: Owner::Hub,
    scope: Scope::Outlet,
    deletion: Policy::CloudWins,
    fields: &[
        cloud("entity_type"),
        cloud("entity_id"),
        cloud("seq"),
        cloud("action"),
        cloud("reason"),
        cloud("by"),
        cloud("at"),
    ],
    children: &[],
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
