//! The same public names with and without mapped buffers, as their sources have them.

use std::collections::BTreeSet;

const WITH: [&str; 5] = [
    include_str!("../src/adopt.rs"),
    include_str!("../src/appender.rs"),
    include_str!("../src/collector.rs"),
    include_str!("../src/files.rs"),
    include_str!("../src/look.rs"),
];
const WITHOUT: &str = include_str!("../src/without.rs");

/// Returns the public types, functions and fields of a source, each function with its parameters' types and its return type.
fn names(source: &str) -> BTreeSet<String> {
    let one_line = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let items = one_line.split("pub ").skip(1);
    let ours = items.filter(|item| !item.starts_with("use "));
    ours.map(|item| match item.strip_prefix("const ").unwrap_or(item) {
        function if function.starts_with("fn ") => signature(function),
        item => {
            let end = item.find(['(', ',', '{', ';']).unwrap_or(item.len());
            item[..end].trim().to_owned()
        }
    })
    .collect()
}

/// Returns a function without the names of its parameters.
fn signature(function: &str) -> String {
    let end = function.find(" {").unwrap_or(function.len());
    let text = function[..end]
        .replace("mut take", "take")
        .replace(", )", ")")
        .replace("( ", "(");
    let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
    let (parameters, returned) = rest.rsplit_once(')').unwrap_or((rest, ""));
    let types = parameters.split(", ").map(|parameter| {
        let name = parameter.split(':').next().unwrap_or_default();
        parameter.strip_prefix(name).map_or(parameter, |kind| {
            if kind.is_empty() { parameter } else { kind }
        })
    });
    format!(
        "{name}({}){returned}",
        types.collect::<Vec<_>>().join(", ").replace("( ", "(")
    )
}

#[test]
fn a_system_without_mapped_buffers_has_the_same_names() {
    let with: BTreeSet<_> = WITH.iter().flat_map(|source| names(source)).collect();
    assert!(with.len() > 20, "{with:?}");
    let without = names(WITHOUT);
    let missing: Vec<_> = with.difference(&without).collect();
    let extra: Vec<_> = without.difference(&with).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing: {missing:#?}\nextra: {extra:#?}"
    );
}
