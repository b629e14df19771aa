//! HTTP clients of both servers: the system's certificates, no redirects, no proxy, no compression.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use reqwest::{Certificate, Client, ClientBuilder, redirect};

/// Without this header, a proxy may compress the answer.
const NO_COMPRESSION: (HeaderName, HeaderValue) = (header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client that trusts the system's certificates, or bundled ones if the system has none. `with` adds the
/// settings of a server.
///
/// # Errors
/// The error of the library.
pub fn build(with: impl Fn(ClientBuilder) -> ClientBuilder) -> reqwest::Result<Client> {
    // Only the first call in a process installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        with(
            Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .redirect(redirect::Policy::none())
                .user_agent(concat!("gerai/", env!("CARGO_PKG_VERSION")))
                .default_headers([NO_COMPRESSION].into_iter().collect())
                // Servers close idle connections after 30 s; a request must not race with that.
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
