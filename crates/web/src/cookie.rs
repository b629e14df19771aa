//! Cookies of our pages: sessions and paired devices.
//!
//! Guarantees: scripts of a page cannot read a cookie (`HttpOnly`), pages of other sites cannot use it
//! (`SameSite=Strict`; `edge` checks the rest), and a cookie that was set over TLS is never sent without it
//! (`Secure`). Browsers send a cookie to every port of its host, so each server has its own names: those of an outlet end in
//! its tag.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::token::SESSION_SECONDS;
use crate::{ApiError, Code, Remote, extract};

/// Prefix of all our cookies.
const PREFIX: &str = "gerai_";

/// The session at head office.
pub const HUB_SESSION: Cookie = Cookie { name: Cow::Borrowed("gerai_hq_session"), max_age_s: SESSION_SECONDS };
/// The session at an outlet, without the outlet's tag.
const SESSION: Cookie = Cookie { name: Cow::Borrowed("gerai_session"), max_age_s: SESSION_SECONDS };
/// A paired device, without the outlet's tag. It lasts for 400 days, the most that browsers allow, and is renewed in use.
const DEVICE: Cookie = Cookie { name: Cow::Borrowed("gerai_device"), max_age_s: 400 * 24 * 60 * 60 };

/// The cookies of one outlet: two outlets on one host do not disturb each other.
#[derive(Debug, Clone)]
pub struct OutletCookies {
    /// The session.
    pub session: Cookie,
    /// A device that is paired with the outlet.
    pub device: Cookie,
}

impl OutletCookies {
    /// The cookies of the outlet with this tag, letters and digits.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        Self { session: SESSION.tagged(tag), device: DEVICE.tagged(tag) }
    }

    /// The names without a tag, for the API description.
    #[must_use]
    pub fn untagged() -> Self {
        Self { session: SESSION, device: DEVICE }
    }
}

/// A cookie that a server sets and reads.
#[derive(Debug, Clone)]
pub struct Cookie {
    name: Cow<'static, str>,
    /// How long a browser stores it, in seconds.
    max_age_s: i64,
}

impl Cookie {
    fn tagged(&self, tag: &str) -> Self {
        Self { name: format!("{}_{tag}", self.name).into(), ..*self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value in a request. None if the request has two values: a page on another port or subdomain of this host may
    /// have added one, and nothing shows which one is ours.
    #[must_use]
    pub fn read<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let mut values = pairs(headers).filter(|(name, _)| *name == self.name.as_bytes()).map(|(_, value)| value);
        let value = values.next()?;
        if values.any(|other| other != value) {
            return None;
        }
        std::str::from_utf8(value).ok()
    }

    /// `Set-Cookie` that stores the value, which must be visible ASCII without `;`, `,`, `"` and `\`.
    ///
    /// # Errors
    /// 500 for another value.
    pub fn set(&self, value: &str, remote: Remote) -> Result<HeaderValue, ApiError> {
        self.header(value, self.max_age_s, remote)
    }

    /// `Set-Cookie` that deletes the cookie.
    ///
    /// # Errors
    /// None that a caller could correct.
    pub fn clear(&self, remote: Remote) -> Result<HeaderValue, ApiError> {
        self.header("", 0, remote)
    }

    fn header(&self, value: &str, max_age_s: i64, remote: Remote) -> Result<HeaderValue, ApiError> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"' | b'\\');
        let secure = if remote.is_secure { "; Secure" } else { "" };
        let text = format!("{}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}{secure}", self.name);
        let header = HeaderValue::from_str(&text).ok().filter(|_| value.bytes().all(is_plain));
        let mut header = header.ok_or_else(|| {
            tracing::error!(cookie = self.name(), "a cookie cannot have this value");
            ApiError::internal()
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// Whether one of our cookies authenticates the request: it has one, and no `Authorization: Bearer`.
pub(crate) fn authenticates(headers: &HeaderMap) -> bool {
    pairs(headers).any(|(name, _)| name.starts_with(PREFIX.as_bytes())) && extract::bearer(headers).is_err()
}

/// The token of a session, and whether it came in a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionToken<'h> {
    /// The token, not checked.
    pub token: &'h str,
    /// It came in a cookie, so a new session of the same user belongs into the cookie too.
    pub in_cookie: bool,
}

/// The token in `Authorization: Bearer …`, otherwise the one in the cookie.
///
/// # Errors
/// 401.
pub fn session_token<'h>(headers: &'h HeaderMap, cookie: &Cookie) -> Result<SessionToken<'h>, ApiError> {
    if let Ok(token) = extract::bearer(headers) {
        return Ok(SessionToken { token, in_cookie: false });
    }
    let token = cookie.read(headers).ok_or_else(|| Code::Unauthorized.because("no_token"))?;
    Ok(SessionToken { token, in_cookie: true })
}

/// Name and value of each cookie. Bytes, because a cookie of another program may have any.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let cookies = headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
    cookies.filter_map(|cookie| {
        let at = cookie.iter().position(|&byte| byte == b'=')?;
        Some((cookie[..at].trim_ascii(), cookie[at + 1..].trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn remote(is_secure: bool) -> Remote {
        Remote { address: IpAddr::V4(Ipv4Addr::LOCALHOST), is_local: true, is_secure }
    }

    #[test]
    fn a_cookie_is_found_among_others_in_any_order() {
        for lines in [
            &[b"gerai_session=a.b-c_d".as_slice()][..],
            &[b"x=1; gerai_session=a.b-c_d; y"],
            &[b"caf\xe9=\xff;gerai_session = a.b-c_d "],
            // HTTP/2 clients may send a header for each cookie.
            &[b"x=gerai_session", b"gerai_session=a.b-c_d"],
            &[b"gerai_session=a.b-c_d", b"gerai_session=a.b-c_d"],
        ] {
            assert_eq!(SESSION.read(&headers(lines)), Some("a.b-c_d"), "{lines:?}");
        }
        for lines in [
            &[][..],
            &[b"GERAI_SESSION=a".as_slice()],
            &[b"xgerai_session=a; gerai_session_=a"],
            &[b"gerai_session"],
            &[b"gerai_session=\xff"],
        ] {
            assert_eq!(SESSION.read(&headers(lines)), None, "{lines:?}");
        }
    }

    #[test]
    fn outlets_on_one_host_have_cookies_of_their_own() {
        let (one, two) = (OutletCookies::of("1a"), OutletCookies::of("2b"));
        let both = headers(&[b"gerai_session_1a=first; gerai_session_2b=second; gerai_session=x; gerai_device_1a=d"]);
        assert_eq!((one.session.read(&both), two.session.read(&both)), (Some("first"), Some("second")));
        assert_eq!((one.device.read(&both), two.device.read(&both)), (Some("d"), None));
        assert!(one.session.set("a", remote(false)).unwrap().to_str().unwrap().starts_with("gerai_session_1a=a;"));
    }

    /// A page on another port of this host can add a cookie with a longer path, to make a till sell in another name.
    #[test]
    fn a_cookie_with_two_values_has_none() {
        assert_eq!(SESSION.read(&headers(&[b"gerai_session=theirs; gerai_session=ours"])), None);
        assert_eq!(SESSION.read(&headers(&[b"gerai_session=theirs", b"gerai_session=ours"])), None);
    }

    #[test]
    fn a_cookie_is_hidden_from_scripts_and_other_sites_and_secure_under_tls() {
        let set = SESSION.set("a.b", remote(false)).unwrap();
        assert_eq!(set, "gerai_session=a.b; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200");
        assert!(set.is_sensitive());
        let set = HUB_SESSION.set("a.b", remote(true)).unwrap();
        assert_eq!(set, "gerai_hq_session=a.b; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200; Secure");
        let clear = SESSION.clear(remote(false)).unwrap();
        assert_eq!(clear, "gerai_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
        for value in ["a; Domain=example.com", "a\r\nx: y", "a b", "\"a\"", "é"] {
            assert!(SESSION.set(value, remote(false)).is_err(), "{value}");
        }
    }

    #[test]
    fn a_bearer_token_precedes_a_cookie() {
        let mut both = headers(&[b"gerai_session=cookie"]);
        let token = session_token(&both, &SESSION).unwrap();
        assert_eq!(token, SessionToken { token: "cookie", in_cookie: true });
        assert!(authenticates(&both));
        both.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer header"));
        let token = session_token(&both, &SESSION).unwrap();
        assert_eq!(token, SessionToken { token: "header", in_cookie: false });
        assert!(!authenticates(&both));
        // A proxy's own log-in is no session.
        both.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic x"));
        assert_eq!(session_token(&both, &SESSION).unwrap().token, "cookie");
        assert_eq!(session_token(&both, &HUB_SESSION).unwrap_err().code(), "unauthorized");
        assert!(!authenticates(&headers(&[b"session=x"])));
    }

    proptest! {
        #[test]
        fn any_cookie_header_is_read_without_panic(bytes: Vec<u8>) {
            if let Ok(line) = HeaderValue::from_bytes(&bytes) {
                let headers = HeaderMap::from_iter([(header::COOKIE, line)]);
                let _ = SESSION.read(&headers);
                prop_assert!(authenticates(&headers) || SESSION.read(&headers).is_none());
            }
        }

        #[test]
        fn a_value_is_read_as_it_was_set(value in "[A-Za-z0-9._-]{1,300}", before in "[a-z]{1,9}=[a-z=]{0,9}") {
            let set = SESSION.set(&value, remote(false)).unwrap();
            let sent = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let headers = headers(&[format!("{before}; {sent}").as_bytes()]);
            prop_assert_eq!(SESSION.read(&headers), Some(value.as_str()));
        }
    }
}
