//! A certificate chain and a private key from PEM files.

use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::TlsError;

/// The content of a file.
///
/// # Errors
/// [`TlsError::File`].
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

/// Parses the content of both files; the key must belong to the first certificate.
///
/// # Errors
/// [`TlsError`].
pub(super) fn parse(
    chain: &[u8],
    key: &[u8],
    chain_path: &Path,
    key_path: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let found = found.ok().filter(|found| !found.is_empty());
    let found = found.ok_or_else(|| missing(chain_path, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| missing(key_path, "private key"))?;
    Ok(CertifiedKey::from_der(found, key, provider)?)
}
