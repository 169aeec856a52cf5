//! Tombstones of an erasure, for the places that have copies of rows.

use behavior_trace::Actor;
use behavior_trace_archive::{Archive, Tombstone};

use crate::failure::Failure;
use crate::message::print_message;
use crate::session::CommandSession;

/// The places that get a tombstone.
pub(super) struct TombstoneTargets(Vec<Archive>);

const NONE: &str = "no tombstone: name each place to which rows were published by --tombstone-to, or as tombstone_to in \
     behavior-trace.toml, so that its readers learn of the erasure";

const NOT_PUBLISHED: &str = "nothing was erased; run the same command again";

impl TombstoneTargets {
    /// Opens the places of the options and of the settings, each once.
    pub(super) fn open(session: &CommandSession, options: &[String]) -> Result<Self, Failure> {
        let mut archives: Vec<Archive> = Vec::new();
        for target in options.iter().chain(session.settings.tombstone_to()) {
            let archive = Archive::open_existing(target)?;
            let is_new = |known: &Archive| known.to_string() != archive.to_string();
            if archives.iter().all(is_new) {
                archives.push(archive);
            }
        }
        Ok(Self(archives))
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
        for archive in &self.0 {
            let path = archive.publish_tombstone(&tombstone).await;
            let path = path.map_err(|error| Failure::from(error).also(NOT_PUBLISHED))?;
            let place = format!("{archive}/{path}");
            print_message(&format!("published {place}"));
            published.push(place);
        }
        Ok(published)
    }
}
