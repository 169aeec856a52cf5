//! Names of the streams, subjects and the consumer, all of which follow from the name of one stream.

use crate::NatsError;

/// Default name of the stream.
pub(crate) const DEFAULT: &str = "activity";
/// Name of the durable consumer, which all relays of a stream share.
pub(crate) const CONSUMER: &str = "relay";

/// Names of one stream and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) stream: String,
    /// Prefix of the subjects. It is the stream's name unless it is set.
    prefix: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            stream: DEFAULT.to_owned(),
            prefix: DEFAULT.to_owned(),
        }
    }
}

impl Names {
    /// Returns the names for a stream, with its name as the prefix of the subjects.
    pub(crate) fn of(stream: &str) -> Result<Self, NatsError> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if stream.is_empty() || !stream.chars().all(fits) {
            return Err(NatsError::settings(format!(
                "`{stream}` is no name of a stream; use letters, digits, `-` and `_`"
            )));
        }
        Ok(Self {
            stream: stream.to_owned(),
            prefix: stream.to_owned(),
        })
    }

    /// Sets the prefix of the subjects.
    pub(crate) fn with_prefix(mut self, prefix: &str) -> Result<Self, NatsError> {
        let fits = |letter: char| letter.is_ascii_graphic() && !"*>".contains(letter);
        let is_token = |token: &str| !token.is_empty() && token.chars().all(fits);
        if !prefix.split('.').all(is_token) || prefix.starts_with('$') {
            return Err(NatsError::settings(format!(
                "`{prefix}` is no prefix of a subject; write words with dots between them, such as `shop.activity`"
            )));
        }
        prefix.clone_into(&mut self.prefix);
        Ok(self)
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the subject of rows.
    pub(crate) fn rows(&self) -> String {
        format!("{}.rows", self.prefix)
    }

    /// Returns the subject of the places of a publication.
    pub(crate) fn place(&self) -> String {
        format!("{}.place", self.prefix)
    }

    /// Returns the subject of tombstones.
    pub(crate) fn erased(&self) -> String {
        format!("{}.erased", self.prefix)
    }

    /// Returns the stream of messages that are set aside.
    pub(crate) fn dead_stream(&self) -> String {
        format!("{}-dead", self.stream)
    }

    /// Returns the subject of messages that are set aside.
    pub(crate) fn dead(&self) -> String {
        format!("{}.dead", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_follow_from_the_streams() {
        let names = Names::of("shop").expect("a name");
        assert_eq!(names.rows(), "shop.rows");
        assert_eq!(names.dead(), "shop.dead");
        assert_eq!(names.dead_stream(), "shop-dead");
        let names = names.with_prefix("eu.shop").expect("a prefix");
        assert_eq!(names.rows(), "eu.shop.rows");
        assert_eq!(names.stream, "shop");
        assert_eq!(Names::of(DEFAULT).expect("a name"), Names::default());
    }

    #[test]
    fn what_nats_does_not_take_is_refused_with_the_remedy() {
        for name in ["", "a.b", "a b", "a*", "größe"] {
            let error = Names::of(name).expect_err(name).to_string();
            assert!(error.contains("use letters"), "{error}");
        }
        for prefix in ["", ".", "a.", "a..b", "a.*", "a.>", "a b", "$JS"] {
            let error = Names::default().with_prefix(prefix).expect_err(prefix);
            assert!(!error.is_transient());
        }
    }
}
