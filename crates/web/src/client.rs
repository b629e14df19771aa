//! HTTP clients as both servers build them: certificates that the system trusts, no redirects, no proxy, plain answers.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use reqwest::{Certificate, Client, ClientBuilder, redirect};

/// A request without this header lets anybody on the way pack the answer.
const PLAIN: (HeaderName, HeaderValue) = (header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client that trusts the system's certificates, or the common ones where the system has none; `with` adds what
/// one server needs.
///
/// # Errors
/// What the library said.
pub fn build(with: impl Fn(ClientBuilder) -> ClientBuilder) -> reqwest::Result<Client> {
    // Only the first caller in a process installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        with(
            Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .redirect(redirect::Policy::none())
                .user_agent(concat!("gerai/", env!("CARGO_PKG_VERSION")))
                .default_headers([PLAIN].into_iter().collect())
                // Servers close a silent connection after 30 s; a request must not meet that moment.
                .pool_idle_timeout(Duration::from_secs(20))
                .tcp_nodelay(true)
                .no_proxy(),
        )
    };
    builder().build().or_else(|_| {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        builder().tls_certs_only(roots.iter().filter_map(|der| Certificate::from_der(der).ok())).build()
    })
}
