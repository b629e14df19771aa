//! The codes in `docs/errors.md`.

use std::fmt::Write as _;

use web::messages::ReasonCode;
use web::{Code, HealthCode, HubHealthCode, Problem};

/// Tables of the codes: of errors by status and name, then of single fields, of an outlet's health, of the hub's
/// health, and of reasons.
pub fn tables() -> String {
    let mut codes: Vec<_> =
        Code::ALL.iter().map(|code| (code.status().as_u16(), code.as_str(), code.about())).collect();
    codes.sort_unstable();
    let mut text = "| status | `error` | when |\n|---|---|---|\n".to_owned();
    for (status, code, about) in codes {
        let _ = writeln!(text, "| {status} | `{code}` | {} |", about.trim());
    }
    let problems = Problem::ALL.iter().map(|problem| (problem.as_str(), problem.about()));
    list(&mut text, "`fields[].code`", problems);
    let health = HealthCode::ALL.iter().map(|code| (code.as_str(), code.about()));
    list(&mut text, "`gerai doctor`, `/api/v1/sync/health`: `code`", health);
    let hub = HubHealthCode::ALL.iter().map(|code| (code.as_str(), code.about()));
    list(&mut text, "`/v1/hq/health`: `code`", hub);
    let reasons = ReasonCode::ALL.iter().map(|code| (code.as_str(), code.about()));
    list(&mut text, "`code` of a reason", reasons);
    text
}

fn list(text: &mut String, title: &str, codes: impl Iterator<Item = (&'static str, &'static str)>) {
    let _ = write!(text, "\n| {title} | when |\n|---|---|\n");
    let mut codes: Vec<_> = codes.collect();
    codes.sort_unstable();
    for (code, about) in codes {
        let _ = writeln!(text, "| `{code}` | {} |", about.trim());
    }
}
