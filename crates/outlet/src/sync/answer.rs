//! What came back over HTTP: tells an answer of the hub from anything else that a network says.

use ::sync::rule::{Rule, without};
use ::sync::wire::{Answer, Envelope};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::cloud::CloudError;

/// An answer to a request, whoever gave it.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// What `Retry-After` asked for.
    pub retry_after_ms: Option<u64>,
    /// None: it was cut off on the way.
    pub body: Option<Vec<u8>>,
}

impl HttpAnswer {
    /// The answer to a batch: it counts only if it parses and names this batch.
    ///
    /// # Errors
    /// [`CloudError`].
    pub fn to_batch(&self, url: &str, batch_id: &str) -> Result<Answer, CloudError> {
        let body = self.body(url)?;
        let envelope = serde_json::from_slice::<Envelope<Box<RawValue>>>(body).ok();
        if let Some(data) = envelope.as_ref().and_then(|e| e.data.as_ref())
            && let Ok(answer) = serde_json::from_str::<Answer>(data.get())
            && (answer.batch_id == batch_id || without(Rule::NamesBatch))
            && (self.is_success() || self.status == 409)
        {
            return Ok(answer);
        }
        Err(self.refused(url, body))
    }

    /// The answer to a question; none where the hub says that there is no such thing.
    ///
    /// # Errors
    /// [`CloudError`].
    pub fn data<T: DeserializeOwned>(&self, url: &str) -> Result<Option<T>, CloudError> {
        let body = self.body(url)?;
        match serde_json::from_slice::<Envelope<T>>(body) {
            Ok(Envelope { success: true, data: Some(data), .. }) if self.is_success() => Ok(Some(data)),
            Ok(Envelope { error: Some(code), .. }) if self.status == 404 && code == "not_found" => Ok(None),
            _ => Err(self.refused(url, body)),
        }
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn body(&self, url: &str) -> Result<&[u8], CloudError> {
        let cut = || CloudError::Failed { message: format!("The answer of the hub at {url} was cut off.") };
        self.body.as_deref().ok_or_else(cut)
    }

    /// Anything but the answer that was asked for.
    fn refused(&self, url: &str, body: &[u8]) -> CloudError {
        let envelope = serde_json::from_slice::<Envelope<Box<RawValue>>>(body).ok();
        let (code, words) =
            envelope.map(|e| (e.error.unwrap_or_default(), e.message.unwrap_or_default())).unwrap_or_default();
        let message = if words.is_empty() { not_our_hub(url, self.status) } else { format!("The hub says: {words}") };
        match self.status {
            409 if code == "epoch_mismatch" => CloudError::OtherLife { message },
            400 if code == "invalid_cursor" => CloudError::NoCursor { message },
            401 | 403 | 426 if !code.is_empty() => CloudError::Denied { code, message },
            400 | 413 | 422 | 500 | 502 | 504 => CloudError::Failed { message },
            _ if without(Rule::Unreachable) => CloudError::Failed { message },
            _ => CloudError::Unreachable { message, retry_after_ms: self.retry_after_ms },
        }
    }
}

/// Words for what is no answer of the hub.
pub(super) fn not_our_hub(url: &str, status: u16) -> String {
    format!(
        "What answers at {url} is not a Gerai hub (status {status}); check the address, or the network asks for a log-in."
    )
}
