//! `cargo xtask bench`: measures costs as ratios to those of alternatives, in one run.

use crate::error::BenchError;
use crate::filled::Wanted;
use crate::options::Options;
use crate::{
    attribute, follow, import, indexes, mapped, outage, partitions, programs, read_path,
    record_path, retention, sizes, takeover, timeline, tool, units, write_path,
};

/// A measurement: its name, its description, and its function, which returns the number of missed targets.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(Options) -> Result<usize, BenchError>,
}

const BENCHES: [Bench; 17] = [
    Bench {
        name: "record_path",
        about: "what one event costs the thread that records it",
        run: record_path::run,
    },
    Bench {
        name: "mapped",
        about: "what a buffer that outlives a kill adds to the slowest calls, and how soon a successor has its events",
        run: mapped::run,
    },
    Bench {
        name: "units",
        about: "what a unit of work adds to its events",
        run: units::run,
    },
    Bench {
        name: "write_path",
        about: "how fast rows come into MySQL and MariaDB, and how soon they are seen",
        run: write_path::run,
    },
    Bench {
        name: "read_path",
        about: "how long an answer takes out of ten million rows, which are filled first (see `fill`)",
        run: read_path::run,
    },
    Bench {
        name: "timeline",
        about: "how long a page of the timeline takes out of ten million rows, which are filled first (see `fill`)",
        run: timeline::run,
    },
    Bench {
        name: "indexes",
        about: "what each index of the table costs the rows that come in",
        run: indexes::run,
    },
    Bench {
        name: "sizes",
        about: "how many bytes ten million rows take in a table, plain and partitioned, and in the servers' logs",
        run: sizes::run,
    },
    Bench {
        name: "retention",
        about: "what taking old rows away does to the writer beside",
        run: retention::run,
    },
    Bench {
        name: "partitions",
        about: "what taking old rows away costs in a table of two thousand partitions",
        run: partitions::run,
    },
    Bench {
        name: "import",
        about: "how fast the rows of another recorder come along, and what that does to the writer beside",
        run: import::run,
    },
    Bench {
        name: "takeover",
        about: "what taking over a table of PHP does to the writer beside",
        run: takeover::run,
    },
    Bench {
        name: "outage",
        about: "how fast the spool fills while no server answers, and empties once one does",
        run: outage::run,
    },
    Bench {
        name: "follow",
        about: "what ten followers cost the server beside 1,000 rows a second",
        run: follow::run,
    },
    Bench {
        name: "tool",
        about: "what exports by the tool take beside the server's own, and how fast it starts",
        run: tool::run,
    },
    Bench {
        name: "macro",
        about: "what the attribute costs in compile time, in code and while nothing is recorded",
        run: attribute::run,
    },
    Bench {
        name: "programs",
        about: "what the default features add to a service: packages, time of a clean build, bytes",
        run: programs::run,
    },
];

/// With this number of rows, the fifth of ten steps ends at five million rows.
const LONG: u32 = 10_000_000;

pub(crate) fn run(words: &[String]) -> Result<(), BenchError> {
    let (options, names) = read(words)?;
    let mut missed = 0;
    for bench in BENCHES
        .iter()
        .filter(|bench| names.is_empty() || names.contains(&bench.name))
    {
        println!("== {}: {}", bench.name, bench.about);
        missed += (bench.run)(options)?;
    }
    if missed > 0 {
        println!("{missed} targets missed");
    }
    Ok(())
}

fn read(words: &[String]) -> Result<(Options, Vec<&'static str>), BenchError> {
    let mut options = Options {
        rounds: 9,
        wanted: Wanted::default(),
        long: None,
        rest: None,
        large_log: false,
    };
    let mut names = Vec::new();
    for word in words {
        let rounds = word.strip_prefix("--rounds=");
        if let Some(rounds) = rounds {
            options.rounds = rounds
                .parse()
                .ok()
                .filter(|rounds| *rounds > 0)
                .ok_or_else(|| {
                    BenchError::usage("`--rounds=` takes a number from 1 on; a gate wants 9")
                })?;
        } else if let Some(rows) = word.strip_prefix("--long") {
            options.long = Some(long(rows)?);
        } else if let Some(rest) = word.strip_prefix("--rest=") {
            let rest = rest.parse().map_err(|_| {
                BenchError::usage(
                    "`--rest=` takes a number: 7 rests seven times as long as a step takes",
                )
            })?;
            options.rest = Some(rest);
        } else if word == "--large-log" {
            options.large_log = true;
        } else if let Some(bench) = BENCHES.iter().find(|bench| bench.name == word) {
            names.push(bench.name);
        } else if !options.wanted.take(word)? {
            let known: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
            return Err(BenchError::usage(format!(
                "there is no benchmark `{word}`; there are {}, `--rounds=N`, and for \
                 read_path and timeline `--store=mysql|mariadb|both` and `--rows=N`, for write_path `--long[=ROWS]`, for \
                 retention `--rest=N` and `--large-log`",
                known.join(", ")
            )));
        }
    }
    if options.long.is_some() && names != ["write_path"] {
        return Err(BenchError::usage("`--long` goes with `write_path` alone"));
    }
    if (options.rest.is_some() || options.large_log) && names != ["retention"] {
        return Err(BenchError::usage(
            "`--rest` and `--large-log` go with `retention` alone",
        ));
    }
    Ok((options, names))
}

fn long(rows: &str) -> Result<u32, BenchError> {
    if rows.is_empty() {
        return Ok(LONG);
    }
    let rows = rows.strip_prefix('=').and_then(|rows| rows.parse().ok());
    rows.filter(|rows| (1000..=20_000_000).contains(rows))
        .ok_or_else(|| BenchError::usage("`--long=` takes a number of rows from 1000 to 20000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(words: &[&str]) -> Result<(Options, Vec<&'static str>), BenchError> {
        read(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn without_words_everything_is_measured_in_nine_rounds() {
        let (options, names) = read_all(&[]).expect("no words are good");
        assert_eq!(options.rounds, 9);
        assert!(names.is_empty());
    }

    #[test]
    fn names_and_options_mix() {
        let (options, names) =
            read_all(&["--rounds=3", "record_path", "macro"]).expect("good words");
        assert_eq!(options.rounds, 3);
        assert_eq!(names, ["record_path", "macro"]);
    }

    #[test]
    fn a_long_run_is_one_of_the_write_path() {
        let (options, _) = read_all(&["write_path", "--long"]).expect("good words");
        assert_eq!(options.long, Some(LONG));
        let (options, _) = read_all(&["write_path", "--long=50000"]).expect("good words");
        assert_eq!(options.long, Some(50_000));
        for bad in [
            &["--long"][..],
            &["outage", "--long"],
            &["write_path", "--long=9"],
            &["write_path", "--longer"],
        ] {
            assert!(
                read_all(bad).is_err_and(|error| error.is_usage()),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn rests_and_a_large_log_are_matters_of_retention() {
        let (options, _) = read_all(&["retention", "--rest=3", "--large-log"]).expect("good words");
        assert_eq!((options.rest, options.large_log), (Some(3), true));
        for bad in [
            &["--large-log"][..],
            &["indexes", "--rest=3"],
            &["retention", "--rest=long"],
        ] {
            assert!(
                read_all(bad).is_err_and(|error| error.is_usage()),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn an_unknown_benchmark_is_named_with_the_known_ones() {
        let error = read_all(&["recordpath"]).expect_err("no such benchmark");
        assert!(error.is_usage());
        assert!(error.to_string().contains("record_path"));
        assert!(read_all(&["--rounds=0"]).is_err());
    }
}
