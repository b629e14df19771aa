//! Structured logs on standard error: text for people, or JSON with `GERAI_LOG_FORMAT=json`. `RUST_LOG` chooses what.

use tracing_subscriber::EnvFilter;

/// Starts logging at `default` unless `RUST_LOG` says otherwise.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("GERAI_LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}
