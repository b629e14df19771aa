//! The ways to pay that the chain accepts, such as the terminals of two banks: each is one of the payment methods. All
//! logged-in users can read them; managers and admins can change them.
//!
//! A payment stores id and name of its tender, so it keeps them when the tender is renamed or deleted.

mod means;

pub use means::{Chosen, Means};
pub(crate) use means::{channel_name, check_channel, check_method, find, means, opens_drawer};

use access::permission::{Anyone, EditCatalog};
use domain::text::NAME;
use domain::{Method, TenderSpecial};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, text, words};

use crate::rows::{Body, crud, row};

row! {
    /// A way to pay that the chain accepts.
    pub struct Tender,
    /// The checked fields of a tender.
    Fields: "tender" in "tenders" {
        /// Name on the till, the receipt and in reports.
        name: String,
        /// The payment method that it is one of.
        method: String as Method,
        /// What reports set apart; `writeoff` replaces payments that never arrived. Null: nothing.
        special: Option<String> as Option<TenderSpecial>,
        /// A payment needs a reference.
        needs_reference: bool,
        /// A payment opens the cash drawer.
        opens_drawer: bool,
        /// Position on the till, lowest first.
        position: i64,
        /// False: not accepted now.
        active: bool,
    }
}

/// The tender to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "BCA EDC", "method": "card"}))]
pub struct TenderBody {
    /// Name on the till, the receipt and in reports.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The payment method that it is one of.
    #[schema(value_type = Method)]
    method: Choice<Method>,
    /// What reports set apart; `writeoff` replaces payments that never arrived. Default: nothing.
    #[schema(value_type = Option<TenderSpecial>)]
    #[serde(default, deserialize_with = "maybe_null")]
    special: Option<Choice<TenderSpecial>>,
    /// A payment needs a reference. Default: false.
    #[schema(nullable = false)]
    needs_reference: Option<bool>,
    /// A payment opens the cash drawer. Default: false.
    #[schema(nullable = false)]
    opens_drawer: Option<bool>,
    /// Position on the till, lowest first. Default: 0.
    #[schema(nullable = false)]
    position: Option<i64>,
    /// Whether it is accepted. Default: true.
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Body<Tender> for TenderBody {
    fn fields(&self) -> Result<Fields, ApiError> {
        let special = words::optional(self.special.as_ref(), Code::InvalidSpecial, "special")?;
        Ok(Fields {
            name: text::required("name", &self.name, NAME)?,
            method: self.method.check(Code::InvalidMethod, "method")?.as_str().to_owned(),
            special: special.map(|special| special.as_str().to_owned()),
            needs_reference: self.needs_reference.unwrap_or(false),
            opens_drawer: self.opens_drawer.unwrap_or(false),
            position: self.position.unwrap_or(0),
            active: self.active.unwrap_or(true),
        })
    }
}

crud! {
    Tender, TenderBody, tag "tenders", at "/api/v1/tenders" and "/api/v1/tenders/{id}";
    read Anyone, write EditCatalog, delete EditCatalog;
    refuses "`invalid_text`, `invalid_method`, `invalid_special`";
    list_tenders: "Lists the tenders.",
    create_tender: "Creates a tender.",
    get_tender: "Returns a tender.",
    put_tender: "Replaces a tender; `If-Match` with its version prevents overwriting other changes.",
    delete_tender: "Deletes a tender; payments keep its name.",
}
