//! The steps, in their order.

use crate::cargo::{run_program, workspace};
use crate::error::TaskError;
use crate::{bench, deny, deps, feature_costs, features, guide, packages, resolve};

pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) work: Work,
}

pub(super) enum Work {
    /// A check of this program.
    Own(fn() -> Result<(), TaskError>),
    /// A call of cargo that must succeed, and whose tests are counted.
    Cargo(&'static [&'static str]),
    /// A call of cargo in which rustdoc denies warnings.
    Rustdoc(&'static [&'static str]),
}

const fn own(name: &'static str, check: fn() -> Result<(), TaskError>) -> Step {
    Step {
        name,
        work: Work::Own(check),
    }
}

const fn cargo(name: &'static str, words: &'static [&'static str]) -> Step {
    Step {
        name,
        work: Work::Cargo(words),
    }
}

/// Ordered by cost. They share flags, so that nothing is built twice. The last one builds what the lanes run.
pub(super) const CHECKS: [Step; 14] = [
    own("imports", || deps::run(&[])),
    own("links", || guide::run(&[])),
    own("packages", || packages::run(&[])),
    own("what each feature adds", feature_costs::check),
    cargo("format", &["fmt", "--all", "--check"]),
    own("each feature alone", features::check_each),
    cargo(
        "bare facade",
        &["check", "--package=behavior-trace", "--no-default-features"],
    ),
    cargo(
        "no dialect",
        &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
    ),
    cargo(
        "MySQL alone",
        &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--features=mysql",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
    ),
    cargo(
        "SQLite alone",
        &[
            "clippy",
            "--package=behavior-trace-store",
            "--no-default-features",
            "--features=sqlite",
            "--",
            "--allow=clippy::all",
            "--allow=clippy::pedantic",
            "--deny=warnings",
        ],
    ),
    cargo(
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "--deny=warnings",
        ],
    ),
    Step {
        name: "documentation",
        work: Work::Rustdoc(&["doc", "--workspace", "--no-deps", "--all-features"]),
    },
    // Beside other programs the threads that it counts take turns in another way.
    own("instructions", || bench::instructions(&[])),
    cargo(
        "build",
        &["test", "--workspace", "--all-features", "--no-run"],
    ),
];

/// Lanes that take about the same time. Packages with a workspace of their own are there because cargo would build every package
/// with their features beside them.
pub(super) const LANES: [&[Step]; 2] = [
    &[cargo(
        "tests",
        &[
            "test",
            "--workspace",
            "--all-features",
            "--no-fail-fast",
            "--test=*",
        ],
    )],
    &[
        cargo(
            "unit tests",
            &[
                "test",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
                "--lib",
                "--bins",
            ],
        ),
        cargo(
            "examples of the documentation",
            &[
                "test",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
                "--doc",
            ],
        ),
        own("quickstart", quickstart),
        own("cargo deny", deny::check),
        own("beside other database crates", resolve::check),
        cargo(
            "tests without logging",
            &[
                "test",
                "--manifest-path=tests/logging_off/Cargo.toml",
                "--target-dir=target/logging_off",
            ],
        ),
        cargo(
            "tests with sqlx 0.8",
            &[
                "test",
                "--manifest-path=tests/sqlx08/Cargo.toml",
                "--target-dir=target/apart",
            ],
        ),
        cargo(
            "programs of the guide",
            &[
                "test",
                "--manifest-path=tests/recipes/Cargo.toml",
                "--target-dir=target/apart",
                "--test=programs",
                "--test=templates",
            ],
        ),
        cargo(
            "example jobs",
            &[
                "test",
                "--manifest-path=examples/jobs/Cargo.toml",
                "--target-dir=target/apart",
            ],
        ),
        cargo(
            "example actix-sea-orm",
            &[
                "test",
                "--manifest-path=examples/actix-sea-orm/Cargo.toml",
                "--target-dir=target/apart",
            ],
        ),
    ],
];

/// Runs the example that ends by itself. The build of the tests has it, with the features of the whole workspace.
fn quickstart() -> Result<(), TaskError> {
    run_program(&workspace().join("target/debug/examples/quickstart"), &[])
}
