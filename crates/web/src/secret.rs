//! Secrets: made at random, kept where only the owner can read them, compared in constant time.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::ApiError;

/// PIN checks under way at once: each needs 19 MiB.
static HASHING: Semaphore = Semaphore::const_new(2);

/// 32 random bytes as text.
#[must_use]
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What stands in a database instead of a key. Keys are long and random, so a plain hash keeps them.
#[must_use]
pub fn key_hash(key: &str) -> String {
    digest(&[key.as_bytes()])
}

/// SHA-256 of these parts, one after the other, as text.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> String {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Whether a key is the one with this hash.
#[must_use]
pub fn key_matches(key: &str, hash: &str) -> bool {
    key_hash(key).as_bytes().ct_eq(hash.as_bytes()).into()
}

/// The hash of a PIN or password: Argon2id.
///
/// # Errors
/// None that a caller could mend.
pub async fn hash_pin(pin: String) -> Result<String, ApiError> {
    blocking(move || hash_pin_now(&pin)).await
}

/// The same without a runtime.
///
/// # Errors
/// None that a caller could mend.
pub fn hash_pin_now(pin: &str) -> Result<String, ApiError> {
    Argon2::default().hash_password(pin.as_bytes()).map(|hash| hash.to_string()).map_err(broken)
}

/// Whether this is the PIN with that hash. No PIN has one that cannot be read.
///
/// # Errors
/// None that a caller could mend.
pub async fn pin_matches(pin: String, hash: String) -> Result<bool, ApiError> {
    blocking(move || {
        let Ok(hash) = PasswordHash::new(&hash) else {
            tracing::error!("the hash of a PIN or password cannot be read; it opens nothing");
            return Ok(false);
        };
        Ok(Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
    })
    .await
}

fn broken(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "hashing failed");
    ApiError::internal()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let _permit = HASHING.acquire().await.map_err(broken)?;
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

/// Reads a server's secret, made at random the first time, readable by its owner only.
///
/// # Errors
/// What the system said.
pub fn keep(path: &Path) -> std::io::Result<String> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let kept = make(new.as_ref(), path);
    // Gone, if it was moved to its place.
    let _ = std::fs::remove_file(&new);
    kept
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(secret) if secret.trim().len() >= 32 => Ok(Some(secret.trim().to_owned())),
        Ok(_) => Err(std::io::Error::other("the secret in it is too short; remove the file to have a new one made")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Beside its place: a power cut or a full disk must not leave half of one there. Of two programs that start at once the
/// second takes the first one's.
fn make(new: &Path, path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(new)?;
    file.lock()?;
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    let secret = random();
    if file.metadata()?.len() > 0 {
        file.set_len(0)?;
    }
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    std::fs::rename(new, path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_pin_matches_only_its_own_hash_and_two_hashes_differ() {
        let (one, two) = (hash_pin("1234".into()).await.unwrap(), hash_pin("1234".into()).await.unwrap());
        assert_ne!(one, two);
        assert!(pin_matches("1234".into(), one.clone()).await.unwrap());
        assert!(!pin_matches("4321".into(), one).await.unwrap());
    }

    #[test]
    fn field_note_31_the_secret_is_random_private_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let first = keep(&a).unwrap();
        assert_eq!(keep(&a).unwrap(), first);
        assert_ne!(keep(&b).unwrap(), first);
        assert_eq!(std::fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn whoever_starts_at_the_same_moment_keeps_the_same_one() {
        for _ in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a");
            let kept: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..4).map(|_| scope.spawn(|| keep(&path).unwrap())).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!((kept.len(), kept.first()), (1, Some(&keep(&path).unwrap())));
        }
    }

    #[test]
    fn a_secret_for_which_there_was_no_room_is_made_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::os::unix::fs::symlink("/dev/full", dir.path().join("a.new")).unwrap();
        assert_eq!(keep(&path).unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        assert!(!path.exists());
        let made = keep(&path).unwrap();
        assert_eq!(keep(&path).unwrap(), made);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
