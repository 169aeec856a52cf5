//! The actor of an event.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::field::Field;
use crate::fields::Fields;
use crate::limits;

/// The kind that replaces an empty one.
const ANONYMOUS: &str = "ANONYMOUS";

/// The person or system that acted: a kind, mostly an id, sometimes a name.
///
/// Six constructors make the usual kinds. [`Actor::new`] and [`Actor::without_id`] take a kind of the application. The
/// default policy normalises kinds: upper case, 32 characters of `[A-Z0-9_.:-]`, `ANONYMOUS` for an empty one. An id that is
/// not an `i64`, such as a UUID, goes to the payload under `actor_ref`. 255 characters of such an id and of a label are
/// kept.
///
/// An actor is one unit: no other source adds to its kind, id and label. `Actor::system()` inside a user's context is the
/// system without an id.
///
/// ```
/// use behavior_trace::Actor;
///
/// let admin = Actor::admin(7).with_label("Ada");
/// let tenant = Actor::new("tenant_bot", "8f14e45f-ceea-467f-9575-1e2b5d5a6b2c");
/// assert_eq!(admin.kind(), "ADMIN");
/// assert_eq!(tenant.kind(), "tenant_bot");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    kind: Cow<'static, str>,
    id: Option<ActorId>,
    label: Option<Cow<'static, str>>,
}

impl Actor {
    /// Creates an actor for a person with administrative rights, of the kind `ADMIN`.
    pub fn admin(id: impl Into<ActorId>) -> Self {
        Self::new("ADMIN", id)
    }

    /// Creates an actor for a person, of the kind `USER`.
    pub fn user(id: impl Into<ActorId>) -> Self {
        Self::new("USER", id)
    }

    /// Returns the actor for the application itself, of the kind `SYSTEM`. Examples are its jobs, migrations and clean-ups.
    pub const fn system() -> Self {
        Self::one("SYSTEM")
    }

    /// Creates an actor for another service, of the kind `SERVICE`.
    pub fn service(id: impl Into<ActorId>) -> Self {
        Self::new("SERVICE", id)
    }

    /// Creates an actor for the holder of an API key, of the kind `API_CLIENT`.
    pub fn api_client(id: impl Into<ActorId>) -> Self {
        Self::new("API_CLIENT", id)
    }

    /// Returns the unknown actor. Events without an actor are stored like its events, so a query by this actor finds both.
    pub const fn anonymous() -> Self {
        Self::one(ANONYMOUS)
    }

    /// Creates an actor of a kind of the application, with an id of any form.
    pub fn new(kind: impl Into<Cow<'static, str>>, id: impl Into<ActorId>) -> Self {
        Self {
            kind: kind.into(),
            id: Some(id.into()),
            label: None,
        }
    }

    /// Creates an actor without an id, of a kind that has only one member.
    ///
    /// ```
    /// use behavior_trace::Actor;
    ///
    /// let scheduler = Actor::without_id("SCHEDULER");
    /// assert_eq!((scheduler.kind(), scheduler.id()), ("SCHEDULER", None));
    /// ```
    pub fn without_id(kind: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: kind.into(),
            ..Self::one("")
        }
    }

    const fn one(kind: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            id: None,
            label: None,
        }
    }

    /// Adds the actor's current name, so that the row keeps it when the account is gone.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Writes the actor, unless the fields name one. All its parts are written at once, so that no other source adds to it.
    pub(crate) fn write(&self, fields: &mut Fields) {
        if fields.names_actor() {
            return;
        }
        fields.put(Field::ActorType, self.kept_kind());
        match self.id() {
            Some(ActorId::Number(id)) => {
                fields.put(Field::ActorId, itoa::Buffer::new().format(*id));
            }
            Some(ActorId::Text(id)) => fields.put(Field::ActorId, limits::kept(Field::ActorId, id)),
            None => {}
        }
        if let Some(label) = self.label() {
            fields.put(Field::ActorLabel, limits::kept(Field::ActorLabel, label));
        }
    }

    fn kept_kind(&self) -> &str {
        match self.kind() {
            "" => ANONYMOUS,
            kind => limits::kept(Field::ActorType, kind),
        }
    }

    /// Returns kind and id in one word, the form in which an impersonator is kept: `KIND:id`.
    pub(crate) fn to_word(&self) -> String {
        let kind = self.kept_kind();
        match self.id() {
            Some(ActorId::Number(id)) => format!("{kind}:{id}"),
            Some(ActorId::Text(id)) => format!("{kind}:{}", limits::kept(Field::ActorId, id)),
            None => kind.to_owned(),
        }
    }

    /// Returns the kind as it was given.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the id, if there is one.
    pub const fn id(&self) -> Option<&ActorId> {
        self.id.as_ref()
    }

    /// Returns the name, if one was given.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

/// The id of an actor: an integer, as the column `actor_id` holds it, or any other text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActorId {
    /// An integer, for the column `actor_id`.
    Number(i64),
    /// A text, for the payload under `actor_ref`, unless it reads as an `i64`.
    Text(String),
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

macro_rules! from_small_integers {
    ($($small:ty)*) => {$(
        impl From<$small> for ActorId {
            fn from(id: $small) -> Self {
                Self::Number(i64::from(id))
            }
        }
    )*};
}

macro_rules! from_large_integers {
    ($($large:ty)*) => {$(
        impl From<$large> for ActorId {
            fn from(id: $large) -> Self {
                i64::try_from(id).map_or_else(|_| Self::Text(id.to_string()), Self::Number)
            }
        }
    )*};
}

from_small_integers!(i8 i16 i32 i64 u8 u16 u32);
from_large_integers!(u64 usize isize i128 u128);

impl From<String> for ActorId {
    fn from(id: String) -> Self {
        Self::Text(id)
    }
}

impl From<&str> for ActorId {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

impl From<&String> for ActorId {
    fn from(id: &String) -> Self {
        Self::Text(id.clone())
    }
}

impl From<Uuid> for ActorId {
    fn from(id: Uuid) -> Self {
        Self::Text(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_beyond_i64_is_kept_as_text() {
        assert_eq!(
            ActorId::from(u64::MAX),
            ActorId::Text("18446744073709551615".to_owned())
        );
        assert_eq!(ActorId::from(7_u64), ActorId::Number(7));
    }
}
