//! Names of actors and resources, from the application.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::access::ViewerAccess;
use crate::actor::parts_of;
use crate::column::Column;
use crate::row::PageRow;

/// Time limit of the application's function. A page without names is better than none.
const PATIENCE: Duration = Duration::from_secs(1);

/// Kind and id of an actor or a resource.
type Key = (String, String);

/// The function of the application, which gives the names of one page.
pub(crate) type NameFunction =
    Arc<dyn Fn(NameRequest) -> Pin<Box<dyn Future<Output = DisplayNames> + Send>> + Send + Sync>;

/// Actors and resources of one page, whose names the application may know. Each is asked for once.
///
/// The function that is passed to [`Timeline::names`](crate::Timeline::names) gets one for each page.
#[derive(Clone, Debug, Default)]
pub struct NameRequest {
    actors: BTreeSet<Key>,
    resources: BTreeSet<Key>,
}

impl NameRequest {
    /// Returns the kinds and ids of the actors, such as `("USER", "7")`. They are stored text.
    pub fn actors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.actors.iter().map(|(kind, id)| (&**kind, &**id))
    }

    /// Returns the ids of the actors of one kind, such as `"USER"`.
    pub fn actor_ids(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.actors()
            .filter_map(move |(own, id)| own.eq_ignore_ascii_case(kind).then_some(id))
    }

    /// Returns the kinds and ids of the resources, such as `("User", "7")`. They are stored text.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.resources.iter().map(|(kind, id)| (&**kind, &**id))
    }

    /// Returns the ids of the resources of one kind, such as `"User"`.
    pub fn resource_ids(&self, resource: &str) -> impl Iterator<Item = &str> {
        self.resources()
            .filter_map(move |(own, id)| (own == resource).then_some(id))
    }

    /// Returns the keys of rows, as far as the viewer may see names.
    fn of<'a>(access: &ViewerAccess, rows: impl IntoIterator<Item = &'a PageRow>) -> Self {
        let hides = |column| access.hidden().has(column);
        let asks_for_actors = !hides(Column::ActorLabel) && !hides(Column::Payload);
        let mut request = Self::default();
        for row in rows {
            let activity = row.activity();
            if let Some(id) = &activity.resource_id {
                request.add_resource(&activity.resource, id);
            }
            if !asks_for_actors {
                continue;
            }
            if let Some(id) = row.actor_id() {
                request.add_actor(&activity.actor_type, &id);
            }
            if let Some((kind, Some(id))) = row.payload.impersonator.as_deref().map(parts_of) {
                request.add_actor(kind, id);
            }
        }
        request
    }

    fn add_actor(&mut self, kind: &str, id: &str) {
        self.actors.insert(actor_key(kind, id));
    }

    fn add_resource(&mut self, resource: &str, id: &str) {
        self.resources.insert((resource.to_owned(), id.to_owned()));
    }

    fn is_empty(&self) -> bool {
        self.actors.is_empty() && self.resources.is_empty()
    }
}

/// Names for people, which the application gives for a [`NameRequest`]: `Ada Lovelace` for the user 7. The page shows a name
/// beside the kind and the id.
#[derive(Clone, Debug, Default)]
pub struct DisplayNames {
    actors: BTreeMap<Key, String>,
    resources: BTreeMap<Key, String>,
}

impl DisplayNames {
    /// Creates names without an entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the name of an actor. Its kind is compared in upper case. A row that has the name which the actor had then keeps
    /// showing that.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an id is written as a value, as in a query"
    )]
    pub fn insert_actor(&mut self, kind: &str, id: impl ToString, name: impl Into<String>) {
        self.actors
            .insert(actor_key(kind, &id.to_string()), name.into());
    }

    /// Adds the name of a resource.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an id is written as a value, as in a query"
    )]
    pub fn insert_resource(
        &mut self,
        resource: impl Into<String>,
        id: impl ToString,
        name: impl Into<String>,
    ) {
        self.resources
            .insert((resource.into(), id.to_string()), name.into());
    }

    pub(crate) fn actor(&self, kind: &str, id: &str) -> Option<&str> {
        name(&self.actors, &actor_key(kind, id))
    }

    pub(crate) fn resource(&self, resource: &str, id: &str) -> Option<&str> {
        name(&self.resources, &(resource.to_owned(), id.to_owned()))
    }
}

fn actor_key(kind: &str, id: &str) -> Key {
    (kind.to_ascii_uppercase(), id.to_owned())
}

fn name<'a>(names: &'a BTreeMap<Key, String>, key: &Key) -> Option<&'a str> {
    let name = names.get(key)?.trim();
    (!name.is_empty()).then_some(name)
}

/// Returns the names for rows of a viewer: none, if the application's function panics or takes too long.
pub(crate) async fn names_for<'a>(
    names: Option<&NameFunction>,
    access: &ViewerAccess,
    rows: impl IntoIterator<Item = &'a PageRow>,
) -> DisplayNames {
    let Some(names) = names else {
        return DisplayNames::default();
    };
    let request = NameRequest::of(access, rows);
    if request.is_empty() {
        return DisplayNames::default();
    }
    let names = Arc::clone(names);
    let asked = request.clone();
    // A task of its own, so that a panic ends there, and a call that blocks its thread blocks no page. It ends with the page.
    let mut task = JoinSet::new();
    task.spawn(async move { names(request).await });
    match timeout(PATIENCE, task.join_next()).await {
        // A name that was not asked for may be one that is hidden.
        Ok(Some(Ok(mut names))) => {
            names.actors.retain(|key, _| asked.actors.contains(key));
            names
                .resources
                .retain(|key, _| asked.resources.contains(key));
            return names;
        }
        Ok(failed) => {
            let error = failed.and_then(Result::err);
            tracing::warn!(target: "behavior_trace_web", ?error, "the function for names panicked; the page is without names");
        }
        Err(_) => {
            tracing::warn!(target: "behavior_trace_web", "the function for names took longer than 1 s; the page is without names");
        }
    }
    DisplayNames::default()
}
