//! A context as text, for job queues.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::Context;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;

/// The fields of a context when a job was queued, in a form that travels: short ASCII text, or a string to `serde`.
///
/// ```
/// use behavior_trace_core::{Actor, Context, ContextToken};
///
/// // Where the job is queued:
/// let context = Context::new().actor(Actor::user(7)).request_id("r-1");
/// let text = context.token().to_string();
/// assert_eq!(text, "v=1&actor_type=USER&actor_id=7&request_id=r-1");
///
/// // Where it runs, in another process perhaps:
/// let token: ContextToken = text.parse()?;
/// Context::from(token).in_scope(|| { /* events here are user 7's */ });
/// # Ok::<(), behavior_trace_core::ParseTokenError>(())
/// ```
///
/// It is a copy: a value set later on either side stays there. It is neither signed nor secret, so it belongs in your
/// own queue and not in a client's hands.
#[derive(Clone, Debug)]
pub struct ContextToken {
    fields: Fields,
}

/// The form above. A later form must be one that this release refuses or reads rightly.
const VERSION: &str = "1";

/// The fields that travel; the others are added where the job runs.
const CARRIED: [Field; 9] = [
    Field::ActorType,
    Field::ActorId,
    Field::ActorLabel,
    Field::Impersonator,
    Field::RequestId,
    Field::CorrelationId,
    Field::RouteName,
    Field::IpAddress,
    Field::UserAgent,
];

impl Context {
    /// Returns the fields that this context, those around it and the spans around it have now, to be kept with a job.
    pub fn token(&self) -> ContextToken {
        let mut fields = Fields::new();
        self.describe(&mut fields);
        if let Some(spans) = &self.spans {
            fields.merge(spans);
        }
        ContextToken { fields }
    }
}

impl ContextToken {
    /// Returns the fields that it carries.
    pub(crate) fn into_fields(self) -> Fields {
        self.fields
    }
}

impl fmt::Display for ContextToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("v", VERSION);
        for field in CARRIED {
            if let Some(value) = self.fields.get(field) {
                text.append_pair(field.key(), value);
            }
        }
        f.write_str(&text.finish())
    }
}

impl FromStr for ContextToken {
    type Err = ParseTokenError;

    /// Names that this release does not know are passed over.
    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        match pairs.next() {
            Some((key, version)) if key == "v" && version == VERSION => {}
            Some((key, _)) if key == "v" => return Err(ParseTokenError::Newer),
            _ => return Err(ParseTokenError::NoToken),
        }
        let mut fields = Fields::new();
        for (key, value) in pairs {
            if let Some(field) = CARRIED.into_iter().find(|field| field.key() == key) {
                fields.put(field, limits::kept(field, &value));
            }
        }
        Ok(Self { fields })
    }
}

impl Serialize for ContextToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContextToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The text is no token that this release reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseTokenError {
    /// It does not begin with `v=`.
    NoToken,
    /// A newer release wrote it.
    Newer,
}

impl fmt::Display for ParseTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken => {
                "not a context token; pass the text that `Context::token` gave, unchanged"
            }
            Self::Newer => {
                "a context token of a newer release; update the worker before what queues its jobs"
            }
        })
    }
}

impl std::error::Error for ParseTokenError {}
