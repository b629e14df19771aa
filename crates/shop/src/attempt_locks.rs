//! Serializes PIN attempts per user.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Locks for the attempts on a user, or on an unknown user name.
#[derive(Debug)]
pub struct AttemptLocks([Arc<Mutex<()>>; 64]);

impl Default for AttemptLocks {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl AttemptLocks {
    /// Waits for all earlier attempts on this user.
    pub async fn lock(&self, user_id: &str) -> OwnedMutexGuard<()> {
        let index = usize::try_from(hash(user_id) % self.0.len() as u64).unwrap_or_default();
        Arc::clone(&self.0[index]).lock_owned().await
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
