//! `docs/doctor.md` has a row for every promise of doctor, health, verify, the daily statement and head office's health, and
//! each row names an existing test.

use std::collections::BTreeSet;
use std::path::Path;

use web::{HealthCode, HubHealthCode};

use crate::failures::{ROOT, existing_tests};

/// The first and the last cell of each row of the table below the heading with this start.
fn promises(page: &str, heading: &str) -> Vec<(String, String)> {
    let below =
        page.split("\n# ").chain(page.split("\n## ")).find(|part| part.trim_start_matches("# ").starts_with(heading));
    let table = below.unwrap().split("\n## ").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| `"));
    let cells =
        lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()));
    cells.map(|mut cells| (cells.next().unwrap(), cells.next_back().unwrap())).collect()
}

#[test]
fn every_promise_has_a_test_that_breaks_it() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/doctor.md")).unwrap();
    let mut checks: BTreeSet<&str> = outlet::health::checks::CHECKS.iter().map(|check| check.code.as_str()).collect();
    checks.extend([HealthCode::RowsMissing, HealthCode::HubNotAnswering].map(HealthCode::as_str));
    let verify = ["missing_at_outlet", "missing_at_hub", "content", "unqueued", "acknowledged", "unreachable"];
    let tests = existing_tests();
    for (heading, promised) in [
        ("What doctor and health check", checks),
        ("What `gerai sync verify` reports", verify.into()),
        ("What the statement of a day reports", ["differs", "orders", "not_settled", "unreachable"].into()),
        ("What head office's health reports", HubHealthCode::ALL.iter().map(|code| code.as_str()).collect()),
    ] {
        let lines = promises(&page, heading);
        let listed: BTreeSet<&str> = lines.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(listed, promised, "{heading}: the rows of docs/doctor.md, and the promises");
        let missing: Vec<_> = lines.iter().filter(|(_, test)| !tests.contains(test)).collect();
        assert!(missing.is_empty(), "docs/doctor.md names tests that do not exist: {missing:#?}");
    }
}
