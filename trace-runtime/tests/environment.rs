use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::{Disabled, Durability, ErrorOutput, Overflow};

/// One value for each variable that differs from its field's default.
const SAMPLES: [(&str, &str); 14] = [
    ("ENABLED", "false"),
    ("DATABASE_URL", "memory:"),
    ("MIGRATE", "true"),
    ("SPOOL_DIR", "/var/spool/activity"),
    ("SPOOL_BYTES", "2GiB"),
    ("DURABILITY", "durable"),
    ("DURABLE_ACTIONS", "order.approve, invoice.*"),
    ("DURABLE_WAIT", "2s"),
    ("QUEUE_BYTES", "512KiB"),
    ("OVERFLOW", "wait(250ms)"),
    ("LINGER", "30ms"),
    ("STATEMENT_TIMEOUT", "7s"),
    ("POLICY", "user.*=facts, resource:Draft=off"),
    ("ERROR_OUTPUT", "off"),
];

/// Fields that no variable sets.
const CODE: [&str; 3] = ["destination", "policy", "on_error"];

/// Returns the public fields of [`Config`], read from its source.
fn fields() -> Vec<&'static str> {
    let source = include_str!("../src/config/mod.rs");
    let (_, body) = source.split_once("pub struct Config {").expect("the type");
    let (body, _) = body.split_once("\n}").expect("its end");
    body.lines()
        .filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'))
        .map(|(field, _)| field)
        .collect()
}

/// Returns the variable and the field of each row in the table of [`Config::from_env`].
fn table() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../src/config/environment/mod.rs").lines();
    let rows = lines.filter_map(|line| line.trim().strip_prefix("/// | `BEHAVIOR_TRACE_"));
    rows.filter_map(|row| {
        let (name, rest) = row.split_once('`')?;
        let (_, field) = rest.rsplit_once("](Config::")?;
        Some((name, field.split_once(')')?.0))
    })
    .collect()
}

#[test]
fn every_field_has_its_variable_and_every_variable_its_line_in_the_table() {
    let fields = fields();
    assert!(fields.len() > 14, "{fields:?}");
    let table = table();
    for field in &fields {
        let set = table.iter().any(|(_, set)| set == field);
        assert!(set != CODE.contains(field), "`{field}` has no variable");
    }
    let names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    let listed: Vec<_> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed);
}

/// Returns a field's part of the `Debug` output.
fn shown(config: &Config, field: &str) -> String {
    let text = format!("{config:#?}");
    let (_, rest) = text
        .split_once(&format!("\n    {field}: "))
        .unwrap_or_else(|| panic!("`Debug` leaves `{field}` out"));
    let lines = rest.lines();
    let deeper = |line: &&str| !line.starts_with(|first: char| first.is_alphabetic());
    let own = lines.map(|line| line.strip_prefix("    ").unwrap_or(line));
    let mut own = own.into_iter();
    let first = own.next().unwrap_or_default();
    [first].into_iter().chain(own.take_while(deeper)).collect()
}

#[test]
fn each_variable_changes_its_field() {
    let variables = VARIABLES.iter().map(|variable| variable.name);
    for name in variables.filter(|name| *name != "DATABASE_URL_FILE") {
        let value =
            |(other, value): &(&'static str, &'static str)| (*other == name).then_some(*value);
        let field = table().iter().find_map(value).expect(name);
        let value = SAMPLES.iter().find_map(value).expect(name);
        let mut config = Config::default();
        config.set(name, value);
        assert_eq!(config.problems, [""; 0]);
        assert_ne!(shown(&config, field), shown(&Config::default(), field));
    }
}

fn config(variables: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    for (name, value) in variables {
        config.set(name, value);
    }
    config
}

#[test]
fn the_values_are_read_as_they_are_meant() {
    let config = config(&SAMPLES[1..]);
    assert!(config.check().is_ok());
    assert!(config.migrate);
    assert_eq!(config.spool_dir, Some(PathBuf::from("/var/spool/activity")));
    assert_eq!(config.spool_bytes, 2 << 30);
    assert_eq!(config.queue_bytes, 512 << 10);
    assert_eq!(config.durability(), Durability::Durable);
    assert_eq!(config.durable_actions, ["order.approve", "invoice.*"]);
    assert_eq!(config.durable_wait, Duration::from_secs(2));
    assert_eq!(config.overflow, Overflow::Wait(Duration::from_millis(250)));
    assert_eq!(config.linger, Some(Duration::from_millis(30)));
    assert_eq!(config.statement_timeout, Duration::from_secs(7));
    assert_eq!(config.error_output, ErrorOutput::Off);
}

#[test]
fn a_malformed_value_is_an_error_that_names_its_variable() {
    for (name, value) in [
        ("QUEUE_BYTES", "lots"),
        ("DURABILITY", "eternal"),
        ("OVERFLOW", "wait(soon)"),
        ("MIGRATE", "perhaps"),
        ("ENABLED", "maybe"),
        ("SPOOL_DIR", ""),
        ("DURABLE_ACTIONS", "order.approve, *.reject"),
        ("DURABLE_WAIT", "5"),
        ("LINGER", "2m"),
        ("LINGER", "61s"),
        ("STATEMENT_TIMEOUT", "-1s"),
        ("STATEMENT_TIMEOUT", "0s"),
        ("POLICY", ""),
        ("POLICY", "user.*"),
        ("POLICY", "file:/no/such/file"),
        ("ERROR_OUTPUT", "stdout"),
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
fn the_switch_of_the_environment_stands_above_the_code() {
    let mut off = config(&[("ENABLED", "false")]);
    off.enabled = true;
    assert_eq!(off.disabled(), Some(Disabled::Environment));
    let mut on = config(&[("ENABLED", "true")]);
    assert_eq!(on.disabled(), None);
    on.enabled = false;
    assert_eq!(on.disabled(), Some(Disabled::Code));
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

#[test]
fn a_variable_of_the_tool_or_of_a_test_is_known_and_changes_nothing() {
    let names = [
        "CATALOGUE",
        "OUTPUT",
        "COLOR",
        "ZONE",
        "IMPORT_URL",
        "IMPORT_URL_FILE",
        "NATS_URL",
    ];
    let config = config(&names.map(|name| (name, "any")));
    assert!(config.warnings().is_empty());
}
