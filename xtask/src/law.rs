//! The import rules: the packages that each package may use. `deps` checks the workspace against them.

use std::fmt;

const FACADE: &str = "behavior-trace";
const DOMAIN: &str = "behavior-trace-domain";
const CORE: &str = "behavior-trace-core";
const MACROS: &str = "behavior-trace-macros";
const LAYER: &str = "behavior-trace-layer";
const STORE: &str = "behavior-trace-store";
const BUFFER: &str = "behavior-trace-buffer";
const RUNTIME: &str = "behavior-trace-runtime";
const ACTIX: &str = "behavior-trace-actix";
const WEB: &str = "behavior-trace-web";
const NATS: &str = "behavior-trace-nats";
const ARCHIVE: &str = "behavior-trace-archive";
const CLI: &str = "behavior-trace-cli";
const FRAMEWORKS: &str = "behavior-trace-frameworks";
const MIGRATIONS: &str = "behavior-trace-migrations";
const SERVERS: &str = "behavior-trace-servers";
const NEIGHBOUR: &str = "behavior-trace-neighbour";
const BENCH_MACRO: &str = "behavior-trace-bench-macro";
const BENCHES: &str = "behavior-trace-benches";
const BENCH_RUNNER: &str = "behavior-trace-bench-runner";
const EXAMPLE_CLI: &str = "behavior-trace-example-cli";
const EXAMPLE_DIESEL: &str = "behavior-trace-example-diesel";
const XTASK: &str = "xtask";

/// Which packages of ours a package may use, beside those it uses for its own tests.
const OURS: [(&str, &[&str]); 23] = [
    (DOMAIN, &[]),
    (CORE, &[DOMAIN]),
    (MACROS, &[DOMAIN]),
    (MIGRATIONS, &[]),
    (LAYER, &[CORE]),
    (ACTIX, &[CORE, LAYER]),
    (STORE, &[CORE, MIGRATIONS]),
    (BUFFER, &[]),
    (RUNTIME, &[CORE, STORE, BUFFER]),
    (WEB, &[CORE, STORE]),
    (ARCHIVE, &[CORE, STORE]),
    (FACADE, &[DOMAIN, CORE, MACROS, LAYER, STORE, RUNTIME, WEB]),
    (NATS, &[CORE, STORE]),
    (CLI, &[DOMAIN, FACADE, NATS, ARCHIVE]),
    (SERVERS, &[]),
    (FRAMEWORKS, &[]),
    (NEIGHBOUR, &[]),
    (BENCH_MACRO, &[FACADE]),
    (BENCHES, &[FACADE]),
    (BENCH_RUNNER, &[SERVERS]),
    (EXAMPLE_CLI, &[FACADE]),
    (EXAMPLE_DIESEL, &[FACADE]),
    (
        XTASK,
        &[
            FACADE, CORE, MACROS, LAYER, STORE, RUNTIME, MIGRATIONS, SERVERS,
        ],
    ),
];

/// The packages that may use a certain external package. The unpublished tools of the workspace may.
const THEIRS: [(&str, &[&str]); 2] = [
    ("sqlx", &[STORE, MIGRATIONS, BENCHES, XTASK]),
    ("tracing-subscriber", &[LAYER, BENCHES, XTASK]),
];

/// Packages that the facade must not depend on without its default features.
pub(crate) const NOT_IN_BARE_FACADE: [&str; 3] = ["tokio", "sqlx", "tracing-subscriber"];

/// A violation of the rules.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A package of the workspace without a rule.
    Unknown { package: String },
    /// A package uses another one against the rules.
    Edge { from: String, to: String },
    /// The facade depends on a package without its default features.
    Bare { package: String },
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
        }
    }
}

/// Checks a dependency of `from` on `to`, other than for tests.
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

/// Checks a dependency of the facade on `package` without its default features.
pub(crate) fn judge_bare(package: &str) -> Option<Breach> {
    let forbidden = NOT_IN_BARE_FACADE
        .iter()
        .any(|forbidden| is_or_part_of(package, forbidden));
    forbidden.then(|| Breach::Bare {
        package: package.to_owned(),
    })
}

/// Returns whether a package belongs to a family: `sqlx-mysql` belongs to `sqlx`.
fn is_or_part_of(package: &str, family: &str) -> bool {
    package
        .strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
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
        forbidden(STORE, RUNTIME);
        forbidden(RUNTIME, SERVERS);
        forbidden(WEB, FACADE);
        forbidden(WEB, RUNTIME);
        forbidden(ARCHIVE, FACADE);
        forbidden(ARCHIVE, RUNTIME);
        forbidden(FACADE, ARCHIVE);
        for upper in [CORE, STORE, RUNTIME, FACADE] {
            forbidden(BUFFER, upper);
        }
    }

    #[test]
    fn the_runtime_alone_has_mapped_buffers() {
        assert_eq!(judge_edge(RUNTIME, BUFFER), None);
        for other in [FACADE, CORE, LAYER, STORE, WEB, CLI] {
            forbidden(other, BUFFER);
        }
    }

    #[test]
    fn what_the_house_is_built_of_is_allowed() {
        for (from, to) in [
            (CORE, DOMAIN),
            (MACROS, DOMAIN),
            (LAYER, CORE),
            (RUNTIME, CORE),
            (RUNTIME, STORE),
            (STORE, MIGRATIONS),
            (WEB, STORE),
            (FACADE, MACROS),
            (CORE, "serde"),
        ] {
            assert_eq!(judge_edge(from, to), None);
        }
    }

    #[test]
    fn packages_of_others_stay_in_their_rooms() {
        assert_eq!(judge_edge(STORE, "sqlx"), None);
        forbidden(FACADE, "sqlx");
        forbidden(RUNTIME, "sqlx");
        forbidden(WEB, "sqlx");
        forbidden(ARCHIVE, "sqlx");
        forbidden(RUNTIME, "behavior-trace-migrations");
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
}
