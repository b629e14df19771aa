//! The café's menu, and how to seed it into a database.

use access::audit::Author;
use domain::cart::QtyScale;
use domain::{CategoryColor, Method, Station, TaxGroup, TenderSpecial};
use rusqlite::{OptionalExtension, Transaction, params};
use shop::catalog::{category, product};
use shop::{rows, tenders};
use uuid::Uuid;
use web::{ApiError, Word};

use crate::{modifier_groups, variants};

/// A category, its station, and its products with their prices in rupiah.
pub type Section = (&'static str, Station, &'static [(&'static str, i64)]);

/// The menu.
pub const MENU: &[Section] = &[
    (
        "Kopi",
        Station::Bar,
        &[
            ("Kopi Susu Gula Aren", 22_000),
            ("Americano", 20_000),
            ("Cappuccino", 26_000),
            ("Caffè Latte", 27_000),
            ("Espresso", 16_000),
            ("Kopi Tubruk", 12_000),
            ("Vietnam Drip", 24_000),
        ],
    ),
    (
        "Teh & Lainnya",
        Station::Bar,
        &[
            ("Es Teh Manis", 8_000),
            ("Teh Tarik", 15_000),
            ("Lemon Tea", 14_000),
            ("Cokelat Panas", 23_000),
            ("Matcha Latte", 29_000),
            ("Air Mineral", 6_000),
        ],
    ),
    (
        "Jus",
        Station::Bar,
        &[("Jus Alpukat", 21_000), ("Jus Jeruk", 18_000), ("Jus Mangga", 20_000), ("Es Kelapa Muda", 19_000)],
    ),
    (
        "Makanan",
        Station::Kitchen,
        &[
            ("Nasi Goreng Kampung", 32_000),
            ("Mie Goreng Jawa", 30_000),
            ("Soto Ayam", 28_000),
            ("Ayam Geprek", 27_500),
            ("Nasi Campur Bali", 38_000),
            ("Gado-Gado", 25_000),
        ],
    ),
    (
        "Camilan",
        Station::Kitchen,
        &[
            ("Pisang Goreng", 15_000),
            ("Tahu Isi", 12_000),
            ("Kentang Goreng", 18_000),
            ("Roti Bakar Cokelat", 17_000),
            ("Singkong Keju", 16_000),
        ],
    ),
    ("Kue", Station::None, &[("Brownies", 19_000), ("Cheesecake", 32_000)]),
];

const TABLES: usize = 12;

/// The ids of the menu in one outlet.
#[derive(Debug, Clone)]
pub struct Menu {
    /// Product ids in the order of [`MENU`], with their prices.
    pub products: Vec<(String, i64)>,
}

/// Creates the café in a new outlet: menu, tables, 5 % service, 10 % restaurant tax, ways to pay.
///
/// # Errors
/// The error from SQLite.
pub fn seed(tx: &Transaction<'_>) -> Result<Menu, ApiError> {
    let mut products = Vec::new();
    for (position, ((name, station, items), color)) in (0..).zip(MENU.iter().zip(CategoryColor::ALL)) {
        let color = Some(color.as_str().to_owned());
        let fields = category::Fields { name: (*name).to_owned(), position, color };
        let category = rows::create::<category::Category>(tx, Author::TERMINAL, &fields, Uuid::now_v7())?;
        for (position, (name, price)) in (0..).zip(*items) {
            let fields = product::Fields {
                code: None,
                barcode: None,
                name: (*name).to_owned(),
                category_id: Some(category.id.clone()),
                price: *price,
                tax_group: TaxGroup::Pbjt,
                station: Word::Known(*station),
                available: true,
                variants: variants(name),
                modifier_groups: modifier_groups(name),
                position,
                unit: None,
                scale: QtyScale::Pieces,
                scale_code: None,
            };
            products.push((product::create(tx, Author::TERMINAL, &fields, Uuid::now_v7())?.id, *price));
        }
    }
    seed_tables(tx)?;
    for (position, name, kind, rate_bp) in [(1, "Layanan", "service", 500), (2, "PBJT", "tax", 1_000)] {
        tx.execute(
            "insert into charges (id, name, kind, rate_bp, position) values (?1, ?2, ?3, ?4, ?5)",
            params![Uuid::now_v7().to_string(), name, kind, rate_bp, position],
        )?;
    }
    for (position, (name, method, special)) in (1..).zip(TENDERS) {
        let fields = tenders::Fields {
            name: name.to_owned(),
            method: method.as_str().to_owned(),
            special: special.map(|special| special.as_str().to_owned()),
            needs_reference: false,
            opens_drawer: false,
            position,
            active: true,
        };
        rows::create::<tenders::Tender>(tx, Author::TERMINAL, &fields, Uuid::now_v7())?;
    }
    Ok(Menu { products })
}

/// The café's ways to pay beside cash.
const TENDERS: [(&str, Method, Option<TenderSpecial>); 4] = [
    ("QRIS", Method::Qris, None),
    ("BCA EDC", Method::Card, None),
    ("Mandiri EDC", Method::Card, None),
    ("GoFood", Method::Other, Some(TenderSpecial::Platform)),
];

/// Creates the tables, which belong to each outlet.
///
/// # Errors
/// The error from SQLite.
pub fn seed_tables(tx: &Transaction<'_>) -> Result<(), ApiError> {
    for number in 1..=TABLES {
        tx.execute(
            "insert into tables (id, name, area, seats) values (?1, ?2, ?3, 4)",
            params![Uuid::now_v7().to_string(), number.to_string(), if number <= 8 { "Dalam" } else { "Teras" }],
        )?;
    }
    Ok(())
}

/// The menu of an outlet that received it from the hub; `None` until it is complete.
///
/// # Errors
/// The error from SQLite.
pub fn menu(tx: &Transaction<'_>) -> Result<Option<Menu>, ApiError> {
    let mut products = Vec::new();
    let mut find = tx.prepare("select id, price from products where name = ?1 order by id limit 1")?;
    for (name, _) in MENU.iter().flat_map(|(_, _, items)| *items) {
        match find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()? {
            Some(product) => products.push(product),
            None => return Ok(None),
        }
    }
    let charges: i64 = tx.query_row("select count(*) from charges", [], |row| row.get(0))?;
    Ok((charges >= 2).then_some(Menu { products }))
}
