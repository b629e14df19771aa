//! `docs/doctor.md` has a line for every check of doctor and health, and each line names a test that exists.

use std::collections::BTreeSet;
use std::path::Path;

use crate::failures::{ROOT, tests_there_are};

#[test]
fn every_promise_of_doctor_and_health_has_a_test_that_breaks_it() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/doctor.md")).unwrap();
    let lines: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let said: BTreeSet<&str> = lines.iter().map(|cells| cells[1]).collect();
    let mut made: BTreeSet<&str> = outlet::checks::CHECKS.iter().map(|check| check.code).collect();
    made.extend([outlet::checks::ROWS_MISSING, outlet::doctor::HUB]);
    assert_eq!(said, made, "the checks, and the lines of docs/doctor.md");
    let tests = tests_there_are();
    let missing: Vec<_> = lines.iter().map(|cells| cells[4]).filter(|name| !tests.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/doctor.md names tests that do not exist: {missing:#?}");
}
