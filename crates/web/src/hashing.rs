//! Runs Argon2 with limited concurrency, because each hash needs 19 MiB.
//!
//! A permit belongs to the work, not to the request: the permit of a client that hangs up is free when its hash is
//! complete.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::Error;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::{ApiError, Code};

/// Concurrent hashes. Each needs 19 MiB and one processor.
const MAX_CONCURRENT: usize = 2;
/// Requests that run or wait; more than the tills of a shop that opens.
const MAX_PENDING: usize = 64;

static RUNNING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MAX_CONCURRENT)));
static PENDING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MAX_PENDING)));

/// Runs `work` when a permit is free. If the client hangs up before that, the work never starts.
pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let pending = Arc::clone(&PENDING).try_acquire_owned();
    let pending = pending.map_err(|_| Code::Overloaded.because("log_ins").retry_after(2))?;
    let running = Arc::clone(&RUNNING).acquire_owned().await.map_err(internal)?;
    let working = tokio::task::spawn_blocking(move || {
        let _permits = (pending, running);
        work()
    });
    working.await.map_err(internal)?
}

/// Number of hashes that run or wait in this process.
pub(crate) fn pending() -> usize {
    MAX_PENDING - PENDING.available_permits()
}

/// Hashes a PIN or password; returns a PHC string.
pub(crate) fn hash(pin: &str) -> Result<String, ApiError> {
    Ok(Argon2::default().hash_password(pin.as_bytes()).map_err(internal)?.to_string())
}

/// Whether the PIN matches the hash, whose parameters have been checked.
pub(crate) fn matches(pin: &str, hash: &PasswordHash) -> Result<bool, ApiError> {
    match Argon2::default().verify_password(pin.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(internal(error)),
    }
}

fn internal(error: impl std::fmt::Display) -> ApiError {
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
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (start, mut started) = tokio::sync::mpsc::channel(1);
        let request = tokio::spawn(run(move || {
            start.blocking_send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        }));
        started.recv().await.unwrap();
        let free = || (RUNNING.available_permits(), PENDING.available_permits());
        let before = free();
        request.abort();
        let _ = request.await;
        assert_eq!(free(), before, "a permit was released while the work was running");
        release.send(()).unwrap();
    }
}
