//! Tombstones of an erasure, for the places that have copies of rows.

use std::fmt;

use behavior_trace::Actor;
use behavior_trace_archive::{Archive, Tombstone};
use behavior_trace_nats::JetStream;

use crate::command::relay::{NatsLoginArgs, stream_of};
use crate::failure::Failure;
use crate::message::print_message;
use crate::session::CommandSession;

/// The places that get a tombstone.
pub(super) struct TombstoneTargets(Vec<TombstoneTarget>);

/// Files, or a stream under the name that was asked for.
enum TombstoneTarget {
    Files(Archive),
    Stream(String, JetStream),
}

const NONE: &str = "no tombstone: name each place to which rows were published by --tombstone-to, or as tombstone_to in \
     behavior-trace.toml, so that its readers learn of the erasure";

const NOT_PUBLISHED: &str = "nothing was erased; run the same command again";

impl TombstoneTargets {
    /// Opens the places of the options and of the settings, each once.
    pub(super) fn open(
        session: &CommandSession,
        options: &[String],
        login: &NatsLoginArgs,
    ) -> Result<Self, Failure> {
        let mut targets: Vec<TombstoneTarget> = Vec::new();
        for name in options.iter().chain(session.settings.tombstone_to()) {
            let target = match stream_of(name, login)? {
                Some(stream) => TombstoneTarget::Stream(name.clone(), stream),
                None => TombstoneTarget::Files(Archive::open_existing(name)?),
            };
            let is_new = |known: &TombstoneTarget| known.to_string() != target.to_string();
            if targets.iter().all(is_new) {
                targets.push(target);
            }
        }
        let is_stream = |target: &TombstoneTarget| matches!(target, TombstoneTarget::Stream(..));
        if login.is_set() && !targets.iter().any(is_stream) {
            return Err(Failure::usage(
                "--creds and --nats-ca are for a stream of NATS, and no tombstone goes to one",
            ));
        }
        Ok(Self(targets))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn places(&self) -> String {
        let places: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        places.join(", ")
    }

    /// Returns what a person is told before the consent.
    pub(super) fn announcement(&self) -> String {
        if self.is_empty() {
            return NONE.to_owned();
        }
        format!("a tombstone goes to {}", self.places())
    }

    /// Returns what is about to change.
    pub(super) fn change(&self, rows: u64, name: &str) -> String {
        let change = format!("erase data in {rows} rows of `{name}`");
        if self.is_empty() {
            return change;
        }
        format!("{change}, and publish a tombstone to {}", self.places())
    }

    /// Publishes a tombstone to each place. Returns the places of the objects.
    pub(super) async fn publish(
        &self,
        actor: &Actor,
        fields: &[String],
    ) -> Result<Vec<String>, Failure> {
        let tombstone = Tombstone::new(actor, fields)?;
        let mut published = Vec::new();
        for target in &self.0 {
            let place = target.publish(&tombstone).await;
            let place = place.map_err(|failure| failure.also(NOT_PUBLISHED))?;
            print_message(&format!("published {place}"));
            published.push(place);
        }
        Ok(published)
    }
}

impl TombstoneTarget {
    /// Publishes a tombstone, and returns its place.
    async fn publish(&self, tombstone: &Tombstone) -> Result<String, Failure> {
        let path = match self {
            Self::Files(archive) => archive.publish_tombstone(tombstone).await?,
            Self::Stream(_, stream) => {
                let text = serde_json::to_string(tombstone)
                    .map_err(|error| Failure::failed(error.to_string()))?;
                stream.publish_tombstone(tombstone.id(), text).await?
            }
        };
        Ok(format!("{self}/{path}"))
    }
}

impl fmt::Display for TombstoneTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(archive) => archive.fmt(f),
            Self::Stream(name, _) => f.write_str(name),
        }
    }
}
