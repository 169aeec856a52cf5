//! The table, and the file.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use crate::variants::{Figures, Variant};

/// A variant and the best that was seen of it.
pub(crate) struct Row {
    pub(crate) variant: &'static Variant,
    rounds: Vec<f64>,
    allocations: f64,
}

impl Row {
    pub(crate) const fn new(variant: &'static Variant) -> Self {
        Self {
            variant,
            rounds: Vec::new(),
            allocations: f64::MAX,
        }
    }

    pub(crate) fn add(&mut self, figures: &Figures) {
        self.rounds.push(figures.ns);
        self.allocations = self.allocations.min(figures.allocations);
    }

    fn best(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::MAX, f64::min)
    }

    fn median(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

pub(crate) fn print(rows: &[Row]) {
    let base = rows.first().map_or(f64::NAN, Row::best);
    println!(
        "{:50} {:>9} {:>9} {:>7} {:>7}",
        "caller CPU per event", "best ns", "median", "×", "allocs"
    );
    for row in rows {
        let (best, median) = (row.best(), row.median());
        println!(
            "{:50} {best:9.1} {median:9.1} {:7.3} {:7.2}",
            row.variant.what,
            best / base,
            row.allocations
        );
    }
}

pub(crate) fn save(rows: &[Row]) -> io::Result<()> {
    let base = rows.first().map_or(f64::NAN, Row::best);
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "variant": row.variant.name,
                "what": row.variant.what,
                "best_ns": row.best(),
                "median_ns": row.median(),
                "ratio": row.best() / base,
                "allocations": row.allocations,
                "rounds": row.rounds,
            })
        })
        .collect();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&directory)?;
    let text = serde_json::to_string_pretty(&json!({ "record_path": rows }))?;
    fs::write(directory.join("record_path.json"), text)
}
