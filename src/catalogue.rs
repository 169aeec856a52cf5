//! The catalogue as a file: which actions this program records, in a form for reviews.
//!
//! A dashboard or a query names actions and resources, and breaks in silence where a function records under another name.
//! A committed file makes each such change a line of the diff under review. One line in a test keeps it up to date:
//!
//! ```no_run
//! behavior_trace::catalogue::assert_committed("behavior-trace.catalogue.json");
//! ```
//!
//! It fails where the file differs from the program, and writes it with `BEHAVIOR_TRACE_CATALOGUE=write` in the environment.
//! `behavior-trace catalogue diff` of the command-line tool compares two such files, and exits with 3 where a name vanished
//! without a listed reason. `behavior-trace catalogue docs` makes a page of one.
//!
//! [`catalogue()`](crate::catalogue()) is the list itself.

pub use behavior_trace_core::catalogue_file::{
    SCHEMA, WRITE_VARIABLE, assert_committed, to_json, write,
};
