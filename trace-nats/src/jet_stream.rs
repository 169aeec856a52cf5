//! The destination of a recorder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::NatsError;
use crate::acknowledged::Acknowledged;
use crate::names::Names;
use crate::servers::Servers;

/// A stream of NATS JetStream: the destination of a recorder, the source of a [`Relay`](crate::Relay), and what a
/// [`Setup`](crate::Setup) creates.
///
/// A recorder counts a row as stored once the stream has acknowledged it. Each message has the row's event id as
/// `Nats-Msg-Id`, so a row that is sent again within the stream's window is kept once; after the window the table's unique
/// key does the same. A full stream refuses rows, which then go to the recorder's spool.
///
/// ```no_run
/// use behavior_trace::BehaviorTrace;
/// use behavior_trace_nats::JetStream;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = JetStream::new("tls://nats-1.internal,nats-2.internal,nats-3.internal")?
///     .credentials_file("/etc/shop/nats.creds");
/// let recorder = BehaviorTrace::builder()
///     .destination(stream)
///     .spool_dir("/var/lib/shop/activity")
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct JetStream {
    pub(crate) servers: Arc<Servers>,
    pub(crate) names: Arc<Names>,
    pub(crate) acknowledged: Acknowledged,
}

impl JetStream {
    /// Creates a destination from the servers' URL: `nats://user:password@one:4222,two:4222`, with one login for all hosts. A
    /// user without a password is a token. `tls://` demands TLS, also of a server that another one names. The stream is `activity` unless it is
    /// [set](Self::stream).
    ///
    /// It connects to nothing.
    ///
    /// # Errors
    ///
    /// A malformed URL. The error does not repeat it.
    pub fn new(url: impl AsRef<str>) -> Result<Self, NatsError> {
        Ok(Self {
            servers: Arc::new(Servers::parse(url.as_ref())?),
            names: Arc::default(),
            acknowledged: Acknowledged::default(),
        })
    }

    /// Sets the name of the stream, and with it the subjects `<stream>.rows` and `<stream>.dead`. Default: `activity`.
    ///
    /// # Errors
    ///
    /// A name with other characters than letters, digits, `-` and `_`.
    pub fn stream(self, name: impl AsRef<str>) -> Result<Self, NatsError> {
        Ok(self.with_names(Names::of(name.as_ref())?))
    }

    /// Sets the prefix of the subjects: rows go to `<prefix>.rows`, and what a relay sets aside to `<prefix>.dead`. Default: the
    /// name of the stream. Set it after the [stream](Self::stream).
    ///
    /// # Errors
    ///
    /// A prefix that is no subject.
    pub fn subject_prefix(self, prefix: impl AsRef<str>) -> Result<Self, NatsError> {
        let names = Names::clone(&self.names).with_prefix(prefix.as_ref())?;
        Ok(self.with_names(names))
    }

    /// Sets the names. What another stream has acknowledged is not in this one.
    fn with_names(mut self, names: Names) -> Self {
        self.names = Arc::new(names);
        self.acknowledged = Acknowledged::default();
        self
    }

    /// Sets the file with a user's JWT and key, as `nsc` writes it. Default: none. It is read at each connection.
    pub fn credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        Arc::make_mut(&mut self.servers).credentials_file = Some(path.into());
        self
    }

    /// Sets a PEM file with certificates of authorities to trust beside those of the system. Default: none.
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        Arc::make_mut(&mut self.servers).root_certificates = Some(path.into());
        self
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream")
            .field("servers", &self.servers)
            .field("stream", &self.names.stream)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_one_stream_has_acknowledged_is_not_in_another() {
        let one = JetStream::new("nats://one").expect("a URL");
        let id = Uuid::from_u128(7);
        one.acknowledged.add(id);
        let same = one.clone();
        let other = one.clone().stream("other").expect("a name");
        let elsewhere = one.subject_prefix("elsewhere").expect("a prefix");
        assert!(same.acknowledged.has(id));
        assert!(!other.acknowledged.has(id) && !elsewhere.acknowledged.has(id));
    }
}
