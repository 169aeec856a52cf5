//! The catalogue of a program's annotated functions.

use behavior_trace::{behavior_trace, record};
use behavior_trace_core::{Callsite, Level, catalogue};

use super::collected::{Collected, events};

#[behavior_trace(action = "catalogue.write", resource = "Catalogue", payload = line, resource_id = 7)]
fn write<T>(line: u32, _generic: T) {}

fn listed(action: &str) -> Vec<&'static Callsite> {
    catalogue()
        .into_iter()
        .filter(|callsite| callsite.action() == action)
        .collect()
}

#[test]
fn the_catalogue_lists_a_function_once_whether_it_is_generic_or_never_called() {
    let listed = listed("catalogue.write");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].resource(), "Catalogue");
    assert_eq!(listed[0].fields(), ["payload", "resource_id"]);
    assert!(listed[0].file().ends_with("catalogue.rs"));
    assert_eq!(listed[0].line(), 8);
    assert_eq!(events(|| (write(1, ""), write(1, 2))).len(), 2);
}

struct Ledger;

impl Ledger {
    #[behavior_trace(action = "catalogue.match", resource = "Catalogue")]
    fn r#match() {}
}

/// Checks the names that stay when an edit moves a function to another line.
#[test]
fn the_catalogue_names_package_module_and_function() {
    let write = listed("catalogue.write")[0];
    assert_eq!(write.package(), env!("CARGO_PKG_NAME"));
    assert_eq!(write.module(), module_path!());
    assert_eq!(write.function(), Some("write"));
    assert_eq!(events(Ledger::r#match).len(), 1);
    assert_eq!(listed("catalogue.match")[0].function(), Some("match"));
}

#[test]
fn the_catalogue_lists_a_record_in_the_middle_of_a_function() {
    fn work() {
        record!(action = "catalogue.erase", resource = "Catalogue");
    }
    assert_eq!(events(work), ["catalogue.erase Catalogue"]);
    let listed = listed("catalogue.erase");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].function(), None);
    assert_eq!(listed[0].module(), module_path!());
}

#[test]
fn a_call_that_no_recorder_hears_is_counted_where_it_is_made() {
    #[behavior_trace(action = "catalogue.lose", resource = "Catalogue", resource_id = id)]
    fn lose(id: u64) -> Result<u64, u64> {
        if id == 0 { Err(id) } else { Ok(id) }
    }

    // A layer is alive, but no subscriber of this thread has it.
    let _elsewhere = Collected::new(Level::Payload).dispatch();
    let _ = (lose(0), lose(1), lose(2));
    assert_eq!(listed("catalogue.lose")[0].calls_without_layer(), 2);
}

#[test]
fn an_action_of_run_time_is_listed_as_open_and_counted_where_nobody_hears_it() {
    fn work(verb: &str) {
        record!(
            action = format!("catalogue.{verb}"),
            resource = "Opened",
            resource_id = verb
        );
    }
    let listed = listed("*")
        .into_iter()
        .find(|callsite| callsite.resource() == "Opened")
        .expect("it is listed");
    assert_eq!(listed.fields(), ["resource_id"]);
    assert_eq!(events(|| work("open")), ["catalogue.open Opened id=open"]);
    assert_eq!(listed.calls_without_layer(), 0);

    let _elsewhere = Collected::new(Level::Payload).dispatch();
    work("lose");
    assert_eq!(listed.calls_without_layer(), 1);
}
