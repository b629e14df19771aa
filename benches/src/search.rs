//! Search and barcodes in a catalog of 20,000 products, at the outlet's server: any part of a name, a code or a barcode.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use shop::catalog::search::{Selection, list};

use crate::report::{Report, median};

const PRODUCTS: u32 = 20_000;
/// Each search is repeated; the median counts.
const REPEATS: usize = 21;
const GOAL_MS: f64 = 5.0;

/// What is typed or scanned, and whether it finds something: a part of many names, of one name, code or barcode, and of
/// nothing, which reads everything.
const SEARCHES: [(&str, &str, bool); 6] = [
    ("a common word", "goreng", true),
    ("a part of a name", "reng 1984", true),
    ("a variant's code", "VAR-1500-L", true),
    ("a part of a code", "SKU-1234", true),
    ("a part of a barcode", "00001777", true),
    ("a word that no product has", "kaviar", false),
];

pub fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let mut db = sqlite::open(&dir.path().join("pos.db"), &replica::capture::schema::SCHEMA)?;
    fill(&mut db)?;
    for (about, text, is_found) in SEARCHES {
        let selection = Selection { text: Some(text.to_owned()), limit: 51, ..Selection::default() };
        let time = measure(&mut db, &selection, is_found).with_context(|| about.to_owned())?;
        report.at_most(&format!("search in 20,000 products: {about}"), time, GOAL_MS, " ms");
    }
    let barcode = Selection { barcode: Some("8990000012345".to_owned()), limit: 2, ..Selection::default() };
    let time = measure(&mut db, &barcode, true)?;
    report.note("a whole barcode among 20,000 products, at the server", format!("{time:.2} ms"));
    Ok(())
}

/// The median time in milliseconds, in a transaction as the server reads.
fn measure(db: &mut Connection, selection: &Selection, is_found: bool) -> Result<f64> {
    let mut times = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        let tx = db.transaction()?;
        let begun = Instant::now();
        let found = list(&tx, selection).map_err(|refused| anyhow::anyhow!(refused.message()))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(found.is_empty() != is_found, "{} found", found.len());
    }
    Ok(median(times))
}

fn fill(db: &mut Connection) -> Result<()> {
    const FIRST: [&str; 8] = ["Nasi", "Mie", "Kopi", "Teh", "Ayam", "Roti", "Es", "Sate"];
    const SECOND: [&str; 8] = ["Goreng", "Susu", "Manis", "Bakar", "Aren", "Keju", "Jeruk", "Spesial"];
    let tx = db.transaction()?;
    for n in 0..PRODUCTS {
        let [first, second] = [n % 8, n / 8 % 8].map(usize::try_from);
        let name = format!("{} {} {n}", FIRST[first?], SECOND[second?]);
        let variants = if n.is_multiple_of(10) {
            format!(
                r#"[{{"available":true,"code":"VAR-{n}-S","id":"s","name":"Kecil","price":10000}},{{"available":true,"code":"VAR-{n}-L","id":"l","name":"Besar","price":12000}}]"#
            )
        } else {
            "[]".to_owned()
        };
        tx.execute(
            "insert into products (id, name, code, barcode, price, variants) values (?1, ?2, ?3, ?4, 10000, ?5)",
            rusqlite::params![
                format!("0199f3c2-8a00-7abc-8def-{n:012}"),
                name,
                format!("SKU-{n:05}"),
                format!("899{n:010}"),
                variants
            ],
        )?;
    }
    tx.commit()?;
    Ok(())
}
