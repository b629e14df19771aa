//! Secrets: made at random, kept where only the owner can read them, compared in constant time.

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

/// What a stored hash may ask for: three times what ours do. It may come from a restored file or from another server.
const MAX_MEMORY_KIB: u32 = 64 << 10;
const MAX_PASSES: u32 = 8;
const MAX_BUCKETS: u32 = 4;
/// Characters of a secret in a file.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 32..=1_024;
/// Different ones among them: random text has more.
const MIN_DISTINCT: usize = 10;
/// What is signed before a challenge, so that a proof is good for nothing else.
const KEY_PROOF: &str = "gerai key proof\n";

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

/// Proves that its maker knows the key with this hash, without showing either; each challenge is used once.
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
    hashing::in_turn(move || hash_pin_now(&pin)).await
}

/// The same without a runtime.
///
/// # Errors
/// None that a caller could mend.
pub fn hash_pin_now(pin: &str) -> Result<String, ApiError> {
    hashing::hash(pin)
}

/// Why a stored hash opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashRefused {
    /// No hash, or not Argon2id.
    #[error("it is not an Argon2id hash")]
    NotArgon2id,
    /// To look at it would take the machine's memory or time.
    #[error("it asks for more than 64 MiB, 8 passes or 4 lanes")]
    TooExpensive,
}

/// Whether a stored hash can be compared with a PIN.
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
    let asks = argon2::Params::try_from(&parsed).map_err(|_| HashRefused::NotArgon2id)?;
    if asks.m_cost() > MAX_MEMORY_KIB || asks.t_cost() > MAX_PASSES || asks.p_cost() > MAX_BUCKETS {
        return Err(HashRefused::TooExpensive);
    }
    Ok(parsed)
}

/// Whether this is the PIN with that hash. A hash that cannot be compared matches no PIN: one bad row locks out its own
/// user and nobody else.
///
/// # Errors
/// 503 `overloaded`.
pub async fn pin_matches(pin: String, hash: String) -> Result<bool, ApiError> {
    hashing::in_turn(move || match parse_hash(&hash) {
        Ok(hash) => hashing::matches(&pin, &hash),
        Err(refused) => {
            tracing::error!(%refused, "the stored hash of a PIN or password cannot be used; set that user's anew");
            Ok(false)
        }
    })
    .await
}

/// Reads a server's secret, made at random the first time, readable by its owner only.
///
/// # Errors
/// What the system said.
pub fn keep(path: &Path) -> io::Result<String> {
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

/// What is in a file; none where it is not there.
fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match sqlite::open_file(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let words = format!(
            "others may read or change it (mode {mode:03o}): chmod 600 it, or remove it to have a new one made"
        );
        return Err(io::Error::other(words));
    }
    let mut secret = Vec::new();
    file.take(*SECRET_LENGTH.end() as u64 + 2).read_to_end(&mut secret)?;
    let secret = String::from_utf8(secret).unwrap_or_default();
    let secret = secret.trim();
    if is_strong(secret) {
        return Ok(Some(secret.to_owned()));
    }
    Err(io::Error::other("what is in it is no random text of 32 characters and more; remove it to have a new one made"))
}

/// Whether a text can be a secret of ours: long, printable and not of few characters only.
#[must_use]
pub fn is_strong(secret: &str) -> bool {
    let distinct: std::collections::BTreeSet<_> = secret.bytes().collect();
    SECRET_LENGTH.contains(&secret.len())
        && secret.bytes().all(|byte| byte.is_ascii_graphic())
        && distinct.len() >= MIN_DISTINCT
}

/// Beside its place: a power cut or a full disk must not leave half of one there. Of two programs that start at once the
/// second takes the first one's.
fn make(new: &Path, path: &Path) -> io::Result<String> {
    let mut file = sqlite::open_private(new, OpenOptions::new().write(true).create(true).truncate(false))?;
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
    fn the_secret_is_random_private_and_persistent() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let first = keep(&a).unwrap();
        assert_eq!(keep(&a).unwrap(), first);
        assert_ne!(keep(&b).unwrap(), first);
        assert_eq!(std::fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn concurrent_starts_share_one_secret() {
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
    fn what_is_no_secret_of_the_owners_alone_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let good = random();
        for (content, mode, words) in [
            (vec![0; 64], 0o600, "no random text"),
            (vec![b'a'; 64], 0o600, "no random text"),
            (vec![0xff; 64], 0o600, "no random text"),
            (b"short".to_vec(), 0o600, "no random text"),
            (vec![], 0o600, "no random text"),
            (good.repeat(100).into_bytes(), 0o600, "no random text"),
            (good.clone().into_bytes(), 0o640, "mode 640"),
            (good.clone().into_bytes(), 0o604, "mode 604"),
        ] {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = keep(&path).unwrap_err().to_string();
            assert!(refused.contains(words) && refused.contains("remove it"), "{refused}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(keep(&path).unwrap(), good);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(keep(&path).unwrap_err().to_string().contains("not a file"));
    }

    #[test]
    fn a_secret_is_not_made_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (path, victim) = (dir.path().join("a"), dir.path().join("victim"));
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, dir.path().join("a.new")).unwrap();
        assert!(keep(&path).unwrap_err().to_string().contains("it is a link"));
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
        let made = keep(&path).unwrap();
        assert_eq!(keep(&path).unwrap(), made);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn a_stored_hash_that_asks_for_much_or_is_none_matches_nothing() {
        let ours = hash_pin("1234".into()).await.unwrap();
        assert_eq!(check_hash(&ours), Ok(()));
        let asks = ours.split('$').nth(3).unwrap().to_owned();
        for (params, refused) in [
            ("m=1048576,t=2,p=1", HashRefused::TooExpensive),
            ("m=19456,t=100000,p=1", HashRefused::TooExpensive),
            ("m=19456,t=2,p=64", HashRefused::TooExpensive),
        ] {
            let hash = ours.replace(&asks, params);
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
