//! The file of a made-up program.

use std::fs;

use super::{check, render};
use crate::callsite::Callsite;

static CREATE: Callsite = Callsite::new(
    "order.create",
    "Order",
    &["resource_id", "payload"],
    "shop::orders",
    "shop",
    "create",
);
static APPROVE: Callsite =
    Callsite::of_one("order.approve", "Order", "shop::orders", "shop", "approve");
static RECORDED: Callsite = Callsite::of_one("*", "Order", "shop::orders", "", "");
static RECORDED_AGAIN: Callsite = Callsite::of_one("*", "Order", "shop::orders", "", "");

const FILE: &str = r#"{
  "schema": 1,
  "callsites": [
    {"action":"*","resource":"Order","package":"shop","module":"shop::orders","function":null,"fields":["resource_id"]},
    {"action":"order.approve","resource":"Order","package":"shop","module":"shop::orders","function":"approve","fields":["resource_id"]},
    {"action":"order.create","resource":"Order","package":"shop","module":"shop::orders","function":"create","fields":["payload","resource_id"]}
  ]
}
"#;

#[test]
fn the_file_depends_on_the_names_and_not_on_the_order_of_linking() {
    assert_eq!(render(&[&CREATE, &RECORDED, &APPROVE]), FILE);
    let other = [&RECORDED_AGAIN, &APPROVE, &CREATE, &RECORDED];
    assert_eq!(render(&other), FILE);
}

#[test]
fn the_file_is_json_even_without_a_call_site() {
    let read: serde_json::Value = serde_json::from_str(&render(&[])).expect("JSON");
    assert_eq!(read, serde_json::json!({"schema": 1, "callsites": []}));
}

#[test]
fn the_committed_file_is_compared_and_written_only_where_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("catalogue.json");
    let program = [&CREATE, &APPROVE];
    let missing = check(&path, &program, false).expect_err("no file");
    assert!(missing.starts_with("there is no file `"), "{missing}");
    assert!(!path.exists());

    check(&path, &program, true).expect("written");
    check(&path, &program, false).expect("the same");
    let written = fs::read_to_string(&path).expect("a file");
    fs::write(&path, written.replace('\n', "\r\n")).expect("written");
    check(&path, &program, false).expect("the same on Windows");
}

#[test]
fn a_difference_has_the_lines_of_both_sides_and_the_remedy() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("catalogue.json");
    check(&path, &[&CREATE, &APPROVE], true).expect("written");
    let message = check(&path, &[&RECORDED, &CREATE], false).expect_err("it differs");
    let message = message.replace(&path.display().to_string(), "FILE");
    assert_eq!(
        message,
        "the catalogue of this program differs from `FILE` (-)\n\
         - {\"action\":\"order.approve\",\"resource\":\"Order\",\"package\":\"shop\",\"module\":\"shop::orders\",\"function\":\"approve\",\"fields\":[\"resource_id\"]}\n\
         + {\"action\":\"*\",\"resource\":\"Order\",\"package\":\"shop\",\"module\":\"shop::orders\",\"function\":null,\"fields\":[\"resource_id\"]}\n\
         to keep the new catalogue, run the test with BEHAVIOR_TRACE_CATALOGUE=write and commit the file"
    );
    fs::write(&path, render(&[&CREATE, &RECORDED]).replace("  ", " ")).expect("written");
    let form = check(&path, &[&CREATE, &RECORDED], false).expect_err("another form");
    assert!(form.contains("in another form"), "{form}");
}

#[test]
fn a_program_without_a_call_site_is_a_test_that_links_too_little() {
    let path = std::path::Path::new("no-such-folder/catalogue.json");
    let message = check(path, &[], true).expect_err("nothing is linked");
    assert!(message.contains("`use shop as _;`"), "{message}");
}
