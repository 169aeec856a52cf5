//! A connection to NATS that ends with the first interruption.
//!
//! The client would connect again by itself. What it had sent to the lost server stays unanswered then, so whoever waits
//! learns of the interruption at once, and opens a connection of its own.

use std::time::Duration;

use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::classify;
use crate::names::Names;
use crate::servers::{Login, Servers};

/// Time limit of a connection, over all hosts.
const CONNECT: Duration = Duration::from_secs(5);
/// Time limit of a connection to one host.
const CONNECT_TO_ONE: Duration = Duration::from_secs(2);
/// Time limit of a request to JetStream's API.
const REQUEST: Duration = Duration::from_secs(5);
/// Interval of pings. Two without an answer are an interruption.
const PING: Duration = Duration::from_secs(5);
/// Time limit of an acknowledgement whose sender sets no shorter one.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(30);
/// Maximum number of messages that wait for an acknowledgement.
const IN_FLIGHT: usize = 10_000;

/// An open connection.
pub(crate) struct Connection {
    client: Client,
    pub(crate) context: Context,
    interruption: watch::Receiver<Option<Interruption>>,
}

/// What ended a connection.
#[derive(Clone, Debug)]
enum Interruption {
    Lost,
    /// The server refused a permission.
    Refused(String),
}

impl Connection {
    /// Connects to any of the servers.
    pub(crate) async fn open(servers: &Servers) -> Result<Self, StoreError> {
        let (sender, interruption) = watch::channel(None);
        let options = with_login(ConnectOptions::new(), servers).await?;
        let options = options
            .name("behavior-trace")
            // For servers too that another one names, which have no scheme.
            .require_tls(servers.addresses.iter().any(ServerAddr::tls_required))
            .connection_timeout(CONNECT_TO_ONE)
            .request_timeout(Some(REQUEST))
            .ping_interval(PING)
            // The task of a client that is dropped ends after as many tries.
            .max_reconnects(servers.addresses.len())
            .event_callback(move |event| {
                note(&sender, event);
                std::future::ready(())
            });
        let connected = timeout(CONNECT, options.connect(&servers.addresses[..])).await;
        let client = connected
            .map_err(|_| {
                let text = format!(
                    "no server of {servers} answered within {} s",
                    CONNECT.as_secs()
                );
                StoreError::new(ErrorClass::Unavailable, text)
            })?
            .map_err(|error| classify::connect(servers, &error))?;
        let context = ContextBuilder::new()
            .timeout(ACKNOWLEDGEMENT)
            .max_ack_inflight(IN_FLIGHT)
            .build(client.clone());
        Ok(Self {
            client,
            context,
            interruption,
        })
    }

    /// Returns a context for requests to JetStream's API.
    pub(crate) fn api(&self) -> Context {
        let mut api = self.context.clone();
        api.set_timeout(REQUEST);
        api
    }

    /// Runs a call until it ends or the connection is interrupted.
    pub(crate) async fn uninterrupted<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut interruption = self.interruption.clone();
        tokio::select! {
            biased;
            result = call => result,
            Ok(cause) = interruption.wait_for(Option::is_some) => Err(match &*cause {
                Some(Interruption::Refused(text)) => {
                    StoreError::new(ErrorClass::Configuration, format!("NATS refused: {text}"))
                }
                _ => StoreError::new(ErrorClass::UnknownOutcome, "the connection to NATS was lost"),
            }),
        }
    }

    /// Sends what was written, and closes the connection.
    pub(crate) async fn close(self) {
        let _ = self.client.flush().await;
    }

    /// Sends what was written.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        self.client.flush().await.map_err(|error| {
            StoreError::new(
                ErrorClass::UnknownOutcome,
                format!("NATS takes nothing: {error}"),
            )
        })
    }

    /// Returns the stream with its current state.
    pub(crate) async fn stream(&self, name: &str) -> Result<jetstream::stream::Stream, StoreError> {
        self.found(name, "behavior-trace relay setup").await
    }

    /// Returns a stream for copies with its current state.
    pub(crate) async fn copies(
        &self,
        names: &Names,
    ) -> Result<jetstream::stream::Stream, StoreError> {
        let (name, prefix) = (&names.stream, names.prefix());
        let create = format!(
            "nats stream add {name} --subjects '{prefix}.>' --storage file --retention limits --discard old --defaults"
        );
        self.found(name, &create).await
    }

    async fn found(
        &self,
        name: &str,
        create: &str,
    ) -> Result<jetstream::stream::Stream, StoreError> {
        let stream = self.api();
        self.uninterrupted(async {
            let found = stream.get_stream(name).await;
            found.map_err(|error| classify::stream(name, &error, create))
        })
        .await
    }
}

fn note(sender: &watch::Sender<Option<Interruption>>, event: Event) {
    let cause = match event {
        Event::Disconnected | Event::Closed => Interruption::Lost,
        Event::ServerError(error) => {
            let text = error.to_string();
            // Other errors of the server come with a lost connection.
            if !text.to_ascii_lowercase().contains("permissions violation") {
                return;
            }
            Interruption::Refused(text)
        }
        _ => return,
    };
    sender.send_if_modified(|known| {
        let is_first = known.is_none();
        known.get_or_insert(cause);
        is_first
    });
}

async fn with_login(
    options: ConnectOptions,
    servers: &Servers,
) -> Result<ConnectOptions, StoreError> {
    let mut options = match &servers.login {
        None => options,
        Some(Login::Token(token)) => options.token(token.clone()),
        Some(Login::User { name, password }) => {
            options.user_and_password(name.clone(), password.clone())
        }
    };
    if let Some(path) = &servers.credentials_file {
        options = options.credentials_file(path).await.map_err(|error| {
            let text = format!(
                "the credentials file {} cannot be used: {error}",
                path.display()
            );
            StoreError::new(ErrorClass::Configuration, text)
        })?;
    }
    if let Some(path) = &servers.root_certificates {
        options = options.add_root_certificates(path.clone());
    }
    Ok(options)
}
