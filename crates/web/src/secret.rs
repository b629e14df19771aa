//! Secrets: random, stored in files that only the owner can read, compared in constant time.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use argon2::PasswordHash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{ApiError, hashing};

/// Limits for a stored hash, three to four times the parameters of our hashes. It may come from a restored file or
/// another server.
const MAX_MEMORY_KIB: u32 = 64 << 10;
const MAX_PASSES: u32 = 8;
const MAX_LANES: u32 = 4;
/// Length of a secret in a file.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 32..=1_024;
/// Maximum size of a file; a secret or a key has less.
const MAX_FILE_BYTES: u64 = 64 << 10;
/// Minimum number of distinct characters; random text has more.
const MIN_DISTINCT: usize = 10;
/// Prefix of a signed challenge, so that a proof has no other use.
const KEY_PROOF: &str = "gerai key proof\n";

/// 32 random bytes as text.
#[must_use]
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The hash that is stored instead of a key. Keys are long and random, so a plain hash is safe.
#[must_use]
pub fn key_hash(key: &str) -> String {
    digest(&[key.as_bytes()])
}

/// SHA-256 of the concatenated parts, in URL-safe base64.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> String {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Whether a key matches the hash.
#[must_use]
pub fn key_matches(key: &str, hash: &str) -> bool {
    key_hash(key).as_bytes().ct_eq(hash.as_bytes()).into()
}

/// Proves knowledge of the key with this hash without revealing either. Each challenge is used once.
#[must_use]
pub fn key_proof(key_hash: &str, challenge: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key_hash.as_bytes()) else { return String::new() };
    let signed = mac.chain_update(KEY_PROOF).chain_update(challenge).finalize().into_bytes();
    URL_SAFE_NO_PAD.encode(signed)
}

/// The hash of a PIN or password: Argon2id.
///
/// # Errors
/// 503 `overloaded`.
pub async fn hash_pin(pin: String) -> Result<String, ApiError> {
    hashing::run(move || hash_pin_now(&pin)).await
}

/// Like [`hash_pin`], without a runtime.
///
/// # Errors
/// None that a caller could correct.
pub fn hash_pin_now(pin: &str) -> Result<String, ApiError> {
    hashing::hash(pin)
}

/// Why a stored hash is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashRefused {
    /// No hash, or not Argon2id.
    #[error("it is not an Argon2id hash")]
    NotArgon2id,
    /// Checking it would use too much memory or time.
    #[error("it requires more than 64 MiB, 8 passes or 4 lanes")]
    TooExpensive,
}

/// Whether a stored hash is usable.
///
/// # Errors
/// [`HashRefused`].
pub fn check_hash(hash: &str) -> Result<(), HashRefused> {
    parse_hash(hash).map(|_| ())
}

fn parse_hash(hash: &str) -> Result<PasswordHash, HashRefused> {
    let parsed = PasswordHash::new(hash).map_err(|_| HashRefused::NotArgon2id)?;
    if parsed.algorithm != argon2::ARGON2ID_IDENT || parsed.hash.is_none() || parsed.salt.is_none() {
        return Err(HashRefused::NotArgon2id);
    }
    let params = argon2::Params::try_from(&parsed).map_err(|_| HashRefused::NotArgon2id)?;
    if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
        return Err(HashRefused::TooExpensive);
    }
    Ok(parsed)
}

/// Whether the PIN matches the hash. An unusable hash matches no PIN, so a bad row locks out only its own user.
///
/// # Errors
/// 503 `overloaded`.
pub async fn pin_matches(pin: String, hash: String) -> Result<bool, ApiError> {
    hashing::run(move || match parse_hash(&hash) {
        Ok(hash) => hashing::matches(&pin, &hash),
        Err(refused) => {
            tracing::error!(%refused, "the stored hash of a PIN or password is unusable; set a new PIN or password for that user");
            Ok(false)
        }
    })
    .await
}

/// Reads a server's secret, or creates a random one that only the owner can read.
///
/// # Errors
/// The error from the system.
pub fn load_or_create(path: &Path) -> io::Result<String> {
    let check = |secret: &str| match is_strong(secret) {
        true => Ok(()),
        false => Err(io::Error::other(
            "it does not contain random text of at least 32 characters; delete it to create a new one",
        )),
    };
    load_or_make(path, check, || Ok(random()))
}

/// Reads a file that only its owner can read, or creates it. `check` rejects unusable content, and `make` returns new
/// content.
///
/// # Errors
/// The error from the system, of `check` or of `make`.
pub fn load_or_make(
    path: &Path,
    check: impl Fn(&str) -> io::Result<()>,
    make: impl FnOnce() -> io::Result<String>,
) -> io::Result<String> {
    let checked = |content: String| check(&content).map(|()| content);
    if let Some(content) = read(path)? {
        return checked(content);
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let content = create(new.as_ref(), path, make);
    // If the file was created, this one is already renamed.
    let _ = std::fs::remove_file(&new);
    checked(content?)
}

/// The content of a file; `None` if it does not exist.
fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match sqlite::open_file(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let reason = format!(
            "other users can access it (mode {mode:03o}): run chmod 600 on it, or delete it to create a new one"
        );
        return Err(io::Error::other(reason));
    }
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut content)?;
    Ok(Some(String::from_utf8(content).unwrap_or_default().trim().to_owned()))
}

/// Whether a text can be one of our secrets: long, printable, with enough distinct characters.
#[must_use]
pub fn is_strong(secret: &str) -> bool {
    let distinct: std::collections::BTreeSet<_> = secret.bytes().collect();
    SECRET_LENGTH.contains(&secret.len())
        && secret.bytes().all(|byte| byte.is_ascii_graphic())
        && distinct.len() >= MIN_DISTINCT
}

/// Writes a new file and links it: a power cut or a full disk must not leave a partial secret. If two programs start at
/// once, the second uses the content of the first.
fn create(new: &Path, path: &Path, make: impl FnOnce() -> io::Result<String>) -> io::Result<String> {
    let mut file = sqlite::open_private(new, OpenOptions::new().write(true).create(true).truncate(false))?;
    file.lock()?;
    if let Some(content) = read(path)? {
        return Ok(content);
    }
    let content = make()?;
    if file.metadata()?.len() > 0 {
        file.set_len(0)?;
    }
    writeln!(file, "{content}")?;
    file.sync_all()?;
    std::fs::rename(new, path)?;
    Ok(content)
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
    fn the_secret_is_random_private_and_persistent() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let first = load_or_create(&a).unwrap();
        assert_eq!(load_or_create(&a).unwrap(), first);
        assert_ne!(load_or_create(&b).unwrap(), first);
        assert_eq!(std::fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn concurrent_starts_share_one_secret() {
        for _ in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a");
            let secrets: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..4).map(|_| scope.spawn(|| load_or_create(&path).unwrap())).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!((secrets.len(), secrets.first()), (1, Some(&load_or_create(&path).unwrap())));
        }
    }

    #[test]
    fn a_weak_or_readable_secret_file_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let good = random();
        for (content, mode, reason) in [
            (vec![0; 64], 0o600, "not contain random text"),
            (vec![b'a'; 64], 0o600, "not contain random text"),
            (vec![0xff; 64], 0o600, "not contain random text"),
            (b"short".to_vec(), 0o600, "not contain random text"),
            (vec![], 0o600, "not contain random text"),
            (good.repeat(100).into_bytes(), 0o600, "not contain random text"),
            (good.clone().into_bytes(), 0o640, "mode 640"),
            (good.clone().into_bytes(), 0o604, "mode 604"),
        ] {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = load_or_create(&path).unwrap_err().to_string();
            assert!(refused.contains(reason) && refused.contains("delete it"), "{refused}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(load_or_create(&path).unwrap(), good);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(load_or_create(&path).unwrap_err().to_string().contains("not a file"));
    }

    #[test]
    fn a_secret_is_not_created_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (path, victim) = (dir.path().join("a"), dir.path().join("victim"));
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, dir.path().join("a.new")).unwrap();
        assert!(load_or_create(&path).unwrap_err().to_string().contains("it is a link"));
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
        let secret = load_or_create(&path).unwrap();
        assert_eq!(load_or_create(&path).unwrap(), secret);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn an_expensive_or_invalid_hash_matches_nothing() {
        let ours = hash_pin("1234".into()).await.unwrap();
        assert_eq!(check_hash(&ours), Ok(()));
        let our_params = ours.split('$').nth(3).unwrap().to_owned();
        for (params, refused) in [
            ("m=1048576,t=2,p=1", HashRefused::TooExpensive),
            ("m=19456,t=100000,p=1", HashRefused::TooExpensive),
            ("m=19456,t=2,p=64", HashRefused::TooExpensive),
        ] {
            let hash = ours.replace(&our_params, params);
            assert_eq!(check_hash(&hash), Err(refused), "{params}");
            assert!(!pin_matches("1234".into(), hash).await.unwrap(), "{params}");
        }
        for hash in [
            "",
            "not a hash",
            "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
            "$argon2id$v=19$m=8,t=1,p=1",
        ] {
            assert_eq!(check_hash(hash), Err(HashRefused::NotArgon2id), "{hash}");
            assert!(!pin_matches("1234".into(), hash.to_owned()).await.unwrap());
        }
    }
}
