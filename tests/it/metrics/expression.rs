//! The metrics that an expression of PromQL names.

use std::collections::BTreeSet;

/// Functions and operators of PromQL that the rules and the dashboard use. A new one is added here; anything else in an
/// expression is a metric.
const WORDS: [&str; 13] = [
    "and",
    "by",
    "ignoring",
    "increase",
    "label_values",
    "max",
    "on",
    "or",
    "rate",
    "sum",
    "unless",
    "vector",
    "without",
];
/// Operators whose list in parentheses names labels.
const LISTS: [&str; 4] = ["by", "ignoring", "on", "without"];

/// Returns the names of the metrics in an expression.
pub(super) fn metrics(expression: &str) -> BTreeSet<String> {
    let bare = without_lists(&without_enclosed(expression));
    bare.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .filter(|word| !WORDS.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Leaves out texts, matchers in braces and ranges in brackets.
fn without_enclosed(expression: &str) -> String {
    let mut end = None;
    let mut kept = String::new();
    for c in expression.chars() {
        match (end, c) {
            (Some(closing), _) if c == closing => end = None,
            (Some(_), _) => {}
            (None, '"') => end = Some('"'),
            (None, '{') => end = Some('}'),
            (None, '[') => end = Some(']'),
            (None, _) => kept.push(c),
        }
    }
    kept
}

/// Leaves out the labels after `by (…)` and the like.
fn without_lists(expression: &str) -> String {
    let mut kept = String::new();
    let mut rest = expression;
    while let Some((before, after)) = rest.split_once('(') {
        let is_list = before
            .split_whitespace()
            .next_back()
            .is_some_and(|word| LISTS.contains(&word));
        kept.push_str(before);
        kept.push('(');
        rest = match after.split_once(')') {
            Some((_, after)) if is_list => after,
            _ => after,
        };
    }
    kept + rest
}

#[test]
fn the_metrics_of_an_expression_are_found() {
    let names = |expression| metrics(expression).into_iter().collect::<Vec<_>>();
    assert_eq!(names("increase(a_total{x=~\"b|c\"}[10m]) > 0"), ["a_total"]);
    assert_eq!(
        names("sum by (instance, d) (rate(a:b[5m])) / sum without(e) (f) and g unless on (h) (i)"),
        ["a:b", "f", "g", "i"]
    );
    assert_eq!(names("vector(1) + 2e3"), [""; 0]);
    assert_eq!(
        names("histogram_quantile(0.9, a)"),
        ["a", "histogram_quantile"]
    );
}
