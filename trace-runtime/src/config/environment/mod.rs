//! Configuration from environment variables.

mod values;

#[cfg(test)]
#[path = "../../../tests/environment.rs"]
mod tests;

use std::{env, fs};

use behavior_trace_store::{DatabaseUrl, DatabaseUrlError};

use super::Config;
use crate::policy::PolicySource;
use values::{actions, bytes, durability, duration, error_output, overflow, path, switch};

const PREFIX: &str = "BEHAVIOR_TRACE_";

/// Variables of the middleware, which the facade checks, of the catalogue's file, and of the tool `behavior-trace`.
const ELSEWHERE: [&str; 8] = [
    "CATALOGUE",
    "TRUSTED_PROXIES",
    "OUTPUT",
    "COLOR",
    "ZONE",
    "IMPORT_URL",
    "IMPORT_URL_FILE",
    "NATS_URL",
];

/// Prefix of the variables of this project's tests.
const TESTS: &str = "TEST_";

const SWITCH: &str = "write `true` or `false`";
const BYTES: &str = "write a number of bytes, `512MiB` or `2GiB`";
const DURATION: &str = "write `250ms` or `5s`";

/// Variable that sets a field.
struct Variable {
    /// Name without the prefix.
    name: &'static str,
    /// Remedy for a malformed value.
    form: &'static str,
    set: fn(&mut Config, &str) -> Result<(), Problem>,
}

/// Reason for refusing a value.
enum Problem {
    /// The value is malformed.
    Form,
    /// Complete message, except for the variable's name.
    Other(String),
}

/// Known variables, in the order of the table of [`Config::from_env`].
const VARIABLES: [Variable; 15] = [
    Variable {
        name: "ENABLED",
        form: SWITCH,
        set: |config, value| {
            config.enabled = switch(value).ok_or(Problem::Form)?;
            config.disabled_by_environment |= !config.enabled;
            Ok(())
        },
    },
    Variable {
        name: "DATABASE_URL",
        form: "",
        set: set_url,
    },
    Variable {
        name: "DATABASE_URL_FILE",
        form: "",
        set: |config, value| set_url(config, read(value)?.trim()),
    },
    Variable {
        name: "MIGRATE",
        form: SWITCH,
        set: |config, value| assign(&mut config.migrate, switch(value)),
    },
    Variable {
        name: "SPOOL_DIR",
        form: "write a path, or leave it out",
        set: |config, value| assign(&mut config.spool_dir, path(value).map(Some)),
    },
    Variable {
        name: "SPOOL_BYTES",
        form: BYTES,
        set: |config, value| assign(&mut config.spool_bytes, bytes(value)),
    },
    Variable {
        name: "DURABILITY",
        form: "write `memory`, `spool` or `durable`",
        set: |config, value| assign(&mut config.durability, durability(value).map(Some)),
    },
    Variable {
        name: "DURABLE_ACTIONS",
        form: "write names like `order.approve` or `order.*`, with commas between",
        set: |config, value| assign(&mut config.durable_actions, actions(value)),
    },
    Variable {
        name: "DURABLE_WAIT",
        form: DURATION,
        set: |config, value| assign(&mut config.durable_wait, duration(value)),
    },
    Variable {
        name: "QUEUE_BYTES",
        form: BYTES,
        set: |config, value| {
            let bytes = bytes(value).and_then(|bytes| usize::try_from(bytes).ok());
            assign(&mut config.queue_bytes, bytes)
        },
    },
    Variable {
        name: "OVERFLOW",
        form: "write `drop_newest`, `wait(500ms)` or `wait(2s)`",
        set: |config, value| assign(&mut config.overflow, overflow(value)),
    },
    Variable {
        name: "LINGER",
        form: DURATION,
        set: |config, value| assign(&mut config.linger, duration(value).map(Some)),
    },
    Variable {
        name: "STATEMENT_TIMEOUT",
        form: DURATION,
        set: |config, value| assign(&mut config.statement_timeout, duration(value)),
    },
    Variable {
        name: "POLICY",
        form: "write rules like `user.*=facts,import.*=off`, or `file:` and a path",
        set: set_policy_source,
    },
    Variable {
        name: "ERROR_OUTPUT",
        form: "write `stderr` or `off`",
        set: |config, value| assign(&mut config.error_output, error_output(value)),
    },
];

impl Config {
    /// Returns the defaults, changed by the environment. Setting a field of the result overrides both.
    ///
    /// | variable | form | field |
    /// |---|---|---|
    /// | `BEHAVIOR_TRACE_ENABLED` | `true`, `false`; `false` overrides the code | [`enabled`](Config::enabled) |
    /// | `BEHAVIOR_TRACE_DATABASE_URL` | `mysql://…`, `sqlite:…` | [`database_url`](Config::database_url) |
    /// | `BEHAVIOR_TRACE_DATABASE_URL_FILE` | a path; the file holds the URL, as mounted secrets do | [`database_url`](Config::database_url) |
    /// | `BEHAVIOR_TRACE_MIGRATE` | `true`, `false` | [`migrate`](Config::migrate) |
    /// | `BEHAVIOR_TRACE_SPOOL_DIR` | a path | [`spool_dir`](Config::spool_dir) |
    /// | `BEHAVIOR_TRACE_SPOOL_BYTES` | `1073741824`, `512MiB`, `2GiB` | [`spool_bytes`](Config::spool_bytes) |
    /// | `BEHAVIOR_TRACE_DURABILITY` | `memory`, `spool`, `mapped`, `durable` | [`durability`](Config::durability) |
    /// | `BEHAVIOR_TRACE_DURABLE_ACTIONS` | `order.approve,invoice.*` | [`durable_actions`](Config::durable_actions) |
    /// | `BEHAVIOR_TRACE_DURABLE_WAIT` | `250ms`, `5s` | [`durable_wait`](Config::durable_wait) |
    /// | `BEHAVIOR_TRACE_QUEUE_BYTES` | `67108864`, `64MiB` | [`queue_bytes`](Config::queue_bytes) |
    /// | `BEHAVIOR_TRACE_OVERFLOW` | `drop_newest`, `wait(500ms)`, `wait(2s)` | [`overflow`](Config::overflow) |
    /// | `BEHAVIOR_TRACE_LINGER` | `250ms`, `5s` | [`linger`](Config::linger) |
    /// | `BEHAVIOR_TRACE_STATEMENT_TIMEOUT` | `250ms`, `5s` | [`statement_timeout`](Config::statement_timeout) |
    /// | `BEHAVIOR_TRACE_POLICY` | `user.*=facts,import.*=off`, `file:/etc/shop/activity.rules`; see [`PolicySource`] | [`policy_source`](Config::policy_source) |
    /// | `BEHAVIOR_TRACE_ERROR_OUTPUT` | `stderr`, `off` | [`error_output`](Config::error_output) |
    /// | `BEHAVIOR_TRACE_TRUSTED_PROXIES` | `10.0.0.0/8,192.0.2.7`; read by the middleware `ContextLayer` | – |
    ///
    /// [`policy`](Config::policy) and [`on_error`](Config::on_error) are code; no variable sets them.
    ///
    /// A malformed value makes the start fail. The error names the variable and the remedy. An unknown name with this prefix
    /// is a warning.
    pub fn from_env() -> Self {
        let variables = env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name.strip_prefix(PREFIX)?.to_owned(), value.into_string()))
        });
        let mut config = Self::default();
        for (name, value) in variables {
            match value {
                Ok(value) => config.set(&name, value.trim()),
                Err(_) => config.problems.push(format!("{PREFIX}{name} is not UTF-8")),
            }
        }
        config
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) else {
            if !ELSEWHERE.contains(&name) && !name.starts_with(TESTS) {
                self.note_warning(format!("{PREFIX}{name} is not known and changes nothing"));
            }
            return;
        };
        match (variable.set)(self, value) {
            Ok(()) => {}
            Err(Problem::Form) => self.note_problem(format!(
                "{PREFIX}{name} cannot be `{value}`; {}",
                variable.form
            )),
            Err(Problem::Other(problem)) => {
                self.note_problem(format!("{PREFIX}{name}: {problem}"));
            }
        }
    }

    /// Applies only the `ENABLED` variable, so that an operator can also switch off a recorder that is configured in code.
    #[doc(hidden)]
    pub fn heed_switch(&mut self) {
        match env::var(format!("{PREFIX}ENABLED")) {
            Ok(value) if value.trim() != "true" => self.set("ENABLED", value.trim()),
            Ok(_) | Err(env::VarError::NotPresent) => {}
            Err(env::VarError::NotUnicode(_)) => {
                self.note_problem(format!("{PREFIX}ENABLED is not UTF-8"));
            }
        }
    }

    /// Makes the start fail with this message.
    #[doc(hidden)]
    pub fn note_problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Adds a warning, which the recorder reports when it starts.
    #[doc(hidden)]
    pub fn note_warning(&mut self, warning: String) {
        self.warnings.push(warning);
    }
}

fn assign<T>(slot: &mut T, value: Option<T>) -> Result<(), Problem> {
    *slot = value.ok_or(Problem::Form)?;
    Ok(())
}

fn set_url(config: &mut Config, url: &str) -> Result<(), Problem> {
    let url: DatabaseUrl = url
        .parse()
        .map_err(|error: DatabaseUrlError| Problem::Other(error.to_string()))?;
    if config.database_url.replace(url).is_some() {
        return Err(Problem::Other(format!(
            "{PREFIX}DATABASE_URL and {PREFIX}DATABASE_URL_FILE are both set; leave one of them out"
        )));
    }
    Ok(())
}

fn set_policy_source(config: &mut Config, value: &str) -> Result<(), Problem> {
    if value.is_empty() {
        return Err(Problem::Form);
    }
    let source = PolicySource::from(value);
    // Reading the rules here makes the error name the variable.
    if let Err(error) = source.read() {
        return Err(Problem::Other(error.to_string()));
    }
    config.policy_source = Some(source);
    Ok(())
}

fn read(path: &str) -> Result<String, Problem> {
    fs::read_to_string(path)
        .map_err(|error| Problem::Other(format!("{path} cannot be read: {error}")))
}
