//! The configuration that the environment gives.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use super::{Config, Durability, Overflow};
use crate::policy::Pattern;

const PREFIX: &str = "BEHAVIOR_TRACE_";

/// Read by other parts of the project; not ours to warn about.
const ELSEWHERE: [&str; 1] = ["TRUSTED_PROXIES"];

/// For the project's own tests.
const TESTS: &str = "TEST_";

impl Config {
    /// The defaults, changed by what the environment says. What is set on the result afterwards stands above both.
    ///
    /// | variable | form | field |
    /// |---|---|---|
    /// | `BEHAVIOR_TRACE_DATABASE_URL` | `mysql://…`, `sqlite:…` | [`database_url`](Config::database_url) |
    /// | `BEHAVIOR_TRACE_DATABASE_URL_FILE` | a path; the file holds the URL, as mounted secrets do | the same, in its place |
    /// | `BEHAVIOR_TRACE_MIGRATE` | `true`, `false` | [`migrate`](Config::migrate) |
    /// | `BEHAVIOR_TRACE_SPOOL_DIR` | a path | [`spool_dir`](Config::spool_dir) |
    /// | `BEHAVIOR_TRACE_SPOOL_BYTES` | `1073741824`, `512MiB`, `2GiB` | [`spool_bytes`](Config::spool_bytes) |
    /// | `BEHAVIOR_TRACE_QUEUE_BYTES` | the same | [`queue_bytes`](Config::queue_bytes) |
    /// | `BEHAVIOR_TRACE_DURABILITY` | `memory`, `spool`, `durable` | [`durability`](Config::durability) |
    /// | `BEHAVIOR_TRACE_DURABLE_ACTIONS` | `order.approve,invoice.*` | [`durable_actions`](Config::durable_actions) |
    /// | `BEHAVIOR_TRACE_OVERFLOW` | `drop_newest`, `wait(500ms)`, `wait(2s)` | [`overflow`](Config::overflow) |
    ///
    /// A malformed value makes the start fail, with a message that names the variable; an unknown name with this prefix is
    /// warned about.
    pub fn from_env() -> Self {
        let ours = env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name.strip_prefix(PREFIX)?.to_owned(), value.into_string()))
        });
        let mut config = Self::default();
        for (name, value) in ours {
            match value {
                Ok(value) => config.set(&name, value.trim()),
                Err(_) => config.problems.push(format!("{PREFIX}{name} is not UTF-8")),
            }
        }
        config
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let fits = match name {
            "DATABASE_URL" => return self.set_url(name, value),
            "DATABASE_URL_FILE" => match fs::read_to_string(value) {
                Ok(url) => return self.set_url(name, url.trim()),
                Err(error) => {
                    let problem = format!("{PREFIX}{name}: {value} cannot be read: {error}");
                    return self.problems.push(problem);
                }
            },
            "MIGRATE" => assign(&mut self.migrate, value.parse().ok()),
            "SPOOL_DIR" => assign(&mut self.spool_dir, path(value).map(Some)),
            "SPOOL_BYTES" => assign(&mut self.spool_bytes, bytes(value)),
            "QUEUE_BYTES" => assign(
                &mut self.queue_bytes,
                bytes(value).and_then(|bytes| usize::try_from(bytes).ok()),
            ),
            "DURABILITY" => assign(&mut self.durability, durability(value).map(Some)),
            "DURABLE_ACTIONS" => assign(&mut self.durable_actions, actions(value)),
            "OVERFLOW" => assign(&mut self.overflow, overflow(value)),
            known if ELSEWHERE.contains(&known) || known.starts_with(TESTS) => true,
            _ => {
                let warning = format!("{PREFIX}{name} is not known and changes nothing");
                return self.warnings.push(warning);
            }
        };
        if !fits {
            self.problems.push(format!(
                "{PREFIX}{name} cannot be `{value}`; {}",
                form(name)
            ));
        }
    }

    fn set_url(&mut self, name: &str, url: &str) {
        match url.parse() {
            Ok(_) if self.database_url.is_some() => self.problems.push(format!(
                "{PREFIX}DATABASE_URL and {PREFIX}DATABASE_URL_FILE are both set; leave one of them out"
            )),
            Ok(url) => self.database_url = Some(url),
            Err(error) => self.problems.push(format!("{PREFIX}{name}: {error}")),
        }
    }
}

fn form(name: &str) -> &'static str {
    match name {
        "MIGRATE" => "write `true` or `false`",
        "SPOOL_DIR" => "write a path, or leave it out",
        "DURABLE_ACTIONS" => "write names like `order.approve` or `order.*`, with commas between",
        "DURABILITY" => "write `memory`, `spool` or `durable`",
        "OVERFLOW" => "write `drop_newest`, `wait(500ms)` or `wait(2s)`",
        _ => "write a number of bytes, `512MiB` or `2GiB`",
    }
}

fn assign<T>(slot: &mut T, value: Option<T>) -> bool {
    value.map(|value| *slot = value).is_some()
}

fn bytes(text: &str) -> Option<u64> {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .unwrap_or((text, 1_u64));
    number.trim_end().parse::<u64>().ok()?.checked_mul(unit)
}

fn durability(text: &str) -> Option<Durability> {
    match text {
        "memory" => Some(Durability::Memory),
        "spool" => Some(Durability::Spool),
        "durable" => Some(Durability::Durable),
        _ => None,
    }
}

fn overflow(text: &str) -> Option<Overflow> {
    if text == "drop_newest" {
        return Some(Overflow::DropNewest);
    }
    let wait = text.strip_prefix("wait(")?.strip_suffix(')')?;
    let wait = match wait.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(millis.parse().ok()?),
        None => Duration::from_secs(wait.strip_suffix('s')?.parse().ok()?),
    };
    Some(Overflow::Wait(wait))
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

fn actions(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(str::trim)
        .filter(|action| !action.is_empty())
        .map(|action| Pattern::read(action).ok().map(|_| action.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Config {
        let mut config = Config::default();
        for (name, value) in variables {
            config.set(name, value);
        }
        config
    }

    #[test]
    fn every_variable_changes_its_field() {
        let config = config(&[
            ("DATABASE_URL", "memory:"),
            ("MIGRATE", "true"),
            ("SPOOL_DIR", "/var/spool/activity"),
            ("SPOOL_BYTES", "2GiB"),
            ("QUEUE_BYTES", "512KiB"),
            ("DURABILITY", "durable"),
            ("DURABLE_ACTIONS", "order.approve, invoice.*"),
            ("OVERFLOW", "wait(250ms)"),
        ]);
        assert!(config.check().is_ok());
        assert!(config.migrate);
        assert_eq!(config.spool_dir, Some(PathBuf::from("/var/spool/activity")));
        assert_eq!(config.spool_bytes, 2 << 30);
        assert_eq!(config.queue_bytes, 512 << 10);
        assert_eq!(config.durability(), Durability::Durable);
        assert_eq!(config.durable_actions, ["order.approve", "invoice.*"]);
        assert_eq!(config.overflow, Overflow::Wait(Duration::from_millis(250)));
    }

    #[test]
    fn a_malformed_value_is_an_error_that_names_its_variable() {
        for (name, value) in [
            ("QUEUE_BYTES", "lots"),
            ("DURABILITY", "eternal"),
            ("OVERFLOW", "wait(soon)"),
            ("MIGRATE", "perhaps"),
            ("SPOOL_DIR", ""),
            ("DURABLE_ACTIONS", "order.approve, *.reject"),
            ("DATABASE_URL", "postgres://x:hunter2@y/z"),
        ] {
            let config = config(&[("DATABASE_URL", "memory:"), (name, value)]);
            let error = config.check().expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_value_that_is_too_small_is_an_error_that_names_its_variable_too() {
        for name in ["QUEUE_BYTES", "SPOOL_BYTES"] {
            let config = config(&[
                ("DATABASE_URL", "memory:"),
                ("SPOOL_DIR", "/x"),
                (name, "1000"),
            ]);
            let error = config.check().expect_err(name).to_string();
            assert!(error.contains(&format!("{PREFIX}{name}")), "{error}");
        }
    }

    #[test]
    fn two_urls_are_an_error_that_names_both_variables() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("url");
        fs::write(&file, "memory:\n").expect("written");
        let in_file = ("DATABASE_URL_FILE", file.to_str().expect("UTF-8"));
        assert!(config(&[in_file]).check().is_ok());
        let direct = ("DATABASE_URL", "memory:");
        for both in [[direct, in_file], [in_file, direct]] {
            let error = config(&both).check().expect_err("two").to_string();
            assert!(error.contains("DATABASE_URL and"), "{error}");
            assert!(error.contains("DATABASE_URL_FILE"), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_is_a_warning() {
        let config = config(&[("DATABASE_URL", "memory:"), ("SPOLL_DIR", "/x")]);
        assert!(config.check().is_ok());
        assert_eq!(
            config.warnings(),
            ["BEHAVIOR_TRACE_SPOLL_DIR is not known and changes nothing"]
        );
    }
}
