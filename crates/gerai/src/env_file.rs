//! The format of `.env`: one `NAME=value` per line.
//!
//! A value is read exactly as written, or its line is rejected by number. Nothing is substituted: `$` and, outside
//! double quotes, `\` are literal. Of two lines with the same name the later one wins, as expected when a line is
//! appended. An error never repeats a value, which may be a key.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// Names that libraries read from the environment only.
const ENVIRONMENT_ONLY: [&str; 5] = ["SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "TZ", "RUST_BACKTRACE"];
/// Prefixes of our names.
const PREFIXES: [&str; 8] = ["CLOUD_", "GERAI_", "HUB_", "OUTLET_", "PG", "SERVER_", "SYNC_", "WEBHOOK_"];
/// Maximum edit distance at which a name counts as a misspelling of ours.
const MAX_DISTANCE: usize = 2;

/// The content of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// Values by name.
    pub values: BTreeMap<String, String>,
    /// Messages about lines without effect.
    pub warnings: Vec<String>,
}

/// Parses a file; `known` are the valid names.
///
/// # Errors
/// A message with the line number.
pub fn read(bytes: &[u8], known: &[&str]) -> Result<EnvFile> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        bail!(".env is written in UTF-16; save it as UTF-8");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut file = EnvFile::default();
    let mut lines = BTreeMap::<String, usize>::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let Some((name, value)) = read_line(line).map_err(|why| invalid_line(number, why))? else { continue };
        if let Some(before) = lines.insert(name.to_owned(), number) {
            file.warnings.push(format!(
                "line {number} of .env sets {name} again, so line {before} has no effect; remove that line"
            ));
        } else if let Some(warning) = warn(name, number, known) {
            file.warnings.push(warning);
        }
        file.values.insert(name.to_owned(), value);
    }
    Ok(file)
}

fn invalid_line(number: usize, reason: &str) -> anyhow::Error {
    anyhow::anyhow!("line {number} of .env cannot be read: {reason}; write NAME=value, with quotes around spaces")
}

/// The name and value of a line; `None` for a blank line or a comment.
fn read_line(line: &[u8]) -> Result<Option<(&str, String)>, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Err("it contains a control character (a NUL byte?)");
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=').ok_or("it has no '='")?;
    let name = name.trim_end();
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !is_name(name) {
        return Err("the text before '=' is not a valid name");
    }
    Ok(Some((name, read_value(value)?)))
}

fn read_value(written: &str) -> Result<String, &'static str> {
    let value = written.trim_start();
    let (value, rest) = if let Some(quoted) = value.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or("a quote is not closed")?;
        (value.to_owned(), rest)
    } else if let Some(quoted) = value.strip_prefix('"') {
        read_double_quoted(quoted)?
    } else {
        // As in a shell, '#' starts a comment only after a space.
        let comment = if value.len() < written.len() && value.starts_with('#') { Some(0) } else { None };
        let end = comment.or_else(|| value.find(char::is_whitespace)).unwrap_or(value.len());
        let (value, rest) = value.split_at(end);
        if value.contains(['"', '\'']) {
            return Err("there is a quote inside the value; put quotes around the whole value");
        }
        (value.to_owned(), rest)
    };
    let after = rest.trim_start();
    let is_comment = after.starts_with('#') && (after.len() < rest.len() || value.is_empty());
    if after.is_empty() || is_comment { Ok(value) } else { Err("there is text after the value") }
}

/// The text up to the closing quote, and the text after it.
fn read_double_quoted(quoted: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &quoted[at + 1..])),
            '\\' => value.push(match letters.next().map(|(_, letter)| letter) {
                Some(letter @ ('"' | '\\' | '$')) => letter,
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                _ => return Err("in double quotes, '\\' must be followed by \\ \" $ n r or t; use single quotes"),
            }),
            letter => value.push(letter),
        }
    }
    Err("a quote is not closed")
}

fn warn(name: &str, number: usize, known: &[&str]) -> Option<String> {
    if known.contains(&name) {
        return None;
    }
    if ENVIRONMENT_ONLY.contains(&name) {
        return Some(format!("line {number} of .env: {name} has no effect there; set it in the environment"));
    }
    let upper = name.to_ascii_uppercase();
    let near = known.iter().map(|known| (distance(&upper, known), known)).min();
    match near {
        Some((letters, known)) if letters <= MAX_DISTANCE => {
            Some(format!("line {number} of .env: Gerai does not read {name}; do you mean {known}?"))
        }
        _ if PREFIXES.iter().any(|ours| upper.starts_with(ours)) => {
            Some(format!("line {number} of .env: Gerai does not read {name}; .env.example lists all names"))
        }
        _ => None,
    }
}

/// Edit distance: letters to add, remove, replace or swap with their neighbor.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["OUTLET_CODE", "CLOUD_API_KEY", "DB_PATH"];

    fn values(text: &str) -> Vec<(String, String)> {
        read(text.as_bytes(), &KNOWN).unwrap().values.into_iter().collect()
    }

    fn value(written: &str) -> String {
        values(&format!("A={written}\n")).pop().unwrap().1
    }

    #[test]
    fn a_value_is_read_exactly_as_written() {
        for literal in ["JKT$ABC-1", "${HOME}", "$$", r"a\b\n", "a=b=c", "a#b", "pa%24s", "kopi☕"] {
            assert_eq!(value(literal), literal);
        }
        for (written, arrives) in [
            ("", ""),
            ("   ", ""),
            (" JKT-001  ", "JKT-001"),
            ("JKT-001 # the shop", "JKT-001"),
            (" # nothing", ""),
            ("#1", "#1"),
            ("'a $b \\n \"c\" # d'", "a $b \\n \"c\" # d"),
            (r#""a $b \$c \"d\" \\ # e""#, r#"a $b $c "d" \ # e"#),
            (r#""a\tb"  # tab"#, "a\tb"),
            ("''", ""),
            ("JKT-001\r", "JKT-001"),
        ] {
            assert_eq!(value(written), arrives, "{written:?}");
        }
    }

    #[test]
    fn names_may_follow_export_and_a_byte_order_mark() {
        let two = values("\u{feff}A=1\r\n\r\n# remark\r\nexport B = 2\r\n");
        assert_eq!(two, [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn an_invalid_line_is_reported_without_its_value() {
        for line in [
            "SECRET",
            "A=kunci SECRET",
            "A=\"SECRET",
            "A='SECRET",
            "A=\"SECRET\"x",
            r#"A="SECRET\q""#,
            "A=SEC\"RET",
            "=SECRET",
            "1A=SECRET",
            "a b=SECRET",
            "A=SECRET\0",
        ] {
            let message = read(format!("# one\nB=2\n{line}\n").as_bytes(), &KNOWN).unwrap_err().to_string();
            assert!(message.contains("line 3 of .env") && !message.contains("SEC"), "{line:?}: {message}");
        }
        assert!(read(b"B=2\nA=\xe9\n", &KNOWN).unwrap_err().to_string().contains("line 2 of .env"));
        assert!(read(b"\xff\xfeA\0", &KNOWN).unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn the_last_duplicate_line_wins_and_the_other_is_reported() {
        let file = read(b"OUTLET_CODE=OLD-1\nDB_PATH=a\nOUTLET_CODE=NEW-1\n", &KNOWN).unwrap();
        assert_eq!(file.values["OUTLET_CODE"], "NEW-1");
        assert_eq!(file.warnings.len(), 1);
        assert!(file.warnings[0].contains("line 3") && file.warnings[0].contains("line 1 has no effect"));
    }

    #[test]
    fn a_misspelled_name_is_reported() {
        for (name, words) in [
            ("OUTLET_CDOE", "do you mean OUTLET_CODE"),
            ("outlet_code", "do you mean OUTLET_CODE"),
            ("CLOUDAPI_KEY", "do you mean CLOUD_API_KEY"),
            ("DBPATH", "do you mean DB_PATH"),
            ("SYNC_EVERYTHING", "does not read SYNC_EVERYTHING"),
            ("SSL_CERT_FILE", "set it in the environment"),
        ] {
            let file = read(format!("{name}=1\n").as_bytes(), &KNOWN).unwrap();
            assert!(file.warnings.iter().any(|warning| warning.contains(words)), "{name}: {:?}", file.warnings);
        }
        assert_eq!(read(b"OUTLET_CODE=1\nMYSQL_HOST=db\nPATH=x\n", &KNOWN).unwrap().warnings, [""; 0]);
    }
}
