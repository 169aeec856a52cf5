//! The begin of a publication: the stream is one for copies, and has a place.

use async_nats::jetstream::stream::{Config, RetentionPolicy};
use behavior_trace_core::store_driver::StoreError;
use behavior_trace_store::Follow;

use super::StreamPublication;
use crate::NatsError;
use crate::connection::Connection;
use crate::names::Names;
use crate::place::{KnownPlace, Place};

impl StreamPublication {
    /// Looks at the stream, and returns the place where the last run ended with the rows after it. The first run writes a place
    /// before any row: a run that is killed within its first page then leaves no rows without one.
    pub(super) async fn begin(
        &self,
        connection: &Connection,
        run: &str,
    ) -> Result<(KnownPlace, Follow), NatsError> {
        let names = &self.stream.names;
        let found = connection.copies(names).await?;
        refuse_forgetting(&found.cached_info().config)?;
        let mut known = KnownPlace::read(connection, names).await?;
        self.refuse_to_show(&known)?;
        let follow = self.follow(&known)?;
        if known.place.is_none() {
            let place = self.place(follow.position().to_string(), run);
            let written = known.write(connection, names, place).await;
            written.map_err(|error| without_subject(names, &error))?;
        }
        Ok((known, follow))
    }

    /// Returns a place of this run.
    pub(super) fn place(&self, position: String, run: &str) -> Place {
        let hidden = self.hidden.names().map(str::to_owned).collect();
        Place::new(position, hidden, run.to_owned())
    }

    fn refuse_to_show(&self, known: &KnownPlace) -> Result<(), NatsError> {
        let Some(place) = &known.place else {
            return Ok(());
        };
        let shown = self.hidden.shown_of(&place.hidden);
        if shown.is_empty() {
            return Ok(());
        }
        Err(NatsError::settings(format!(
            "earlier messages of the stream `{}` hide {}, and this run would show it; hide it too",
            self.stream.names.stream,
            shown.join(", ")
        )))
    }

    fn follow(&self, known: &KnownPlace) -> Result<Follow, NatsError> {
        let follow = self.reader.follow().settle_delay(self.settle_delay);
        let Some(place) = &known.place else {
            return Ok(follow.after_id(0));
        };
        let position = place.position.parse().map_err(|_| {
            NatsError::settings("the place of the publication cannot be read by this release")
        })?;
        Ok(follow.after(position))
    }
}

/// Refuses a stream that does not keep the place, or acknowledges nothing.
fn refuse_forgetting(config: &Config) -> Result<(), NatsError> {
    let why = match config.retention {
        RetentionPolicy::WorkQueue => {
            "is a queue of work, as a relay has one in front of the table; publish to a stream that keeps its messages"
        }
        RetentionPolicy::Interest => {
            "keeps no message without a consumer; set `retention` to `limits`"
        }
        RetentionPolicy::Limits if !config.max_age.is_zero() => {
            "would forget the place of the publication by its age, and all rows would be published again; set `max_age` to 0 and a \
             limit of size instead"
        }
        RetentionPolicy::Limits if config.no_ack => "acknowledges nothing; set `no_ack` to false",
        RetentionPolicy::Limits => return Ok(()),
    };
    Err(NatsError::settings(format!(
        "the stream `{}` {why}",
        config.name
    )))
}

/// Names the subject that a stream of copies may not have.
fn without_subject(names: &Names, error: &StoreError) -> StoreError {
    StoreError::new(
        error.class(),
        format!(
            "the place of the publication cannot be written: {error}; the stream `{}` needs the subject `{}`",
            names.stream,
            names.place()
        ),
    )
}
