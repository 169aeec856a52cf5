//! The way into NATS, as every command with a stream takes it.

use std::path::PathBuf;

use behavior_trace_nats::JetStream;
use clap::Args;

/// Name of the variable with the servers of NATS, which may have a login.
pub(super) const VARIABLE: &str = "BEHAVIOR_TRACE_NATS_URL";

/// Files for the connection to NATS.
#[derive(Args, Debug, Default)]
pub(crate) struct NatsLoginArgs {
    /// File with a user's JWT and key for NATS
    #[arg(long, value_name = "PATH")]
    creds: Option<PathBuf>,
    /// PEM file with certificates of further authorities to trust, for NATS
    #[arg(long, value_name = "PATH")]
    nats_ca: Option<PathBuf>,
}

impl NatsLoginArgs {
    /// Returns whether an option is set.
    pub(crate) const fn is_set(&self) -> bool {
        self.creds.is_some() || self.nats_ca.is_some()
    }

    /// Adds the files to a stream.
    pub(super) fn add_to(&self, mut stream: JetStream) -> JetStream {
        if let Some(path) = &self.creds {
            stream = stream.credentials_file(path);
        }
        if let Some(path) = &self.nats_ca {
            stream = stream.root_certificates(path);
        }
        stream
    }
}
