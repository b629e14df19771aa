//! Lists of the chain's products with a filter and a sort key.
//!
//! Documents are JSON, so every product is read and tested; 20,000 products take a few hundredths of a second.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Deserialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use super::in_effect::{self, InEffect};
use super::product::{self, KIND};
use super::stored::{self, StoredEntity};
use crate::search;

/// Order of a list of products; equal ones by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub(crate) enum Sort {
    /// By id.
    #[default]
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "name")]
    Name,
    /// By name, from Z to A.
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "price")]
    Price,
    /// By price, the highest first.
    #[serde(rename = "-price")]
    PriceDescending,
}

/// A filter of products.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// From [`search::words`]: part of the name, code or barcode.
    pub words: Option<String>,
    pub category_id: Option<String>,
    pub available: Option<bool>,
    /// Include tombstones.
    pub deleted: bool,
    pub sort: Sort,
}

impl Filter {
    /// Whether it lists every product by id, which the key of the table does faster.
    pub(crate) fn is_plain(&self) -> bool {
        self.words.is_none() && self.category_id.is_none() && self.available.is_none() && self.sort == Sort::Id
    }
}

/// The value that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    None,
    Price(i64),
    Name(String),
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub key: Key,
    pub id: String,
}

impl Place {
    /// The key as text, for a cursor.
    pub(crate) fn key_text(&self) -> String {
        match &self.key {
            Key::None => String::new(),
            Key::Price(price) => price.to_string(),
            Key::Name(name) => name.clone(),
        }
    }

    /// The place that a cursor of this sort names; none if the key has another form.
    pub(crate) fn read(sort: Sort, key: String, id: String) -> Option<Self> {
        let key = match sort {
            Sort::Id => Key::None,
            Sort::Price | Sort::PriceDescending => Key::Price(key.parse().ok()?),
            Sort::Name | Sort::NameDescending => Key::Name(key),
        };
        Some(Self { key, id })
    }

    fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let by_key = self.key.cmp(&other.key);
        let by_key = match sort {
            Sort::NameDescending | Sort::PriceDescending => by_key.reverse(),
            Sort::Id | Sort::Name | Sort::Price => by_key,
        };
        by_key.then_with(|| self.id.cmp(&other.id))
    }
}

/// The fields of a product that lists test. An unreadable one is missing.
#[derive(Default, Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    price: i64,
    #[serde(borrow, default)]
    category_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    barcode: Option<Cow<'a, str>>,
    #[serde(default)]
    available: bool,
}

impl Document<'_> {
    fn passes(&self, filter: &Filter) -> bool {
        let texts = [Some(&self.name), self.code.as_ref(), self.barcode.as_ref()];
        let has_words = |words: &String| texts.iter().flatten().any(|text| search::has(text, words));
        filter.words.as_ref().is_none_or(has_words)
            && filter.category_id.as_ref().is_none_or(|id| self.category_id.as_deref() == Some(id.as_str()))
            && filter.available.is_none_or(|available| self.available == available)
    }

    /// `in_effect`: its price, unless it is the stored one.
    fn key(&self, sort: Sort, in_effect: Option<i64>) -> Key {
        match sort {
            Sort::Id => Key::None,
            Sort::Price | Sort::PriceDescending => Key::Price(in_effect.unwrap_or(self.price)),
            // As people read a list: capital and small letters together.
            Sort::Name | Sort::NameDescending => Key::Name(self.name.to_lowercase()),
        }
    }
}

const READ: &str = "
    select entity_id, document from shared_entities
    where scope = '' and entity_type = ?1 and entity_id > ?2 and deleted <= ?3
    order by entity_id limit ?4";
/// Products per query.
const AT_ONCE: usize = 2_000;

/// The products after this place, at most `limit`, each with its place.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: Option<&Place>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<(Place, StoredEntity)>, Fault> {
    let mut places = places(tx, filter, now)?;
    places.sort_unstable_by(|one, other| one.compare(other, filter.sort));
    let is_behind = |place: &Place| after.is_none_or(|after| place.compare(after, filter.sort) == Ordering::Greater);
    let mut page = Vec::new();
    for place in places.into_iter().filter(is_behind).take(limit) {
        if let Some(product) = stored::find(tx, "", KIND.entity.name, &place.id)? {
            page.push((place, in_effect::shown(tx, &product::chain(), product, now)?));
        }
    }
    Ok(page)
}

/// The ids of all products that pass.
pub(crate) fn ids(tx: &mut Tx<'_>, filter: &Filter, now: Timestamp) -> Result<Vec<String>, Fault> {
    Ok(places(tx, filter, now)?.into_iter().map(|place| place.id).collect())
}

fn places(tx: &mut Tx<'_>, filter: &Filter, now: Timestamp) -> Result<Vec<Place>, Fault> {
    let (mut places, mut last) = (Vec::new(), String::new());
    let in_effect = match filter.sort {
        Sort::Price | Sort::PriceDescending => InEffect::of_chain(tx, now)?,
        _ => InEffect::default(),
    };
    loop {
        let at_once = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let args = [KIND.entity.name.into(), (&last).into(), filter.deleted.into(), at_once.into()];
        let read = tx.all(READ, &args, |row| {
            let (id, text) = (row.string(0)?, row.text(1)?);
            let document: Document<'_> = serde_json::from_str(&text).unwrap_or_default();
            let place = document
                .passes(filter)
                .then(|| Place { key: document.key(filter.sort, in_effect.price(&id)), id: id.clone() });
            Ok((id, place))
        })?;
        let full = read.len() == AT_ONCE;
        if let Some((id, _)) = read.last() {
            last.clone_from(id);
        }
        places.extend(read.into_iter().filter_map(|(_, place)| place));
        if !full {
            return Ok(places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn products_are_read_in_the_order_of_their_key() {
        plans::assert_keyed(READ);
        plans::assert_unsorted(READ);
    }

    #[test]
    fn names_sort_as_people_read_them_and_equal_ones_by_id() {
        let place = |name: &str, id: &str| {
            let document = Document { name: name.into(), ..Document::default() };
            Place { key: document.key(Sort::Name, None), id: id.to_owned() }
        };
        let ids = |sort: Sort| {
            let mut places = [place("teh", "1"), place("Kopi", "3"), place("kopi", "2"), place("Élan", "4")];
            places.sort_unstable_by(|one, other| one.compare(other, sort));
            places.map(|place| place.id).join("")
        };
        assert_eq!((ids(Sort::Name), ids(Sort::NameDescending)), ("2314".to_owned(), "4123".to_owned()));
    }

    #[test]
    fn a_cursor_of_another_sort_is_no_place() {
        let read = |sort| Place::read(sort, "kopi".to_owned(), "1".to_owned());
        assert_eq!(read(Sort::Price), None);
        assert_eq!(read(Sort::Name).unwrap().key_text(), "kopi");
    }
}
