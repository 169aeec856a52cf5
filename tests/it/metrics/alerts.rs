//! The alerts and the dashboard in `contrib/`: what they name is there, and each alert fires when it should.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use behavior_trace_servers::{PrometheusBinaries, provision_prometheus};
use serde_json::Value;

use super::described::described;
use super::expression::metrics;

pub(super) fn rules() -> PathBuf {
    contrib("prometheus/behavior-trace.rules.yml")
}

fn contrib(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("contrib")
        .join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn binaries() -> PrometheusBinaries {
    provision_prometheus().unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the alerts of the rules with their expressions. An expression of several lines is indented further than its key.
pub(super) fn alerts() -> Vec<(String, String)> {
    let text = read(&rules());
    let mut alerts: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some((_, name)) = line.split_once("- alert: ") {
            alerts.push((name.to_owned(), String::new()));
        }
        let start = line.trim_start().strip_prefix("expr: ");
        inside = start.is_some() || inside && line.starts_with("          ");
        if let Some((_, expression)) = alerts.last_mut().filter(|_| inside) {
            expression.push_str(start.unwrap_or(line).trim_start_matches(">-"));
            expression.push(' ');
        }
    }
    alerts
}

/// Returns the dashboard's panels.
fn panels() -> Vec<Value> {
    let dashboard = read(&contrib("grafana/behavior-trace.json"));
    let dashboard: Value = serde_json::from_str(&dashboard).expect("it is JSON");
    dashboard["panels"].as_array().expect("panels").clone()
}

/// Returns the expressions of the dashboard: of its panels, and of its variables.
pub(super) fn dashboard_expressions() -> Vec<String> {
    let panels = panels();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets
        .map(|target| target["expr"].as_str().expect("an expression").to_owned())
        .collect()
}

#[test]
fn rules_and_dashboard_name_only_metrics_that_are_described() {
    let described: BTreeSet<String> = described().into_keys().collect();
    let alerts = alerts();
    assert_eq!(alerts.len(), 11, "{alerts:?}");
    let expressions = dashboard_expressions();
    assert!(expressions.len() > 25, "{expressions:?}");
    let of_rules = alerts.iter().map(|(_, expression)| expression);
    for expression in of_rules.chain(&expressions) {
        let named = metrics(expression);
        assert!(!named.is_empty(), "{expression}");
        let unknown: Vec<_> = named.difference(&described).collect();
        assert!(unknown.is_empty(), "{unknown:?} in {expression}");
    }
    // Variables of the dashboard and series of the unit tests are no expressions, and the prefix is enough to find theirs.
    for file in [
        "grafana/behavior-trace.json",
        "prometheus/behavior-trace.rules.test.yml",
    ] {
        let text = read(&contrib(file));
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for word in words.filter(|word| word.starts_with("behavior_trace_")) {
            assert!(described.contains(word), "{word} in {file}");
        }
    }
}

#[test]
fn the_dashboard_has_the_parts_that_grafana_asks_for() {
    let panels = panels();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len(), "an id is there twice");
    let mut taken = BTreeSet::new();
    for panel in &panels {
        let title = panel["title"].as_str().expect("a title");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let place = |side: &str| panel["gridPos"][side].as_u64().expect("a place");
        assert!(place("x") + place("w") <= 24, "{title} is too wide");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(taken.insert((x, y)), "{title} lies over another panel");
            }
        }
    }
}

#[test]
fn prometheus_accepts_the_rules_and_their_unit_tests_pass() {
    let binaries = binaries();
    let checked = binaries.check_rules(&rules());
    let checked = checked.unwrap_or_else(|error| panic!("{error}"));
    let expected = format!("{} rules found", alerts().len());
    assert!(checked.contains(&expected), "{checked}");
    let tests = contrib("prometheus/behavior-trace.rules.test.yml");
    let tested = binaries.test_rules(&tests);
    let tested = tested.unwrap_or_else(|error| panic!("{error}"));
    assert!(tested.contains("SUCCESS"), "{tested}");
}

#[test]
fn each_alert_has_a_unit_test_in_which_it_fires_and_one_in_which_it_does_not() {
    let tests = read(&contrib("prometheus/behavior-trace.rules.test.yml"));
    for (alert, _) in alerts() {
        let quiet = format!("- {{alertname: {alert}, eval_time: ");
        let is_quiet = |line: &str| line.contains(&quiet) && line.ends_with("exp_alerts: []}");
        assert!(tests.lines().any(is_quiet), "{alert} is never quiet");
        let fires = format!("- alertname: {alert}\n");
        let case = tests.split(&fires).nth(1).unwrap_or_default();
        let head: Vec<&str> = case.lines().take(3).map(str::trim_start).collect();
        let has_labels = head.len() == 3 && head[2].starts_with("- exp_labels: {severity: ");
        assert!(
            has_labels && head[1] == "exp_alerts:",
            "{alert} never fires: {head:?}"
        );
    }
}
