//! Tombstones: the word to readers of copies that a person's data was erased.

use behavior_trace_core::columns::{ActorColumn, actor_id, actor_type};
use behavior_trace_core::{Actor, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::error::{ArchiveError, Kind};

/// Type of the object.
const TYPE: &str = "activity.erased";
/// Columns that an erasure empties.
const COLUMNS: [&str; 2] = ["ip_address", "user_agent"];
/// Field that an erasure always replaces.
const LABEL: &str = "actor_label";

/// A tombstone: whose data was erased from the table, which, and when. An erasure does not reach files, messages and what was
/// made of them; their readers find the tombstone, and drop the same data from every row of the actor up to its time.
///
/// It is one JSON object: `schema` (1), `type` (`activity.erased`), `id`, `erased_at` in RFC 3339, `actor_type`, `actor_id` for
/// an id that is an integer and else `actor_ref`, the `columns` that are empty now, and the `payload_fields` that are replaced at
/// any depth. Like the erased rows it keeps the kind and the id of the actor, and nothing else about the person.
///
/// ```
/// use behavior_trace::Actor;
/// use behavior_trace_archive::Tombstone;
///
/// let tombstone = Tombstone::new(&Actor::user(7), ["email"])?;
/// let object = serde_json::to_value(&tombstone)?;
/// assert_eq!(object["actor_type"], "USER");
/// assert_eq!(object["payload_fields"], serde_json::json!(["actor_label", "email"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tombstone {
    schema: u32,
    r#type: &'static str,
    id: String,
    erased_at: String,
    actor_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_ref: Option<String>,
    columns: [&'static str; 2],
    payload_fields: Vec<String>,
}

impl Tombstone {
    /// Creates the tombstone of an erasure that happens now, with the names of its payload fields.
    ///
    /// # Errors
    ///
    /// Fails if the actor has no id.
    pub fn new<N: Into<String>>(
        actor: &Actor,
        payload_fields: impl IntoIterator<Item = N>,
    ) -> Result<Self, ArchiveError> {
        let id = actor.id().ok_or(Kind::Nobody)?.to_string();
        let (actor_id, actor_ref) = match actor_id(Some(&id)) {
            ActorColumn::None => return Err(Kind::Nobody.into()),
            ActorColumn::Number(number) => (Some(number), None),
            ActorColumn::Text(text) => (None, Some(text.to_owned())),
        };
        let mut fields = vec![LABEL.to_owned()];
        fields.extend(payload_fields.into_iter().map(Into::into));
        Ok(Self {
            schema: 1,
            r#type: TYPE,
            id: Uuid::new_v4().to_string(),
            erased_at: Timestamp::now().to_rfc3339(),
            actor_type: actor_type(Some(actor.kind())).into_owned(),
            actor_id,
            actor_ref,
            columns: COLUMNS,
            payload_fields: fields,
        })
    }

    /// Returns its id, a UUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the path of its object in an archive.
    pub(crate) fn path(&self) -> String {
        let time = self.erased_at.replace(['-', ':'], "");
        format!("erased/{time}-{}.json", self.id)
    }
}
