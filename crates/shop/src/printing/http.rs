//! Printing over HTTP: papers on request, the queue, and receipts as text, page or bytes.

use std::time::Instant;

use access::permission::{EditCatalog, Sell, TakePayment};
use access::session::Actor;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::text::REASON;
use domain::{CodePage, PrintJobKind, PrintJobState};
use paper::render::{escpos, html, text};
use paper::{Charset, Document, Format, Language, Width, layout};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::extract::{maybe_null, page_size};
use web::messages::Language as Reader;
use web::{ApiError, Choice, Code, List, PageQuery, Path, Problem, Query, Remote, Success, reply, time, words};

use super::jobs::{self, PrintJob, Selection};
use super::print::{self, Wanted};
use super::{links, papers, tickets};
use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::orders;
use crate::state::Shop;

/// No script, no file, no frame; the style is in the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The language of a paper.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaperLanguage {
    /// Indonesian.
    #[default]
    Id,
    /// English.
    En,
}

impl From<PaperLanguage> for Language {
    fn from(language: PaperLanguage) -> Self {
        match language {
            PaperLanguage::Id => Self::Indonesian,
            PaperLanguage::En => Self::English,
        }
    }
}

/// A paper of an order.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderPaper {
    /// Of a paid order.
    Receipt,
    /// Of an open order, marked as not paid.
    Bill,
}

/// The paper to print.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "receipt"}))]
pub struct PrintOrder {
    kind: OrderPaper,
    /// Default: the printer of this till.
    #[serde(default, deserialize_with = "maybe_null")]
    printer_id: Option<String>,
    /// Default: `id`.
    #[schema(nullable = false)]
    language: Option<PaperLanguage>,
}

/// Where and how to print.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct PrintPaper {
    /// Default: the printer of this till.
    #[serde(default, deserialize_with = "maybe_null")]
    printer_id: Option<String>,
    /// Default: `id`.
    #[schema(nullable = false)]
    language: Option<PaperLanguage>,
}

impl PrintPaper {
    fn wanted(self) -> Wanted {
        Wanted { printer_id: self.printer_id, language: self.language.unwrap_or_default().into() }
    }
}

/// Prints the receipt of a paid order, or the bill of an open one. The first receipt is the original; later ones are marked
/// as copies, with a number. Answers at once: `GET /api/v1/print-jobs/{id}` says what became of it.
#[utoipa::path(post, path = "/api/v1/orders/{id}/print", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), request_body = PrintOrder, responses(
    (status = 201, body = Success<PrintJob>), (status = 404, description = "`not_found`: the order or the printer"),
    (status = 409, description = "`no_printer`, `not_paid`, `already_paid`, `order_void`")))]
pub async fn print_order(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let (command, body) = Command::read::<PrintOrder>(&actor, &headers, &format!("/api/v1/orders/{id}/print"), body)?;
    let kind = match body.kind {
        OrderPaper::Receipt => PrintJobKind::Receipt,
        OrderPaper::Bill => PrintJobKind::Bill,
    };
    let wanted = Wanted { printer_id: body.printer_id, language: body.language.unwrap_or_default().into() };
    let work = move |tx: &rusqlite::Transaction<'_>, user: &access::session::CurrentUser, now| {
        print::print_order(tx, user, &id, kind, &wanted, now)
    };
    command.creating().run(work).await
}

/// Prints the paper of a refund once more, marked as a copy.
#[utoipa::path(post, path = "/api/v1/refunds/{id}/print", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), request_body = PrintPaper, responses(
    (status = 201, body = Success<PrintJob>), (status = 404, description = "`not_found`: the refund or the printer"),
    (status = 409, description = "`no_printer`")))]
pub async fn print_refund(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let (command, body) = Command::read::<PrintPaper>(&actor, &headers, &format!("/api/v1/refunds/{id}/print"), body)?;
    let wanted = body.wanted();
    command.creating().run(move |tx, user, now| print::print_refund(tx, user, &id, &wanted, now)).await
}

/// Prints X of an open shift or Z of a closed one, with the figures that the user may see. A second Z is marked as a copy, with a
/// number.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/print", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), request_body = PrintPaper, responses(
    (status = 201, body = Success<PrintJob>), (status = 404, description = "`not_found`: the shift or the printer"),
    (status = 409, description = "`no_printer`"), (status = 422, description = "`amount_too_large`")))]
pub async fn print_shift(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let (command, body) = Command::read::<PrintPaper>(&actor, &headers, &format!("/api/v1/shifts/{id}/print"), body)?;
    let wanted = body.wanted();
    command.creating().run(move |tx, user, now| print::print_shift(tx, user, &id, &wanted, now)).await
}

/// Prints a cash movement of a shift. The first time it also opens the drawer.
#[utoipa::path(post, path = "/api/v1/shifts/{id}/movements/{movement_id}/print", tag = "printers",
    params(("id" = String, Path), ("movement_id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), request_body = PrintPaper, responses(
    (status = 201, body = Success<PrintJob>),
    (status = 404, description = "`not_found`: the shift, the movement or the printer"),
    (status = 409, description = "`no_printer`")))]
pub async fn print_movement(
    actor: Actor<TakePayment>,
    Path((id, movement)): Path<(String, String)>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/shifts/{id}/movements/{movement}/print");
    let (command, body) = Command::read::<PrintPaper>(&actor, &headers, &path, body)?;
    let wanted = body.wanted();
    command.creating().run(move |tx, user, now| print::print_movement(tx, user, (&id, &movement), &wanted, now)).await
}

/// Why the drawer opens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Tukar uang kecil"}))]
pub struct OpenDrawer {
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Opens the cash drawer at the printer of this till without a sale.
#[utoipa::path(post, path = "/api/v1/drawers/open", tag = "drawers",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = OpenDrawer, responses(
    (status = 201, body = Success<PrintJob>), (status = 409, description = "`shift_required`, `no_printer`"),
    (status = 422, description = "`invalid_text`")))]
pub async fn open_drawer(actor: Actor<TakePayment>, headers: HeaderMap, body: Received) -> Result<Answer, ApiError> {
    let (command, body) = Command::read::<OpenDrawer>(&actor, &headers, "/api/v1/drawers/open", body)?;
    let reason = web::text::required("reason", &body.reason, REASON)?;
    command.creating().run(move |tx, user, now| print::open_drawer(tx, user, &reason, now)).await
}

/// Prints a ticket again at the printers of its station, marked as a copy, with a number. Those who prepare there and those who
/// take payments may do so.
#[utoipa::path(post, path = "/api/v1/kitchen/tickets/{id}/print", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = Success<Vec<PrintJob>>), (status = 403, description = "`forbidden`: the ticket is of another station"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`no_printer`, `ticket_cancelled`")))]
pub async fn print_ticket(actor: Actor, Path(id): Path<String>, headers: HeaderMap) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/kitchen/tickets/{id}/print"))?;
    command.creating().run(move |tx, user, now| tickets::reprint(tx, user, &id, now)).await
}

/// Prints a test page, and opens the drawer if one is connected.
#[utoipa::path(post, path = "/api/v1/printers/{id}/test", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = Success<PrintJob>), (status = 404, description = "`not_found`")))]
pub async fn test_printer(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let language = language_of_request();
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/printers/{id}/test"))?;
    command.creating().run(move |tx, user, now| print::print_test(tx, user, &id, language, now)).await
}

fn language_of_request() -> Language {
    match Reader::of_request() {
        Reader::English => Language::English,
        Reader::Indonesian => Language::Indonesian,
    }
}

/// Filters and page of print jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrintJobsQuery {
    /// Jobs in this state.
    #[param(inline, value_type = Option<PrintJobState>)]
    state: Option<Choice<PrintJobState>>,
    /// Jobs of this printer.
    printer_id: Option<String>,
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filters.
    cursor: Option<String>,
}

/// Lists the print jobs of the last week, newest first.
#[utoipa::path(get, path = "/api/v1/print-jobs", tag = "printers", params(PrintJobsQuery),
    responses((status = 200, body = List<PrintJob>)))]
pub async fn list_print_jobs(actor: Actor, Query(query): Query<PrintJobsQuery>) -> Result<List<PrintJob>, ApiError> {
    let limit = page_size(query.limit)?;
    let selection = Selection {
        state: words::optional(query.state.as_ref(), Code::InvalidQuery, "state")?,
        printer_id: query.printer_id.filter(|id| !id.is_empty()),
        after: PageQuery { limit: None, cursor: query.cursor }.after()?,
        limit,
    };
    let found = actor.read(move |tx| jobs::list(tx, &selection)).await?;
    Ok(reply::page(found, limit, |job| job.id.clone()))
}

/// Returns a print job.
#[utoipa::path(get, path = "/api/v1/print-jobs/{id}", tag = "printers", params(("id" = String, Path)), responses(
    (status = 200, body = Success<PrintJob>), (status = 404, description = "`not_found`")))]
pub async fn get_print_job(actor: Actor, Path(id): Path<String>) -> Result<Success<PrintJob>, ApiError> {
    actor.read(move |tx| jobs::get(tx, &id)).await.map(Success::new)
}

/// Tries a job again that waits, has expired or was given up. A paper that may have come out stays marked.
#[utoipa::path(post, path = "/api/v1/print-jobs/{id}/retry", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<PrintJob>), (status = 404, description = "`not_found`: the job or its printer"),
    (status = 409, description = "`print_job_done`, `print_job_sending`")))]
pub async fn retry_print_job(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/print-jobs/{id}/retry"))?;
    command.run(move |tx, user, now| jobs::retry(tx, user.into(), &id, now)).await
}

/// The form of a receipt.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptForm {
    /// Lines of text.
    #[default]
    Text,
    /// A page that a browser prints.
    Html,
    /// Bytes for a printer.
    Escpos,
}

/// The form of the receipt.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// Columns: 32 for 58 mm paper, 48 for 80 mm. Default: 32.
    width: Option<i64>,
    /// Default: `text`.
    #[serde(rename = "as")]
    #[param(inline, rename = "as")]
    form: Option<ReceiptForm>,
    /// Default: `id`.
    #[param(inline)]
    language: Option<PaperLanguage>,
}

/// Returns the receipt of an order, or its bill while it is open. Prints nothing.
#[utoipa::path(get, path = "/api/v1/orders/{id}/receipt", tag = "printers", params(("id" = String, Path), ReceiptQuery),
    responses((status = 200, description = "Text, a page, or bytes for a printer", body = String,
        content_type = "text/plain"),
    (status = 404, description = "`not_found`"), (status = 422, description = "`invalid_query`")))]
pub async fn get_receipt(
    actor: Actor,
    Path(id): Path<String>,
    Query(query): Query<ReceiptQuery>,
) -> Result<Response, ApiError> {
    let width = width_of(query.width)?;
    let language = query.language.unwrap_or_default().into();
    let document = actor.read(move |tx| print::receipt(tx, &id, time::now())).await?;
    Ok(rendered(&document, query.form.unwrap_or_default(), Format::plain(width, language)))
}

fn rendered(document: &Document, form: ReceiptForm, format: Format) -> Response {
    match form {
        ReceiptForm::Text => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text(&layout(document, format))).into_response()
        }
        ReceiptForm::Html => page(document, format, &[]),
        ReceiptForm::Escpos => {
            let format = Format { charset: Charset::from(CodePage::default()), cut: true, ..format };
            ([(header::CONTENT_TYPE, "application/octet-stream")], escpos(&layout(document, format))).into_response()
        }
    }
}

fn width_of(columns: Option<i64>) -> Result<Width, ApiError> {
    let not_allowed = || Code::InvalidQuery.field("width", Problem::NotAllowed.with("choices", "32, 48"));
    Width::of(columns.unwrap_or(32)).ok_or_else(not_allowed)
}

/// The receipt as a page, for nobody but its reader. `widths`: the papers that can be chosen.
fn page(document: &Document, format: Format, widths: &[Width]) -> Response {
    let title = match document {
        Document::Receipt(receipt) => receipt.number.as_str(),
        _ => "Gerai",
    };
    let headers: [(HeaderName, HeaderValue); 6] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    (headers, html(&layout(document, format), format.language, title, widths)).into_response()
}

/// The address of a receipt as a page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptLink {
    /// Its path at this server.
    pub path: String,
    /// Its address for guests, if the settings have one.
    pub url: Option<String>,
}

/// Returns the address at which a guest can read the receipt of a paid order without a log-in. It has a random token, which
/// nobody can guess.
#[utoipa::path(post, path = "/api/v1/orders/{id}/receipt-link", tag = "printers", params(("id" = String, Path),
    ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<ReceiptLink>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`not_paid`")))]
pub async fn make_receipt_link(
    actor: Actor<Sell>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/orders/{id}/receipt-link"))?;
    let work = move |tx: &rusqlite::Transaction<'_>, _: &access::session::CurrentUser, now| {
        let order = orders::get(tx, &id)?;
        if order.is_due() {
            return Err(Code::NotPaid.into());
        }
        let token = links::token(tx, &order.id, now)?;
        let head = papers::Letterhead::read(tx)?;
        Ok(ReceiptLink { path: format!("/r/{token}"), url: links::address(head.receipt_url.as_deref(), &token) })
    };
    command.run(work).await
}

/// The paper for which a receipt is shown. Apps that pass links on add parameters of their own, which are ignored.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PaperQuery {
    /// Columns: 32 for 58 mm paper, 48 for 80 mm. Default: 32.
    width: Option<i64>,
}

/// Shows a receipt at its address, without a log-in.
#[utoipa::path(get, path = "/r/{token}", tag = "printers", params(("token" = String, Path), PaperQuery), responses(
    (status = 200, description = "The receipt as a page", body = String, content_type = "text/html"),
    (status = 404, description = "`not_found`"), (status = 422, description = "`invalid_query`"),
    (status = 429, description = "`too_many_attempts`: ten wrong addresses in a minute from one address; `Retry-After` \
        has the delay")))]
pub async fn show_receipt(
    State(app): State<Shop>,
    remote: Remote,
    Path(token): Path<String>,
    Query(query): Query<PaperQuery>,
) -> Result<Response, ApiError> {
    let width = width_of(query.width)?;
    let too_many = |seconds| Code::TooManyAttempts.because("code").retry_after(seconds);
    app.receipt_throttle.record_attempt(remote.address, Instant::now()).map_err(too_many)?;
    let found = app.db.read(move |tx| {
        let order = links::order(tx, &token)?.ok_or_else(|| Code::NotFound.because("receipt"))?;
        print::receipt(tx, &order, time::now())
    });
    let document = found.await?;
    app.receipt_throttle.record_success(remote.address);
    Ok(page(&document, Format::plain(width, language_of_request()), &[Width::Columns32, Width::Columns48]))
}
