//! The log of a world and the content of its databases, in a form in which two runs of a seed can be compared byte for
//! byte.
//!
//! Random values (ids, keys, row ids) and times from the machine's clock differ in each run. So each long word that is
//! not all lower-case letters is replaced by a number in the order of appearance, and each time by `T`.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::types::ValueRef;

use crate::file::File;
use crate::world::World;

/// Shorter words are not random.
const SHORTEST: usize = 16;
const TIME: &str = "0000-00-00T00:00:00";

impl World {
    /// The log, and all rows of the hub's and the outlets' databases.
    ///
    /// # Errors
    /// SQLite.
    pub fn contents(&self) -> Result<Vec<String>> {
        let mut names = Names::default();
        let rogue = self.garbage.rogue.iter().map(|rogue| &rogue.outlet_id);
        self.outlets.iter().chain(rogue).for_each(|id| drop(names.plain(id)));
        let mut all: Vec<_> = self.trace().iter().map(|line| names.plain(line)).collect();
        for file in std::iter::once(&self.hub.file).chain(self.shops.iter().map(|shop| &shop.file)) {
            all.extend(rows(file, &mut names)?);
        }
        Ok(all)
    }
}

/// Every row of every table, each as one line.
fn rows(file: &File, names: &mut Names) -> Result<Vec<String>> {
    let db = file.db()?;
    let mut all = Vec::new();
    for table in file.texts("select name from sqlite_schema where type = 'table' order by name")? {
        let order = format!("select instr(lower(sql), 'without rowid') from sqlite_schema where name = '{table}'");
        // Sorted by key if there is no rowid; random parts of keys start with a time.
        let order = if file.number(&order)? == 0 { " order by rowid" } else { "" };
        let mut statement = db.prepare(&format!("select * from {table}{order}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let mut line = table.clone();
            for column in 0..columns {
                line.push('|');
                line.push_str(&text(row.get_ref(column)?));
            }
            lines.push(line);
        }
        if order.is_empty() {
            // Outlets' ids and epochs are entirely random.
            lines = lines.iter().map(|line| names.known(line)).collect();
            lines.sort();
            lines.sort_by_key(|line| names.shape(line));
        }
        all.extend(lines.iter().map(|line| names.plain(line)));
    }
    Ok(all)
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(&zstd::decode_all(bytes).unwrap_or_else(|_| bytes.to_vec())).into_owned()
        }
    }
}

/// Replacements of random words.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// Replaces all random words and times.
    fn plain(&mut self, text: &str) -> String {
        self.each_word(text, true)
    }

    /// Replaces only words that already have a number.
    fn known(&mut self, text: &str) -> String {
        self.each_word(text, false)
    }

    /// Replaces words that have no number by one sign, so that they decide no order.
    fn shape(&self, text: &str) -> String {
        let is_random = |word: &&str| is_random(word) && !self.0.contains_key(*word);
        let words = text.split(|c| !is_of_word(c)).filter(is_random);
        words.fold(text.to_owned(), |shape, word| shape.replace(word, "#"))
    }

    fn each_word(&mut self, text: &str, new: bool) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
            if new && is_time(rest) {
                plain.push('T');
                rest = rest[TIME.len()..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
            } else if end == 0 {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            } else {
                let word = &rest[..end];
                plain.push_str(&self.name(word, new));
                rest = &rest[end..];
            }
        }
        plain
    }

    fn name(&mut self, word: &str, new: bool) -> String {
        let random = is_random(word);
        let number = self.0.len();
        match self.0.get(word) {
            Some(name) => name.clone(),
            None if new && random => self.0.entry(word.to_owned()).or_insert(format!("#{number}")).clone(),
            None => word.to_owned(),
        }
    }
}

fn is_random(word: &str) -> bool {
    word.len() >= SHORTEST && word.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn is_time(text: &str) -> bool {
    let same = |c: char, like: char| if like == '0' { c.is_ascii_digit() } else { c == like };
    text.len() >= TIME.len() && text.chars().zip(TIME.chars()).all(|(c, like)| same(c, like))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_words_are_numbered_and_times_omitted() {
        let mut names = Names::default();
        let text = "A.b17|24c783f53d43f961349ff957b0670b36|2026-11-22T19:40:39.677Z|9f0c77ab12d4e680";
        assert_eq!(names.plain(text), "A.b17|#0|TZ|#1");
        assert_eq!(names.plain("9f0c77ab12d4e680"), "#1");
        assert_eq!(names.known("9f0c77ab12d4e680|aaaaaaaaaaaaaaa1"), "#1|aaaaaaaaaaaaaaa1");
    }
}
