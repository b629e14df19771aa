//! What `/metrics` says, in Prometheus' text format 0.0.4, which every scraper reads. One registry per server: several run
//! in one process in the demo.
//!
//! Units are base units and the last word of a name (`_seconds`, `_bytes`); counters end in `_total`; each metric has its
//! help and type under its full name. `tests/api/metrics.py` checks the running servers.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::sync::Semaphore;

use crate::bodies::Bodies;
use crate::quotas::Quotas;
use crate::{ApiError, Code, hashing};

/// Lines of the log that could not be written, counted by whatever writes it: one log for all servers of a process.
pub static LOG_LINES_LOST: LazyLock<Counter> = LazyLock::new(Counter::default);

/// A server's registry, and the figures of its HTTP edge.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<Route, Counter>,
    seconds: Family<Route, Histogram>,
    /// Open connections.
    pub(crate) connections: Gauge,
    places: Family<Place, Gauge>,
    bodies: Arc<OnceLock<Bodies>>,
    explorers: Arc<OnceLock<Quotas>>,
    /// Who has the figures written, and who waits for that: it touches the disk.
    writing: Arc<Semaphore>,
    asking: Arc<Semaphore>,
}

/// Callers that wait for the figures, or have them written.
const ASKING: usize = 8;

/// What [`crate::quotas`] and others give out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Place {
    of: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
    status: u16,
}

fn histogram() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("gerai");
        let requests = Family::default();
        let seconds: Family<Route, Histogram> = Family::new_with_constructor(histogram as fn() -> Histogram);
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_duration_seconds", "Time to answer", seconds.clone());
        registry.register("log_lines_lost", "Lines of the log that could not be written", LOG_LINES_LOST.clone());
        let (connections, places) = (Gauge::default(), Family::default());
        registry.register("http_connections", "Open connections", connections.clone());
        registry.register("places_taken", "Places of limited resources that are taken", places.clone());
        Self {
            registry: Arc::new(Mutex::new(registry)),
            requests,
            seconds,
            connections,
            places,
            bodies: Arc::default(),
            explorers: Arc::default(),
            writing: Arc::new(Semaphore::new(1)),
            asking: Arc::new(Semaphore::new(ASKING)),
        }
    }
}

impl Metrics {
    /// Adds figures of a server's own.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The bodies that arrive at the server with these figures.
    pub(crate) fn bodies(&self, most_bytes: usize) -> Bodies {
        self.bodies.get_or_init(|| Bodies::new(most_bytes)).clone()
    }

    /// Counts those who read the API's description at the server with these figures.
    pub(crate) fn explorers(&self, shares: &Quotas) {
        let _ = self.explorers.set(shares.clone());
    }

    /// The text that a scraper reads; `places` says how many places of each kind are taken now.
    ///
    /// # Errors
    /// 503 `overloaded`.
    pub async fn text(&self, places: &[(&'static str, usize)]) -> Result<Response, ApiError> {
        let overloaded = || Code::Overloaded.because("metrics").retry_after(1);
        let asked = Arc::clone(&self.asking).try_acquire_owned().map_err(|_| overloaded())?;
        let turn = Arc::clone(&self.writing).acquire_owned().await.map_err(|_| overloaded())?;
        let edge = [
            ("bodies", self.bodies.get().map_or(0, Bodies::count)),
            ("explorers", self.explorers.get().map_or(0, Quotas::taken)),
            ("hashes", hashing::taken()),
        ];
        for (of, taken) in places.iter().copied().chain(edge) {
            self.places.get_or_create(&Place { of }).set(i64::try_from(taken).unwrap_or(i64::MAX));
        }
        let metrics = self.clone();
        // The permits go with the work: a caller that leaves does not end what it has started.
        let written = tokio::task::spawn_blocking(move || {
            let _held = (asked, turn);
            metrics.written()
        });
        written.await.map_err(|_| ApiError::internal())
    }

    fn written(&self) -> Response {
        let mut body = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = prometheus_client::encoding::text::encode(&mut body, &registry) {
            tracing::error!(%error, "cannot write metrics");
        }
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], as_text_format(&body)).into_response()
    }
}

/// The same figures as the older format has them: there a counter's help and type name it with its `_total`.
fn as_text_format(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = None;
    for line in open_metrics.lines() {
        if let Some(about) = line.strip_prefix("# HELP ") {
            help = about.split_once(' ');
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|of| of.split_once(' ')) {
            let total = if kind == "counter" { "_total" } else { "" };
            if let Some((_, help)) = help.take().filter(|(of, _)| *of == name) {
                text += &format!("# HELP {name}{total} {help}\n");
            }
            text += &format!("# TYPE {name}{total} {kind}\n");
        } else if !line.starts_with('#') {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// Counts and times every request by its route, never by its full path.
pub async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let method = method(&request);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let started = Instant::now();
    let response = next.run(request).await;
    let label = Route { method, route, status: response.status().as_u16() };
    metrics.requests.get_or_create(&label).inc();
    metrics.seconds.get_or_create(&label).observe(started.elapsed().as_secs_f64());
    response
}

fn method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_described_under_the_name_of_its_samples() {
        let open_metrics = "# HELP a_b Things.\n# TYPE a_b counter\na_b_total{c=\"# TYPE\"} 1\n# HELP g_seconds Age.\n\
                            # TYPE g_seconds gauge\n# UNIT g_seconds seconds\ng_seconds 2\n# EOF\n";
        let text = "# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total{c=\"# TYPE\"} 1\n\
                    # HELP g_seconds Age.\n# TYPE g_seconds gauge\ng_seconds 2\n";
        assert_eq!(as_text_format(open_metrics), text);
    }
}
