//! Every test named in `docs/failures.md` exists.

use std::collections::BTreeSet;
use std::path::Path;

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn every_test_named_on_the_failures_page_exists() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/failures.md")).unwrap();
    let named: BTreeSet<&str> = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|line| line.rsplit('|').nth(1))
        .flat_map(|tests| tests.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 50, "only {} tests were found in the page", named.len());

    let existing = existing_tests();
    let missing: Vec<_> = named.iter().filter(|name| !existing.contains(**name)).collect();
    assert!(missing.is_empty(), "docs/failures.md names tests that do not exist: {missing:#?}");
}

/// Every test of the project.
pub(crate) fn existing_tests() -> BTreeSet<String> {
    let mut existing = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&Path::new(ROOT).join(folder), &mut existing);
    }
    existing
}

/// Every test below `folder`.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests.extend(tests_in(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// Functions after `#[test]`, or after another attribute or macro that makes a test.
fn tests_in(code: &str) -> Vec<String> {
    let mut expected = false;
    let mut found = vec![];
    for line in code.lines().map(str::trim_start) {
        if line.starts_with("#[") {
            expected |= line.contains("test");
        } else if let Some(name) = line.split("fn ").nth(1).and_then(|rest| rest.split('(').next())
            && std::mem::take(&mut expected)
        {
            found.push(name.to_owned());
        }
    }
    found
}
