//! The text form of a context, for job queues.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::Context;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits;

/// A copy of a context's fields as short ASCII text, a string to `serde`, for queueing with a job.
///
/// ```
/// use behavior_trace::context::ContextToken;
/// use behavior_trace::{Actor, Context};
///
/// // Where the job is queued:
/// let context = Context::new().actor(Actor::user(7)).request_id("r-1");
/// let text = context.token().to_string();
/// assert_eq!(text, "v=1&actor_type=USER&actor_id=7&request_id=r-1");
///
/// // Where it runs, in another process perhaps:
/// let token: ContextToken = text.parse()?;
/// Context::from(token).in_scope(|| { /* events here are user 7's */ });
/// # Ok::<(), behavior_trace::context::ParseTokenError>(())
/// ```
///
/// A value set later on either side is not copied. The token is neither signed nor secret: keep it in your own queue, and
/// out of clients' hands.
#[derive(Clone, Debug)]
pub struct ContextToken {
    fields: Fields,
}

/// The version of the text form. This release must reject a later form or read it correctly.
const VERSION: &str = "1";

/// The fields that the token propagates. The others are added where the job runs.
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
    /// Returns the current fields of this context, its outer ones and the surrounding spans, to be kept with a job.
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
    /// Returns the fields of the token.
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

    /// Parses the text. Names that this release does not know are ignored.
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

/// The reason why a text is not a token that this release reads.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseTokenError {
    /// A text that does not begin with `v=`.
    NoToken,
    /// A token of a newer release.
    Newer,
}

impl fmt::Display for ParseTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken => {
                "not a context token; pass the text that `Context::token` gave, unchanged"
            }
            Self::Newer => {
                "a context token of a newer release; update the workers before the programs that queue their jobs"
            }
        })
    }
}

crate::debug_is_display!(ParseTokenError);

impl std::error::Error for ParseTokenError {}
