//! Encryption of the connection.

use super::finding::{Check, Finding};
use super::subject::Subject;
use crate::store::StoreError;
use crate::store::mysql::{Transport, Verifies};

const CIPHER: &str = "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_cipher', 'Ssl_version')";

const VERIFY: &str = "give the server a certificate for its host name, and write \
     `?ssl-mode=verify_identity&ssl-ca=/path/to/ca.pem` in the URL";

pub(super) async fn look(subject: &mut Subject<'_>) -> Result<Vec<Finding>, StoreError> {
    let status = subject.pairs(CIPHER).await?;
    let value = |name: &str| {
        let found = status
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let cipher = match (value("Ssl_version"), value("Ssl_cipher")) {
        (_, "") => None,
        (version, cipher) => Some(format!("{version} with {cipher}")),
    };
    let transport = subject.transport;
    Ok(transport
        .map(|transport| judge(transport, cipher.as_deref()))
        .into_iter()
        .collect())
}

fn judge(transport: Transport, cipher: Option<&str>) -> Finding {
    let ok = |found: String| Finding::ok(Check::Tls, found);
    let warn = |found: String| Finding::warn(Check::Tls, found, VERIFY);
    match (cipher, transport.verifies) {
        (None, _) if transport.is_socket => {
            ok("not encrypted, through a socket of this machine".to_owned())
        }
        (None, _) if transport.is_near => ok("not encrypted, within this machine".to_owned()),
        (None, _) => {
            warn("not encrypted: who is on the way can read and change activity".to_owned())
        }
        (Some(cipher), Verifies::Identity) => ok(format!(
            "{cipher}; the certificate and its host name are verified"
        )),
        (Some(cipher), Verifies::Authority) => ok(format!(
            "{cipher}; the certificate is verified, and its host name is not"
        )),
        (Some(cipher), Verifies::Nothing) if transport.is_near => {
            ok(format!("{cipher}, within this machine"))
        }
        (Some(cipher), Verifies::Nothing) => warn(format!(
            "{cipher}, but the certificate is not verified: another server may take the place of this one"
        )),
    }
}
