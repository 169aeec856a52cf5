//! Comparison of the table and the dead letters after a trial with the recorded events.

use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::trial::Trial;
use crate::faults::load::{Acked, payload};
use crate::faults::site::Site;

/// Prefix of the tests' own queries, which the server's defaults may limit as well.
pub(crate) const LOOK: &str = "USE faults; SET SESSION sql_big_selects = 1";

/// Id prefix of the dead letters from before the trial.
pub(crate) const PLANTED: &str = "planted-";

impl Trial<'_> {
    /// Adds events that another recorder accepted and this one has to deliver.
    pub(crate) fn expect(&mut self, ids: Vec<String>) {
        self.acked.ids.extend(ids);
    }

    /// Returns the events that are not in the table.
    pub(crate) fn missing(&self) -> Vec<String> {
        let stored = self.in_table();
        let missing = self.acked.ids.iter().filter(|id| !stored.contains(*id));
        missing.cloned().collect()
    }

    pub(crate) fn conclude(self) {
        self.conclude_with(|_| false);
    }

    /// Compares everything. Only rows that are declared bad may be dead-lettered, and only unchanged.
    pub(crate) fn conclude_with(mut self, is_bad: impl Fn(&str) -> bool) {
        let ids = std::mem::take(&mut self.acked.ids);
        let (bad, good): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| is_bad(id));
        let bad: HashSet<String> = bad.into_iter().collect();
        let rows = (self.table)();
        let mut counts = HashMap::new();
        for (id, _) in &rows {
            *counts.entry(id.clone()).or_insert(0) += 1;
        }
        self.row.stats = self.recorder.stats();
        let (dead, dropped) = (self.row.stats.dead_lettered, self.row.stats.dropped.total());
        let (wanted, planted, unreadable) = (bad.len() as u64, self.planted, self.unreadable);
        self.row.may_lose = usize::try_from(unreadable + self.lost_before).unwrap_or(usize::MAX);
        let is_right = dead == wanted || dead == wanted + planted;
        self.row.promise(is_right && dropped == unreadable, || {
            format!(
                "{dead} dead letters where {wanted} rows are bad, {dropped} dropped where {unreadable} cannot be read"
            )
        });
        let letters = self.letters().unwrap_or_else(|error| {
            self.row.promise(false, || error);
            Vec::new()
        });
        let wrong: Vec<_> = letters
            .iter()
            .filter(|(id, payload)| {
                let is_wanted = bad.contains(id) || id.starts_with(PLANTED);
                !is_wanted || is_altered(id, payload)
            })
            .take(3)
            .collect();
        self.row.promise(wrong.is_empty(), || {
            format!("dead letters of good rows, or not whole: {wrong:?}")
        });
        self.row.altered = Some(altered(&rows));
        self.row.compare(&Acked::of(good), counts);
        let mut extra = match std::mem::take(&mut self.row.extra) {
            Value::Object(extra) => extra,
            _ => serde_json::Map::new(),
        };
        extra.insert("causes".to_owned(), json!(self.noticed));
        self.row.extra = Value::Object(extra);
        self.row.conclude();
    }

    /// Returns the event and payload of each dead letter. Reading them needs a little room; a spool that has filled its volume
    /// frees it within a minute of being empty. The error names the reason why they cannot be read.
    pub(crate) fn letters(&self) -> Result<Vec<(String, String)>, String> {
        const LONGEST: Duration = Duration::from_secs(70);
        let Some(spool) = &self.spool else {
            return Ok(Vec::new());
        };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let begun = Instant::now();
        let letters = loop {
            let letters = runtime.block_on(behavior_trace::health::dead_letters(spool));
            if letters.is_ok() || begun.elapsed() > LONGEST {
                break letters;
            }
            thread::sleep(Duration::from_millis(500));
        };
        let activities = letters
            .map_err(|error| error.to_string())?
            .into_iter()
            .filter_map(|letter| letter.activity);
        let letters = activities.map(|row| {
            let id = row.resource_id.unwrap_or_default().into_owned();
            (id, row.payload.into_owned())
        });
        Ok(letters.collect())
    }
}

/// Counts the rows whose payload differs from the recorded one.
pub(crate) fn altered(rows: &[(String, String)]) -> usize {
    let altered = rows.iter().filter(|(id, payload)| is_altered(id, payload));
    altered.count()
}

/// Returns whether the payload differs from the recorded one. The comparison ignores spelling, since MySQL reformats JSON.
fn is_altered(id: &str, found: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    read(found) != read(&payload(id))
}

pub(crate) fn stored(site: &Site) -> Vec<(String, String)> {
    let text = site.server.sql(&format!(
        "{LOOK}; SELECT resource_id, payload FROM operational_activity WHERE resource = 'Order'"
    ));
    text.expect("a server that answers")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, payload)| (id.to_owned(), payload.to_owned()))
        .collect()
}
