//! Errors of an import.

use std::fmt;

use behavior_trace_core::domain::NameError;

use super::generation::Generation;
use super::position::ImportPosition;
use crate::store::{ErrorClass, StoreError};

/// An import that stopped. The rows that it stored stay. Its message never contains a password.
pub struct ImportError {
    kind: Box<Kind>,
    position: Option<Box<ImportPosition>>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// The source is no MySQL or MariaDB.
    NotMySql,
    /// No such generation.
    UnknownGeneration(String),
    /// None of these tables is there.
    NoTable(Vec<&'static str>),
    /// The named table is not there.
    MissingTable(String),
    /// More than one of the known tables is there.
    SeveralTables(Vec<(String, Generation)>),
    /// The columns of the table are of no generation.
    UnknownTable { table: String, columns: Vec<String> },
    /// The columns fit two generations, which differ in the zone of their clock.
    Ambiguous(String),
    /// The table lacks columns of the generation that the caller gave.
    OtherGeneration {
        table: String,
        generation: Generation,
        missing: Vec<&'static str>,
    },
    /// The table is of a generation that the caller does not take.
    NotAmong {
        table: String,
        proven: Generation,
        taken: Vec<Generation>,
    },
    /// The caller takes no generation.
    NoGeneration,
    /// The generation that the caller gave is none that it takes.
    NotTaken {
        given: Generation,
        taken: Vec<Generation>,
    },
    /// The table is the recorder's own.
    OwnTable(String),
    /// The id of the table is no integer.
    NoNumber(String),
    /// The caller did not give the zone of a clock that wrote local time.
    NoZone(Generation),
    /// The time zone database has no such name.
    UnknownZone(String),
    /// A pair maps to a name that the recorder would refuse.
    MalformedName { name: String, error: NameError },
    /// The limit of rows per second is 0.
    NoPace,
    /// The text is no position, or was changed.
    MalformedPosition,
    /// The position is of a later release.
    LaterPosition,
    /// The position is of another import.
    ForeignPosition,
    /// The table has another row under the position's id.
    OtherRow(u64),
    /// The source returned an error.
    Source(StoreError),
    /// The destination returned an error.
    Destination(StoreError),
}

impl ImportError {
    /// Returns the position up to which every row is stored or counted as refused, if the import had begun. Resume there.
    pub fn position(&self) -> Option<&ImportPosition> {
        self.position.as_deref()
    }

    /// Returns whether the position cannot be used with this import. Start without one then: rows that are stored stay as
    /// they are.
    pub const fn is_position(&self) -> bool {
        matches!(
            *self.kind,
            Kind::MalformedPosition
                | Kind::LaterPosition
                | Kind::ForeignPosition
                | Kind::OtherRow(_)
        )
    }

    /// Returns whether the same import may succeed later.
    pub const fn is_transient(&self) -> bool {
        match &*self.kind {
            Kind::Source(error) | Kind::Destination(error) => passes(error.class()),
            _ => false,
        }
    }

    pub(super) fn at(mut self, position: ImportPosition) -> Self {
        self.position = Some(Box::new(position));
        self
    }

    pub(super) const fn class(&self) -> Option<ErrorClass> {
        match &*self.kind {
            Kind::Source(error) | Kind::Destination(error) => Some(error.class()),
            _ => None,
        }
    }
}

fn names_of(generations: &[Generation]) -> String {
    let names: Vec<_> = generations.iter().map(|one| one.name()).collect();
    names.join(", ")
}

/// Returns whether an error of this class may pass by itself.
pub(super) const fn passes(class: ErrorClass) -> bool {
    class.is_transient() || matches!(class, ErrorClass::DiskFull)
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::NotMySql => f.write_str("the source is no MySQL or MariaDB; pass a URL that begins with `mysql://`"),
            Kind::UnknownGeneration(name) => {
                let known = Generation::ALL.map(Generation::name).join("`, `");
                write!(f, "unknown generation `{name}`; known are `{known}`")
            }
            Kind::NoTable(names) => write!(
                f,
                "the source has no table `{}` of a known form; name the table if it has another name",
                names.join("` or `")
            ),
            Kind::MissingTable(table) => write!(
                f,
                "the source has no table `{table}`; check the name, the database of the URL, and that the account may \
                 SELECT from the table"
            ),
            Kind::SeveralTables(found) => {
                let found: Vec<_> = found.iter().map(|(table, generation)| format!("`{table}` ({generation})")).collect();
                write!(f, "the source has several tables: {}; name one of them", found.join(", "))
            }
            Kind::UnknownTable { table, columns } => write!(
                f,
                "`{table}` has the columns of no known generation: {}; bring the columns to the form of a \
                 generation with a view, and name the view and the generation",
                columns.join(", ")
            ),
            Kind::Ambiguous(table) => write!(
                f,
                "`{table}` has the columns of g2 and of g3, which differ in the zone of their clock; give one of them \
                 as the generation"
            ),
            Kind::OtherGeneration { table, generation, missing } => write!(
                f,
                "`{table}` is not of {generation}: it has no {}; leave the generation out, or name another table",
                missing.join(", ")
            ),
            Kind::NotAmong { table, proven, taken } => {
                write!(
                    f,
                    "`{table}` is of {proven}, and this import takes {} alone; name another table, or import it as {proven}",
                    names_of(taken)
                )
            }
            Kind::NoGeneration => f.write_str("the import takes no generation; pass at least one, or leave the limit out"),
            Kind::NotTaken { given, taken } => write!(
                f,
                "{given} is the generation, and this import takes {} alone; give one of them, or take {given} too",
                names_of(taken)
            ),
            Kind::OwnTable(table) => write!(
                f,
                "`{table}` is the recorder's own table, which needs no import; read it with `Reader`, or export it"
            ),
            Kind::NoNumber(table) => write!(
                f,
                "the ids of `{table}` are no integers, so its rows have no order; read it through a view with an integer `id`"
            ),
            Kind::NoZone(generation) => write!(
                f,
                "{generation} wrote the local time of a zone that its table does not name; give the zone of the \
                 writer, such as `Europe/Berlin`, or `UTC` if its clock had UTC"
            ),
            Kind::UnknownZone(zone) => write!(
                f,
                "unknown time zone `{zone}`; write a name of the IANA database, such as `Europe/Berlin` or `UTC`"
            ),
            Kind::MalformedName { name, error } => write!(f, "`{name}` cannot be a new name: {error}"),
            Kind::NoPace => f.write_str(
                "the limit of rows per second is 0, so the import would never end; pass at least 1, or leave it out",
            ),
            Kind::MalformedPosition => f.write_str("the position is malformed; pass it on as it came, or start without one"),
            Kind::LaterPosition => f.write_str("the position was made by a later release; start without one"),
            Kind::ForeignPosition => f.write_str(
                "the position was changed, or belongs to another source, table, zone or destination; start without one",
            ),
            Kind::OtherRow(id) => write!(
                f,
                "the position belongs to another table, or to one that was restored since: row {id} is another one; start \
                 without a position"
            ),
            Kind::Source(error) => write!(f, "the source failed: {error}"),
            Kind::Destination(error) => write!(f, "the destination failed: {error}"),
        }
    }
}

behavior_trace_core::debug_is_display!(ImportError);

impl std::error::Error for ImportError {}

impl From<Kind> for ImportError {
    fn from(kind: Kind) -> Self {
        Self {
            kind: Box::new(kind),
            position: None,
        }
    }
}
