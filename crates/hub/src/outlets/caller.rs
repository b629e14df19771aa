//! Extractor of the calling outlet: a handler with a [`Caller`] accepts only the key of the outlet in the path.

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use store::{Store, Tx};
use web::rights::{Argument, Right};
use web::{ApiError, Code, extract};

use super::authenticate::{Authenticated, KeyRefused, authenticate};
use super::report::{RequestReport, record_contact, record_process};

/// Name of the security scheme of outlet keys in the API description.
pub(crate) const OUTLET_KEY: &str = "outlet_key";

/// The outlet of the path, authenticated by the request's key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub outlet_id: String,
    key_hash: String,
    /// Whether several servers use the key; none if the request has no process id.
    pub several: Option<bool>,
    /// Whether the previous request came from another process.
    pub took_turn: bool,
}

impl Caller {
    /// Checks the key again, for requests that have waited.
    pub(crate) fn check(&self, tx: &mut Tx<'_>) -> Result<Authenticated, KeyRefused> {
        authenticate(tx, &self.outlet_id, &self.key_hash, web::time::now())
    }
}

impl Argument for Caller {
    const RIGHT: Option<Right> = Some(Right { scheme: OUTLET_KEY, cookie: None, name: None, or: None });
}

impl<S> FromRequestParts<S> for Caller
where
    Store: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let store = Store::from_ref(state);
        let key_hash = web::secret::key_hash(extract::bearer(&parts.headers)?);
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|error| extract::unreadable_path(&error))?;
        let outlet_id = params.iter().find(|(name, _)| *name == "outlet_id").map(|(_, id)| domain::ids::stored_as(id));
        let mut caller = Self { outlet_id: outlet_id.unwrap_or_default(), key_hash, several: None, took_turn: false };
        let request = caller.clone();
        let opened = store.read(move |tx| request.check(tx)).await?;
        let now = web::time::now();
        let (report, request) = (RequestReport::of(&parts.headers, now), caller.clone());
        if let Some(process) = report.process.clone() {
            let mut processes = opened.processes;
            caller.took_turn = processes.is_other(&process);
            if processes.needs_update(&process, now) {
                let outlet_id = caller.outlet_id.clone();
                processes = store.write(move |tx| record_process(tx, &outlet_id, &process, now)).await?;
            }
            caller.several = Some(processes.has_duplicates());
        }
        if opened.contact_due {
            store.write(move |tx| record_contact(tx, &request.outlet_id, &request.key_hash, &report, now)).await?;
        }
        Ok(caller)
    }
}

impl From<KeyRefused> for ApiError {
    fn from(refused: KeyRefused) -> Self {
        match refused {
            KeyRefused::Unknown => Code::Unauthorized.because("unknown_key"),
            KeyRefused::KeyRevoked => Code::Unauthorized.because("key_revoked"),
            KeyRefused::KeyOfOtherOutlet => Code::Forbidden.because("other_outlet"),
            KeyRefused::Revoked => Code::OutletRevoked.because("outlet"),
            KeyRefused::UnknownState => Code::OutletStateUnknown.because("outlet"),
            KeyRefused::Fault(fault) => fault.into(),
        }
    }
}
