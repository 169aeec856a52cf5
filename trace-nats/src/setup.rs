//! Creation of the streams and the consumer, which changes nothing that exists.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, PullConsumer};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, ErrorCode};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::delivery::pages::PageDelivery;

use crate::connection::Connection;
use crate::names::CONSUMER;
use crate::{JetStream, NatsError, classify};

/// Default maximum size of the stream of rows, in bytes: 1 GiB, as that of a spool.
const BYTES: i64 = 1 << 30;
/// Default time for which a repeated id is known.
const WINDOW: Duration = Duration::from_mins(2);
/// Default time after which an unacknowledged row is delivered again: more than four statements of the relay.
const ACK_WAIT: Duration = Duration::from_secs(4 * PageDelivery::STATEMENT.as_secs() + 5);
/// Maximum number of rows that are delivered and not acknowledged, over all relays.
const UNACKNOWLEDGED: i64 = 5000;

/// Creation of what a relay needs: the stream of rows, the stream of messages that are set aside, and the durable consumer.
///
/// What exists stays as it is, and the report lists how it differs. Nothing is ever changed or removed.
///
/// ```no_run
/// use behavior_trace_nats::{JetStream, Setup};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let report = Setup::new(JetStream::new("nats://127.0.0.1:4222")?).replicas(3).run().await?;
/// println!("{report}");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `run` is called"]
pub struct Setup {
    stream: JetStream,
    replicas: usize,
    max_bytes: i64,
    window: Duration,
    ack_wait: Duration,
}

/// What a [`Setup`] created, and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupReport {
    /// Names of the streams and consumers that it created.
    pub created: Vec<String>,
    /// Names of those that existed.
    pub found: Vec<String>,
    /// Settings of those that differ from what was asked for. They are unchanged.
    pub differences: Vec<Difference>,
}

/// A setting of an existing stream or consumer that differs from what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Name of the stream or consumer.
    pub of: String,
    /// Name of the setting.
    pub setting: &'static str,
    /// Its value.
    pub found: String,
    /// The value that was asked for.
    pub wanted: String,
}

impl Setup {
    /// Creates a setup for a stream.
    pub const fn new(stream: JetStream) -> Self {
        Self {
            stream,
            replicas: 1,
            max_bytes: BYTES,
            window: WINDOW,
            ack_wait: ACK_WAIT,
        }
    }

    /// Sets the number of servers that keep each row. Default: 1. With 3, an acknowledged row survives the loss of a server.
    pub const fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Sets the maximum size of the stream of rows, in bytes. Default: 1 GiB. A full stream refuses rows, which then go to the
    /// spools of the recorders.
    pub const fn max_bytes(mut self, bytes: i64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the time for which the stream knows the id of a row, and drops a repeat. Default: 2 minutes. A longer one takes the
    /// servers' memory; a repeat after it is stored once all the same, by the table's unique key.
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets the time after which an unacknowledged row is delivered again. Default: 45 s, more than four statements of the relay
    /// may take. With a shorter one, rows may be delivered again while they are stored, which costs work and nothing else.
    pub const fn ack_wait(mut self, wait: Duration) -> Self {
        self.ack_wait = wait;
        self
    }

    /// Creates what does not exist.
    ///
    /// # Errors
    ///
    /// A server that does not answer or refuses.
    pub async fn run(&self) -> Result<SetupReport, NatsError> {
        let connection = Connection::open(&self.stream.servers).await?;
        let mut report = SetupReport::default();
        let created = connection
            .uninterrupted(self.create(&connection.api(), &mut report))
            .await;
        connection.close().await;
        created?;
        Ok(report)
    }

    async fn create(&self, api: &Context, report: &mut SetupReport) -> Result<(), StoreError> {
        create_stream(api, self.rows_config(), report).await?;
        create_stream(api, self.dead_config(), report).await?;
        self.create_consumer(api, report).await
    }

    fn rows_config(&self) -> Config {
        Config {
            name: self.stream.names.stream.clone(),
            subjects: vec![self.stream.names.rows()],
            description: Some("rows of BehaviorTrace on their way to the table".to_owned()),
            // A row that the relay has acknowledged is removed.
            retention: RetentionPolicy::WorkQueue,
            max_bytes: self.max_bytes,
            duplicate_window: self.window,
            ..self.durable_config()
        }
    }

    fn dead_config(&self) -> Config {
        Config {
            name: self.stream.names.dead_stream(),
            subjects: vec![self.stream.names.dead()],
            description: Some("messages that the relay of BehaviorTrace set aside".to_owned()),
            retention: RetentionPolicy::Limits,
            max_bytes: self.max_bytes,
            duplicate_window: self.window,
            ..self.durable_config()
        }
    }

    /// Returns what both streams share: they keep each message, or refuse it.
    fn durable_config(&self) -> Config {
        Config {
            storage: StorageType::File,
            discard: DiscardPolicy::New,
            num_replicas: self.replicas,
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            max_message_size: -1,
            ..Config::default()
        }
    }

    fn consumer_config(&self) -> consumer::pull::Config {
        consumer::pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_deliver: -1,
            max_ack_pending: UNACKNOWLEDGED,
            filter_subject: self.stream.names.rows(),
            ..consumer::pull::Config::default()
        }
    }

    async fn create_consumer(
        &self,
        api: &Context,
        report: &mut SetupReport,
    ) -> Result<(), StoreError> {
        let stream = &self.stream.names.stream;
        let name = format!("{stream}/{CONSUMER}");
        let wanted = self.consumer_config();
        let found: Result<PullConsumer, _> = api.get_consumer_from_stream(CONSUMER, stream).await;
        match found {
            Ok(consumer) => {
                let mut compare = Comparison::new(&name, report);
                compare.consumer(&consumer.cached_info().config, &wanted);
                return Ok(());
            }
            Err(error) if !classify::is_no_consumer(&error) => {
                return Err(classify::consumer(stream, &error));
            }
            Err(_) => {}
        }
        // It fails if another setup has created one since.
        let made = api.create_consumer_strict_on_stream(wanted, stream).await;
        made.map_err(|error| refused("consumer", &name, &error))?;
        report.created.push(name);
        Ok(())
    }
}

async fn create_stream(
    api: &Context,
    wanted: Config,
    report: &mut SetupReport,
) -> Result<(), StoreError> {
    let name = wanted.name.clone();
    match api.get_stream(&name).await {
        Ok(stream) => {
            let found = &stream.cached_info().config;
            Comparison::new(&name, report).stream(found, &wanted);
            return Ok(());
        }
        Err(error) if !is_missing(&error) => {
            return Err(classify::stream(
                &name,
                &error,
                "behavior-trace relay setup",
            ));
        }
        Err(_) => {}
    }
    let made = api.create_stream(wanted).await;
    made.map_err(|error| refused("stream", &name, &error))?;
    report.created.push(name);
    Ok(())
}

fn is_missing(error: &async_nats::jetstream::context::GetStreamError) -> bool {
    use async_nats::jetstream::context::GetStreamErrorKind;
    matches!(
        error.kind(),
        GetStreamErrorKind::JetStream(cause) if cause.error_code() == ErrorCode::STREAM_NOT_FOUND
    )
}

fn refused(what: &str, name: &str, error: &(dyn std::error::Error + 'static)) -> StoreError {
    let why = classify::text_of(error);
    StoreError::new(
        ErrorClass::Configuration,
        format!("the {what} `{name}` could not be created: {why}"),
    )
}

/// Comparison of an existing stream or consumer with what was asked for.
struct Comparison<'a> {
    of: &'a str,
    report: &'a mut SetupReport,
}

impl<'a> Comparison<'a> {
    fn new(of: &'a str, report: &'a mut SetupReport) -> Self {
        report.found.push(of.to_owned());
        Self { of, report }
    }

    fn stream(&mut self, found: &Config, wanted: &Config) {
        self.setting("subjects", &found.subjects, &wanted.subjects);
        self.setting("retention", &found.retention, &wanted.retention);
        self.setting("discard", &found.discard, &wanted.discard);
        self.setting("storage", &found.storage, &wanted.storage);
        self.setting("replicas", &found.num_replicas, &wanted.num_replicas);
        self.setting("max bytes", &found.max_bytes, &wanted.max_bytes);
        self.setting("max messages", &found.max_messages, &wanted.max_messages);
        self.setting(
            "max messages per subject",
            &found.max_messages_per_subject,
            &wanted.max_messages_per_subject,
        );
        self.setting("max age", &found.max_age, &wanted.max_age);
        self.setting("no ack", &found.no_ack, &wanted.no_ack);
        self.setting("window", &found.duplicate_window, &wanted.duplicate_window);
    }

    fn consumer(&mut self, found: &consumer::Config, wanted: &consumer::pull::Config) {
        self.setting("ack policy", &found.ack_policy, &wanted.ack_policy);
        self.setting("ack wait", &found.ack_wait, &wanted.ack_wait);
        self.setting(
            "deliver policy",
            &found.deliver_policy,
            &wanted.deliver_policy,
        );
        self.setting("filter", &found.filter_subject, &wanted.filter_subject);
        self.setting("headers only", &found.headers_only, &wanted.headers_only);
        self.setting(
            "max ack pending",
            &found.max_ack_pending,
            &wanted.max_ack_pending,
        );
        self.setting("max deliver", &found.max_deliver, &wanted.max_deliver);
    }

    fn setting<T: PartialEq + fmt::Debug>(&mut self, setting: &'static str, found: &T, wanted: &T) {
        if found != wanted {
            self.report.differences.push(Difference {
                of: self.of.to_owned(),
                setting,
                found: format!("{found:?}"),
                wanted: format!("{wanted:?}"),
            });
        }
    }
}

impl fmt::Display for SetupReport {
    /// Prints a line for each stream, consumer and difference.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.created {
            writeln!(f, "created {name}")?;
        }
        for name in &self.found {
            writeln!(f, "found {name}")?;
        }
        for difference in &self.differences {
            writeln!(f, "{difference}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} has {} {}, not {}; it stays as it is",
            self.of, self.setting, self.found, self.wanted
        )
    }
}
