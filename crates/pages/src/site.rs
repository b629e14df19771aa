//! An app that is built from `ui/`, and how its files are served.

use std::borrow::Cow;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use rust_embed::EmbeddedFile;
use web::Code;
use web::messages::LanguageNeutral;

use crate::encoding::{self, Encoding};
use crate::html;

const INDEX: &str = "index.html";
/// The folder whose file names contain a hash of their content.
const HASHED: &str = "assets/";
/// What built apps consist of; other names after a dot belong to addresses inside the app.
const EXTENSIONS: [&str; 18] = [
    "br",
    "css",
    "gz",
    "html",
    "ico",
    "jpg",
    "js",
    "json",
    "map",
    "mjs",
    "png",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "webp",
    "woff2",
    "xml",
];

/// An app and its embedded files.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    files: fn(&str) -> Option<EmbeddedFile>,
    folder: &'static str,
}

impl Site {
    /// The app in this folder of the files.
    #[must_use]
    pub const fn new(files: fn(&str) -> Option<EmbeddedFile>, folder: &'static str) -> Self {
        Self { files, folder }
    }

    /// Whether the program contains this app.
    #[must_use]
    pub fn is_built(self) -> bool {
        self.get(INDEX).is_some()
    }

    /// The app below a path such as `/till`.
    pub fn routes(self, at: &'static str) -> Router {
        let index = format!("{at}/");
        let to_index = index.clone();
        let answer = move |uri: Uri, headers: HeaderMap| async move {
            self.answer(uri.path().strip_prefix(at).unwrap_or_default(), &headers)
        };
        Router::new()
            .route(at, get(move || async move { Redirect::temporary(&to_index) }))
            .route(&index, get(answer))
            .route(&format!("{index}{{*path}}"), get(answer))
    }

    /// Answers a GET request for a path below the app: the file, 404 for a missing file, and the index for addresses
    /// inside the app.
    #[must_use]
    pub fn answer(self, path: &str, headers: &HeaderMap) -> Response {
        let path = path.trim_start_matches('/');
        if !self.is_built() {
            return not_built();
        }
        let name = if path.is_empty() { INDEX } else { path };
        match self.file(name, headers) {
            Some(file) => file,
            None if is_file(path) => Code::NotFound.because("path").into_response(),
            None => self.file(INDEX, headers).unwrap_or_else(not_built),
        }
    }

    fn get(self, name: &str) -> Option<EmbeddedFile> {
        (self.files)(&format!("{}/{name}", self.folder))
    }

    /// The answer with a file, in the smallest encoding that the client accepts.
    fn file(self, name: &str, headers: &HeaderMap) -> Option<Response> {
        if encoding::ALL.iter().any(|encoding| name.ends_with(encoding.suffix)) {
            return None;
        }
        let plain = self.get(name)?;
        let kind = content_type(plain.metadata.mimetype());
        let packed = encoding::accepted(headers).find_map(|encoding| self.packed(name, encoding));
        let (file, encoding) = packed.map_or((plain, None), |(file, encoding)| (file, Some(encoding)));
        let etag = etag(&file);
        let mut response = if is_known(headers, &etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            };
            let length = bytes.len();
            let mut response = Response::new(Body::from(bytes));
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            if let Some(encoding) = encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name));
            }
            response
        };
        response.headers_mut().insert(header::ETAG, etag);
        response.headers_mut().insert(header::CACHE_CONTROL, lifetime(name));
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response.extensions_mut().insert(LanguageNeutral);
        Some(html::protect(response))
    }

    fn packed(self, name: &str, encoding: Encoding) -> Option<(EmbeddedFile, Encoding)> {
        Some((self.get(&format!("{name}{}", encoding.suffix))?, encoding))
    }
}

/// A name with a hash can be used without asking for a year; any other file is asked for at each use.
fn lifetime(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    })
}

/// Whether a path names a file, not an address inside the app.
fn is_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    path.starts_with(HASHED)
        || last.starts_with('.')
        || extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

/// The kind of a file; text is UTF-8.
fn content_type(kind: &str) -> HeaderValue {
    let is_text = kind.starts_with("text/") || ["application/json", "application/manifest+json"].contains(&kind);
    let kind = if is_text { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// The hash of the bytes that are sent: each encoding has its own, as a strong tag requires (RFC 9110, 8.8.3).
fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash: String = file.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether the client has this version already (`If-None-Match`).
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes())
}

/// The answer of a program that was built without pages.
fn not_built() -> Response {
    let mut response = html::page("id", "Gerai", NOT_BUILT);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

const NOT_BUILT: &str = "\
<p>Program ini dibangun tanpa halaman: jalankan <code>make pages</code> (perlu Node, dan memasangnya sendiri), lalu bangun \
dan jalankan lagi programnya.</p>
<p lang=\"en\">This program was built without its pages: run <code>make pages</code> (it needs Node and installs it), then \
build and start the program again.</p>
";
