//! Actors, actions and resources as people write them.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use behavior_trace::Actor;

/// Reads `KIND` or `KIND:ID`, such as `user:7`.
pub(crate) fn parse_actor(text: &str) -> Result<Actor, String> {
    match text.split_once(':') {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => {
            Ok(Actor::new(kind.to_owned(), id))
        }
        None if !text.is_empty() => Ok(Actor::without_id(text.to_owned())),
        _ => Err("write a kind with or without an id, such as `user:7` or `system`".to_owned()),
    }
}

/// An action, or the beginning of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActionArg {
    Any,
    Exact(String),
    Prefix(String),
}

impl fmt::Display for ActionArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(action) => f.write_str(action),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// Reads `order.approve` or `order.*`.
pub(super) fn parse_action(text: &str) -> Result<ActionArg, String> {
    match text.strip_suffix('*') {
        _ if text.is_empty() => Err("write an action, such as `order.approve`".to_owned()),
        Some("") => Ok(ActionArg::Any),
        Some(prefix) if !prefix.contains('*') => Ok(ActionArg::Prefix(prefix.to_owned())),
        None if !text.contains('*') => Ok(ActionArg::Exact(text.to_owned())),
        _ => Err("a `*` can only be at the end, as in `order.*`".to_owned()),
    }
}

/// A kind of resource, or one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceArg {
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
}

impl FromStr for ResourceArg {
    type Err = Infallible;

    /// Reads `TYPE` or `TYPE:ID`. The first colon that stands alone separates them, so `shop::Order:7` is one too.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let bytes = text.as_bytes();
        let is_alone = |at: &usize| {
            bytes[*at] == b':'
                && bytes.get(at + 1) != Some(&b':')
                && (*at == 0 || bytes[at - 1] != b':')
        };
        Ok(match (1..bytes.len()).find(is_alone) {
            Some(at) => Self {
                kind: text[..at].to_owned(),
                id: Some(text[at + 1..].to_owned()),
            },
            None => Self {
                kind: text.to_owned(),
                id: None,
            },
        })
    }
}

impl fmt::Display for ResourceArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{}:{id}", self.kind),
            None => f.write_str(&self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_a_kind_with_or_without_an_id() {
        let actor = parse_actor("user:7").expect("both");
        assert_eq!(actor.kind(), "user");
        assert_eq!(actor.id().map(ToString::to_string).as_deref(), Some("7"));
        let urn = parse_actor("idp:urn:a:1").expect("an id with colons");
        assert_eq!(
            urn.id().map(ToString::to_string).as_deref(),
            Some("urn:a:1")
        );
        assert!(parse_actor("system").expect("a kind").id().is_none());
        for text in ["", ":", ":7", "user:"] {
            assert!(parse_actor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_action_may_end_in_an_asterisk() {
        assert_eq!(parse_action("*"), Ok(ActionArg::Any));
        assert_eq!(parse_action("a.b"), Ok(ActionArg::Exact("a.b".to_owned())));
        assert_eq!(parse_action("a.*"), Ok(ActionArg::Prefix("a.".to_owned())));
        for text in ["", "*.b", "a.*.b", "a**"] {
            assert!(parse_action(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_resource_is_a_type_with_or_without_an_id() {
        let read = |text: &str| {
            let ResourceArg { kind, id } = text.parse().expect("any text is one");
            (kind, id)
        };
        let pair = |kind: &str, id: &str| (kind.to_owned(), Some(id.to_owned()));
        assert_eq!(read("Order"), ("Order".to_owned(), None));
        assert_eq!(read("Order:7"), pair("Order", "7"));
        assert_eq!(read("Order:urn:x"), pair("Order", "urn:x"));
        assert_eq!(read("shop::Order:7"), pair("shop::Order", "7"));
        assert_eq!(read("shop::Order"), ("shop::Order".to_owned(), None));
        assert_eq!(read("Größe:ä"), pair("Größe", "ä"));
    }
}
