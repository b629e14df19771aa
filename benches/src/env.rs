//! Settings of benches from the environment.

use anyhow::{Context, Result};

/// The number in this variable, or the default.
pub fn number_or(variable: &str, default: usize) -> Result<usize> {
    let Ok(text) = std::env::var(variable) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| *number > 0);
    number.with_context(|| format!("{variable} must be a positive number; it is '{text}'"))
}
