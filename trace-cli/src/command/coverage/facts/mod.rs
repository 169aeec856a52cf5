//! What the sources show of each function, before anything is decided.

pub(super) mod attributes;
mod body;
mod generated;
mod imports;
mod items;
mod macros;
mod mentions;
mod routes;
mod scope;
mod signature;
mod sql;
mod walk;
mod writes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(super) use items::collect;

/// Everything that was found in a package.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) functions: Vec<Function>,
    pub(super) unseen: Vec<Unseen>,
    /// Files that are missing or could not be read. Known gaps may be in them.
    pub(super) unread_files: usize,
    /// Handlers that a router calls for a method that changes something.
    pub(super) routed: Vec<Named>,
    /// Constants whose text writes by SQL.
    pub(super) sql_constants: BTreeSet<String>,
    /// Names under which the attribute is imported.
    pub(super) attribute_names: BTreeSet<String>,
    /// Names under which `record!` is imported.
    pub(super) record_names: BTreeSet<String>,
    pub(super) files: usize,
}

/// A function with a body.
#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) module: String,
    /// Name with its type and its trait, such as `Orders::create`.
    pub(super) shown: String,
    pub(super) name: String,
    /// Type of which it is a method.
    pub(super) owner: Option<String>,
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) attributes: Vec<Attribute>,
    /// Method of an attribute that routes requests to it, such as `post`.
    pub(super) route: Option<String>,
    pub(super) has_receiver: bool,
    /// Parameters besides the receiver.
    pub(super) parameters: usize,
    pub(super) is_async: bool,
    /// Type of an argument that is `&mut` and a connection or a transaction.
    pub(super) mut_connection: Option<String>,
    /// Type of an argument that leads to a store, such as a pool.
    pub(super) store_argument: Option<String>,
    pub(super) body: Body,
}

/// An attribute by its last name, and the reason of its `exempt`.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) exempt: Option<String>,
}

/// Contents of a body.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) calls: Vec<Call>,
    /// Macros that are called, by their last name.
    pub(super) macros: BTreeSet<String>,
    /// First words of a text that writes by SQL.
    pub(super) sql_write: Option<String>,
    /// A call that writes by an ORM or a driver.
    pub(super) orm_write: Option<String>,
    /// What it does besides.
    pub(super) does: BTreeSet<Doing>,
    /// A call that writes a file.
    pub(super) file_write: Option<String>,
    /// Field of `self` that leads to a store.
    pub(super) store_field: Option<String>,
    /// Constants that it uses.
    pub(super) constants: BTreeSet<String>,
}

impl Body {
    /// Adds what a part of the body has.
    fn add(&mut self, mut part: Self) {
        self.calls.append(&mut part.calls);
        self.macros.append(&mut part.macros);
        self.does.append(&mut part.does);
        self.constants.append(&mut part.constants);
        self.sql_write = self.sql_write.take().or(part.sql_write);
        self.orm_write = self.orm_write.take().or(part.orm_write);
        self.file_write = self.file_write.take().or(part.file_write);
        self.store_field = self.store_field.take().or(part.store_field);
    }
}

/// Something that a body does, and that means little alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// It awaits something.
    Awaits,
    /// It calls `.execute(…)` with something that is named like a connection.
    Executes,
    /// It locks or borrows shared state.
    Locks,
    /// It has a text of SQL that writes no rows, such as a query.
    OtherSql,
}

/// A call, or a function that is passed on.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) to: Named,
    pub(super) form: Form,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `value.name(…)` with a number of arguments.
    Method {
        on_self: bool,
        is_awaited: bool,
        arguments: usize,
    },
    /// `name(…)` with a number of arguments.
    Path { arguments: usize },
    /// `name`, as an argument.
    Value,
}

/// A function by its name and the name before it, such as `Orders` in `Orders::create` and `orders` in `self.orders.create()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) qualifier: Option<String>,
    pub(super) name: String,
}

impl Named {
    /// Returns the last two names of a path.
    pub(super) fn of(path: &syn::Path) -> Option<Self> {
        let mut segments = path.segments.iter().rev();
        Some(Self {
            name: name(&segments.next()?.ident),
            qualifier: segments.next().map(|segment| name(&segment.ident)),
        })
    }
}

/// A place that could not be looked into.
#[derive(Debug)]
pub(super) struct Unseen {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) reason: String,
}

impl Unseen {
    pub(super) fn new(file: &Path, line: usize, reason: impl Into<String>) -> Self {
        Self {
            file: file.to_path_buf(),
            line,
            reason: reason.into(),
        }
    }
}

/// Returns a name without `r#`.
pub(super) fn name(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}
