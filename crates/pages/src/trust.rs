//! `/trust`: how a device comes to trust the server's certificate, in steps per system, and a check whether it does.
//!
//! Reachable over plain HTTP, because a device that does not trust the certificate cannot open it otherwise. People compare
//! the fingerprint with the one in the server's terminal.

use std::net::{IpAddr, Ipv4Addr};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, EcLevel, QrCode};
use web::Language;
use web::edge::host_name;
use web::tls::{TlsHandle, TlsState};

use crate::html;

const SCRIPT: &str = include_str!("trust.js");

/// Routes of the page; none without TLS.
pub fn trust(tls: &TlsHandle) -> Router {
    if !tls.is_on() {
        return Router::new();
    }
    let (page_tls, crt_tls, profile_tls) = (tls.clone(), tls.clone(), tls.clone());
    Router::new()
        .route("/trust", get(move |request: Request| async move { page(&page_tls.state(), &request) }))
        .route("/trust/check.js", get(|| async { script() }))
        .route("/trust/gerai.crt", get(move || async move { certificate(&crt_tls) }))
        .route("/trust/gerai.mobileconfig", get(move || async move { profile(&profile_tls) }))
}

/// The address of HTTPS for the client of a request: by the name that it used, if the certificate has it.
#[must_use]
pub fn https_address(state: &TlsState, headers: &HeaderMap) -> Option<String> {
    let port = state.port?;
    let used = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(host_name).unwrap_or_default();
    let name = state.names.iter().find(|name| name.eq_ignore_ascii_case(used)).or_else(|| network_name(state));
    let name = name.or_else(|| state.names.first())?;
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Some(if name.contains(':') { format!("https://[{name}]{port}") } else { format!("https://{name}{port}") })
}

/// A name by which other devices reach the server: an address of its network, else a local name.
fn network_name(state: &TlsState) -> Option<&String> {
    let is_reachable = |name: &&String| name.parse::<Ipv4Addr>().is_ok_and(|address| !address.is_loopback());
    let address = state.names.iter().find(is_reachable);
    address.or_else(|| state.names.iter().find(|name| name.ends_with(".local")))
}

fn page(state: &TlsState, request: &Request) -> Response {
    let headers = request.headers();
    let language = Language::accepted(headers);
    let words = match language {
        Language::Indonesian => &INDONESIAN,
        Language::English => &ENGLISH,
    };
    let Some(address) = https_address(state, headers) else { return html::page(language.tag(), words.title, "") };
    let fingerprint = state.fingerprint.as_deref().unwrap_or_default();
    let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", words.title, words.purpose);
    if state.authority_expires_at.is_some() {
        body += &format!("<p>{}</p>\n<p><code>{fingerprint}</code></p>\n", words.compare);
        for (system, steps) in words.systems {
            let steps: String = steps.iter().map(|step| format!("<li>{step}</li>\n")).collect();
            body += &format!("<details>\n<summary>{system}</summary>\n<ol>\n{steps}</ol>\n</details>\n");
        }
    }
    body += &format!(
        "<h2>{check}</h2>\n<p><button id=\"check\" type=\"button\" data-address=\"{address}\">{button}</button></p>\n\
         <div role=\"status\">\n<p id=\"waiting\" hidden>{waiting}</p>\n\
         <p id=\"yes\" class=\"ok\" hidden>{yes} <a href=\"{address}/\">{address}</a></p>\n\
         <p id=\"no\" class=\"bad\" hidden>{no}</p>\n</div>\n<script src=\"/trust/check.js\"></script>\n",
        check = words.check,
        button = words.button,
        waiting = words.waiting,
        yes = words.yes,
        no = words.no,
    );
    if let Some(here) = trust_address(state, headers) {
        body +=
            &format!("<h2>{}</h2>\n<p>{}</p>\n{}\n<p><code>{here}</code></p>\n", words.other, words.scan, qr(&here));
    }
    html::page_connecting_to(&address, language.tag(), words.title, &body)
}

/// The address of this page for another device: over HTTP, because a browser stops a new device over HTTPS.
#[must_use]
pub fn trust_address(state: &TlsState, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let used = host_name(host);
    let is_loopback = used == "localhost" || used.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let port = port.filter(|port| Some(*port) != state.port).or(state.http_port)?;
    let name = if is_loopback { network_name(state)?.as_str() } else { used };
    let name = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    name.bytes().all(is_name).then(|| format!("http://{name}:{port}/trust"))
}

/// A QR code as SVG, black on white in both themes, because scanners need that.
fn qr(text: &str) -> String {
    const QUIET: usize = 4;
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let (width, side) = (code.width(), code.width() + 2 * QUIET);
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: String = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET)).collect();
    format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" width=\"200\" height=\"200\" role=\"img\" aria-label=\"{text}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

fn script() -> Response {
    html::protect(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response())
}

/// The authority's certificate in DER, which Android wants.
fn certificate(tls: &TlsHandle) -> Response {
    download(tls, "application/x-x509-ca-cert", "gerai.crt", |der, _| der.to_vec())
}

/// A configuration profile with the certificate, for iPhone, iPad and Mac.
fn profile(tls: &TlsHandle) -> Response {
    download(tls, "application/x-apple-aspen-config", "gerai.mobileconfig", |der, fingerprint| {
        let id = |at: usize| {
            let hex: String = fingerprint.split(':').skip(at).take(16).collect();
            format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
        };
        PROFILE
            .replace("{certificate}", &STANDARD.encode(der))
            .replace("{content_id}", &id(0))
            .replace("{profile_id}", &id(16))
            .into_bytes()
    })
}

fn download(tls: &TlsHandle, kind: &'static str, name: &str, content: impl Fn(&[u8], &str) -> Vec<u8>) -> Response {
    let fingerprint = tls.state().fingerprint.unwrap_or_default();
    let Some(bytes) = tls.authority().map(|der| content(der, &fingerprint)) else {
        return web::Code::NotFound.because("path").into_response();
    };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    html::protect(response)
}

const PROFILE: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadCertificateFileName</key><string>gerai.crt</string>
      <key>PayloadContent</key><data>{certificate}</data>
      <key>PayloadDisplayName</key><string>Gerai</string>
      <key>PayloadIdentifier</key><string>internal.gerai.{content_id}</string>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadUUID</key><string>{content_id}</string>
      <key>PayloadVersion</key><integer>1</integer>
    </dict>
  </array>
  <key>PayloadDisplayName</key><string>Gerai</string>
  <key>PayloadIdentifier</key><string>internal.gerai.{profile_id}</string>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadUUID</key><string>{profile_id}</string>
  <key>PayloadVersion</key><integer>1</integer>
</dict>
</plist>
";

/// A system and its steps.
type System = (&'static str, &'static [&'static str]);

struct Words {
    title: &'static str,
    purpose: &'static str,
    compare: &'static str,
    systems: [System; 5],
    check: &'static str,
    button: &'static str,
    waiting: &'static str,
    yes: &'static str,
    no: &'static str,
    other: &'static str,
    scan: &'static str,
}

const INDONESIAN: Words = Words {
    title: "Sambungan aman ke Gerai",
    purpose: "Dengan sambungan aman (HTTPS), orang lain di jaringan tidak bisa membaca PIN dan penjualan, dan browser \
              mengizinkan hal yang tidak boleh lewat sambungan biasa, misalnya memasang halaman ini seperti aplikasi. Cukup \
              sekali per perangkat.",
    compare: "Sebelum memasang, bandingkan sidik jari ini dengan yang tercetak di terminal server. Kalau berbeda, jangan \
              dipasang: panggil admin.",
    systems: [
        (
            "Android",
            &[
                "<a href=\"/trust/gerai.crt\" download>Unduh gerai.crt</a>.",
                "Buka Setelan → Keamanan → Enkripsi &amp; kredensial (atau: Setelan keamanan lainnya) → Pasang sertifikat → \
             Sertifikat CA.",
                "Pilih “Tetap pasang”, lalu berkas gerai.crt tadi.",
                "Kembali ke halaman ini di Chrome, lalu tekan Periksa. Firefox di Android tidak memakai sertifikat ini.",
            ],
        ),
        (
            "iPhone dan iPad",
            &[
                "Di Safari, <a href=\"/trust/gerai.mobileconfig\">unduh profilnya</a> dan pilih Izinkan.",
                "Buka Pengaturan → Profil Diunduh → Pasang.",
                "Buka Pengaturan → Umum → Mengenai → Pengaturan Kepercayaan Sertifikat, lalu nyalakan yang bernama Gerai.",
                "Kembali ke halaman ini, lalu tekan Periksa.",
            ],
        ),
        (
            "Windows",
            &[
                "<a href=\"/trust/gerai.crt\" download>Unduh gerai.crt</a>, lalu klik dua kali.",
                "Pilih Instal Sertifikat → Mesin Lokal.",
                "Pilih “Tempatkan semua sertifikat di penyimpanan berikut” → Otoritas Sertifikasi Akar Tepercaya.",
                "Tutup dan buka lagi browsernya, lalu tekan Periksa.",
            ],
        ),
        (
            "Mac",
            &[
                "<a href=\"/trust/gerai.crt\" download>Unduh gerai.crt</a>, lalu klik dua kali supaya masuk ke Akses Rantai Kunci.",
                "Cari Gerai di sana, klik dua kali, dan buka bagian Percayai.",
                "Pilih “Selalu Percayai”, lalu tutup jendelanya.",
                "Tekan Periksa.",
            ],
        ),
        (
            "Linux (Chrome, Chromium)",
            &[
                "<a href=\"/trust/gerai.crt\" download>Unduh gerai.crt</a>.",
                "Buka chrome://certificate-manager → Sertifikat lokal → Dipasang oleh Anda.",
                "Di bagian Sertifikat tepercaya, pilih Impor, lalu berkas gerai.crt tadi.",
                "Tekan Periksa.",
            ],
        ),
    ],
    check: "Periksa",
    button: "Periksa perangkat ini",
    waiting: "Sedang diperiksa…",
    yes: "Berhasil, perangkat ini percaya. Mulai sekarang pakai alamat ini:",
    no: "Belum. Perangkat ini belum percaya pada server, atau servernya tidak terjangkau. Ulangi langkah-langkahnya. \
         Berjualan tetap bisa di alamat yang biasa.",
    other: "Perangkat lain",
    scan: "Pindai dengan kamera perangkat yang mau dipakai; perangkat itu harus di Wi-Fi toko.",
};

const ENGLISH: Words = Words {
    title: "A secure connection to Gerai",
    purpose: "Over a secure connection (HTTPS) nobody else on the network can read PINs and sales, and the browser allows what \
              it refuses over a plain one, such as installing these pages like an app. Once per device is enough.",
    compare: "Before you install it, compare this fingerprint with the one in the server's terminal. If they differ, do not \
              install it: call an admin.",
    systems: [
        (
            "Android",
            &[
                "<a href=\"/trust/gerai.crt\" download>Download gerai.crt</a>.",
                "Open Settings → Security → Encryption &amp; credentials (or: More security settings) → Install a certificate → CA \
             certificate.",
                "Choose “Install anyway”, then the file gerai.crt.",
                "Come back to this page in Chrome and press Check. Firefox on Android does not use this certificate.",
            ],
        ),
        (
            "iPhone and iPad",
            &[
                "In Safari, <a href=\"/trust/gerai.mobileconfig\">download the profile</a> and choose Allow.",
                "Open Settings → Profile Downloaded → Install.",
                "Open Settings → General → About → Certificate Trust Settings, and switch on the one named Gerai.",
                "Come back to this page and press Check.",
            ],
        ),
        (
            "Windows",
            &[
                "<a href=\"/trust/gerai.crt\" download>Download gerai.crt</a> and double-click it.",
                "Choose Install Certificate → Local Machine.",
                "Choose “Place all certificates in the following store” → Trusted Root Certification Authorities.",
                "Close the browser, open it again, and press Check.",
            ],
        ),
        (
            "Mac",
            &[
                "<a href=\"/trust/gerai.crt\" download>Download gerai.crt</a> and double-click it, so that it opens in Keychain Access.",
                "Find Gerai there, double-click it, and open the section Trust.",
                "Choose “Always Trust” and close the window.",
                "Press Check.",
            ],
        ),
        (
            "Linux (Chrome, Chromium)",
            &[
                "<a href=\"/trust/gerai.crt\" download>Download gerai.crt</a>.",
                "Open chrome://certificate-manager → Local certificates → Installed by you.",
                "Under Trusted certificates choose Import, then the file gerai.crt.",
                "Press Check.",
            ],
        ),
    ],
    check: "Check",
    button: "Check this device",
    waiting: "Checking…",
    yes: "It works: this device trusts the server. From now on use this address:",
    no: "Not yet. This device does not trust the server, or cannot reach it. Go through the steps again. Selling goes on at \
         the usual address.",
    other: "Other devices",
    scan: "Scan this with the camera of the device that you want to use; it must be on the shop's Wi-Fi.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use web::tls::TlsMode;

    fn state(names: &[&str], port: u16) -> TlsState {
        TlsState {
            mode: TlsMode::Auto,
            port: Some(port),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..TlsState::off()
        }
    }

    fn host(host: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, host.parse().unwrap())])
    }

    #[test]
    fn the_secure_address_has_the_name_in_use_if_the_certificate_has_it() {
        let state = state(&["127.0.0.1", "192.168.1.5", "fd00::5", "kasir.local"], 8443);
        for (used, expected) in [
            ("192.168.1.5:8080", "https://192.168.1.5:8443"),
            ("KASIR.local", "https://kasir.local:8443"),
            ("[fd00::5]:8080", "https://[fd00::5]:8443"),
            ("127.0.0.1:8080", "https://127.0.0.1:8443"),
            ("localhost:8080", "https://192.168.1.5:8443"),
            ("\"><script>", "https://192.168.1.5:8443"),
        ] {
            assert_eq!(https_address(&state, &host(used)).as_deref(), Some(expected), "{used}");
        }
        let alone = self::state(&["127.0.0.1"], 8443);
        assert_eq!(https_address(&alone, &host("localhost")).as_deref(), Some("https://127.0.0.1:8443"));
        assert_eq!(trust_address(&alone, &host("localhost:8080")), None, "no other device reaches it");
        assert_eq!(https_address(&TlsState::off(), &host("kasir.local")), None);
    }

    #[test]
    fn the_code_leads_another_device_to_this_page_over_http() {
        let state = state(&["127.0.0.1", "192.168.1.5"], 8443);
        for (used, expected) in [
            ("192.168.1.5:8080", Some("http://192.168.1.5:8080/trust")),
            ("localhost:8080", Some("http://192.168.1.5:8080/trust")),
            ("127.0.0.1:8080", Some("http://192.168.1.5:8080/trust")),
            ("kasir.local:8080", Some("http://kasir.local:8080/trust")),
            ("192.168.1.5:8443", None),
            ("\"><script>:8080", None),
        ] {
            assert_eq!(trust_address(&state, &host(used)).as_deref(), expected, "{used}");
        }
        // This page over HTTPS leads to HTTP too.
        let state = TlsState { http_port: Some(8080), ..state };
        for used in ["192.168.1.5:8443", "192.168.1.5", "localhost:8443"] {
            assert_eq!(trust_address(&state, &host(used)).as_deref(), Some("http://192.168.1.5:8080/trust"), "{used}");
        }
        let code = qr("http://192.168.1.5:8080/trust");
        assert!(code.starts_with("<svg") && code.contains("M4 4h1v1h-1z"), "{code}");
    }
}
