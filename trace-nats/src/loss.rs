//! Streams and consumers that would lose rows.

use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};

use crate::names::{CONSUMER, Names};

/// Refuses a stream that acknowledges rows and loses them.
pub(crate) fn refuse_stream(config: &Config) -> Result<(), StoreError> {
    let has_limit =
        config.max_bytes > 0 || config.max_messages > 0 || config.max_messages_per_subject > 0;
    let loss = if config.no_ack {
        "it acknowledges nothing; set `no_ack` to false"
    } else if has_limit && config.discard != DiscardPolicy::New {
        "it discards the oldest rows when it is full; set `discard` to `new`"
    } else if config.max_messages_per_subject > 0 && !config.discard_new_per_subject {
        // `discard` is about the limits of the whole stream.
        "it discards the oldest rows of its subject; set `max_msgs_per_subject` to -1"
    } else if !config.max_age.is_zero() {
        "it discards rows by their age; set `max_age` to 0"
    } else if config.retention == RetentionPolicy::Interest {
        "it keeps no row without a consumer; set `retention` to `workqueue`"
    } else if config.storage == StorageType::Memory {
        "it keeps them in memory, which ends with the server; create it again, and set `storage` to `file`"
    } else {
        return Ok(());
    };
    Err(StoreError::new(
        ErrorClass::Configuration,
        format!("the stream `{}` would lose rows: {loss}", config.name),
    ))
}

/// Refuses a consumer that does not deliver each row until the relay has acknowledged it.
pub(crate) fn refuse_consumer(config: &consumer::Config, names: &Names) -> Result<(), StoreError> {
    let rows = names.rows();
    let is_of_rows = |filter: &String| filter.is_empty() || *filter == rows;
    let loss = if config.ack_policy != AckPolicy::Explicit {
        "its `ack_policy` is not `explicit`, so a row counts as stored before it is"
    } else if config.max_deliver > 0 {
        "its `max_deliver` has a limit, after which a row is not delivered again"
    } else if !is_of_rows(&config.filter_subject) || !config.filter_subjects.iter().all(is_of_rows)
    {
        "its filter is another one than the subject of rows"
    } else if config.deliver_policy != DeliverPolicy::All {
        "its `deliver_policy` is not `all`, so it passes over rows that were there before it"
    } else if config.headers_only {
        "its `headers_only` is set, so it delivers no row"
    } else {
        return Ok(());
    };
    Err(StoreError::new(
        ErrorClass::Configuration,
        format!(
            "the consumer `{CONSUMER}` of the stream `{}` would lose rows: {loss}; delete the consumer, which keeps the rows, and \
             create it with `behavior-trace relay setup`",
            names.stream
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name of a setting, and a bad value of it.
    type Bad<T> = (&'static str, fn(&mut T));

    #[test]
    fn a_stream_that_would_lose_rows_is_refused_with_the_remedy() {
        let good = Config {
            name: "activity".to_owned(),
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_bytes: 1 << 30,
            ..Config::default()
        };
        refuse_stream(&good).expect("it loses none");
        let bad: [Bad<Config>; 6] = [
            ("no_ack", |config| config.no_ack = true),
            ("discard", |config| config.discard = DiscardPolicy::Old),
            ("max_msgs_per_subject", |config| {
                config.max_messages_per_subject = 1000;
            }),
            ("max_age", |config| {
                config.max_age = std::time::Duration::from_mins(2);
            }),
            ("retention", |config| {
                config.retention = RetentionPolicy::Interest;
            }),
            ("storage", |config| config.storage = StorageType::Memory),
        ];
        for (setting, set) in bad {
            let mut config = good.clone();
            set(&mut config);
            let error = refuse_stream(&config).expect_err(setting);
            assert_eq!(error.class(), ErrorClass::Configuration);
            let remedy = format!("`{setting}` to ");
            assert!(error.to_string().contains(&remedy), "{error}");
        }
        let per_subject = Config {
            max_messages_per_subject: 1000,
            discard_new_per_subject: true,
            ..good
        };
        refuse_stream(&per_subject).expect("it refuses new rows");
    }

    #[test]
    fn a_consumer_that_would_lose_rows_is_refused_with_the_remedy() {
        let names = Names::default();
        let good = consumer::Config {
            ack_policy: AckPolicy::Explicit,
            max_deliver: -1,
            filter_subject: names.rows(),
            ..consumer::Config::default()
        };
        refuse_consumer(&good, &names).expect("it loses none");
        let unfiltered = consumer::Config {
            filter_subject: String::new(),
            ..good.clone()
        };
        refuse_consumer(&unfiltered, &names).expect("it delivers all");
        let bad: [Bad<consumer::Config>; 7] = [
            ("ack_policy", |config| config.ack_policy = AckPolicy::None),
            ("ack_policy", |config| config.ack_policy = AckPolicy::All),
            ("max_deliver", |config| config.max_deliver = 5),
            ("filter", |config| {
                config.filter_subject = "activity.other".to_owned();
            }),
            ("filter", |config| {
                config.filter_subjects = vec!["activity.other".to_owned()];
            }),
            ("deliver_policy", |config| {
                config.deliver_policy = DeliverPolicy::New;
            }),
            ("headers_only", |config| config.headers_only = true),
        ];
        for (setting, set) in bad {
            let mut config = good.clone();
            set(&mut config);
            let error = refuse_consumer(&config, &names).expect_err(setting);
            assert_eq!(error.class(), ErrorClass::Configuration);
            let text = error.to_string();
            assert!(
                text.contains(setting) && text.contains("relay setup"),
                "{error}"
            );
        }
    }
}
