//! One try at a PIN after the other for each user.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Tries that must not overtake each other: of one user, or of one unknown name.
#[derive(Debug)]
pub struct AttemptLocks([Arc<Mutex<()>>; 64]);

impl Default for AttemptLocks {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl AttemptLocks {
    /// Waits until the tries at this user that came before are decided.
    pub async fn take(&self, user_id: &str) -> OwnedMutexGuard<()> {
        let place = usize::try_from(hash(user_id) % self.0.len() as u64).unwrap_or_default();
        Arc::clone(&self.0[place]).lock_owned().await
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
