//! An external server, which the tests do not manage.

use std::process::Command;

use url::Url;

use crate::server::Instance;
use crate::{Kind, ServerError, address, command, provision};

const NOT_OURS: &str = "the environment names this server, so it is not the tests' to stop";

/// Server known only by its URL.
#[derive(Debug)]
pub(crate) struct External {
    kind: Kind,
    url: Url,
}

impl External {
    pub(crate) fn open(kind: Kind, url: &str) -> Result<Self, ServerError> {
        let url = address::parse(url)
            .map_err(|e| ServerError::unusable(kind.url_variable(), e.to_string()))?;
        Ok(Self { kind, url })
    }

    fn client(&self) -> Result<Command, ServerError> {
        let decoded = |text: &str| percent_decoded(text);
        let mut client = Command::new(provision::client(self.kind)?);
        client.args([
            "--no-defaults",
            "--batch",
            "--raw",
            "--skip-column-names",
            "--connect-timeout=5",
            "--protocol=tcp",
        ]);
        client.arg(format!(
            "--host={}",
            self.url.host_str().unwrap_or_default()
        ));
        client.arg(format!("--port={}", self.url.port().unwrap_or(3306)));
        client.arg(format!("--user={}", decoded(self.url.username())));
        // A variable, since lists of processes show arguments.
        client.env(
            "MYSQL_PWD",
            decoded(self.url.password().unwrap_or_default()),
        );
        let mode = self
            .url
            .query_pairs()
            .find(|(name, _)| name == "ssl-mode")
            .map(|(_, mode)| mode.into_owned());
        client.args(tls_args(self.kind, mode.as_deref()));
        Ok(client)
    }
}

/// Returns the client's arguments for sqlx's `ssl-mode`. MariaDB's client checks certificates by default, but those of test
/// servers are self-signed.
fn tls_args(kind: Kind, mode: Option<&str>) -> Vec<String> {
    match (kind, mode) {
        (Kind::MySql, mode) => mode
            .map(|mode| format!("--ssl-mode={mode}"))
            .into_iter()
            .collect(),
        (Kind::MariaDb, Some("DISABLED")) => vec!["--skip-ssl".to_owned()],
        (Kind::MariaDb, Some("REQUIRED")) => vec![
            "--ssl".to_owned(),
            "--skip-ssl-verify-server-cert".to_owned(),
        ],
        (Kind::MariaDb, _) => vec!["--skip-ssl-verify-server-cert".to_owned()],
    }
}

/// Decodes a part of a URL.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%');
        let value = hex.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(byte));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Instance for External {
    fn url(&self) -> &Url {
        &self.url
    }

    fn sql(&self, statements: &str) -> Result<String, ServerError> {
        command::feed(&mut self.client()?, statements)
    }

    fn kill(&self) -> Result<(), ServerError> {
        Err(ServerError::unsupported("kill the server", NOT_OURS))
    }

    fn stop(&self) -> Result<(), ServerError> {
        Err(ServerError::unsupported("stop the server", NOT_OURS))
    }

    fn restart(&self) -> Result<(), ServerError> {
        Err(ServerError::unsupported("restart the server", NOT_OURS))
    }

    fn pause(&self) -> Result<(), ServerError> {
        Err(ServerError::unsupported("pause the server", NOT_OURS))
    }

    fn resume(&self) -> Result<(), ServerError> {
        Err(ServerError::unsupported("resume the server", NOT_OURS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_the_environment_that_is_none_names_its_variable() {
        let error = External::open(Kind::MySql, "localhost:3306")
            .unwrap_err()
            .to_string();
        assert!(error.contains("BEHAVIOR_TRACE_TEST_MYSQL_URL"), "{error}");
    }

    #[test]
    fn parts_of_an_address_are_decoded() {
        assert_eq!(percent_decoded("p%40ss%C3%A9"), "p@ssé");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn a_server_of_somebody_else_is_not_killed() {
        let external = External::open(Kind::MySql, "mysql://u@db.test/").unwrap();
        assert!(external.kill().unwrap_err().is_unsupported());
    }
}
