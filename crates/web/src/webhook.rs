//! Signs and verifies webhooks by the specification "Standard Webhooks", <https://www.standardwebhooks.com>.
//!
//! The signature is HMAC-SHA256 over `{id}.{timestamp}.{body}`. A message has one signature per active secret, so that
//! secrets can change while messages are in transit. Only symmetric secrets (`v1`) are supported. The receiver must
//! detect repeated ids.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// Id of the message; the same for each attempt.
pub const ID: &str = "webhook-id";
/// Time of this attempt, seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";
/// Maximum difference between the sender's clock and ours, in either direction.
pub const TOLERANCE_S: i64 = 5 * 60;

const PREFIX: &str = "whsec_";
const SCHEME: &str = "v1";

/// The shared secret: 24 to 64 bytes, written as `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A text that is not a secret. The error does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is 'whsec_' and 24 to 64 bytes in base64; copy it as it was shown")]
pub struct NotASecret;

/// Why a message is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// None of its signatures matches a secret of ours.
    #[error("no signature matches a known secret; set the secret that the sender shows")]
    Signature,
    /// It is too old, or the sender's clock is ahead.
    #[error("the message was signed more than five minutes from now; check the clocks of both machines")]
    Stale,
}

/// The headers of a message.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// [`ID`].
    pub id: &'a str,
    /// [`TIMESTAMP`] as sent: the text is signed, not the number.
    pub timestamp: &'a str,
    /// [`SIGNATURE`].
    pub signatures: &'a str,
}

impl Secret {
    /// A secret of 32 random bytes.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    /// The text form, shown to people once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length, so this always succeeds.
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        Some(
            [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
                .iter()
                .fold(mac, |mac, part| mac.chain_update(part)),
        )
    }
}

impl FromStr for Secret {
    type Err = NotASecret;

    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let bytes = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok()).ok_or(NotASecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NotASecret) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The value of [`SIGNATURE`]: one signature per secret.
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, at: Timestamp, body: &[u8]) -> String {
    let timestamp = timestamp(at);
    let macs = secrets.iter().filter_map(|secret| secret.mac(id, &timestamp, body));
    let signatures = macs.map(|mac| format!("{SCHEME},{}", STANDARD.encode(mac.finalize().into_bytes())));
    signatures.collect::<Vec<_>>().join(" ")
}

/// The value of [`TIMESTAMP`].
#[must_use]
pub fn timestamp(at: Timestamp) -> String {
    at.as_second().to_string()
}

/// Accepts a message that one of the secrets signed at most [`TOLERANCE_S`] from now. The signature is checked first,
/// so that a sender without a secret learns nothing about our clock.
///
/// # Errors
/// [`Refused`].
pub fn verify(secrets: &[Secret], signed: Signed<'_>, body: &[u8], now: Timestamp) -> Result<(), Refused> {
    let known = secrets.iter().filter_map(|secret| secret.mac(signed.id, signed.timestamp, body)).any(|mac| {
        let candidates = signed.signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        // `verify_slice` compares in constant time.
        candidates.filter_map(|text| STANDARD.decode(text).ok()).any(|bytes| mac.clone().verify_slice(&bytes).is_ok())
    });
    if !known {
        return Err(Refused::Signature);
    }
    // The signed text may not be a number of seconds.
    let at: i64 = signed.timestamp.parse().map_err(|_| Refused::Stale)?;
    if at.abs_diff(now.as_second()) > TOLERANCE_S.unsigned_abs() { Err(Refused::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    proptest! {
        #[test]
        fn an_unsigned_webhook_is_rejected(
            id: String, timestamp: String, signatures in "([a-z0-9]{0,3},?[A-Za-z0-9+/=]{0,60} ?){0,6}|\\PC{0,90}",
            body in vec(any::<u8>(), 0..300),
        ) {
            let signed = Signed { id: &id, timestamp: &timestamp, signatures: &signatures };
            prop_assert_eq!(verify(&[secret()], signed, &body, at(0)), Err(Refused::Signature));
        }

        #[test]
        fn a_signed_message_is_accepted_until_a_bit_is_flipped(
            id in "[a-z0-9_.]{1,40}", mut body in vec(any::<u8>(), 1..300), turned: Index, bit in 0..8_u32,
        ) {
            let secrets = [Secret::random()];
            let signatures = sign(&secrets, &id, at(1_000), &body);
            let signed = Signed { id: &id, timestamp: "1000", signatures: &signatures };
            prop_assert_eq!(verify(&secrets, signed, &body, at(1_000)), Ok(()));
            let turned = turned.index(body.len());
            body[turned] ^= 1 << bit;
            prop_assert_eq!(verify(&secrets, signed, &body, at(1_000)), Err(Refused::Signature));
        }

        #[test]
        fn a_text_is_a_canonical_secret_or_is_rejected(text in "(whsec_)?[A-Za-z0-9+/=]{0,100}|\\PC{0,100}") {
            if let Ok(secret) = text.parse::<Secret>() {
                prop_assert_eq!(secret.reveal(), text);
            }
        }
    }

    // The example from the specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const THEIRS: Signed<'_> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret() -> Secret {
        SECRET.parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_specifications_example_is_signed_and_accepted() {
        let now = at(1_614_265_330);
        assert_eq!(sign(&[secret()], THEIRS.id, now, BODY), THEIRS.signatures);
        assert_eq!(timestamp(now), THEIRS.timestamp);
        assert_eq!(verify(&[secret()], THEIRS, BODY, now), Ok(()));
    }

    #[test]
    fn another_id_time_body_or_secret_is_rejected() {
        let now = at(1_614_265_330);
        let refused = Err(Refused::Signature);
        assert_eq!(verify(&[secret()], Signed { id: "msg_other", ..THEIRS }, BODY, now), refused);
        assert_eq!(verify(&[secret()], Signed { timestamp: "1614265331", ..THEIRS }, BODY, now), refused);
        assert_eq!(verify(&[secret()], THEIRS, b"{}", now), refused);
        assert_eq!(verify(&[Secret::random()], THEIRS, BODY, now), refused);
        assert_eq!(verify(&[], THEIRS, BODY, now), refused);
        // An id may contain a dot: the signed parts must not be split differently.
        let moved = Signed { id: "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", timestamp: "", ..THEIRS };
        assert_eq!(verify(&[secret()], moved, BODY, now), refused);
    }

    #[test]
    fn missing_and_unknown_signatures_are_rejected() {
        let now = at(1_614_265_330);
        let right = THEIRS.signatures.strip_prefix("v1,").unwrap();
        for signatures in ["", " ", "v1", "v1,", right, &format!("v1a,{right}"), &format!("v2,{right}"), "v1,%%%"] {
            assert_eq!(verify(&[secret()], Signed { signatures, ..THEIRS }, BODY, now), Err(Refused::Signature));
        }
        let among = format!("v1a,{right} v1,AAAA {}", THEIRS.signatures);
        assert_eq!(verify(&[secret()], Signed { signatures: &among, ..THEIRS }, BODY, now), Ok(()));
    }

    #[test]
    fn a_webhook_is_valid_for_five_minutes_around_now() {
        let signed_at = 1_614_265_330;
        for (now, answer) in [(300, Ok(())), (-300, Ok(())), (301, Err(Refused::Stale)), (-301, Err(Refused::Stale))] {
            assert_eq!(verify(&[secret()], THEIRS, BODY, at(signed_at + now)), answer, "{now}");
        }
    }

    #[test]
    fn one_common_secret_suffices_during_rotation() {
        let (old, new, now) = (secret(), Secret::random(), at(1_614_265_330));
        let signatures = sign(&[new.clone(), old.clone()], "m", now, BODY);
        assert_eq!(signatures.split(' ').count(), 2);
        let signed = Signed { id: "m", timestamp: "1614265330", signatures: &signatures };
        for known in [vec![old.clone()], vec![new.clone()], vec![Secret::random(), old]] {
            assert_eq!(verify(&known, signed, BODY, now), Ok(()));
        }
        assert_eq!(verify(&[Secret::random()], signed, BODY, now), Err(Refused::Signature));
    }

    #[test]
    fn a_secret_has_one_form_and_is_hidden_in_debug_output() {
        assert_eq!(secret().reveal(), SECRET);
        let random = Secret::random();
        assert_eq!(random.reveal().parse(), Ok(random.clone()));
        assert_eq!(format!("{random:?}"), "Secret(…)");
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        let bare = SECRET.trim_start_matches("whsec_");
        for text in ["", "whsec_", "whsec_!", bare, &short, &long] {
            assert_eq!(text.parse::<Secret>(), Err(NotASecret), "{text}");
        }
    }
}
