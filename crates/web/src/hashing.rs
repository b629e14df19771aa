//! Argon2: few hashes at once, in memory that goes back to the system after each.
//!
//! A permit belongs to the work, not to the request that asked for it: a client that hangs up frees nothing while its
//! hash is still being calculated.

use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::ApiError;

/// Hashes calculated at the same time. Each needs 19 MiB and one processor.
const AT_ONCE: usize = 2;
/// Requests that calculate or wait for their turn; a shop that opens has fewer tills.
const PLACES: usize = 64;
const SALT_BYTES: usize = 16;
/// As the crate recommends: 19 MiB, two passes, one lane.
const DEFAULT: Params = Params::DEFAULT;
/// Room that a buffer reserves, in blocks of 1 KiB. glibc maps an allocation of more than 32 MiB by itself and unmaps it
/// when it is freed; a smaller one stays in the arena of the thread that hashed. Only what is used takes memory.
const RESERVED_BLOCKS: usize = 33 * 1024;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
static WAITING: Semaphore = Semaphore::const_new(PLACES);

/// Runs `work` when its turn comes. Work whose client leaves before its turn is never started.
pub(crate) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let _place = WAITING.try_acquire().map_err(|_| {
        let message = "Too many log-ins at once; try again in a moment.";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).retry_after(2)
    })?;
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(broken)?;
    let working = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working.await.map_err(broken)?
}

/// A new hash of a PIN or password, as PHC string.
pub(crate) fn hash(pin: &str) -> Result<String, ApiError> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    calculate(DEFAULT, Version::default(), pin, &salt, &mut out)?;
    let (m, t, p) = (DEFAULT.m_cost(), DEFAULT.t_cost(), DEFAULT.p_cost());
    let (salt, out) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(out));
    Ok(format!("$argon2id$v={}$m={m},t={t},p={p}${salt}${out}", u32::from(Version::default())))
}

/// Whether this is the PIN with that hash; its parameters have been checked.
pub(crate) fn matches(pin: &str, hash: &PasswordHash) -> Result<bool, ApiError> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    let params = Params::try_from(hash).map_err(broken)?;
    let version = match hash.version {
        Some(version) => Version::try_from(version).map_err(broken)?,
        None => Version::default(),
    };
    let mut out = vec![0; expected.as_bytes().len()];
    calculate(params, version, pin, salt.as_ref(), &mut out)?;
    Ok(out.ct_eq(expected.as_bytes()).into())
}

fn calculate(params: Params, version: Version, pin: &str, salt: &[u8], out: &mut [u8]) -> Result<(), ApiError> {
    let blocks = params.block_count();
    let mut buffer = Vec::with_capacity(blocks.max(RESERVED_BLOCKS));
    buffer.resize(blocks, Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
    argon2.hash_password_into_with_memory(pin.as_bytes(), salt, out, &mut buffer).map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "hashing failed");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_other_programs_verify_too() {
        use argon2::PasswordVerifier;
        let phc = hash("5501").unwrap();
        let parsed = PasswordHash::new(&phc).unwrap();
        assert!(Argon2::default().verify_password(b"5501", &parsed).is_ok());
        assert!(matches("5501", &parsed).unwrap() && !matches("5502", &parsed).unwrap());
    }

    #[tokio::test]
    async fn a_client_that_leaves_keeps_its_permit_until_the_work_ends() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (began, mut begun) = tokio::sync::mpsc::channel(1);
        let asked = tokio::spawn(in_turn(move || {
            began.blocking_send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        }));
        begun.recv().await.unwrap();
        let free = TURNS.available_permits();
        asked.abort();
        let _ = asked.await;
        assert!(TURNS.available_permits() <= free, "the permit came back while the work went on");
        go.send(()).unwrap();
    }
}
