//! Checks each request before routing: the host name, the origin of the page, the kind of body; and determines the
//! client's address.
//!
//! Guarantees that a page of another site cannot use a browser in the shop to attack the server, neither with a form
//! nor with its cookies nor by DNS rebinding, and that clients of a proxy do not count as local.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::rejection::ExtensionRejection;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use domain::image::ImageType;
use ipnet::IpNet;
use tower_http::cors::CorsLayer;

use crate::pace::NotSent;
use crate::{ApiError, Code, Limits, cookie, pace};

/// Headers that proxies add. A request with one of them did not originate on this machine.
const FORWARDING: [&str; 9] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "via",
];

/// Suffixes of names that only resolve in the local network.
const LOCAL_NAMES: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".localhost"];

/// Settings of the edge.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may call the API, such as `https://kasir.example.com`.
    pub allowed_origins: Vec<HeaderValue>,
    /// Host names of the server. `None` allows any name, except where DNS rebinding is possible.
    pub hosts: Option<Hosts>,
    /// Timeouts and memory limits for clients.
    pub limits: Limits,
}

/// Host names of a server, besides addresses and local names.
#[derive(Debug, Clone, Default)]
pub struct Hosts(pub Vec<String>);

/// The origin of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// The client's address; behind a trusted proxy, the forwarded one.
    pub address: IpAddr,
    /// The request was made on the server's machine, without a proxy.
    pub is_local: bool,
    /// The request came over TLS, to this server or to a trusted proxy.
    pub is_secure: bool,
}

/// Marks a request whose connection uses TLS; an extension that the listener adds.
#[derive(Debug, Clone, Copy)]
pub struct OverTls;

impl<S: Send + Sync> FromRequestParts<S> for Remote {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| {
            tracing::error!("a request has no peer address");
            ApiError::internal()
        })
    }
}

impl Edge {
    /// Parses networks, origins and names, each separated by commas; for `hosts`, see [`Edge::hosts`].
    ///
    /// # Errors
    /// A sentence that names the invalid value.
    pub fn parse(proxies: &str, origins: &str, hosts: Option<&str>) -> Result<Self, String> {
        let items = |list: &str| -> Vec<String> {
            list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
        };
        let hosts = hosts.map(|hosts| items(hosts).iter().map(|word| host(word)).collect::<Result<_, _>>());
        Ok(Self {
            trusted_proxies: items(proxies).iter().map(|word| network(word)).collect::<Result<_, _>>()?,
            allowed_origins: items(origins).iter().map(|word| origin(word)).collect::<Result<_, _>>()?,
            hosts: hosts.transpose()?.map(Hosts),
            limits: Limits::default(),
        })
    }

    /// Wraps routes with the checks.
    pub(crate) fn wrap(&self, routes: Router) -> Router {
        let routes = routes.layer(middleware::from_fn_with_state(Arc::new(self.clone()), check));
        if self.allowed_origins.is_empty() {
            return routes;
        }
        let cors = CorsLayer::new()
            .allow_origin(self.allowed_origins.clone())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_MATCH,
                header::HeaderName::from_static("idempotency-key"),
            ])
            .expose_headers([header::ETAG, header::RETRY_AFTER, header::HeaderName::from_static("x-request-id")])
            .max_age(std::time::Duration::from_mins(10));
        routes.layer(cors)
    }

    /// The origin of a request.
    #[must_use]
    pub fn remote(&self, peer: IpAddr, headers: &HeaderMap) -> Remote {
        let peer = peer.to_canonical();
        let forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name));
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(host_name);
        let by_loopback = host.is_none_or(|host| {
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
        });
        let is_secure = self.is_trusted(peer) && is_forwarded_https(headers);
        Remote {
            address: self.client(peer, headers),
            is_local: peer.is_loopback() && !forwarded && by_loopback,
            is_secure,
        }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    /// The right-most forwarded address that is not a trusted proxy's.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let forwarded: Vec<_> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        for word in forwarded.iter().rev() {
            if !self.is_trusted(client) {
                break;
            }
            let Ok(address) = word.parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        client
    }

    /// Checks the host name. Without configured names, only pages over plain HTTP from this machine or its network are
    /// checked: any name can be pointed to a local address, while a public server is reached by its own name, and a
    /// name with a certificate belongs to the server.
    fn check_host(&self, host: Option<&str>, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<(), ApiError> {
        let Some(host) = host else { return Ok(()) };
        let name = host_name(host).trim_end_matches('.').to_ascii_lowercase();
        let allowed = match &self.hosts {
            Some(Hosts(allowed)) => allowed.contains(&name),
            None => !self.may_be_rebound(headers, peer),
        };
        let is_local = !name.contains('.') || LOCAL_NAMES.iter().any(|end| name.ends_with(end));
        if allowed || is_local || name.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        Err(Code::HostNotAllowed.into())
    }

    fn may_be_rebound(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> bool {
        let origin = headers.get(header::ORIGIN).map(|origin| origin.as_bytes().to_ascii_lowercase());
        let by_plain_http = origin.is_some_and(|origin| {
            !origin.starts_with(b"https://") && !self.allowed_origins.iter().any(|known| known.as_bytes() == origin)
        });
        by_plain_http && peer.is_none_or(is_local_network)
    }

    fn check_origin(&self, headers: &HeaderMap, host: Option<&str>) -> Result<(), ApiError> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let is_allowed =
            || self.allowed_origins.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()));
        if is_same_origin(origin, host) || is_allowed() {
            return Ok(());
        }
        Err(Code::OriginNotAllowed.into())
    }
}

/// Whether an `Origin` is a page of this server.
fn is_same_origin(origin: &HeaderValue, host: Option<&str>) -> bool {
    let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    from.is_some_and(|(_, from)| host.is_some_and(|host| host.eq_ignore_ascii_case(from)))
}

/// The scheme of the nearest proxy, which adds it last.
fn is_forwarded_https(headers: &HeaderMap) -> bool {
    let schemes = headers.get_all("x-forwarded-proto").iter().filter_map(|value| value.to_str().ok());
    schemes.flat_map(|value| value.split(',')).last().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

/// A browser adds our cookies to requests of every page that it counts as the same site, which includes other ports and
/// subdomains of this host, and sends some requests before it asks. So a cookie is valid only for our own pages: not for
/// configured origins, which send a token. A link may lead here from anywhere.
fn check_cookie(request: &Request, host: Option<&str>) -> Result<(), ApiError> {
    let headers = request.headers();
    if !cookie::authenticates(headers) {
        return Ok(());
    }
    let is_from_elsewhere = headers.get(header::ORIGIN).is_some_and(|origin| !is_same_origin(origin, host));
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    // `none`: the person opened the address, no page did.
    let is_own_page = site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
    let is_link = request.method().is_safe() && headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    if is_from_elsewhere || !(is_own_page || is_link) {
        return Err(Code::OriginNotAllowed.because("cookie"));
    }
    Ok(())
}

async fn check(
    State(edge): State<Arc<Edge>>,
    peer: Result<ConnectInfo<SocketAddr>, ExtensionRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    let peer_address = peer.as_ref().ok().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let checked = edge
        .check_host(host, headers, peer_address)
        .and_then(|()| edge.check_origin(headers, host))
        .and_then(|()| check_cookie(&request, host))
        .and_then(|()| check_kind(&request));
    if let Err(refused) = checked {
        let is_waiting = pace::discard(request).await;
        let mut response = refused.into_response();
        if !is_waiting {
            response.extensions_mut().insert(NotSent);
        }
        return response;
    }
    if let Ok(ConnectInfo(peer)) = peer {
        let mut remote = edge.remote(peer.ip(), request.headers());
        remote.is_secure |= request.extensions().get::<OverTls>().is_some();
        request.extensions_mut().insert(remote);
    }
    next.run(request).await
}

/// The one route that accepts compressed bodies; it decompresses them itself.
const PACKED: &str = "/sync/batch";

/// Whether a route accepts images: that of a product, or of one hash.
fn is_of_image(path: &str) -> bool {
    path.ends_with("/image") || path.rsplit_once('/').is_some_and(|(parent, _)| parent.ends_with("/images"))
}

/// A body must declare JSON, or for some routes an image; a form or a page of another site can send neither without a
/// preflight. It must not be compressed.
fn check_kind(request: &Request) -> Result<(), ApiError> {
    if request.body().is_end_stream() {
        return Ok(());
    }
    let is_packed = |encoding: &HeaderValue| !encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    let mut encodings = request.headers().get_all(header::CONTENT_ENCODING).iter();
    if encodings.any(is_packed) && !request.uri().path().ends_with(PACKED) {
        return Err(Code::UnsupportedEncoding.into());
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let (kind, parameters) = (kind.trim().to_ascii_lowercase(), parameters.trim().to_ascii_lowercase());
    let is_utf8 = parameters.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8");
    if kind == "application/json" && is_utf8 {
        return Ok(());
    }
    match is_of_image(request.uri().path()) {
        true if ImageType::parse(&kind).is_some() => Ok(()),
        true => Err(Code::UnsupportedMediaType.because("image")),
        false => Err(Code::UnsupportedMediaType.into()),
    }
}

/// Trusted proxies. A network of all addresses is rejected: every client could then claim any address.
fn network(word: &str) -> Result<IpNet, String> {
    let network = word.parse::<IpNet>().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
    let network = network
        .map_err(|_| format!("'{word}' is neither an address nor a network; write 192.168.1.5 or 10.0.0.0/8"))?;
    match network.prefix_len() {
        0 => Err(format!("'{word}' trusts every address, so any client could claim any address; list your proxies")),
        _ => Ok(network),
    }
}

/// An origin in the form that browsers send.
fn origin(word: &str) -> Result<HeaderValue, String> {
    let is_default = |scheme: &str, port: &str| matches!((scheme, port), ("http", "80") | ("https", "443"));
    let is_sent = word.split_once("://").is_some_and(|(scheme, authority)| {
        let behind = authority.rsplit_once(']').map_or(authority, |(_, behind)| behind);
        let port = behind.split_once(':').map(|(_, port)| port);
        matches!(scheme, "http" | "https")
            && is_host(host_name(authority))
            && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0) && !is_default(scheme, port))
    });
    let is_uri = word.parse::<Uri>().is_ok_and(|uri| uri.path_and_query().is_none_or(|path| path == "/"));
    HeaderValue::from_str(word).ok().filter(|_| is_sent && is_uri && !word.ends_with('/')).ok_or_else(|| {
        format!(
            "'{word}' is not an origin; write https://kasir.example.com, with the port unless it is 443 (80 for http)"
        )
    })
}

/// A host name of the server.
fn host(word: &str) -> Result<String, String> {
    let name = word.trim_end_matches('.');
    let why = "is not a host name; write kasir.example.com, without https://, port or path";
    if is_host(name) { Ok(name.to_owned()) } else { Err(format!("'{word}' {why}")) }
}

/// A DNS name or an address.
fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(is_label))
}

/// Whether an address belongs to this machine or a private network.
fn is_local_network(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    }
}

/// A host without port and brackets.
#[must_use]
pub fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    match host.rsplit_once(':') {
        Some((name, _)) if !name.contains(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_request_through_a_proxy_is_not_local() {
        let edge = Edge::default();
        let loopback = address("127.0.0.1");
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
            assert!(edge.remote(loopback, &headers(&[("host", host)])).is_local, "{host}");
        }
        assert!(edge.remote(address("::ffff:127.0.0.1"), &headers(&[("host", "localhost")])).is_local);
        for name in FORWARDING {
            assert!(!edge.remote(loopback, &headers(&[("host", "localhost"), (name, "127.0.0.1")])).is_local, "{name}");
        }
        for host in ["192.168.1.5:8080", "kasir.local"] {
            assert!(!edge.remote(loopback, &headers(&[("host", host)])).is_local, "{host}");
        }
        assert!(!edge.remote(address("192.168.1.77"), &headers(&[("host", "localhost")])).is_local);
    }

    #[test]
    fn an_unusable_edge_setting_is_rejected_at_start() {
        let refused = |proxies, origins, hosts| Edge::parse(proxies, origins, Some(hosts)).err();
        for proxies in ["0.0.0.0/0", "::/0", "10.0.0.1, 0.0.0.0/0", "localhost", "127.0.0.1:80", "*"] {
            assert!(refused(proxies, "", "").is_some(), "{proxies}");
        }
        for origins in [
            "*",
            "null",
            "kasir.example.com",
            "https://",
            "https://kasir.example.com/",
            "https://kasir.example.com/till",
            "https://*.example.com",
            "https://kasir.example.com:443",
            "http://kasir.example.com:80",
            "ftp://a.example",
            "https://user@a.example",
            "https://a.example?x",
            "https://a.example#x",
            "https://ä.example",
            "file://",
            "https://a.example:port",
            "https://a.example https://b.example",
        ] {
            assert!(refused("", origins, "").is_some(), "{origins}");
        }
        for hosts in [
            "*",
            "*.example.com",
            "https://kasir.example.com",
            "kasir.example.com:8080",
            "kasir.example.com/",
            "ä.example",
            "a b",
            "a..b",
        ] {
            assert!(refused("", "", hosts).is_some(), "{hosts}");
        }
        let origins = "https://kasir.example.com, HTTP://192.168.1.5:8080, http://[::1]:3000, http://localhost:5173";
        let edge = Edge::parse("10.0.0.1/8, ::1", origins, Some("KASIR.example.com., till_1")).unwrap();
        assert_eq!(edge.hosts.unwrap().0, ["kasir.example.com", "till_1"]);
        assert_eq!((edge.trusted_proxies.len(), edge.allowed_origins.len()), (2, 4));
        assert_eq!(edge.allowed_origins[1], "http://192.168.1.5:8080");
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client() {
        let edge = Edge::parse("127.0.0.1, 10.0.0.0/8", "", None).unwrap();
        for (peer, forwarded, client) in [
            ("127.0.0.1", "192.168.1.77", "192.168.1.77"),
            ("127.0.0.1", "1.1.1.1, 192.168.1.77, 10.0.0.3", "192.168.1.77"),
            ("192.168.1.9", "127.0.0.1", "192.168.1.9"),
            ("127.0.0.1", "garbage", "127.0.0.1"),
            ("127.0.0.1", "10.1.1.1", "10.1.1.1"),
        ] {
            let remote = edge.remote(address(peer), &headers(&[("x-forwarded-for", forwarded)]));
            assert_eq!(remote.address, address(client), "{peer} {forwarded}");
        }
        assert_eq!(
            Edge::default().remote(address("127.0.0.1"), &headers(&[("x-forwarded-for", "1.1.1.1")])).address,
            address("127.0.0.1")
        );
    }

    #[test]
    fn only_a_trusted_proxy_says_that_a_request_came_over_tls() {
        let edge = Edge::parse("10.0.0.0/8", "", None).unwrap();
        for (peer, schemes, is_secure) in [
            ("10.0.0.1", vec![], false),
            ("10.0.0.1", vec!["https"], true),
            ("10.0.0.1", vec!["HTTPS"], true),
            ("10.0.0.1", vec!["http, https"], true),
            // The nearest proxy received it without TLS.
            ("10.0.0.1", vec!["https, http"], false),
            ("10.0.0.1", vec!["https", "http"], false),
            ("192.168.1.9", vec!["https"], false),
        ] {
            let sent: Vec<_> = schemes.iter().map(|scheme| ("x-forwarded-proto", *scheme)).collect();
            assert_eq!(edge.remote(address(peer), &headers(&sent)).is_secure, is_secure, "{peer} {schemes:?}");
        }
    }

    #[test]
    fn a_cookie_is_valid_for_pages_of_this_server_only() {
        let check = |method: Method, list: &[(&'static str, &str)]| {
            let mut request = Request::new(axum::body::Body::empty());
            *request.method_mut() = method;
            *request.headers_mut() = headers(list);
            check_cookie(&request, Some("192.168.1.5:8080")).map_err(|refused| refused.code())
        };
        let cookie = ("cookie", "x=1; gerai_session=a.b");
        let bearer = ("authorization", "Bearer a.b");
        for method in [Method::GET, Method::POST, Method::DELETE] {
            for allowed in [
                vec![cookie],
                vec![cookie, ("origin", "http://192.168.1.5:8080"), ("sec-fetch-site", "same-origin")],
                vec![cookie, ("sec-fetch-site", "none")],
                // Without one of our cookies there is nothing to abuse.
                vec![("cookie", "x=1"), ("sec-fetch-site", "cross-site")],
                vec![cookie, bearer, ("origin", "https://kasir.example.com"), ("sec-fetch-site", "cross-site")],
            ] {
                assert_eq!(check(method.clone(), &allowed), Ok(()), "{method} {allowed:?}");
            }
            for refused in [
                vec![cookie, ("origin", "http://192.168.1.5:9999")],
                vec![cookie, ("origin", "null")],
                vec![cookie, ("sec-fetch-site", "same-site")],
                vec![cookie, ("sec-fetch-site", "cross-site")],
                vec![("cookie", "gerai_device=x"), ("sec-fetch-site", "cross-site")],
                vec![cookie, ("origin", "http://192.168.1.5:8080"), ("sec-fetch-site", "same-site")],
            ] {
                assert_eq!(check(method.clone(), &refused), Err("origin_not_allowed"), "{method} {refused:?}");
            }
        }
        let link = [cookie, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(check(Method::GET, &link), Ok(()));
        // A form of another page navigates too.
        assert_eq!(check(Method::POST, &link), Err("origin_not_allowed"));
    }

    #[test]
    fn with_allowed_hosts_other_public_names_are_rejected() {
        let edge = Edge::parse("", "", Some("kasir.example.com")).unwrap();
        for host in ["127.0.0.1:8080", "[fe80::1]:8080", "localhost", "gerai", "gerai.local:8080", "KASIR.example.com."]
        {
            assert!(edge.check_host(Some(host), &HeaderMap::new(), None).is_ok(), "{host}");
        }
        for host in ["attacker.example", "kasir.example.com.attacker.example:8080", "127.0.0.1.nip.io"] {
            let refused = edge.check_host(Some(host), &HeaderMap::new(), None).unwrap_err();
            assert_eq!(refused.code(), "host_not_allowed", "{host}");
            assert!(Edge::default().check_host(Some(host), &HeaderMap::new(), None).is_ok());
        }
    }

    #[test]
    fn without_allowed_hosts_a_foreign_host_is_rejected_on_local_networks() {
        let edge = Edge::parse("", "http://kantor.example.com", None).unwrap();
        let check = |host: &str, origin: Option<&str>, peer: &str| {
            let headers = origin.map_or_else(HeaderMap::new, |origin| headers(&[("origin", origin)]));
            edge.check_host(Some(host), &headers, Some(address(peer))).is_ok()
        };
        for peer in ["127.0.0.1", "::1", "192.168.1.7", "10.0.0.1", "fd00::1", "169.254.0.1"] {
            assert!(!check("attacker.example:9090", Some("http://attacker.example:9090"), peer), "{peer}");
            assert!(!check("attacker.example", Some("null"), peer), "{peer}");
            // An outlet is not a page; a certificate, an address, a local name or a configured origin cannot be forged.
            assert!(check("hub.example.com", None, peer), "{peer}");
            assert!(check("hub.example.com", Some("https://hub.example.com"), peer), "{peer}");
            assert!(check("192.168.1.5:9090", Some("http://192.168.1.5:9090"), peer), "{peer}");
            assert!(check("hub.local", Some("http://hub.local"), peer), "{peer}");
            assert!(check("kantor.example.com", Some("http://kantor.example.com"), peer), "{peer}");
        }
        assert!(
            check("hub.example.com", Some("http://hub.example.com"), "203.0.113.9"),
            "it is on the internet anyway"
        );
    }

    #[test]
    fn a_foreign_origin_is_rejected_unless_configured() {
        let edge = Edge::parse("", "https://kasir.example.com", None).unwrap();
        let check = |origin: &str| edge.check_origin(&headers(&[("origin", origin)]), Some("192.168.1.5:8080"));
        for origin in ["http://192.168.1.5:8080", "https://kasir.example.com"] {
            assert!(check(origin).is_ok(), "{origin}");
        }
        for origin in ["null", "http://192.168.1.5", "http://kasir.example.com", "https://attacker.example", ""] {
            assert_eq!(check(origin).unwrap_err().code(), "origin_not_allowed", "{origin}");
        }
        assert!(edge.check_origin(&HeaderMap::new(), None).is_ok());
    }

    #[test]
    fn an_invalid_edge_setting_is_reported_by_value() {
        for (proxies, origins, word) in [("300.1.1.1", "", "300.1.1.1"), ("", "kasir.example.com", "kasir.example.com")]
        {
            assert!(Edge::parse(proxies, origins, None).unwrap_err().contains(word));
        }
        assert!(Edge::parse("", "https://a.example/path", None).is_err());
    }
}
