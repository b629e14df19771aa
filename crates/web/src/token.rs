//! Session tokens: JWT, HS256, twelve hours.
//!
//! The library's crypto back ends would add RSA and curves that we never use; this module supplies our HMAC instead.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{ApiError, Code, time};

/// How long a session lasts.
pub const SESSION_SECONDS: i64 = 12 * 60 * 60;
/// How far the clock may be set back without ending sessions.
const LEEWAY_SECONDS: i64 = 60 * 60;

/// The content of a token. It is valid only together with the user's row: see `generation`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The user's id.
    pub sub: String,
    /// The role at log-in.
    pub role: String,
    /// The session generation of the user at log-in: a new PIN or role begins a new one.
    pub generation: i64,
    /// Identifies this session, so that it can end alone. Random.
    pub sid: String,
    /// The paired device of the log-in: its revocation ends the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Expiry, seconds since 1970.
    pub exp: i64,
}

impl Claims {
    /// A session that begins now and lasts [`SESSION_SECONDS`].
    #[must_use]
    pub fn new(sub: &str, role: &str, generation: i64, now: Timestamp) -> Self {
        let sid = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let exp = now.as_second() + SESSION_SECONDS;
        Self { sub: sub.into(), role: role.into(), generation, sid, device_id: None, exp }
    }

    /// The same session, bound to a device.
    #[must_use]
    pub fn on_device(self, device_id: Option<String>) -> Self {
        Self { device_id, ..self }
    }

    /// Expiry, RFC 3339 UTC.
    #[must_use]
    pub fn expires_at(&self) -> String {
        time::text(Timestamp::from_second(self.exp).unwrap_or(Timestamp::MAX))
    }
}

/// Signs and checks tokens with the secret of one server.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
    secret: Vec<u8>,
}

impl Tokens {
    /// Tokens with this secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // Fails if another server in the process has installed it, which is harmless.
        let _ = PROVIDER.install_default();
        let mut validation = Validation::new(Algorithm::HS256);
        // Expiry is checked below by the caller's clock, which is limited; the library would use the machine's clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self {
            signing: EncodingKey::from_secret(secret),
            checking: DecodingKey::from_secret(secret),
            validation,
            secret: secret.to_owned(),
        }
    }

    /// A number for a text that is stable across restarts and cannot be calculated without the secret.
    #[must_use]
    pub fn number_of(&self, text: &str) -> u64 {
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret) else { return 0 };
        mac.update(b"gerai number of a text\n");
        mac.update(text.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
    }

    /// A few letters and digits that distinguish this server from others, and stay the same across restarts.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{:08x}", self.number_of("cookies") >> 32)
    }

    /// Issues the token of a session.
    ///
    /// # Errors
    /// None that a caller could correct.
    pub fn issue(&self, claims: &Claims) -> Result<String, ApiError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing).map_err(|error| {
            tracing::error!(%error, "cannot sign a token");
            ApiError::internal()
        })
    }

    /// The claims of a valid, unexpired token.
    ///
    /// # Errors
    /// 401.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims, ApiError> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation)
            .map_err(|_| Code::Unauthorized.because("token"))?;
        if decoded.claims.exp < now.as_second() {
            return Err(Code::Unauthorized.because("expired"));
        }
        // A token issued under a clock that was ahead would be valid until that time.
        if decoded.claims.exp > now.as_second() + SESSION_SECONDS + LEEWAY_SECONDS {
            return Err(Code::Unauthorized.because("clock"));
        }
        Ok(decoded.claims)
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: &Algorithm, secret: &[u8]) -> JwtResult<Self> {
        if *algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(secret).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_text_depends_on_the_secret() {
        let (one, same, other) = (Tokens::new(b"one"), Tokens::new(b"one"), Tokens::new(b"other"));
        assert_eq!(one.number_of("rina"), same.number_of("rina"));
        assert_ne!(one.number_of("rina"), other.number_of("rina"));
        assert_ne!(one.number_of("rina"), one.number_of("dewi"));
    }

    #[test]
    fn a_token_is_valid_for_its_server_and_twelve_hours() {
        let (ours, theirs) = (Tokens::new(b"ours"), Tokens::new(b"theirs"));
        let now = Timestamp::now();
        let token = ours.issue(&Claims::new("u", "admin", 1, now)).unwrap();
        assert_eq!(ours.check(&token, now).unwrap().sub, "u");
        assert!(theirs.check(&token, now).is_err());
        let ahead = now + jiff::SignedDuration::from_hours(24 * 365);
        assert!(ours.check(&ours.issue(&Claims::new("u", "admin", 1, ahead)).unwrap(), now).is_err());
        let old = now - jiff::SignedDuration::from_secs(SESSION_SECONDS + 1);
        assert!(ours.check(&ours.issue(&Claims::new("u", "admin", 1, old)).unwrap(), now).is_err());
    }

    #[test]
    fn a_token_expires_by_the_issuing_clock_in_any_year() {
        let ours = Tokens::new(b"ours");
        for year in ["1970-01-01T00:00:00Z", "2038-01-19T03:14:07Z", "9998-01-01T00:00:00Z"] {
            let issued: Timestamp = year.parse().unwrap();
            let token = ours.issue(&Claims::new("u", "admin", 1, issued)).unwrap();
            let after = |seconds| ours.check(&token, issued + jiff::SignedDuration::from_secs(seconds)).is_ok();
            assert_eq!([after(0), after(SESSION_SECONDS), after(SESSION_SECONDS + 1)], [true, true, false], "{year}");
        }
    }

    #[test]
    fn each_session_has_its_own_id() {
        let now = Timestamp::now();
        let [one, other] = [(); 2].map(|()| Claims::new("u", "admin", 1, now));
        assert_ne!(one.sid, other.sid);
        let ours = Tokens::new(b"ours");
        assert_eq!(ours.check(&ours.issue(&one).unwrap(), now).unwrap().sid, one.sid);
    }

    #[test]
    fn a_token_without_a_signature_is_rejected() {
        let ours = Tokens::new(b"ours");
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ1Iiwicm9sZSI6ImFkbWluIiwiZ2VuZXJhdGlvbiI6MSwiZXhwIjo5OTk5OTk5OTk5fQ.";
        assert!(ours.check(none, Timestamp::now()).is_err());
    }
}
