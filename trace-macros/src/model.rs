//! What an attribute means, once nothing is wrong with it.

use proc_macro2::Ident;
use syn::{Expr, ExprPath, Pat, Path};

/// A valid attribute, or a valid `record!`.
pub(crate) struct Model {
    /// The facade, if `crate` says that it is not `::behavior_trace`.
    pub(crate) facade: Option<ExprPath>,
    /// The name of the `static` that stands for the function.
    pub(crate) callsite: Ident,
    pub(crate) action: Name,
    pub(crate) resource: Name,
    /// In written order.
    pub(crate) captures: Vec<Capture>,
    pub(crate) on: On,
    pub(crate) when: Option<Closure>,
    pub(crate) bind: Option<Ident>,
    pub(crate) records_unchanged: bool,
    /// Whether a reason was given why the action is a mutation whatever its verb says.
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
    /// Judged already.
    Literal(syn::LitStr),
    /// Judged while the `static` is evaluated.
    Constant(Path),
    /// Judged by the policy; in `record!` alone.
    RunTime(Expr),
}

/// One field, and where its value comes from.
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

    /// Its name, as an argument and as the method that writes it.
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

    /// Returns whether it is written as text.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::ResourceId | Self::Reason)
    }

    /// Returns whether it is left out, and not even computed, when the level says so.
    pub(crate) const fn is_payload(self) -> bool {
        matches!(self, Self::Payload | Self::Diff)
    }
}

/// When a value is taken.
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

/// What counts as success.
pub(crate) enum On {
    /// What the type says.
    Type,
    /// One of the six words.
    Word(Ident, &'static str),
    /// What a closure says of the return value.
    Test(Box<Closure>),
}
