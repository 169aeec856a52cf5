//! Interleaved rounds: every variant once a round, in an order that rotates, so that all meet the same weather.

use std::collections::BTreeMap;

use crate::error::TaskError;

/// A number with its name, as a variant prints it.
pub(super) type Figure = (String, f64);

/// The figures of all rounds, by variant and name.
#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<(String, String), Vec<f64>>);

/// Whether more or less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Less,
    More,
}

/// Runs each variant once a round.
pub(super) fn interleaved(
    variants: &[&str],
    rounds: usize,
    mut run: impl FnMut(&str) -> Result<Vec<Figure>, TaskError>,
) -> Result<Samples, TaskError> {
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

/// Reads lines of a name and a number each; other lines are for people.
pub(super) fn figures(output: &str) -> Vec<Figure> {
    let figure = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_owned(), value.trim().parse().ok()?))
    };
    output.lines().filter_map(figure).collect()
}

impl Samples {
    pub(super) fn add(&mut self, variant: &str, figures: Vec<Figure>) {
        for (name, value) in figures {
            let key = (variant.to_owned(), name);
            self.0.entry(key).or_default().push(value);
        }
    }

    /// Adds a variant that is what one costs more than another, round by round.
    pub(super) fn add_difference(&mut self, name: &str, of: (&str, &str), figure: &str) {
        let all = |variant: &str| self.0.get(&(variant.to_owned(), figure.to_owned()));
        let (Some(more), Some(less)) = (all(of.0), all(of.1)) else {
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

    /// Counts what one variant printed as another's too.
    pub(super) fn copy(&mut self, from: &str, to: &str) {
        let of = self.0.iter().filter(|((variant, _), _)| variant == from);
        let copied: Vec<_> = of
            .map(|((_, name), all)| (name.clone(), all.clone()))
            .collect();
        for (name, all) in copied {
            self.0.entry((to.to_owned(), name)).or_default().extend(all);
        }
    }

    /// The best round.
    pub(super) fn best(&self, variant: &str, name: &str, better: Better) -> Option<f64> {
        let sorted = self.sorted(variant, name)?;
        match better {
            Better::Less => sorted.first().copied(),
            Better::More => sorted.last().copied(),
        }
    }

    /// The middle round.
    pub(super) fn median(&self, variant: &str, name: &str) -> Option<f64> {
        let sorted = self.sorted(variant, name)?;
        sorted.get(sorted.len() / 2).copied()
    }

    fn sorted(&self, variant: &str, name: &str) -> Option<Vec<f64>> {
        let mut values = self.0.get(&(variant.to_owned(), name.to_owned()))?.clone();
        values.sort_by(f64::total_cmp);
        Some(values)
    }
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
        let ran = interleaved(&["a"], 1, |_| Err(TaskError::usage("no")));
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
    fn two_variants_can_be_judged_as_one() {
        let mut samples = Samples::default();
        samples.add("one", vec![("ns".to_owned(), 3.0)]);
        samples.add("two", vec![("ns".to_owned(), 2.0)]);
        samples.copy("one", "either");
        samples.copy("two", "either");
        assert_eq!(samples.best("either", "ns", Better::Less), Some(2.0));
        assert_eq!(samples.best("either", "ns", Better::More), Some(3.0));
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
