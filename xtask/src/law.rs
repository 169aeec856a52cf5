//! The import law: who may use whom. Rules alone; `deps` looks at the workspace.

use std::fmt;

const FACADE: &str = "behavior-trace";
const DOMAIN: &str = "behavior-trace-domain";
const CORE: &str = "behavior-trace-core";
const MACROS: &str = "behavior-trace-macros";
const LAYER: &str = "behavior-trace-layer";
const RUNTIME: &str = "behavior-trace-runtime";
const MIGRATIONS: &str = "behavior-trace-migrations";
const SERVERS: &str = "behavior-trace-servers";
const NEIGHBOUR: &str = "behavior-trace-neighbour";
const BENCH_MACRO: &str = "behavior-trace-bench-macro";
const BENCHES: &str = "behavior-trace-benches";
const XTASK: &str = "xtask";

/// Which packages of ours a package may use, beside those it uses for its own tests.
const OURS: [(&str, &[&str]); 12] = [
    (DOMAIN, &[]),
    (CORE, &[DOMAIN]),
    (MACROS, &[DOMAIN]),
    (MIGRATIONS, &[]),
    (LAYER, &[CORE]),
    (RUNTIME, &[CORE, MIGRATIONS]),
    (FACADE, &[DOMAIN, CORE, MACROS, LAYER, RUNTIME, MIGRATIONS]),
    (SERVERS, &[]),
    (NEIGHBOUR, &[]),
    (BENCH_MACRO, &[FACADE]),
    (BENCHES, &[FACADE]),
    (
        XTASK,
        &[FACADE, CORE, MACROS, LAYER, RUNTIME, MIGRATIONS, SERVERS],
    ),
];

/// Which packages may use a package of others. The tools of the workspace, which nobody is given, may.
const THEIRS: [(&str, &[&str]); 2] = [
    ("sqlx", &[RUNTIME, MIGRATIONS, BENCHES, XTASK]),
    ("tracing-subscriber", &[LAYER, BENCHES, XTASK]),
];

/// What the facade must not bring along without its default features.
pub(crate) const NOT_IN_BARE_FACADE: [&str; 3] = ["tokio", "sqlx", "tracing-subscriber"];

/// The folders of sources that the law on words is about.
pub(crate) const SOURCES: [&str; 7] = [
    "src",
    "trace-domain/src",
    "trace-core/src",
    "trace-macros/src",
    "trace-layer/src",
    "trace-runtime/src",
    "migrations/src",
];

/// Where `sqlx` may be spoken: these modules, as a file or a folder, and all of the migrations.
const SQLX_SPOKEN: [&str; 5] = [
    "trace-runtime/src/store",
    "trace-runtime/src/spool",
    "trace-runtime/src/transaction",
    "trace-runtime/src/migrate",
    "migrations/src",
];

/// One thing that the law forbids.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A package of the workspace that the law does not know.
    Unknown { package: String },
    /// A package uses another that it must not.
    Edge { from: String, to: String },
    /// The facade brings a package along without its default features.
    Bare { package: String },
    /// `sqlx` is spoken elsewhere.
    Word { place: String },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { package } => {
                write!(f, "`{package}` is new: say in the law whom it may use")
            }
            Self::Edge { from, to } => write!(f, "`{from}` must not depend on `{to}`"),
            Self::Bare { package } => write!(
                f,
                "`{FACADE}` without default features brings `{package}` along"
            ),
            Self::Word { place } => write!(
                f,
                "{place} speaks `sqlx`, which only {} may",
                SQLX_SPOKEN.join(", ")
            ),
        }
    }
}

/// What is wrong with `from` depending on `to`, other than for its tests.
pub(crate) fn judge_edge(from: &str, to: &str) -> Option<Breach> {
    let Some((_, may_use)) = OURS.iter().find(|(package, _)| *package == from) else {
        return Some(Breach::Unknown {
            package: from.to_owned(),
        });
    };
    let is_ours = OURS.iter().any(|(package, _)| *package == to);
    let theirs = THEIRS
        .iter()
        .find(|(package, _)| is_or_part_of(to, package));
    let allowed = match theirs {
        _ if is_ours => may_use.contains(&to),
        Some((_, users)) => users.contains(&from),
        None => true,
    };
    (!allowed).then(|| Breach::Edge {
        from: from.to_owned(),
        to: to.to_owned(),
    })
}

/// What is wrong with the facade bringing `package` along without its default features.
pub(crate) fn judge_bare(package: &str) -> Option<Breach> {
    let forbidden = NOT_IN_BARE_FACADE
        .iter()
        .any(|forbidden| is_or_part_of(package, forbidden));
    forbidden.then(|| Breach::Bare {
        package: package.to_owned(),
    })
}

/// What is wrong with the source at `path` (from the workspace's folder, with `/`).
pub(crate) fn judge_source(path: &str, text: &str) -> Vec<Breach> {
    let spoken = SQLX_SPOKEN.iter().any(|place| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    });
    if spoken {
        return Vec::new();
    }
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().zip(1..).filter(|(line, _)| names_sqlx(line));
    let places = lines.map(|(_, number)| format!("{path}:{number}"));
    places.map(|place| Breach::Word { place }).collect()
}

/// `sqlx` and `sqlx-mysql` are one.
fn is_or_part_of(package: &str, family: &str) -> bool {
    package
        .strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whether the code of this line, comments aside, has the path `sqlx`.
fn names_sqlx(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = code
        .match_indices("sqlx")
        .map(|(at, word)| (&code[..at], &code[at + word.len()..]));
    words.any(|(before, after)| {
        let alone = !before.ends_with(is_name) && !after.starts_with(is_name);
        alone && (after.starts_with("::") || before.trim_end().ends_with("use"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn forbidden(from: &str, to: &str) {
        let breach = Breach::Edge {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        assert_eq!(judge_edge(from, to), Some(breach));
    }

    #[test]
    fn layer_and_runtime_never_meet() {
        forbidden(LAYER, RUNTIME);
        forbidden(RUNTIME, LAYER);
    }

    #[test]
    fn no_import_climbs() {
        for upper in [FACADE, LAYER, RUNTIME, MACROS, SERVERS] {
            forbidden(CORE, upper);
        }
        forbidden(MACROS, CORE);
        forbidden(RUNTIME, FACADE);
        forbidden(RUNTIME, SERVERS);
    }

    #[test]
    fn what_the_house_is_built_of_is_allowed() {
        for (from, to) in [
            (CORE, DOMAIN),
            (MACROS, DOMAIN),
            (LAYER, CORE),
            (RUNTIME, CORE),
            (RUNTIME, MIGRATIONS),
            (FACADE, MACROS),
            (CORE, "serde"),
        ] {
            assert_eq!(judge_edge(from, to), None);
        }
    }

    #[test]
    fn packages_of_others_stay_in_their_rooms() {
        assert_eq!(judge_edge(RUNTIME, "sqlx"), None);
        forbidden(FACADE, "sqlx");
        forbidden(CORE, "sqlx-mysql");
        assert_eq!(judge_edge(LAYER, "tracing-subscriber"), None);
        forbidden(RUNTIME, "tracing-subscriber");
    }

    #[test]
    fn a_package_that_the_law_does_not_know_is_a_breach() {
        let package = "behavior-trace-new".to_owned();
        assert_eq!(
            judge_edge(&package, "serde"),
            Some(Breach::Unknown {
                package: package.clone()
            })
        );
    }

    #[test]
    fn the_bare_facade_has_no_runtime() {
        assert!(judge_bare("tokio").is_some());
        assert!(judge_bare("tokio-macros").is_some());
        assert!(judge_bare("sqlx-core").is_some());
        assert!(judge_bare("tracing-core").is_none());
    }

    #[test]
    fn sqlx_is_spoken_in_its_modules_alone() {
        let text = "use sqlx::Row;\n";
        for path in [
            "trace-runtime/src/store/mysql/mod.rs",
            "trace-runtime/src/migrate.rs",
            "migrations/src/lib.rs",
        ] {
            assert_eq!(judge_source(path, text), []);
        }
        let place = |place: &str| {
            vec![Breach::Word {
                place: place.to_owned(),
            }]
        };
        assert_eq!(
            judge_source("trace-runtime/src/writer.rs", text),
            place("trace-runtime/src/writer.rs:1")
        );
        assert_eq!(
            judge_source("trace-runtime/src/storekeeper.rs", text),
            place("trace-runtime/src/storekeeper.rs:1")
        );
        assert_eq!(
            judge_source("src/lib.rs", "\n    pub use sqlx;"),
            place("src/lib.rs:2")
        );
    }

    #[test]
    fn comments_names_and_tests_may_say_sqlx() {
        let text = "/// See sqlx::Error.\nlet sqlx_version = 9; // sqlx::Row\n#[cfg(test)]\nmod tests { use sqlx::Row; }\n";
        assert_eq!(judge_source("src/lib.rs", text), []);
    }
}
