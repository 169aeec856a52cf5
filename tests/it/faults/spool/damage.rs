//! I3: a flipped byte in a page of each kind. The rows on other pages are delivered, the rest is counted and reported.

use std::collections::HashSet;
use std::path::PathBuf;

use behavior_trace::health::Stats;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::left::{directory, evidence, file, files, is_salvaged, leave, told};
use super::pages::{self, Pages};
use super::sqlite::Sqlite;
use crate::faults::judgement::compare::PLANTED;
use crate::faults::judgement::lasts;
use crate::faults::judgement::trial::Trial;
use crate::faults::load::payload;
use crate::faults::site::Site;
use crate::faults::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_flipped_byte_in_the_header_costs_no_row => super::header;
    a_flipped_byte_among_rows_costs_no_more_than_its_page => super::leaf;
    a_flipped_byte_above_the_rows_costs_no_row => super::interior;
    a_flipped_byte_in_the_free_list_costs_no_row => super::free_list;
    a_flipped_byte_among_dead_letters_costs_no_row => super::letters;
}

fn header(kind: Kind) {
    flipped(kind, "I3a flipped byte in the header", pages::Kind::Header);
}

fn leaf(kind: Kind) {
    flipped(kind, "I3b flipped byte in a leaf", pages::Kind::Leaf);
}

fn interior(kind: Kind) {
    let page = pages::Kind::Interior;
    flipped(kind, "I3c flipped byte in an interior page", page);
}

fn free_list(kind: Kind) {
    let page = pages::Kind::FreeList;
    flipped(kind, "I3d flipped byte in the free list", page);
}

fn letters(kind: Kind) {
    let page = pages::Kind::Letters;
    flipped(kind, "I3e flipped byte in a page of dead letters", page);
}

/// Returns the counted rows that could not be read.
fn unreadable(stats: &Stats) -> u64 {
    stats.dropped.spool_damaged
}

/// Spool with a flipped byte, and its contents that became unreadable.
pub(super) struct Damaged {
    pub(super) ids: Vec<String>,
    pub(super) file: PathBuf,
    size: u64,
    /// Events on the damaged page.
    pub(super) unreadable: HashSet<String>,
    letters: Vec<String>,
    unreadable_letters: usize,
}

const LETTERS: usize = 300;

impl Damaged {
    /// Leaves a damaged spool in a slot.
    pub(super) fn leave(site: &Site, slot: usize, count: u32, page: pages::Kind) -> Self {
        let left = leave(site, slot, "old", count);
        let file = file(site, slot);
        let mut spool = Sqlite::open(&file);
        for number in 0..LETTERS {
            spool.run(&letter(&format!("{PLANTED}{number}")));
        }
        // Rows are deleted as if delivered, so that there are free pages. Only the file knows the order of its rows: a batch
        // that waited for the store is spooled after those behind it.
        let events = spool.rows();
        assert_eq!(events.len(), left.len());
        let (kept, delivered) = events.split_at(events.len() / 2);
        assert!(delivered.len() > 100);
        let first = delivered[0].0;
        spool.run(&format!("DELETE FROM spool WHERE seq >= {first}"));
        let events = kept.to_vec();
        let ids = events.iter().map(|(_, id)| id.clone()).collect();
        let letters = spool
            .pairs("SELECT seq, json_extract(row, '$.resource_id') FROM dead_letter ORDER BY seq");
        let root = |spool: &mut Sqlite, name: &str| {
            let found = spool.pairs(&format!(
                "SELECT rootpage, name FROM sqlite_schema WHERE name = '{name}'"
            ));
            usize::try_from(found[0].0).expect("a page")
        };
        let roots = (root(&mut spool, "spool"), root(&mut spool, "dead_letter"));
        spool.close();
        let mut bytes = Pages::read(&file);
        let numbers = bytes.flip(page, roots.0, roots.1);
        bytes.write(&file);
        let on_page = |found: &[(i64, String)]| -> HashSet<String> {
            let lost = found.iter().filter(|(seq, _)| numbers.contains(seq));
            lost.map(|(_, id)| id.clone()).collect()
        };
        let is_letters = page == pages::Kind::Letters;
        Self {
            ids,
            size: std::fs::metadata(&file).expect("a spool").len(),
            file,
            unreadable: if is_letters {
                HashSet::new()
            } else {
                on_page(&events)
            },
            unreadable_letters: if is_letters {
                on_page(&letters).len()
            } else {
                0
            },
            letters: letters.into_iter().map(|(_, id)| id).collect(),
        }
    }
}

impl Damaged {
    /// Promises that no delivered row comes back. Such a row would mean that this test misjudges the spool's contents.
    pub(super) fn promise_no_others(&self, trial: &mut Trial<'_>) {
        let left: HashSet<_> = self.ids.iter().cloned().collect();
        let stored = trial.in_table();
        let others: Vec<_> = stored.difference(&left).take(3).collect();
        trial.row.promise(others.is_empty(), || {
            format!("rows are stored that were not in the spool, {others:?} among them")
        });
    }
}

/// Returns the statement that inserts a dead letter, made of the first row.
fn letter(id: &str) -> String {
    let payload = payload(id);
    format!(
        "INSERT INTO dead_letter (buried_at, reason, row) \
         SELECT '2026-01-01T00:00:00.000000Z', 'planted', \
                json_set(row, '$.resource_id', '{id}', '$.payload', '{payload}') FROM spool ORDER BY seq LIMIT 1"
    )
}

fn flipped(kind: Kind, fault: &'static str, page: pages::Kind) {
    let site = Site::new(kind);
    // The spool is another process's, in the second slot; the first slot is free.
    super::left::make_slot(&directory(&site, 0));
    let damaged = Damaged::leave(&site, 1, rounds(4000, 40_000), page);
    let mut trial = Trial::on(&site, 203, fault);
    trial.planted = LETTERS as u64;
    trial.expect(damaged.ids.clone());
    let readable = damaged.ids.len() - damaged.unreadable.len();
    let wanted = damaged.letters.len() - damaged.unreadable_letters;
    // The recorder takes damage for real only after it has seen it twice, some time apart.
    let is_done = |trial: &mut Trial<'_>| {
        let stored = trial.in_table().len();
        let counted = unreadable(&trial.recorder.stats());
        stored >= readable
            && stored + number(counted) == trial.acked()
            && planted(trial) == wanted
            && is_salvaged(&site, 1)
            && told(&site).contains("damaged")
    };
    let is_done = trial.wait(lasts(60, 60), is_done);
    let is_empty = trial.wait(lasts(5, 30), |trial| trial.is_empty());
    let state = trial.state();
    trial.row.promise(is_done && is_empty, || {
        format!("not everything has arrived: {state}, {}", evidence(&site))
    });
    conclude(trial, &site, &damaged);
}

fn number(count: u64) -> usize {
    usize::try_from(count).expect("not so many")
}

/// Returns the number of dead letters from before the trial.
fn planted(trial: &Trial<'_>) -> usize {
    let letters = trial.letters().unwrap_or_default();
    let planted = letters.iter().filter(|(id, _)| id.starts_with(PLANTED));
    planted.count()
}

/// Compares the missing rows with the unreadable ones, and with the counts and reports.
fn conclude(mut trial: Trial<'_>, site: &Site, damaged: &Damaged) {
    let missing: HashSet<_> = trial.missing().into_iter().collect();
    let excess: Vec<_> = missing.difference(&damaged.unreadable).take(3).collect();
    trial.row.promise(excess.is_empty(), || {
        format!(
            "rows are lost that are on sound pages, {excess:?} among them: {}",
            evidence(site)
        )
    });
    damaged.promise_no_others(&mut trial);
    let counted = unreadable(&trial.recorder.stats());
    let lost = missing.len() as u64;
    trial.row.promise(counted == lost, || {
        format!("{lost} rows are lost, and {counted} were counted")
    });
    trial.unreadable = lost.min(damaged.unreadable.len() as u64);
    let wanted = damaged.letters.len() - damaged.unreadable_letters;
    let found = planted(&trial);
    trial.row.promise(found == wanted, || {
        format!("{found} dead letters are left, where {wanted} could be read")
    });
    let told = told(site);
    trial.row.promise(told.contains("damaged"), || {
        format!("the error hook was not told of the damage: {told}")
    });
    let kept = files(site, 1);
    let has_page = kept.iter().any(|(_, size)| *size >= damaged.size);
    let is_named = kept.iter().any(|(name, _)| told.contains(name.as_str()));
    trial.row.promise(lost == 0 || (has_page && is_named), || {
        format!(
            "the damaged file {} is gone, or not named: {kept:?}; {told}",
            damaged.file.display()
        )
    });
    trial.row.extra = json!({
        "on_the_page": damaged.unreadable.len(), "counted": counted, "letters": found, "letters_readable": wanted,
    });
    trial.conclude();
}
