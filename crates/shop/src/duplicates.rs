//! Finds rows that share a value which should be unique (`domain::duplicates`): warnings for answers, groups for
//! doctor.

use std::collections::BTreeMap;

use domain::duplicates::{UniqueField, unique_fields};
use rusqlite::{Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::Warning;

/// The last digits of a phone number, as indexed by `customers_by_phone`: equal numbers have the same last digits.
const PHONE_ENDS: &str = "substr(replace(replace(replace(replace(replace(replace(replace(phone, ' ', ''), '+', ''), \
    '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -6)";
/// Number of these digits.
const PHONE_END_DIGITS: usize = 6;

/// Selects id, name and value of all rows with the field.
fn rows(distinct: &UniqueField) -> String {
    let field = distinct.field;
    if distinct.entity == "product" {
        // Variants have codes too, which a scanner finds like those of the product.
        return format!(
            "select id, name, {field} from (
               select id, name, {field} from products
               union all
               select p.id, p.name || ' ' || coalesce(v.value ->> '$.name', ''),
                 cast(case when v.type = 'object' then v.value ->> '$.{field}' end as text)
               from products p, json_each(case when json_valid(p.variants) then p.variants else '[]' end) v
               where v.type = 'object')
             where {field} is not null"
        );
    }
    let (table, only) = match distinct.entity {
        "customer" => ("customers", ""),
        _ => ("users", " and active = 1"),
    };
    format!("select id, name, {field} from {table} where {field} is not null{only}")
}

/// Warnings about a row that was just written: each value that another row has too, with the name of that row.
pub fn warnings(tx: &Transaction<'_>, entity: &str, id: &str) -> Result<Vec<Warning>, Fault> {
    let mut found = Vec::new();
    for distinct in unique_fields(entity) {
        let sql = format!("{} and id = ?1", rows(distinct));
        let mut statement = tx.prepare_cached(&sql)?;
        let values: Vec<String> = statement.query_map([raw(id)], |row| row.read(2))?.collect::<Result<_, _>>()?;
        for value in values {
            let duplicate = distinct.key_of(&value).map(|key| other(tx, distinct, id, &key)).transpose()?.flatten();
            found.extend(duplicate.map(|name| Warning::duplicate(distinct, &value, &name)));
        }
    }
    Ok(found)
}

/// The name of another row whose value has this key.
fn other(tx: &Transaction<'_>, distinct: &UniqueField, id: &str, key: &str) -> Result<Option<String>, Fault> {
    let (condition, ends) = if distinct.field == "phone" {
        let ends: String = key.chars().skip(key.chars().count().saturating_sub(PHONE_END_DIGITS)).collect();
        (format!(" and {PHONE_ENDS} = ?2"), ends)
    } else {
        (" and ?2 is not null".to_owned(), String::new())
    };
    let mut statement = tx.prepare_cached(&format!("{} and id <> ?1{condition}", rows(distinct)))?;
    let mut found = statement.query(params![raw(id), ends])?;
    while let Some(row) = found.next()? {
        let value: String = row.read(2)?;
        if distinct.key_of(&value).as_deref() == Some(key) {
            return Ok(Some(row.read(1)?));
        }
    }
    Ok(None)
}

/// Groups of rows that share a value: the value of one row, and all names.
pub fn groups(tx: &Transaction<'_>, distinct: &UniqueField) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let mut by_key: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut statement = tx.prepare_cached(&format!("{} order by id", rows(distinct)))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (name, value): (String, String) = (row.read(1)?, row.read(2)?);
        if let Some(key) = distinct.key_of(&value) {
            by_key.entry(key).or_insert_with(|| (value, Vec::new())).1.push(name);
        }
    }
    Ok(by_key.into_values().filter(|(_, names)| names.len() > 1).collect())
}
