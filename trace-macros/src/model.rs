//! The meaning of valid arguments.

use proc_macro2::Ident;
use syn::{Expr, ExprPath, Pat, Path};

/// A valid attribute, or a valid `record!`.
pub(crate) struct Model {
    /// The path of the facade, if `crate` gives one in place of `::behavior_trace`.
    pub(crate) facade: Option<ExprPath>,
    /// The name of the callsite's `static`.
    pub(crate) callsite: Ident,
    pub(crate) action: Name,
    pub(crate) resource: Name,
    /// The captured fields in written order.
    pub(crate) captures: Vec<Capture>,
    pub(crate) on: On,
    pub(crate) when: Option<Closure>,
    pub(crate) bind: Option<Ident>,
    pub(crate) records_unchanged: bool,
    /// Set if a reason is given why the action is a mutation despite its verb.
    pub(crate) is_mutation: bool,
}

impl Model {
    /// Returns whether action and resource are known at compile time.
    pub(crate) fn is_named(&self) -> bool {
        ![&self.action, &self.resource]
            .iter()
            .any(|name| matches!(name, Name::RunTime(_)))
    }
}

/// An action or a resource.
pub(crate) enum Name {
    /// A name that has been checked already.
    Literal(syn::LitStr),
    /// A name that is checked while the `static` is evaluated.
    Constant(Path),
    /// A name that the policy checks; only in `record!`.
    RunTime(Expr),
}

/// A field and the source of its value.
pub(crate) struct Capture {
    pub(crate) field: Field,
    pub(crate) source: Source,
}

/// A field that is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    ResourceId,
    Payload,
    Diff,
    Actor,
    Reason,
    Count,
    Ids,
    Unit,
}

impl Field {
    pub(crate) const ALL: [Self; 8] = [
        Self::ResourceId,
        Self::Payload,
        Self::Diff,
        Self::Actor,
        Self::Reason,
        Self::Count,
        Self::Ids,
        Self::Unit,
    ];

    /// Returns the name, both of the argument and of the method that writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ResourceId => "resource_id",
            Self::Payload => "payload",
            Self::Diff => "diff",
            Self::Actor => "actor",
            Self::Reason => "reason",
            Self::Count => "count",
            Self::Ids => "ids",
            Self::Unit => "unit",
        }
    }

    /// Returns whether the field is written as text.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::ResourceId | Self::Reason)
    }

    /// Returns whether the field is neither written nor computed at a level without payloads.
    pub(crate) const fn is_payload(self) -> bool {
        matches!(self, Self::Payload | Self::Diff)
    }
}

/// The time at which a value is captured, with its expression.
pub(crate) enum Source {
    /// At the entry; borrowed.
    Entry(Expr),
    /// After success, from the success value.
    Success(Closure),
}

/// `|parameter| body`.
pub(crate) struct Closure {
    pub(crate) parameter: Pat,
    pub(crate) body: Expr,
}

/// The condition for a success.
pub(crate) enum On {
    /// The return type.
    Type,
    /// One of the six words.
    Word(Ident, &'static str),
    /// A closure over the return value.
    Test(Box<Closure>),
}
