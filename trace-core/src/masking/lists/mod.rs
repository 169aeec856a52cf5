//! Two lists of names: those that must be masked, and those that must not. Each list names its sources.

use super::masks::Masks;

fn names(list: &str) -> Vec<&str> {
    let names: Vec<_> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    assert!(names.len() >= 300, "{} names", names.len());
    names
}

/// Returns the names of the list whose masking differs from `masked`.
fn wrong(list: &str, masked: bool) -> Vec<&str> {
    let masks = Masks::default();
    let mut names = names(list);
    names.retain(|name| masks.is_masked(name) != masked);
    names
}

#[test]
fn names_of_secrets_are_masked() {
    let wrong = wrong(include_str!("secret_names.txt"), true);
    assert!(wrong.is_empty(), "not masked: {wrong:?}");
}

#[test]
fn names_of_other_things_stay() {
    let wrong = wrong(include_str!("plain_names.txt"), false);
    assert!(wrong.is_empty(), "masked: {wrong:?}");
}
