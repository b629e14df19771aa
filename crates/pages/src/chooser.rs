//! `/` of an outlet: a paired device goes to its app, everybody else chooses. Works without scripts.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use web::Language;
use web::tls::TlsHandle;

use crate::html;
use crate::trust::https_address;

/// The cookie of a device that has passed the check of `/trust`.
const PREFERS_HTTPS: &str = "prefer_https";

/// A choice: address, name, what it is for.
type Choice = (&'static str, &'static str, &'static str);

struct Words {
    title: &'static str,
    question: &'static str,
    choices: [Choice; 4],
    trust: Choice,
}

const INDONESIAN: Words = Words {
    title: "Gerai",
    question: "Mau ke mana?",
    choices: [
        ("/till/", "Kasir", "Jual, terima pembayaran, lihat meja"),
        ("/kitchen/", "Dapur dan bar", "Tiket pesanan yang harus dibuat"),
        ("/admin/", "Admin", "Menu, harga, karyawan, laporan, kirim ke pusat"),
        ("/docs", "API", "Untuk program lain yang terhubung"),
    ],
    trust: ("/trust", "Sambungan aman", "Pasang HTTPS di perangkat ini, sekali saja"),
};

const ENGLISH: Words = Words {
    title: "Gerai",
    question: "Where to?",
    choices: [
        ("/till/", "Till", "Sell, take payments, see the tables"),
        ("/kitchen/", "Kitchen and bar", "Tickets of what is to be made"),
        ("/admin/", "Admin", "Menu, prices, staff, reports, sync with head office"),
        ("/docs", "API", "For other programs that connect"),
    ],
    trust: ("/trust", "Secure connection", "Set up HTTPS on this device, once"),
};

/// Answers `/` in the language of the request; `device` is the cookie of a paired device. A device that trusts the server's certificate goes to HTTPS first.
#[must_use]
pub fn choose(tls: &TlsHandle, is_secure: bool, device: &str, headers: &HeaderMap) -> Response {
    if tls.is_on()
        && !is_secure
        && has_cookie(headers, PREFERS_HTTPS)
        && let Some(address) = https_address(&tls.state(), headers)
    {
        return Redirect::temporary(&format!("{address}/")).into_response();
    }
    if has_cookie(headers, device) {
        return Redirect::temporary("/till/").into_response();
    }
    let language = Language::accepted(headers);
    let words = match language {
        Language::Indonesian => &INDONESIAN,
        Language::English => &ENGLISH,
    };
    let choices = words.choices.iter().chain(tls.is_on().then_some(&words.trust));
    let choices: String = choices.enumerate().map(|(at, choice)| item(at == 0, choice)).collect();
    let body = format!("<h1>{}</h1>\n<p>{}</p>\n<ul class=\"choices\">\n{choices}</ul>\n", words.title, words.question);
    html::page(language.tag(), words.title, &body)
}

fn item(is_first: bool, (address, name, purpose): &Choice) -> String {
    let class = if is_first { " class=\"first\"" } else { "" };
    format!("<li><a{class} href=\"{address}\"><strong>{name}</strong><span>{purpose}</span></a></li>\n")
}

/// Whether a cookie of this name has a value.
fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.split_once('='));
    cookies.any(|(found, value)| found.trim() == name && !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_its_cookie_among_others() {
        let known = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::COOKIE, value.parse().unwrap());
            }
            has_cookie(&headers, "gerai_device")
        };
        assert!(known(&["gerai_device=s3cret"]));
        assert!(known(&["gerai_session=a; gerai_device=b=c"]));
        assert!(known(&["a=1", "gerai_device=2"]));
        for values in [&[][..], &["gerai_device="], &["gerai_device"], &["other_gerai_device=1"], &["x=gerai_device"]] {
            assert!(!known(values), "{values:?}");
        }
    }
}
