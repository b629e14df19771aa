//! `/metrics` in Prometheus' text format 0.0.4, which every scraper reads. One registry per server: the demo runs
//! several servers in one process.
//!
//! Units are base units at the end of a name (`_seconds`, `_bytes`); counters end in `_total`; each metric has its help
//! and type under its full name. `tests/api/metrics.py` checks the running servers.

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

/// Log lines that could not be written: one log for all servers of a process.
pub static LOG_LINES_LOST: LazyLock<Counter> = LazyLock::new(Counter::default);

/// A server's registry, and the metrics of its HTTP edge.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<Route, Counter>,
    seconds: Family<Route, Histogram>,
    /// Open connections.
    pub(crate) connections: Gauge,
    permits: Family<PermitKind, Gauge>,
    bodies: Arc<OnceLock<Bodies>>,
    explorers: Arc<OnceLock<Quotas>>,
    /// Permits for collecting and for waiting: collecting reads the disk.
    collecting: Arc<Semaphore>,
    pending: Arc<Semaphore>,
}

/// Maximum number of scrapes that run or wait.
const MAX_PENDING: usize = 8;

/// Label of a limited resource, such as [`crate::quotas`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PermitKind {
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
        let (connections, permits) = (Gauge::default(), Family::default());
        registry.register("http_connections", "Open connections", connections.clone());
        registry.register("permits_in_use", "Permits of limited resources in use", permits.clone());
        Self {
            registry: Arc::new(Mutex::new(registry)),
            requests,
            seconds,
            connections,
            permits,
            bodies: Arc::default(),
            explorers: Arc::default(),
            collecting: Arc::new(Semaphore::new(1)),
            pending: Arc::new(Semaphore::new(MAX_PENDING)),
        }
    }
}

impl Metrics {
    /// Registers metrics of a server.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The bodies in transit of this server, counted here.
    pub(crate) fn bodies(&self, max_bytes: usize) -> Bodies {
        self.bodies.get_or_init(|| Bodies::new(max_bytes)).clone()
    }

    /// Counts readers of the API explorer.
    pub(crate) fn explorers(&self, quotas: &Quotas) {
        let _ = self.explorers.set(quotas.clone());
    }

    /// The text for a scraper; `in_use` has the permits in use of each kind.
    ///
    /// # Errors
    /// 503 `overloaded`.
    pub async fn text(&self, in_use: &[(&'static str, usize)]) -> Result<Response, ApiError> {
        let overloaded = || Code::Overloaded.because("metrics").retry_after(1);
        let pending_permit = Arc::clone(&self.pending).try_acquire_owned().map_err(|_| overloaded())?;
        let collecting_permit = Arc::clone(&self.collecting).acquire_owned().await.map_err(|_| overloaded())?;
        let edge = [
            ("bodies", self.bodies.get().map_or(0, Bodies::count)),
            ("explorers", self.explorers.get().map_or(0, Quotas::in_use)),
            ("hashes", hashing::pending()),
        ];
        for (of, count) in in_use.iter().copied().chain(edge) {
            self.permits.get_or_create(&PermitKind { of }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let metrics = self.clone();
        // The permits belong to the work: it continues when the client hangs up.
        let written = tokio::task::spawn_blocking(move || {
            let _permits = (pending_permit, collecting_permit);
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

/// Converts to the older format, in which help and type of a counter use its name with `_total`.
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

/// Counts and times each request by its route, never by its full path.
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
    fn a_counter_is_described_by_the_name_of_its_samples() {
        let open_metrics = "# HELP a_b Things.\n# TYPE a_b counter\na_b_total{c=\"# TYPE\"} 1\n# HELP g_seconds Age.\n\
                            # TYPE g_seconds gauge\n# UNIT g_seconds seconds\ng_seconds 2\n# EOF\n";
        let text = "# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total{c=\"# TYPE\"} 1\n\
                    # HELP g_seconds Age.\n# TYPE g_seconds gauge\ng_seconds 2\n";
        assert_eq!(as_text_format(open_metrics), text);
    }
}
