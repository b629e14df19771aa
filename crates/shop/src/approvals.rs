//! Approvals: the PIN of a manager or an admin for one command of somebody else.
//!
//! The approver is chosen by name, so two people with one PIN are told apart. The PIN is checked before the command's
//! transaction and belongs to that command alone; what the command writes names the approver and the reason.

use std::borrow::Cow;

use access::session::CurrentUser;
use domain::text::REASON;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiError, Code, Problem, Remote, text};

use crate::auth;
use crate::state::Shop;

/// The approval of a command.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "pin": "1234", "reason": "Salah pesan"}))]
pub struct Approval {
    /// The manager or admin who approves.
    user_id: String,
    /// The PIN of that user.
    pin: String,
    /// Why the command is needed.
    reason: String,
}

/// Who approved a command, and why.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The manager or admin.
    pub by: String,
    /// The reason.
    pub reason: String,
}

/// An approval before its PIN is checked.
#[derive(Debug)]
pub(crate) struct Unchecked {
    /// The approver; `None`: any manager or admin with this PIN.
    pub user_id: Option<String>,
    pub pin: String,
    pub reason: String,
}

impl From<Approval> for Unchecked {
    fn from(Approval { user_id, pin, reason }: Approval) -> Self {
        Self { user_id: Some(user_id), pin, reason }
    }
}

impl Unchecked {
    /// Checks the PIN. A wrong one counts as a failed attempt of the caller.
    ///
    /// # Errors
    /// 403 `wrong_manager_pin`, 422 `invalid_text`, 429 `too_many_attempts`, 503 `overloaded`.
    pub(crate) async fn check(self, app: &Shop, caller: &str, from: Remote) -> Result<Approved, ApiError> {
        let reason = text::required("reason", &self.reason, REASON).map_err(|refused| refused.within("approval"))?;
        let by = auth::http::approve(app, caller, from, self.user_id, self.pin).await?;
        Ok(Approved { by, reason })
    }
}

/// Who requested and approved a command, and why.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The user whose session sent the command.
    pub requested_by: String,
    /// The manager or admin who approved it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

impl Grant {
    /// The grant of a command that needs an approval. A manager's own session needs only a reason.
    ///
    /// # Errors
    /// 403 `approval_required`, 422 `invalid_text`.
    pub fn of(user: &CurrentUser, approved: Option<Approved>, reason: Option<String>) -> Result<Self, ApiError> {
        let requested_by = user.id.clone();
        match approved {
            Some(Approved { by, reason }) => Ok(Self { requested_by, approved_by: by, reason }),
            None if user.role.may_approve() => {
                let reason = reason.ok_or_else(|| Code::InvalidText.field("reason", Problem::Empty))?;
                Ok(Self { approved_by: requested_by.clone(), requested_by, reason })
            }
            None => Err(Code::ApprovalRequired.into()),
        }
    }
}

/// A request without its PINs, for the hash of its `Idempotency-Key`.
pub fn without_pins(request: &[u8]) -> Cow<'_, [u8]> {
    // Without the word, and without an escape that could hide it, there is nothing to remove.
    if !request.contains(&b'\\') && !request.windows(3).any(|word| word == b"pin") {
        return Cow::Borrowed(request);
    }
    let Ok(mut request) = serde_json::from_slice::<Value>(request) else { return Cow::default() };
    if let Value::Object(fields) = &mut request {
        fields.remove("manager_pin");
        if let Some(Value::Object(approval)) = fields.get_mut("approval") {
            approval.remove("pin");
        }
    }
    Cow::Owned(request.to_string().into_bytes())
}
