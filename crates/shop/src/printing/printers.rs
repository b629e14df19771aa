//! The printers in the shop's network. All logged-in users can read them; managers and admins can change them.

use access::permission::{Anyone, EditCatalog};
use access::session::{Actor, CurrentUser};
use domain::printer::{MAX_COPIES, MAX_EXPIRE_MINUTES};
use domain::text::{HOST, NAME};
use domain::{CodePage, PrinterKind, Station};
use protocol::entity::PRINTER_WIDTHS;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::extract::{changed, maybe_null};
use web::{ApiError, Choice, Code, IfMatch, Json, Path, Problem, text, words};

use crate::json_list::Names;
use crate::rows::{self, Body, Row, crud, row};

row! {
    /// A receipt printer in the shop's network.
    pub struct Printer,
    /// The checked fields of a printer.
    Fields: "printer" in "printers" {
        /// Name for people.
        name: String,
        /// What it prints.
        kind: String as PrinterKind,
        /// Host name or IP address.
        address: String,
        /// TCP port.
        port: i64,
        /// Columns: 32 for 58 mm paper, 48 for 80 mm.
        width: i64,
        /// The stations whose tickets it prints.
        stations: Names as Vec<Station>,
        /// The characters that it has.
        codepage: String as CodePage,
        /// It can cut the paper.
        cut: bool,
        /// A cash drawer is connected to it.
        kick: bool,
        /// How often it prints each paper.
        copies: i64,
        /// The printer that takes over while this one fails.
        fallback_id: Option<String>,
        /// Minutes after which a ticket is not printed any more.
        expire_minutes: i64,
        /// False: not in use now.
        active: bool,
    }
}

/// The printer to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Printer kasir", "kind": "receipt", "address": "192.168.1.50"}))]
pub struct PrinterBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it prints.
    #[schema(value_type = PrinterKind)]
    kind: Choice<PrinterKind>,
    /// Host name or IP address.
    #[schema(min_length = 1, max_length = 253)]
    address: String,
    /// TCP port. Default: 9100.
    #[schema(nullable = false, minimum = 1, maximum = 65_535)]
    port: Option<i64>,
    /// Columns: 32 for 58 mm paper, 48 for 80 mm. Default: 32.
    #[schema(nullable = false)]
    width: Option<i64>,
    /// The stations whose tickets it prints. Default: none.
    #[schema(value_type = Option<Vec<Station>>, nullable = false)]
    stations: Option<Vec<Choice<Station>>>,
    /// The characters that it has. Default: `pc437`.
    #[schema(value_type = Option<CodePage>, nullable = false)]
    codepage: Option<Choice<CodePage>>,
    /// It can cut the paper. Default: true.
    #[schema(nullable = false)]
    cut: Option<bool>,
    /// A cash drawer is connected to it. Default: false.
    #[schema(nullable = false)]
    kick: Option<bool>,
    /// How often it prints each paper, 1 to 5. Default: 1.
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    copies: Option<i64>,
    /// The printer that takes over while this one fails. Default: none.
    #[serde(default, deserialize_with = "maybe_null")]
    fallback_id: Option<String>,
    /// Minutes after which a ticket is not printed any more, 1 to 1440. Default: 30.
    #[schema(nullable = false, minimum = 1, maximum = 1_440)]
    expire_minutes: Option<i64>,
    /// Whether it is in use. Default: true.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// The fields to change; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrinterChange {
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// What it prints.
    #[schema(value_type = Option<PrinterKind>, nullable = false)]
    kind: Option<Choice<PrinterKind>>,
    /// Host name or IP address.
    #[schema(nullable = false, min_length = 1, max_length = 253)]
    address: Option<String>,
    /// TCP port.
    #[schema(nullable = false, minimum = 1, maximum = 65_535)]
    port: Option<i64>,
    /// Columns: 32 for 58 mm paper, 48 for 80 mm.
    #[schema(nullable = false)]
    width: Option<i64>,
    /// The stations whose tickets it prints.
    #[schema(value_type = Option<Vec<Station>>, nullable = false)]
    stations: Option<Vec<Choice<Station>>>,
    /// The characters that it has.
    #[schema(value_type = Option<CodePage>, nullable = false)]
    codepage: Option<Choice<CodePage>>,
    /// It can cut the paper.
    #[schema(nullable = false)]
    cut: Option<bool>,
    /// A cash drawer is connected to it.
    #[schema(nullable = false)]
    kick: Option<bool>,
    /// How often it prints each paper, 1 to 5.
    #[schema(nullable = false, minimum = 1, maximum = 5)]
    copies: Option<i64>,
    /// The printer that takes over while this one fails; null: none.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    fallback_id: Option<Option<String>>,
    /// Minutes after which a ticket is not printed any more, 1 to 1440.
    #[schema(nullable = false, minimum = 1, maximum = 1_440)]
    expire_minutes: Option<i64>,
    /// Whether it is in use.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Body<Printer> for PrinterBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        let codepage = words::optional(self.codepage.as_ref(), Code::InvalidPrinter, "codepage")?;
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            kind: kind(&self.kind)?,
            address: text::required("address", &self.address, HOST)?,
            port: port(self.port.unwrap_or(DEFAULT_PORT))?,
            width: width(self.width.unwrap_or(PRINTER_WIDTHS[0]))?,
            stations: stations(self.stations.as_deref().unwrap_or_default())?,
            codepage: codepage.unwrap_or_default().as_str().to_owned(),
            cut: self.cut.unwrap_or(true),
            kick: self.kick.unwrap_or(false),
            copies: between("copies", self.copies.unwrap_or(1), MAX_COPIES)?,
            fallback_id: reference(self.fallback_id.as_deref())?,
            expire_minutes: between("expire_minutes", self.expire_minutes.unwrap_or(30), MAX_EXPIRE_MINUTES)?,
            active: self.active.unwrap_or(true),
        })
    }
}

impl PrinterChange {
    /// The fields of a printer with the changes.
    fn apply(self, printer: Printer) -> Result<Fields, ApiError> {
        let codepage = words::optional(self.codepage.as_ref(), Code::InvalidPrinter, "codepage")?;
        Ok(Fields {
            name: self.name.map_or(Ok(printer.name), |name| text::required("name", &name, NAME))?,
            kind: self.kind.as_ref().map_or(Ok(printer.kind), kind)?,
            address: self.address.map_or(Ok(printer.address), |address| text::required("address", &address, HOST))?,
            port: self.port.map_or(Ok(printer.port), port)?,
            width: self.width.map_or(Ok(printer.width), width)?,
            stations: self.stations.as_deref().map_or(Ok(printer.stations), stations)?,
            codepage: codepage.map_or(printer.codepage, |codepage| codepage.as_str().to_owned()),
            cut: self.cut.unwrap_or(printer.cut),
            kick: self.kick.unwrap_or(printer.kick),
            copies: self.copies.map_or(Ok(printer.copies), |copies| between("copies", copies, MAX_COPIES))?,
            fallback_id: self.fallback_id.map_or(Ok(printer.fallback_id), |id| reference(id.as_deref()))?,
            expire_minutes: self
                .expire_minutes
                .map_or(Ok(printer.expire_minutes), |n| between("expire_minutes", n, MAX_EXPIRE_MINUTES))?,
            active: self.active.unwrap_or(printer.active),
        })
    }
}

/// The port of raw printing.
pub const DEFAULT_PORT: i64 = 9_100;

fn kind(kind: &Choice<PrinterKind>) -> Result<String, ApiError> {
    Ok(kind.check(Code::InvalidKind, "kind")?.as_str().to_owned())
}

fn port(port: i64) -> Result<i64, ApiError> {
    between("port", port, i64::from(u16::MAX))
}

fn between(field: &'static str, number: i64, most: i64) -> Result<i64, ApiError> {
    if (1..=most).contains(&number) {
        return Ok(number);
    }
    Err(Code::InvalidPrinter.field(field, Problem::NotBetween.with("least", 1).with("most", most)))
}

fn width(width: i64) -> Result<i64, ApiError> {
    if PRINTER_WIDTHS.contains(&width) {
        return Ok(width);
    }
    Err(Code::InvalidPrinter.field("width", Problem::NotAllowed.with("choices", "32, 48")))
}

fn stations(names: &[Choice<Station>]) -> Result<Names, ApiError> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let station = name.check(Code::InvalidStation, "stations")?.as_str().to_owned();
        if found.contains(&station) {
            return Err(Code::InvalidStation.field("stations", Problem::Repeated));
        }
        found.push(station);
    }
    Ok(Names(found))
}

fn reference(id: Option<&str>) -> Result<Option<String>, ApiError> {
    id.map(|id| text::reference("fallback_id", id)).transpose()
}

crud! {
    Printer, PrinterBody, tag "printers", at "/api/v1/printers" and "/api/v1/printers/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`, `invalid_kind`, `invalid_station`, `invalid_printer`, `invalid_id`";
    list_printers: "Lists the printers.",
    create_printer: "Creates a printer.",
    get_printer: "Returns a printer.",
    put_printer: "Replaces a printer; `If-Match` with its version prevents overwriting other changes.",
    delete_printer: "Deletes a printer; its waiting jobs fail.",
}

/// Changes some fields of a printer.
#[utoipa::path(patch, path = "/api/v1/printers/{id}", tag = "printers", params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = PrinterChange, responses(
    (status = 200, body = Success<Printer>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_text`, `invalid_kind`, `invalid_station`, `invalid_printer`, `invalid_id`")))]
pub async fn patch_printer(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<PrinterChange>,
) -> Result<Success<Printer>, ApiError> {
    actor
        .edit(move |tx, user| {
            let fields = body.apply(rows::get::<Printer>(tx, &id)?)?;
            rows::update::<Printer>(tx, user.into(), &id, &fields, version)
        })
        .await
        .map(Success::new)
}

/// The name of a printer that is in use.
///
/// # Errors
/// 404.
pub(crate) fn check_exists(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let sql = "select 1 from printers where id = ?1 and active = 1";
    let found = tx.prepare_cached(sql)?.exists([raw(id)])?;
    if found { Ok(()) } else { Err(Code::NotFound.because(Printer::ENTITY)) }
}

/// The printer for the papers of a user: that of the till, or else of the drawer at the till, or else the only active
/// printer for receipts.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn of_till(tx: &Transaction<'_>, user: &CurrentUser) -> Result<Option<Printer>, Fault> {
    let mut only = tx.prepare_cached("select id from printers where active = 1 and kind = 'receipt' limit 2")?;
    let receipt_printers: Vec<String> = only.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    if receipt_printers.is_empty() {
        return Ok(None);
    }
    let sql = "select coalesce(p.id, q.id) from devices d
        left join printers p on p.id = d.printer_id and p.active = 1
        left join drawers w on w.id = d.drawer_id
        left join printers q on q.id = w.printer_id and q.active = 1
        where d.id = ?1";
    let at_till = match user.device_id.as_deref() {
        Some(device) => tx.prepare_cached(sql)?.query_row([device], |row| row.read::<Option<String>>(0)).optional()?,
        None => None,
    };
    let id = match (at_till.flatten(), receipt_printers.as_slice()) {
        (Some(id), _) => id,
        (None, [only]) => only.clone(),
        (None, _) => return Ok(None),
    };
    find(tx, &id)
}

/// A printer, if it exists and is active.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Printer>, Fault> {
    let columns = Printer::COLUMNS.join(", ");
    let sql = format!("select id, {columns}, 0 from printers where id = ?1 and active = 1");
    Ok(tx.prepare_cached(&sql)?.query_row([raw(id)], Printer::read).optional()?)
}

/// Address, port and id of each printer.
///
/// # Errors
/// The error from SQLite.
pub fn addresses(tx: &Transaction<'_>) -> Result<Vec<(String, i64, String)>, Fault> {
    let mut statement = tx.prepare_cached("select address, port, id from printers order by id limit 500")?;
    let rows = statement.query_map([], |row| Ok((row.read(0)?, row.read(1)?, row.id(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The active printers of a station's tickets.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn of_station(tx: &Transaction<'_>, station: Station) -> Result<Vec<Printer>, Fault> {
    let columns = Printer::COLUMNS.join(", ");
    let sql = format!(
        "select id, {columns}, 0 from printers
         where active = 1 and exists (select 1 from json_each(stations) s where s.value = ?1) order by id limit 20"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map(params![station.as_str()], Printer::read)?.collect::<Result<_, _>>()?)
}
