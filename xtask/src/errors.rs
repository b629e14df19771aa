//! The codes in `docs/errors.md`.

use std::fmt::Write as _;

use web::{Code, Problem};

/// Codes by status and name, then those of single fields.
pub fn tables() -> String {
    let mut codes: Vec<_> =
        Code::ALL.iter().map(|code| (code.status().as_u16(), code.as_str(), code.about())).collect();
    codes.sort_unstable();
    let mut text = "| status | `error` | when |\n|---|---|---|\n".to_owned();
    for (status, code, about) in codes {
        let _ = writeln!(text, "| {status} | `{code}` | {} |", about.trim());
    }
    text.push_str("\n| `fields[].code` | when |\n|---|---|\n");
    let mut problems: Vec<_> = Problem::ALL.iter().map(|problem| (problem.as_str(), problem.about())).collect();
    problems.sort_unstable();
    for (code, about) in problems {
        let _ = writeln!(text, "| `{code}` | {} |", about.trim());
    }
    text
}
