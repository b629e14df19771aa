//! What the environment says beside the names of the benches.

use anyhow::{Context, Result};

/// The number that stands in this variable, or another one.
pub fn said(variable: &str, unless_said: usize) -> Result<usize> {
    let Ok(said) = std::env::var(variable) else { return Ok(unless_said) };
    let number = said.parse().ok().filter(|number| *number > 0);
    number.with_context(|| format!("{variable} must be a number from 1 on; it is '{said}'"))
}
