//! Rules for the default policy from the environment or a file.

use std::fs;
use std::path::Path;
use std::time::Duration;

use behavior_trace::policy::DefaultPolicy;
use behavior_trace::{BehaviorTrace, behavior_trace};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::alone::alone_with;

const DEADLINE: Duration = Duration::from_secs(20);

#[behavior_trace(action = "import.create", resource = "Import")]
fn import() {}

fn recorder() -> BehaviorTrace {
    BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("a sound configuration")
}

/// Makes one call and returns how many rows it stores.
fn stored(recorder: &BehaviorTrace) -> u64 {
    let before = recorder.stats().stored;
    tracing::subscriber::with_default(registry().with(recorder.layer()), import);
    assert!(recorder.flush_blocking(DEADLINE).is_complete());
    recorder.stats().stored - before
}

#[test]
fn rules_of_the_environment_hold_from_the_first_call_on() {
    let name = "policy_source::rules_of_the_environment_hold_from_the_first_call_on";
    let rules = [("BEHAVIOR_TRACE_POLICY", "user.*=facts,import.*=off")];
    alone_with(name, &rules, || {
        let recorder = recorder();
        assert_eq!(stored(&recorder), 0);
        assert_eq!(recorder.stats().refused, 1);
        recorder.reload_policy().expect("the same rules");
        assert_eq!(stored(&recorder), 0);
    });
}

fn write(path: &Path, rules: &str) {
    fs::write(path, rules).expect("written");
}

#[test]
fn a_file_is_read_again_when_asked_for_and_one_that_is_wrong_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("activity.rules");
    write(&path, "import.*=off\n");
    let recorder = BehaviorTrace::builder()
        .database_url("memory:")
        .policy_source(path.clone())
        .build()
        .expect("a sound configuration");
    assert_eq!(stored(&recorder), 0);

    write(&path, "import.*=facts\n");
    assert_eq!(stored(&recorder), 0, "nothing is watched");
    recorder.reload_policy().expect("rules");
    assert_eq!(stored(&recorder), 1);

    write(&path, "import.*=off\nuser.*=some\n");
    let error = recorder.reload_policy().expect_err("a level").to_string();
    assert!(error.contains("line 2: the rule `user.*=some`"), "{error}");
    assert!(error.contains("`off`, `facts` or `payload`"), "{error}");
    assert_eq!(stored(&recorder), 1);

    fs::remove_file(&path).expect("removed");
    assert!(recorder.reload_policy().is_err());
    assert_eq!(stored(&recorder), 1);
}

#[test]
fn rules_beside_a_policy_in_code_are_refused_with_the_way_to_have_both() {
    let name = "policy_source::rules_beside_a_policy_in_code_are_refused_with_the_way_to_have_both";
    alone_with(name, &[("BEHAVIOR_TRACE_POLICY", "import.*=off")], || {
        let error = BehaviorTrace::builder()
            .database_url("memory:")
            .policy(DefaultPolicy::new())
            .build();
        let error = error.expect_err("refused").to_string();
        assert!(error.contains("BEHAVIOR_TRACE_POLICY"), "{error}");
        assert!(error.contains("`DefaultPolicy::with_rules`"), "{error}");
    });
}

#[test]
fn a_malformed_rule_of_the_environment_is_an_error_that_names_the_variable() {
    let name =
        "policy_source::a_malformed_rule_of_the_environment_is_an_error_that_names_the_variable";
    alone_with(name, &[("BEHAVIOR_TRACE_POLICY", "import.*=never")], || {
        let error = BehaviorTrace::builder().database_url("memory:").build();
        let error = error.expect_err("refused").to_string();
        assert!(error.contains("BEHAVIOR_TRACE_POLICY"), "{error}");
        assert!(error.contains("`import.*=never`"), "{error}");
    });
}

#[test]
fn a_reload_without_a_source_says_how_to_name_one() {
    let error = recorder().reload_policy().expect_err("none").to_string();
    assert!(error.contains("BEHAVIOR_TRACE_POLICY"), "{error}");
}
