//! The servers of NATS and the stream.

use std::env;

use behavior_trace_nats::JetStream;
use clap::Args;

use super::login::{NatsLoginArgs, VARIABLE};
use crate::failure::Failure;
use crate::secret::has_user_info;

/// Where the stream is.
#[derive(Args, Debug)]
pub(super) struct ServerArgs {
    /// Servers of NATS, such as tls://one:4222,two:4222, without a password or token; with one:
    /// BEHAVIOR_TRACE_NATS_URL
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    #[command(flatten)]
    login: NatsLoginArgs,
    /// Name of the stream
    #[arg(long, value_name = "NAME", default_value = "activity")]
    stream: String,
    /// Prefix of its subjects [default: the name of the stream]
    #[arg(long, value_name = "SUBJECT")]
    subject_prefix: Option<String>,
}

impl ServerArgs {
    pub(super) fn stream(&self) -> Result<JetStream, Failure> {
        let usage = |error: behavior_trace_nats::NatsError| Failure::usage(error.to_string());
        let mut stream = JetStream::new(self.url()?).map_err(usage)?;
        stream = stream.stream(&self.stream).map_err(usage)?;
        if let Some(prefix) = &self.subject_prefix {
            stream = stream.subject_prefix(prefix).map_err(usage)?;
        }
        Ok(self.login.add_to(stream))
    }

    fn url(&self) -> Result<String, Failure> {
        if let Some(url) = &self.nats {
            if has_user_info(url) {
                return Err(Failure::usage(format!(
                    "--nats: a password or token in an argument is visible to every user of this machine; set {VARIABLE} or \
                     pass --creds PATH instead, and change it"
                )));
            }
            return Ok(url.clone());
        }
        match env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Ok(url),
            _ => Err(Failure::usage(format!(
                "no servers of NATS; pass --nats URL or set {VARIABLE}"
            ))),
        }
    }
}
