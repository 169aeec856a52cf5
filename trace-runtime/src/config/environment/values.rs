//! Parsers of the variables' values.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Durability, ErrorOutput, Overflow};
use crate::policy::Pattern;

pub(super) fn switch(text: &str) -> Option<bool> {
    text.parse().ok()
}

pub(super) fn bytes(text: &str) -> Option<u64> {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .unwrap_or((text, 1_u64));
    number.trim_end().parse::<u64>().ok()?.checked_mul(unit)
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.trim_end().parse().ok().map(Duration::from_millis);
    }
    let seconds = text.strip_suffix('s')?;
    seconds.trim_end().parse().ok().map(Duration::from_secs)
}

pub(super) fn durability(text: &str) -> Option<Durability> {
    match text {
        "memory" => Some(Durability::Memory),
        "spool" => Some(Durability::Spool),
        "mapped" => Some(Durability::Mapped),
        "durable" => Some(Durability::Durable),
        _ => None,
    }
}

pub(super) fn overflow(text: &str) -> Option<Overflow> {
    if text == "drop_newest" {
        return Some(Overflow::DropNewest);
    }
    let wait = text.strip_prefix("wait(")?.strip_suffix(')')?;
    duration(wait).map(Overflow::Wait)
}

pub(super) fn error_output(text: &str) -> Option<ErrorOutput> {
    match text {
        "stderr" => Some(ErrorOutput::Stderr),
        "off" => Some(ErrorOutput::Off),
        _ => None,
    }
}

pub(super) fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

pub(super) fn actions(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(str::trim)
        .filter(|action| !action.is_empty())
        .map(|action| Pattern::read(action).ok().map(|_| action.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("5 s"), Some(Duration::from_secs(5)));
        for text in ["", "5", "s", "-5s", "1.5s", "soon"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_is_in_bytes_unless_it_has_a_unit() {
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("2 GiB"), Some(2 << 30));
        for text in ["", "2GB", "MiB", "-1", "18446744073709551615GiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
