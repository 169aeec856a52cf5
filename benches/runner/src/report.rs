//! Results beside their targets: a table as text, and a file for machines.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cargo;
use crate::error::BenchError;
use crate::line::{By, Line, Target, Unit};
use crate::rounds::Samples;

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: &'static str,
    unit: Unit,
    best: f64,
    median: f64,
    /// The name of the reference, and the ratio.
    ratio: Option<(String, f64)>,
    by: By,
    target: Option<Target>,
}

/// A whole table.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Creates the table from samples. A figure that no variant printed is an error: a missing row would look like one that
    /// meets its target.
    pub(crate) fn of(lines: &[Line], samples: &Samples) -> Result<Self, BenchError> {
        let rows = lines.iter().map(|line| Row::of(line, samples));
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the number of missed targets.
    pub(crate) fn missed(&self) -> usize {
        let missed = |row: &&Row| row.holds() == Some(false);
        self.rows.iter().filter(missed).count()
    }

    /// Writes `target/bench/NAME.json`.
    pub(crate) fn save(&self, name: &str) -> Result<PathBuf, BenchError> {
        let folder = cargo::workspace().join("target/bench");
        let file = folder.join(format!("{name}.json"));
        let failed = |error: std::io::Error| BenchError::source(file.display().to_string(), error);
        fs::create_dir_all(&folder).map_err(failed)?;
        fs::write(&file, format!("{:#}\n", self.json(name))).map_err(failed)?;
        Ok(file)
    }

    fn json(&self, name: &str) -> Value {
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        json!({ "name": name, "rows": rows })
    }
}

impl Row {
    fn of(line: &Line, samples: &Samples) -> Result<Self, BenchError> {
        let best = line.best(line.of, samples)?;
        let ratio = line.beside.map(|to| line.ratio(best, to, samples));
        Ok(Self {
            id: line.id,
            unit: line.unit,
            best,
            median: samples.median(line.of.0, line.of.1).unwrap_or(f64::NAN),
            ratio: ratio.transpose()?,
            by: line.by,
            target: line.target,
        })
    }

    fn holds(&self) -> Option<bool> {
        let judged = self.ratio.as_ref().map_or(self.best, |(_, ratio)| *ratio);
        self.target.map(|target| target.holds(judged))
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "value": self.best,
            "median": self.median,
            "unit": self.unit.name(),
            "ratio_to": self.ratio.as_ref().map(|(name, _)| name),
            "ratio": self.ratio.as_ref().map(|(_, ratio)| ratio),
            "ratio_of": self.ratio.as_ref().map(|_| self.by.name()),
            "target": self.target.map(Target::bound),
            "holds": self.holds(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:52} {:>11} {:>11} {:<12} {:>9} {:<16} {:<8} holds",
            "", "best", "median", "", "ratio", "to", "target"
        )?;
        for row in &self.rows {
            let (to, ratio) = match &row.ratio {
                Some((name, ratio)) => (name.as_str(), number(*ratio)),
                None => ("", String::new()),
            };
            let target = row
                .target
                .map(|target| target.to_string())
                .unwrap_or_default();
            let holds = match row.holds() {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            let (best, median) = (number(row.best), number(row.median));
            writeln!(
                f,
                "{:52} {best:>11} {median:>11} {:<12} {ratio:>9} {to:<16} {target:<8} {holds}",
                row.id,
                row.unit.name()
            )?;
        }
        Ok(())
    }
}

/// Formats a number with three significant digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Shows a table and writes it down; returns how many targets it missed.
pub(crate) fn tell(name: &str, report: &Report) -> Result<usize, BenchError> {
    println!("{report}");
    println!("written to {}\n", report.save(name)?.display());
    Ok(report.missed())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Line = Line::new("ours", ("ours", "ns"), Unit::Nanoseconds)
        .beside("theirs", "ns")
        .target(Target::AtMost(0.5));

    fn samples(ours: f64, theirs: f64) -> Samples {
        let mut samples = Samples::default();
        samples.add("ours", vec![("ns".to_owned(), ours)]);
        samples.add("theirs", vec![("ns".to_owned(), theirs)]);
        samples
    }

    #[test]
    fn a_target_is_one_of_the_ratio_where_there_is_one() {
        let report = Report::of(&[LINE], &samples(40.0, 100.0)).expect("all figures are there");
        assert_eq!(report.missed(), 0);
        let report = Report::of(&[LINE], &samples(60.0, 100.0)).expect("all figures are there");
        assert_eq!(report.missed(), 1);
        assert!(report.to_string().contains("NO"));
    }

    #[test]
    fn without_a_peer_a_target_is_one_of_the_value() {
        let line = Line {
            beside: None,
            target: Some(Target::AtLeast(50.0)),
            ..LINE
        };
        let report = Report::of(&[line], &samples(60.0, 0.0)).expect("all figures are there");
        assert_eq!(report.missed(), 0);
    }

    #[test]
    fn a_missed_target_stands_in_the_file() {
        let report = Report::of(&[LINE], &samples(60.0, 100.0)).expect("all figures are there");
        let json = report.json("record_path");
        assert_eq!(json["name"], "record_path");
        let row = &json["rows"][0];
        assert_eq!(
            (&row["holds"], &row["ratio_to"]),
            (&json!(false), &json!("theirs"))
        );
        assert_eq!((&row["value"], &row["ratio"]), (&json!(60.0), &json!(0.6)));
        assert_eq!((&row["unit"], &row["target"]), (&json!("ns"), &json!(0.5)));
    }

    #[test]
    fn a_figure_that_nobody_printed_is_an_error() {
        let line = Line {
            beside: Some(("nobody", "ns")),
            ..LINE
        };
        let error = Report::of(&[line], &samples(1.0, 1.0)).expect_err("nobody printed it");
        assert!(error.to_string().contains("nobody"), "{error}");
    }
}
