//! Addresses of the servers and the credentials for them.

use std::fmt;
use std::path::PathBuf;

use async_nats::ServerAddr;

use crate::NatsError;

const FORM: &str =
    "write it as `nats://user:password@one:4222,two:4222`, with `tls` in place of `nats` for TLS";

/// Servers of one NATS system, and the way in.
#[derive(Clone)]
pub(crate) struct Servers {
    /// Addresses without credentials.
    pub(crate) addresses: Vec<ServerAddr>,
    pub(crate) login: Option<Login>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) root_certificates: Option<PathBuf>,
}

/// Credentials in a URL.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Login {
    Token(String),
    User { name: String, password: String },
}

impl Servers {
    /// Reads a URL with one host or more: `nats://user:password@one:4222,two:4222`. A user without a password is a token.
    pub(crate) fn parse(url: &str) -> Result<Self, NatsError> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| refused("has no scheme"))?;
        if !matches!(scheme, "nats" | "tls") {
            return Err(refused("has another scheme than `nats` and `tls`"));
        }
        let (login, hosts) = match rest.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, rest),
        };
        let addresses = hosts.trim_end_matches('/').split(',').map(|host| {
            let is_host = !host.is_empty() && !host.contains(['/', '?', '#', ' ']);
            let address = is_host.then(|| format!("{scheme}://{host}").parse::<ServerAddr>());
            match address {
                Some(Ok(address)) if !address.host().is_empty() => Ok(address),
                _ => Err(refused("has a host that cannot be read")),
            }
        });
        Ok(Self {
            addresses: addresses.collect::<Result<_, _>>()?,
            login: login.map(Login::parse).transpose()?,
            credentials_file: None,
            root_certificates: None,
        })
    }
}

impl Login {
    fn parse(text: &str) -> Result<Self, NatsError> {
        let decode = |text: &str| {
            let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
            let decoded = decoded.map(String::from);
            decoded.map_err(|_| refused("has a user, password or token that is no UTF-8"))
        };
        Ok(match text.split_once(':') {
            Some((name, password)) => Self::User {
                name: decode(name)?,
                password: decode(password)?,
            },
            None => Self::Token(decode(text)?),
        })
    }
}

/// Returns an error that does not repeat the URL, since it may have a password.
fn refused(what: &str) -> NatsError {
    NatsError::settings(format!("the URL of NATS {what}; {FORM}"))
}

impl fmt::Display for Servers {
    /// Prints the hosts alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.addresses.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{}:{}", address.host(), address.port())?;
        }
        Ok(())
    }
}

behavior_trace_core::debug_is_display!(Servers);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_one_host_or_several_with_one_login() {
        let servers = Servers::parse("nats://app:s%40cret@one,two:4333/").expect("a URL");
        assert_eq!(servers.to_string(), "one:4222,two:4333");
        assert!(
            servers.login
                == Some(Login::User {
                    name: "app".to_owned(),
                    password: "s@cret".to_owned()
                })
        );
        let servers = Servers::parse("tls://t0ken@nats.internal").expect("a URL");
        assert!(servers.addresses.iter().all(ServerAddr::tls_required));
        assert!(servers.login == Some(Login::Token("t0ken".to_owned())));
        let servers = Servers::parse("nats://[::1]:4222").expect("a URL");
        assert!(servers.login.is_none());
    }

    #[test]
    fn no_output_has_a_password_or_a_token() {
        for url in ["nats://app:canary77@one", "nats://canary77@one"] {
            let servers = Servers::parse(url).expect("a URL");
            assert!(!format!("{servers:?} {servers}").contains("canary77"));
        }
        for url in [
            "app:canary77@one",
            "http://app:canary77@one",
            "nats://app:canary77@",
            "nats://app:canary77@one,,two",
            "nats://app:canary77@one/database",
            "nats://app:canary77@one:port",
            "nats://app:canary77%FF@one",
        ] {
            let error = Servers::parse(url).expect_err(url).to_string();
            assert!(!error.contains("canary77"), "{error}");
            assert!(error.contains("nats://user:password@"), "{error}");
        }
    }
}
