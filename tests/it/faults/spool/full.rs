//! I1 and I4: the spool's volume is full, through other files or through the spool.

use std::time::Duration;

use behavior_trace_servers::Kind;
use serde_json::json;

use super::left::{files, is_untouched, leave, size, told};
use super::volume::Volume;
use crate::faults::judgement::{lasts, limit, trial::Trial};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    a_volume_full_at_the_start_takes_no_row_away => super::at_the_start;
    a_spool_that_fills_its_volume_drains_without_room => super::of_its_own;
    a_spool_that_filled_its_volume_drains_in_the_next_process => super::in_the_next_process;
}

/// Events per second that fill a volume in a second or two.
const FAST: u32 = 10_000;
/// Words of the health cause for a spool that cannot be written.
const SPOOL: [&str; 4] = ["the spool", "room", "full", "space"];

fn at_the_start(kind: Kind) {
    Volume::small(|volume| {
        let mut site = Site::new(kind);
        site.spool = volume.directory();
        let old = leave(&site, 0, "old", 2000);
        let before = size(&site, 0);
        site.server.stop().expect("stops");
        let filler = volume.fill();
        let mut trial = Trial::on(&site, 201, "I1 volume full at the start");
        trial.expect(old);
        // The file may be open by now, but later rows find no room.
        let load = trial.load("new", 1000);
        trial.suffer(lasts(2, 25), &SPOOL);
        trial.absorb(load);
        promise_untouched(&mut trial, &site, before);
        let told = told(&site);
        trial.row.promise(told.contains("spool"), || {
            format!("the error hook was not told: {told}")
        });
        drop(filler);
        site.server.restart().expect("starts");
        trial.drain(lasts(12, 60));
        let recovered = trial.recorder.stats().recovered;
        trial.row.promise(recovered == 2000, || {
            format!("{recovered} recovered of 2000")
        });
        trial.conclude();
    });
}

fn promise_untouched(trial: &mut Trial<'_>, site: &Site, bytes: u64) {
    trial.row.promise(is_untouched(site, 0, bytes), || {
        format!(
            "the file of {bytes} bytes was touched: {:?}",
            files(site, 0)
        )
    });
}

/// Records until the error hook reports that the volume is full.
fn fill_with_rows(trial: &mut Trial<'_>, site: &Site) {
    let load = trial.load("during", FAST);
    let is_told = |_: &mut Trial<'_>| SPOOL[1..].iter().any(|word| told(site).contains(word));
    let is_full = trial.wait(Duration::from_secs(30), is_told);
    trial.absorb(load);
    assert!(is_full, "{} {:?}", trial.state(), files(site, 0));
}

fn of_its_own(kind: Kind) {
    Volume::small(|volume| {
        let mut site = Site::new(kind);
        site.spool = volume.directory();
        site.server.stop().expect("stops");
        let mut trial = Trial::on(&site, 204, "I4 spool has filled its own volume");
        fill_with_rows(&mut trial, &site);
        let _filler = volume.fill();
        trial.suffer(limit(), &SPOOL);
        site.server.restart().expect("starts");
        drain_without_room(trial, &site);
    });
}

fn in_the_next_process(kind: Kind) {
    Volume::small(|volume| {
        let mut site = Site::new(kind);
        site.spool = volume.directory();
        site.server.stop().expect("stops");
        let mut first = Trial::on(
            &site,
            204,
            "I4b a spool that is full today, the next process",
        );
        fill_with_rows(&mut first, &site);
        let _filler = volume.fill();
        let mut ids = Vec::new();
        ids.append(&mut first.acked.ids);
        // Rows that found no room are lost with the process, which counts them.
        let report = first.recorder.shutdown_blocking(Duration::from_secs(2));
        assert!(report.spooled > 1000, "{report}");
        site.server.restart().expect("starts");
        let mut trial = Trial::on(
            &site,
            204,
            "I4b a spool that is full today, the next process",
        );
        trial.expect(ids);
        let recovers = trial.wait(lasts(12, 60), |trial| {
            trial.recorder.stats().recovered == report.spooled
        });
        let recovered = trial.recorder.stats().recovered;
        trial.row.promise(recovers, || {
            format!("{recovered} recovered of {}", report.spooled)
        });
        trial.lost_before = report.dropped.total();
        drain_without_room(trial, &site);
    });
}

/// Delivers everything after the server is back, while the volume is still full.
fn drain_without_room(mut trial: Trial<'_>, site: &Site) {
    trial.drain(lasts(12, 60));
    let sent = written(site);
    let acked = u64::try_from(trial.acked()).expect("not so many");
    // A row is sent once, or twice if its response was late.
    trial.row.promise(sent <= acked + acked / 4 + 1000, || {
        format!("the server was given {sent} rows, where {acked} were recorded")
    });
    trial.row.extra = json!({"rows_sent": sent});
    trial.conclude();
}

/// Returns the number of rows that the server was asked to write since it started.
fn written(site: &Site) -> u64 {
    let text = site.sql("SHOW GLOBAL STATUS LIKE 'Handler_write'");
    let number = text.split_whitespace().last();
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
