//! Patterns of names: one name, or all names with a prefix.

use std::fmt;

/// Complete name, or prefix of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Exact(Box<str>),
    Prefix(Box<str>),
}

impl Pattern {
    pub(crate) fn read(pattern: &str) -> Result<Self, InvalidPattern> {
        let prefix = pattern.strip_suffix('*');
        let name = prefix.unwrap_or(pattern);
        if pattern.is_empty() || name.contains('*') {
            return Err(InvalidPattern(pattern.to_owned()));
        }
        Ok(if prefix.is_some() {
            Self::Prefix(name.into())
        } else {
            Self::Exact(name.into())
        })
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => **exact == *name,
            Self::Prefix(prefix) => name.starts_with(&**prefix),
        }
    }

    /// Returns the sort key: an exact name before any prefix, a longer prefix before a shorter one.
    pub(super) const fn weight(&self) -> (bool, usize) {
        match self {
            Self::Exact(_) => (true, 0),
            Self::Prefix(prefix) => (false, prefix.len()),
        }
    }
}

/// Invalid pattern: it is empty, or has a `*` before its end.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidPattern(String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no pattern; write a whole name like `user.update`, or the beginning of names and a `*` like `user.*`",
            self.0.escape_debug()
        )
    }
}

behavior_trace_core::debug_is_display!(InvalidPattern);

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_at_the_end_stands_for_whatever_follows() {
        let covers = |pattern, name| Pattern::read(pattern).is_ok_and(|read| read.matches(name));
        assert!(covers("order.*", "order.approve"));
        assert!(!covers("order.*", "orders.approve"));
        assert!(covers("order.approve", "order.approve"));
        assert!(!covers("order.approve", "order.approve.twice"));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_refused_with_an_example() {
        for pattern in ["", "*.delete", "user.*.x", "**"] {
            let error = Pattern::read(pattern).expect_err(pattern).to_string();
            assert!(error.contains("`user.*`"), "{error}");
        }
    }
}
