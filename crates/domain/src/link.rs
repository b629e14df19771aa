//! The format of the link settings: the hub's address and the outlet's code.
//!
//! The same rules apply at every input: API, terminal, environment, `outlet_config`, hub.

use thiserror::Error;

/// Maximum characters of a hub's address.
pub const MAX_URL: usize = 200;
/// Maximum characters of an outlet's code.
pub const MAX_OUTLET_CODE: usize = 32;

/// Why a text is not a hub address or outlet code. The message continues the setting's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkRefused {
    /// Not an HTTP address.
    #[error("must begin with https:// or http:// and end in /v1, for example https://hub.example.com/v1")]
    Url,
    /// Too long.
    #[error("must be at most {MAX_URL} characters")]
    TooLong,
    /// An invalid host or port.
    #[error("must name the hub's host, and a port from 1 to 65535 if any: https://hub.example.com:9090/v1")]
    Host,
    /// It contains a user name or password.
    #[error("must not contain a user or a password; the key is a separate setting")]
    User,
    /// It has a query or fragment.
    #[error("must end in /v1, with no '?' or '#' after it")]
    Tail,
    /// The path contains unusual parts.
    #[error("must end in /v1, with only plain parts before it")]
    Path,
    /// Not a valid code.
    #[error("must be 1 to {MAX_OUTLET_CODE} letters, digits and hyphens, like JKT-001")]
    Code,
}

/// Normalizes a hub's address: scheme and host in lower case, no slash at the end.
pub fn hub_url(text: &str) -> Result<String, LinkRefused> {
    let text = text.trim();
    if text.len() > MAX_URL {
        return Err(LinkRefused::TooLong);
    }
    let (scheme, rest) = text.split_once("://").ok_or(LinkRefused::Url)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "http" {
        return Err(LinkRefused::Url);
    }
    if rest.contains(['?', '#']) {
        return Err(LinkRefused::Tail);
    }
    let (authority, path) = rest.split_once('/').ok_or(LinkRefused::Url)?;
    if authority.contains('@') {
        return Err(LinkRefused::User);
    }
    let authority = authority.to_ascii_lowercase();
    if !is_authority(&authority) {
        return Err(LinkRefused::Host);
    }
    let path = path.trim_end_matches('/');
    let mut parts = path.split('/').rev();
    if parts.next() != Some("v1") {
        return Err(LinkRefused::Url);
    }
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
    };
    if !parts.all(is_plain) {
        return Err(LinkRefused::Path);
    }
    Ok(format!("{scheme}://{authority}/{path}"))
}

/// The origin of an address normalized by [`hub_url`]: scheme, host and port, without the path.
#[must_use]
pub fn origin(hub_url: &str) -> String {
    let (scheme, rest) = hub_url.split_once("://").unwrap_or(("", hub_url));
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let has_port = authority.rsplit_once(']').map_or(authority, |(_, behind)| behind).contains(':');
    let port = match scheme {
        _ if has_port => "",
        "https" => ":443",
        _ => ":80",
    };
    format!("{scheme}://{authority}{port}")
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, tail)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
                return tail.is_empty() || tail.strip_prefix(':').is_some_and(is_port);
            }
            _ => return false,
        },
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    host.strip_suffix('.').unwrap_or(host).split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Normalizes an outlet's code, which is part of its order numbers, headers and addresses.
pub fn outlet_code(text: &str) -> Result<String, LinkRefused> {
    let code = text.trim();
    let is_code = (1..=MAX_OUTLET_CODE).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        // Ids and codes may be used in the same place of a path.
        && crate::ids::canonical(code).is_none();
    if is_code { Ok(code.to_owned()) } else { Err(LinkRefused::Code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_address_is_normalized() {
        for (text, url) in [
            ("https://hub.example.com/v1", "https://hub.example.com/v1"),
            (" HTTPS://Hub.Example.COM/v1/ ", "https://hub.example.com/v1"),
            ("http://10.0.0.5:9090/v1//", "http://10.0.0.5:9090/v1"),
            ("http://[::1]:9090/v1", "http://[::1]:9090/v1"),
            ("https://example.com/gerai/v1", "https://example.com/gerai/v1"),
            ("http://hub_1/v1", "http://hub_1/v1"),
        ] {
            assert_eq!(hub_url(text).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, expected) in [
            ("https://hub.example.com/v1", "https://hub.example.com:443"),
            ("https://hub.example.com:443/gerai/v1", "https://hub.example.com:443"),
            ("http://hub.example.com/v1", "http://hub.example.com:80"),
            ("http://[::1]/v1", "http://[::1]:80"),
            ("http://[::1]:9090/v1", "http://[::1]:9090"),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }

    #[test]
    fn an_invalid_hub_address_is_rejected() {
        for (text, refused) in [
            ("", LinkRefused::Url),
            ("hub.example.com/v1", LinkRefused::Url),
            ("ftp://hub/v1", LinkRefused::Url),
            ("https://hub", LinkRefused::Url),
            ("https://hub/", LinkRefused::Url),
            ("https://hub/v2", LinkRefused::Url),
            ("https://hub/V1", LinkRefused::Url),
            ("https://hub/v1/ping", LinkRefused::Url),
            ("https://hub/v1?x=1", LinkRefused::Tail),
            ("https://hub?x=/v1", LinkRefused::Tail),
            ("https://hub/v1#x", LinkRefused::Tail),
            ("https://u:p@hub/v1", LinkRefused::User),
            ("https:///v1", LinkRefused::Host),
            ("https://hub:0/v1", LinkRefused::Host),
            ("https://hub:65536/v1", LinkRefused::Host),
            ("https://hub:x/v1", LinkRefused::Host),
            ("https://hub:/v1", LinkRefused::Host),
            ("https://h b/v1", LinkRefused::Host),
            ("https://h\u{fc}b/v1", LinkRefused::Host),
            ("https://[::1/v1", LinkRefused::Host),
            ("https://hub/../v1", LinkRefused::Path),
            ("https://hub//v1", LinkRefused::Path),
            ("https://hub/a b/v1", LinkRefused::Path),
            ("https://hub\\v1", LinkRefused::Url),
        ] {
            assert_eq!(hub_url(text), Err(refused), "{text}");
        }
        assert_eq!(hub_url(&format!("https://{}/v1", "a".repeat(200))), Err(LinkRefused::TooLong));
    }

    #[test]
    fn an_outlet_code_is_short_plain_and_not_a_uuid() {
        for code in ["JKT-001", "a", &"9".repeat(31)] {
            assert_eq!(outlet_code(code).as_deref(), Ok(code));
        }
        for invalid in ["", " ", "JKT/9", "\u{2615}", "A B", &"a".repeat(33), &"a".repeat(32)] {
            assert_eq!(outlet_code(invalid), Err(LinkRefused::Code), "{invalid}");
        }
    }

    proptest::proptest! {
        #[test]
        fn normalizing_a_hub_address_twice_changes_nothing(text in "(?i)https?://[a-z0-9.:\\[\\]]{0,12}(/[a-z.]{0,3}){0,2}/v1/?") {
            if let Ok(url) = hub_url(&text) {
                proptest::prop_assert_eq!(hub_url(&url), Ok(url));
            }
        }
    }
}
