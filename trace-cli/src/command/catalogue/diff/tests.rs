//! Changes of small catalogues.

use std::collections::{BTreeMap, BTreeSet};

use super::super::file::{Callsite, Catalogue};
use super::changes::changes;

/// Returns the catalogue of lines such as `order.approve Order shop::approve payload`. `-` is a `record!`.
fn catalogue(lines: &[&str]) -> Catalogue {
    let mut callsites = BTreeMap::<Callsite, BTreeSet<String>>::new();
    for line in lines {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("a word");
        let (action, resource, path) = (word(), word(), word());
        let (module, function) = path.rsplit_once("::").expect("a path");
        let function = (function != "-").then_some(function);
        let callsite = serde_json::json!({
            "action": action, "resource": resource, "package": "shop", "module": module, "function": function
        });
        let callsite = serde_json::from_value(callsite).expect("a call site");
        callsites
            .entry(callsite)
            .or_default()
            .extend(words.map(str::to_owned));
    }
    Catalogue(callsites)
}

fn compared(old: &[&str], new: &[&str]) -> Vec<String> {
    let (old, new) = (catalogue(old), catalogue(new));
    let changes = changes(&old, &new).into_iter();
    changes
        .map(|change| {
            let site = |site: Option<&Callsite>| {
                site.map_or("-".to_owned(), |site| {
                    format!("{} {}", site.action, site.path())
                })
            };
            let (kind, old, new) = (change.kind.name(), site(change.old), site(change.new));
            let (less, more) = (change.fields_removed, change.fields_added);
            format!("{kind}: {old}, {new} {less:?} {more:?}")
        })
        .collect()
}

#[test]
fn equal_catalogues_have_no_changes() {
    let same = ["a.b A shop::f payload", "a.c A shop::-"];
    assert_eq!(compared(&same, &same), [""; 0]);
    assert_eq!(compared(&[], &[]), [""; 0]);
}

#[test]
fn a_function_under_another_action_or_resource_is_renamed_and_under_another_path_moved() {
    assert_eq!(
        compared(
            &[
                "a.b A shop::f x",
                "c.d C shop::g",
                "e.f E shop::h",
                "i.j I shop::k"
            ],
            &[
                "a.bb A shop::f y",
                "c.d CC shop::g",
                "e.f E shop::m::h",
                "n.o N shop::k"
            ]
        ),
        [
            "renamed: a.b shop::f, a.bb shop::f [\"x\"] [\"y\"]",
            "renamed: c.d shop::g, c.d shop::g [] []",
            "renamed: i.j shop::k, n.o shop::k [] []",
            "moved: e.f shop::h, e.f shop::m::h [] []",
        ]
    );
}

#[test]
fn methods_of_one_name_are_paired_by_the_half_of_the_name_that_stayed() {
    assert_eq!(
        compared(
            &["a.update A shop::update", "b.update B shop::update"],
            &["b.change B shop::update", "z.change A shop::update"]
        ),
        [
            "renamed: a.update shop::update, z.change shop::update [] []",
            "renamed: b.update shop::update, b.change shop::update [] []",
        ]
    );
}

#[test]
fn the_record_calls_of_a_module_are_no_renames_of_each_other_if_the_whole_name_differs() {
    assert_eq!(
        compared(
            &["a.b A shop::-", "c.d C shop::-"],
            &["a.bb A shop::-", "e.f E shop::-"]
        ),
        [
            "removed: c.d shop::record!, - [] []",
            "renamed: a.b shop::record!, a.bb shop::record! [] []",
            "added: -, e.f shop::record! [] []",
        ]
    );
}

#[test]
fn fields_that_came_and_went_are_a_change_of_their_own() {
    assert_eq!(
        compared(
            &["a.b A shop::f payload resource_id", "c.d C shop::g"],
            &["a.b A shop::f outcome resource_id", "c.d C shop::g"]
        ),
        ["fields: a.b shop::f, a.b shop::f [\"payload\"] [\"outcome\"]"]
    );
}
