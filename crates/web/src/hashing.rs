//! Argon2: few hashes at once, because each needs 19 MiB.
//!
//! A permit belongs to the work, not to the request that asked for it: a client that hangs up frees nothing while its
//! hash is still being calculated.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::Error;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::{ApiError, Code};

/// Hashes calculated at the same time. Each needs 19 MiB and one processor.
const AT_ONCE: usize = 2;
/// Requests that calculate or wait for their turn; a shop that opens has fewer tills.
const PLACES: usize = 64;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
static WAITING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(PLACES)));

/// Runs `work` when its turn comes. Work whose client leaves before its turn is never started.
pub(crate) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let place = Arc::clone(&WAITING).try_acquire_owned();
    let place = place.map_err(|_| Code::Overloaded.because("log_ins").retry_after(2))?;
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(broken)?;
    let working = tokio::task::spawn_blocking(move || {
        let _held = (place, turn);
        work()
    });
    working.await.map_err(broken)?
}

/// Hashes that are calculated or wait for their turn, in this process.
pub(crate) fn taken() -> usize {
    PLACES - WAITING.available_permits()
}

/// A new hash of a PIN or password, as PHC string.
pub(crate) fn hash(pin: &str) -> Result<String, ApiError> {
    Ok(Argon2::default().hash_password(pin.as_bytes()).map_err(broken)?.to_string())
}

/// Whether this is the PIN with that hash; its parameters have been checked.
pub(crate) fn matches(pin: &str, hash: &PasswordHash) -> Result<bool, ApiError> {
    match Argon2::default().verify_password(pin.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(broken(error)),
    }
}

fn broken(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "hashing failed");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_recommended_parameters_and_matches_its_pin_only() {
        let phc = hash("5501").unwrap();
        let parsed = PasswordHash::new(&phc).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(matches("5501", &parsed).unwrap() && !matches("5502", &parsed).unwrap());
    }

    #[tokio::test]
    async fn a_client_that_leaves_keeps_its_permits_until_the_work_ends() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (began, mut begun) = tokio::sync::mpsc::channel(1);
        let asked = tokio::spawn(in_turn(move || {
            began.blocking_send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        }));
        begun.recv().await.unwrap();
        let free = || (TURNS.available_permits(), WAITING.available_permits());
        let before = free();
        asked.abort();
        let _ = asked.await;
        assert_eq!(free(), before, "a permit came back while the work went on");
        go.send(()).unwrap();
    }
}
