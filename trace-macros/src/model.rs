//! The model of a valid attribute.

use proc_macro2::Ident;
use syn::{Expr, ExprPath, Pat, Path};

/// A valid attribute, or a valid `record!`.
pub(crate) struct Model {
    /// The facade, if `crate` names another one than `::behavior_trace`.
    pub(crate) facade: Option<ExprPath>,
    /// The name of the `static` of the function.
    pub(crate) callsite: Ident,
    pub(crate) action: Name,
    pub(crate) resource: Name,
    /// The captured fields, in written order.
    pub(crate) captures: Vec<CapturedField>,
    pub(crate) on: SuccessRule,
    pub(crate) when: Option<Closure>,
    pub(crate) bind: Option<Ident>,
    pub(crate) records_unchanged: bool,
    /// The flag that a reason was given why the action is a mutation in spite of its verb.
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
    /// A literal, which is already checked.
    Literal(syn::LitStr),
    /// A constant, which is checked while the `static` is evaluated.
    Constant(Path),
    /// An expression, which the policy checks; only in `record!`.
    RunTime(Expr),
}

/// A captured field, and the source of its value.
pub(crate) struct CapturedField {
    pub(crate) field: FieldKind,
    pub(crate) source: Source,
}

/// The kind of a captured field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    ResourceId,
    Payload,
    Diff,
    Actor,
    Reason,
    Count,
    Ids,
    Unit,
}

impl FieldKind {
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

    /// Returns the name of the argument and of the method that writes the field.
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

    /// Returns whether the field is left out, and not even computed, at a level without payload.
    pub(crate) const fn is_payload(self) -> bool {
        matches!(self, Self::Payload | Self::Diff)
    }
}

/// The source of a value, and thereby its time.
pub(crate) enum Source {
    /// An expression that is borrowed at the entry.
    Entry(Expr),
    /// A closure that runs on the success value.
    Success(Closure),
}

/// A closure `|parameter| body`.
pub(crate) struct Closure {
    pub(crate) parameter: Pat,
    pub(crate) body: Expr,
}

/// The rule for a success.
pub(crate) enum SuccessRule {
    /// The type decides.
    Type,
    /// One of the six words.
    Word(Ident, &'static str),
    /// A closure on the return value decides.
    Test(Box<Closure>),
}
