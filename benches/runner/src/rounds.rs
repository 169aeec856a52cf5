//! Interleaved rounds: every variant once per round, in a rotating order, so that all run under the same conditions.

use std::collections::BTreeMap;

use crate::error::BenchError;

/// A number with its name, as a variant prints it.
pub(crate) type Figure = (String, f64);

/// The figures of all rounds, by variant and name.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<(String, String), Vec<f64>>);

/// The direction in which a figure improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Less,
    More,
}

/// Runs each variant once per round.
pub(crate) fn interleaved(
    variants: &[&str],
    rounds: usize,
    mut run: impl FnMut(&str) -> Result<Vec<Figure>, BenchError>,
) -> Result<Samples, BenchError> {
    let mut samples = Samples::default();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for at in 0..variants.len() {
            let variant = variants[(at + round) % variants.len()];
            samples.add(variant, run(variant)?);
        }
    }
    Ok(samples)
}

/// Parses lines of a name and a number each; other lines are for people.
pub(crate) fn figures(output: &str) -> Vec<Figure> {
    let figure = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_owned(), value.trim().parse().ok()?))
    };
    output.lines().filter_map(figure).collect()
}

impl Samples {
    pub(crate) fn add(&mut self, variant: &str, figures: Vec<Figure>) {
        for (name, value) in figures {
            let key = (variant.to_owned(), name);
            self.0.entry(key).or_default().push(value);
        }
    }

    /// Adds a variant with the difference between two others, round by round.
    pub(crate) fn add_difference(&mut self, name: &str, of: (&str, &str), figure: &str) {
        let both = self.rounds(of.0, figure).zip(self.rounds(of.1, figure));
        let Some((more, less)) = both else {
            return;
        };
        let differences = more
            .iter()
            .zip(less)
            .map(|(more, less)| more - less)
            .collect();
        self.0
            .insert((name.to_owned(), figure.to_owned()), differences);
    }

    /// Adds a variant with the better of two others, round by round.
    pub(crate) fn add_better(
        &mut self,
        name: &str,
        of: (&str, &str),
        figure: &str,
        better: Better,
    ) {
        let both = self.rounds(of.0, figure).zip(self.rounds(of.1, figure));
        let the_better = match better {
            Better::Less => f64::min,
            Better::More => f64::max,
        };
        if let Some((one, other)) = both {
            let better = one
                .iter()
                .zip(other)
                .map(|(one, other)| the_better(*one, *other));
            let better = better.collect();
            self.0.insert((name.to_owned(), figure.to_owned()), better);
        }
    }

    /// Returns the best round.
    pub(crate) fn best(&self, variant: &str, name: &str, better: Better) -> Option<f64> {
        let sorted = self.sorted(variant, name)?;
        match better {
            Better::Less => sorted.first().copied(),
            Better::More => sorted.last().copied(),
        }
    }

    /// Returns the median round.
    pub(crate) fn median(&self, variant: &str, name: &str) -> Option<f64> {
        let sorted = self.sorted(variant, name)?;
        sorted.get(sorted.len() / 2).copied()
    }

    /// Returns the median of the ratios between two figures in each round.
    pub(crate) fn median_ratio(&self, of: (&str, &str), to: (&str, &str)) -> Option<f64> {
        let pairs = self
            .rounds(of.0, of.1)?
            .iter()
            .zip(self.rounds(to.0, to.1)?);
        let ratios = sorted(pairs.map(|(of, to)| of / to).collect());
        ratios.get(ratios.len() / 2).copied()
    }

    fn rounds(&self, variant: &str, name: &str) -> Option<&Vec<f64>> {
        self.0.get(&(variant.to_owned(), name.to_owned()))
    }

    fn sorted(&self, variant: &str, name: &str) -> Option<Vec<f64>> {
        self.rounds(variant, name).cloned().map(sorted)
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_begins_with_another_variant() {
        let mut order = Vec::new();
        let ran = interleaved(&["a", "b", "c"], 3, |variant| {
            order.push(variant.to_owned());
            Ok(Vec::new())
        });
        assert!(ran.is_ok());
        assert_eq!(order.concat(), "abcbcacab");
    }

    #[test]
    fn a_variant_that_fails_ends_the_run() {
        let ran = interleaved(&["a"], 1, |_| Err(BenchError::usage("no")));
        assert!(ran.is_err());
    }

    #[test]
    fn the_best_is_the_least_or_the_most_and_the_median_is_the_middle_one() {
        let mut samples = Samples::default();
        for value in [3.0, 1.0, 2.0] {
            samples.add("a", vec![("ns".to_owned(), value)]);
        }
        assert_eq!(samples.best("a", "ns", Better::Less), Some(1.0));
        assert_eq!(samples.best("a", "ns", Better::More), Some(3.0));
        assert_eq!(samples.median("a", "ns"), Some(2.0));
        assert_eq!(samples.best("a", "rows", Better::More), None);
    }

    #[test]
    fn a_difference_is_taken_round_by_round() {
        let mut samples = Samples::default();
        for (more, less) in [(9.0, 4.0), (7.0, 3.0)] {
            samples.add("more", vec![("ns".to_owned(), more)]);
            samples.add("less", vec![("ns".to_owned(), less)]);
        }
        samples.add_difference("extra", ("more", "less"), "ns");
        assert_eq!(samples.best("extra", "ns", Better::Less), Some(4.0));
        assert_eq!(samples.best("extra", "ns", Better::More), Some(5.0));
    }

    #[test]
    fn the_better_of_two_is_taken_round_by_round() {
        let mut samples = Samples::default();
        for (one, two) in [(3.0, 2.0), (1.0, 5.0)] {
            samples.add("one", vec![("ns".to_owned(), one)]);
            samples.add("two", vec![("ns".to_owned(), two)]);
        }
        samples.add_better("either", ("one", "two"), "ns", Better::More);
        assert_eq!(samples.best("either", "ns", Better::Less), Some(3.0));
        assert_eq!(samples.best("either", "ns", Better::More), Some(5.0));
    }

    #[test]
    fn a_ratio_of_rounds_is_the_middle_one_and_not_that_of_two_lucky_rounds() {
        let mut samples = Samples::default();
        for (ours, theirs) in [(8.0, 10.0), (8.0, 20.0), (9.0, 10.0)] {
            samples.add("ours", vec![("rows".to_owned(), ours)]);
            samples.add("theirs", vec![("rows".to_owned(), theirs)]);
        }
        let ratio = |of| samples.median_ratio((of, "rows"), ("theirs", "rows"));
        assert_eq!(ratio("ours"), Some(0.8));
        assert_eq!(ratio("nobody's"), None);
    }

    #[test]
    fn lines_that_are_no_figure_are_passed_over() {
        let read = figures("cpu_ns 12.5\na word of warning\n\nrows 3\n");
        assert_eq!(
            read,
            [("cpu_ns".to_owned(), 12.5), ("rows".to_owned(), 3.0)]
        );
    }
}
