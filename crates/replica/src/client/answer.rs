//! Parses HTTP answers, and distinguishes the hub's from those of other programs in the network.

use protocol::rule::{Rule, disabled};
use protocol::wire::{Answer, Envelope};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use web::messages::{Reason, ReasonCode};

use crate::client::hub::HubError;

/// An HTTP response, from the hub or any other program.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// Value of `Retry-After`.
    pub retry_after_ms: Option<u64>,
    /// `None`: the body was cut off.
    pub body: Option<Vec<u8>>,
}

impl HttpAnswer {
    /// The answer to a batch; valid only if it parses and has the batch's id.
    ///
    /// # Errors
    /// [`HubError`].
    pub fn to_batch(&self, url: &str, batch_id: &str) -> Result<Answer, HubError> {
        let body = self.body(url)?;
        let envelope = serde_json::from_slice::<Envelope<Box<RawValue>>>(body).ok();
        if let Some(data) = envelope.as_ref().and_then(|e| e.data.as_ref())
            && let Ok(answer) = serde_json::from_str::<Answer>(data.get())
            && (answer.batch_id == batch_id || disabled(Rule::AnswerNamesBatch))
            && (self.is_success() || self.status == 409)
        {
            return Ok(answer);
        }
        Err(self.to_error(url, body))
    }

    /// The data of the answer to a query; `None` if the hub reports that it does not exist.
    ///
    /// # Errors
    /// [`HubError`].
    pub fn data<T: DeserializeOwned>(&self, url: &str) -> Result<Option<T>, HubError> {
        let body = self.body(url)?;
        match serde_json::from_slice::<Envelope<T>>(body) {
            Ok(Envelope { success: true, data: Some(data), .. }) if self.is_success() => Ok(Some(data)),
            Ok(Envelope { error: Some(code), .. }) if self.status == 404 && code == "not_found" => Ok(None),
            _ if self.is_success() && is_damaged(body) => Err(damaged(url)),
            _ => Err(self.to_error(url, body)),
        }
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The complete body.
    ///
    /// # Errors
    /// [`HubError::Failed`].
    pub(crate) fn body(&self, url: &str) -> Result<&[u8], HubError> {
        self.body.as_deref().ok_or_else(|| damaged(url))
    }

    /// The error for anything but the expected answer.
    fn to_error(&self, url: &str, body: &[u8]) -> HubError {
        let envelope = serde_json::from_slice::<Envelope<Box<RawValue>>>(body).ok();
        let (code, args, text) =
            envelope.map(|e| (e.error.unwrap_or_default(), e.args, e.message.unwrap_or_default())).unwrap_or_default();
        let reason = if text.is_empty() {
            foreign_answer(url, self.status, body)
        } else {
            Reason::from_parts(code.as_str(), args, text)
        };
        match self.status {
            409 if code == "epoch_mismatch" => HubError::OtherEpoch { reason },
            400 if code == "invalid_cursor" => HubError::InvalidCursor { reason },
            401 | 403 | 426 if !code.is_empty() => HubError::Denied { reason },
            400 | 413 | 422 | 500 | 502 | 504 => HubError::Failed { reason },
            _ if disabled(Rule::Unreachable) => HubError::Failed { reason },
            _ => HubError::Unreachable { reason, retry_after_ms: self.retry_after_ms },
        }
    }
}

/// Whether this is a damaged answer of the hub rather than one of another program: its envelope with unexpected data,
/// or the beginning of one.
fn is_damaged(body: &[u8]) -> bool {
    match serde_json::from_slice::<Envelope<Box<RawValue>>>(body) {
        Ok(envelope) => envelope.success && envelope.data.is_some(),
        Err(error) => !error.is_data() && body.trim_ascii_start().starts_with(b"{"),
    }
}

fn damaged(url: &str) -> HubError {
    HubError::Failed { reason: ReasonCode::AnswerDamaged.with("url", url).into() }
}

/// The reason for an answer of another program.
pub(crate) fn not_a_hub(url: &str, status: u16) -> Reason {
    foreign(url, status, "unknown", 0)
}

fn foreign(url: &str, status: u16, found: &'static str, bytes: usize) -> Reason {
    let message = ReasonCode::NotAHub.with("url", url).with("status", u32::from(status));
    message.with("found", found).with("bytes", bytes).into()
}

/// Like [`not_a_hub`], with a description of the body.
pub(crate) fn foreign_answer(url: &str, status: u16, body: &[u8]) -> Reason {
    let found = match body {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        [] => "empty",
        body if body.trim_ascii_start().starts_with(b"<") => "page",
        body if serde_json::from_slice::<&RawValue>(body).is_ok() => "json",
        body if std::str::from_utf8(body).is_ok() => "text",
        _ => "bytes",
    };
    foreign(url, status, found, body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_answer_is_described() {
        for (body, expected) in [
            (&b""[..], "an empty answer"),
            (b"<html>Please log in", "a web page"),
            (b"\n <!doctype html>", "a web page"),
            (b"{\"ok\":1}", "JSON of another program"),
            (b"hello", "5 bytes of text"),
            (b"\x1f\x8b\x08\x00", "compressed with gzip"),
            (b"\x28\xb5\x2f\xfd\x00", "compressed with zstd"),
            (b"\x0b\x02\x80\xff", "perhaps compressed"),
        ] {
            let message = foreign_answer("http://hub/v1", 200, body).to_string();
            assert!(message.contains(expected) && message.contains("http://hub/v1"), "{message}");
        }
    }

    #[test]
    fn a_damaged_hub_answer_differs_from_a_foreign_one() {
        for (body, damaged) in [
            (&br#"{"success":true,"data":{"changes":[{"#[..], true),
            (b"{\"success\":true,\"data\":{\"changes\":\xff}}", true),
            (br#"{"success":true,"data":{"changes":7}}"#, true),
            (br#"{"ok":true}"#, false),
            (b"<html>Please log in", false),
            (b"", false),
        ] {
            let answer = HttpAnswer { status: 200, retry_after_ms: None, body: Some(body.to_vec()) };
            let error = answer.data::<protocol::updates::UpdatePage>("http://hub/v1").unwrap_err();
            assert_eq!(matches!(error, HubError::Failed { .. }), damaged, "{error}");
        }
    }
}
