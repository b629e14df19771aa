//! Places of which each holder gets only a share: event streams and other requests that last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;

use crate::ApiError;

/// Places in all, and for each holder. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Shares {
    most: usize,
    each: usize,
    held: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Share {
    shares: Shares,
    holder: String,
}

impl Shares {
    /// `most` places, of which one holder gets `each`.
    #[must_use]
    pub fn new(most: usize, each: usize) -> Self {
        Self { most, each, held: Arc::default() }
    }

    /// A place for this holder.
    ///
    /// # Errors
    /// 429 `too_many_streams`.
    pub fn take(&self, holder: &str) -> Result<Share, ApiError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(holder).copied().unwrap_or_default();
        if own >= self.each || held.values().sum::<usize>() >= self.most {
            let message = "Too many event streams are open; close one and try again.";
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", message).retry_after(5));
        }
        held.insert(holder.to_owned(), own + 1);
        Ok(Share { shares: self.clone(), holder: holder.to_owned() })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.holder) {
            *own -= 1;
            if *own == 0 {
                held.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holder_and_all_together_have_a_limit_and_places_return() {
        let shares = Shares::new(3, 2);
        let one = [shares.take("a").unwrap(), shares.take("a").unwrap()];
        assert_eq!(shares.take("a").unwrap_err().code(), "too_many_streams");
        let other = shares.take("b").unwrap();
        assert!(shares.take("c").is_err());
        drop((one, other));
        assert!(shares.take("c").is_ok());
        assert!(shares.held.lock().unwrap().is_empty());
    }
}
