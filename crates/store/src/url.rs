//! Database URLs.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The URL names no known engine.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} does not name a database; write sqlite:FILE, for example sqlite:hub.db, or postgres://…")]
pub struct UnknownEngine(String);

/// The engine that a URL names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// A file.
    Sqlite(PathBuf),
    /// A PostgreSQL server; its driver parses the URL.
    Postgres,
}

/// `sqlite:hub.db` is relative to the working directory, `sqlite:/srv/hub.db` absolute; `//` may follow the colon.
pub(super) fn parse(url: &str) -> Result<Engine, UnknownEngine> {
    let unknown = || UnknownEngine(without_password(url));
    match url.split_once(':') {
        Some(("sqlite", path)) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            // Parameters that other programs know would become part of the file name.
            if path.is_empty() || path.contains('?') { Err(unknown()) } else { Ok(Engine::Sqlite(path.into())) }
        }
        Some(("postgres" | "postgresql", _)) => Ok(Engine::Postgres),
        _ => Err(unknown()),
    }
}

/// The file that a URL names; none for PostgreSQL.
///
/// # Errors
/// [`UnknownEngine`].
pub fn file(url: &str) -> Result<Option<PathBuf>, UnknownEngine> {
    Ok(match parse(url)? {
        Engine::Sqlite(path) => Some(path),
        Engine::Postgres => None,
    })
}

/// Defaults for parameters that a PostgreSQL URL lacks.
#[derive(Debug, Clone, Default)]
pub struct PostgresDefaults {
    /// `PGPASSWORD`.
    pub password: Option<String>,
    /// `PGSSLMODE`.
    pub sslmode: Option<String>,
    /// `PGSSLROOTCERT`.
    pub sslrootcert: Option<String>,
}

/// Completes a PostgreSQL URL with the defaults; returns any other URL unchanged.
#[must_use]
pub fn complete(url: &str, defaults: PostgresDefaults) -> String {
    if !matches!(parse(url), Ok(Engine::Postgres)) {
        return url.to_owned();
    }
    let says = |name: &str| url.split(['?', '&']).skip(1).any(|pair| pair.split('=').next() == Some(name));
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest));
    let has_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let PostgresDefaults { password, sslmode, sslrootcert } = defaults;
    let mut completed = url.to_owned();
    for (name, value) in
        [("password", password.filter(|_| !has_password)), ("sslmode", sslmode), ("sslrootcert", sslrootcert)]
    {
        if let Some(value) = value.filter(|_| !says(name)) {
            let joint = if completed.contains('?') { '&' } else { '?' };
            completed = format!("{completed}{joint}{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC));
        }
    }
    completed
}

/// An error shows the URL, which may contain a password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_url_or_an_error(text: String, scheme in "(sqlite|postgres|postgresql|mysql|)(:|://|)") {
            for url in [text.clone(), format!("{scheme}{text}")] {
                match parse(&url) {
                    Ok(Engine::Sqlite(path)) => prop_assert!(url.starts_with("sqlite:") && !path.as_os_str().is_empty()),
                    Ok(Engine::Postgres) => prop_assert!(url.starts_with("postgres")),
                    Err(refused) => prop_assert!(refused.to_string().contains("sqlite:hub.db")),
                }
            }
        }

        #[test]
        fn no_password_is_repeated_in_messages(scheme in "[a-z]{1,9}", password in "[A-Za-z0-9%:/?#!$&'-]{4,30}", host in "[a-z.]{0,12}") {
            prop_assume!(!matches!(scheme.as_str(), "sqlite" | "postgres" | "postgresql"));
            let error = parse(&format!("{scheme}://user:PASS{password}@{host}/hub")).unwrap_err().to_string();
            prop_assert!(!error.contains(&format!("PASS{password}")), "{error}");
        }
    }

    #[test]
    fn a_url_is_completed_only_with_missing_parameters() {
        let defaults = || PostgresDefaults {
            password: Some("p@ss/w:ord?&=%".to_owned()),
            sslmode: Some("verify-full".to_owned()),
            sslrootcert: Some("/etc/our ca.pem".to_owned()),
        };
        let read = |url: &str| complete(url, defaults());
        let config = |url: &str| {
            let url = url.replace("?ssl", "&ssl");
            url.split("&ssl").next().unwrap().parse::<postgres::Config>().unwrap()
        };
        let completed = read("postgres://gerai@db/hub");
        assert!(completed.ends_with("&sslmode=verify%2Dfull&sslrootcert=%2Fetc%2Four%20ca%2Epem"), "{completed}");
        assert_eq!(config(&completed).get_password(), Some(&b"p@ss/w:ord?&=%"[..]));
        let complete_url = "postgres://gerai:own@db/hub?sslmode=disable&sslrootcert=a";
        assert_eq!(read(complete_url), complete_url);
        assert_eq!(config(&read("postgres://gerai:own@db/hub")).get_password(), Some(&b"own"[..]));
        assert_eq!(read("sqlite:hub.db"), "sqlite:hub.db");
        assert_eq!(complete("postgres://gerai@db/hub", PostgresDefaults::default()), "postgres://gerai@db/hub");
    }

    #[test]
    fn sqlite_urls_name_a_file() {
        for (url, path) in [
            ("sqlite:hub.db", "hub.db"),
            ("sqlite:/srv/hub.db", "/srv/hub.db"),
            ("sqlite://hub.db", "hub.db"),
            ("sqlite:///srv/hub.db", "/srv/hub.db"),
        ] {
            assert_eq!(parse(url).unwrap(), Engine::Sqlite(path.into()), "{url}");
        }
    }

    #[test]
    fn an_unusable_database_url_is_reported_without_password() {
        assert_eq!(parse("postgres://u:p@db/hub").unwrap(), Engine::Postgres);
        let error = parse("mysql://u:hunter2@db/hub").unwrap_err().to_string();
        assert!(error.contains("sqlite:hub.db") && !error.contains("hunter2"), "{error}");
        for url in ["", "hub.db", "sqlite:", "sqlite:hub.db?mode=ro"] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
