//! I8: slots whose lock file cannot be opened, before and between the slots of dead processes.

use behavior_trace_servers::Kind;

use super::left::{directory, leave, make_slot, told};
use crate::faults::judgement::{lasts, trial::Trial};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    mysql in earnest;
    a_slot_that_cannot_be_locked_is_skipped_and_named => super::unlockable;
}

const UNLOCKABLE: [usize; 2] = [0, 2];

fn unlockable(kind: Kind) {
    let site = Site::new(kind);
    for slot in UNLOCKABLE {
        // Even root cannot open a directory as a file.
        make_slot(&directory(&site, slot));
        make_slot(&directory(&site, slot).join("lock"));
    }
    let mut ids = leave(&site, 1, "second", 500);
    ids.extend(leave(&site, 3, "fourth", 500));
    let mut trial = Trial::on(&site, 208, "I8 a slot whose lock file cannot be opened");
    trial.expect(ids);
    let recovers = trial.wait(lasts(4, 30), |trial| {
        trial.recorder.stats().recovered == 1000
    });
    let recovered = trial.recorder.stats().recovered;
    trial.row.promise(recovers, || {
        format!("{recovered} of 1000 rows were recovered from the slots behind it")
    });
    let told = told(&site);
    for slot in UNLOCKABLE {
        let path = directory(&site, slot).display().to_string();
        let names = [
            path.clone(),
            format!("slot {slot}"),
            format!("spool {slot}"),
        ];
        let is_named = names.iter().any(|name| told.contains(name.as_str()));
        trial.row.promise(is_named, || {
            format!("the error hook was not told of {path}: {told}")
        });
    }
    trial.recover();
    let before = trial.recorder.stats();
    site.server.stop().expect("stops");
    let load = trial.load("new", 500);
    let spools = trial.wait(lasts(5, 20), |trial| trial.recorder.stats().spooled > 0);
    trial.absorb(load);
    trial.row.promise(spools, || {
        format!("nothing is spooled in a slot that can be locked: {before:?}")
    });
    site.server.restart().expect("starts");
    trial.recover();
    trial.conclude();
}
