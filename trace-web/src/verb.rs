//! Verbs: the last part of an action, its past form and its mark.

use crate::texts::{PageText, verbs};

/// The sign beside a row. It is decoration, which the stylesheet writes: the sentence has its meaning in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VerbMark {
    Create,
    Update,
    Delete,
    Approve,
    Reject,
    Assign,
    Unknown,
    Other,
}

impl VerbMark {
    /// Returns the class of its sign and colour.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Create => "m c",
            Self::Update => "m u",
            Self::Delete => "m d",
            Self::Approve => "m p",
            Self::Reject => "m r",
            Self::Assign => "m s",
            Self::Unknown => "m q",
            Self::Other => "m",
        }
    }
}

/// A verb of an action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verb {
    pub(crate) mark: VerbMark,
    /// The past form; `None` for a verb that no table has.
    pub(crate) past: Option<PageText>,
    /// The sentence names the changed fields.
    pub(crate) names_fields: bool,
}

impl Verb {
    /// Returns whether the values of the row are those of a thing that is gone.
    pub(crate) fn removes(self) -> bool {
        self.mark == VerbMark::Delete
    }
}

/// Returns the verb of an action.
pub(crate) fn verb_of(action: &str) -> Verb {
    let word = action.rsplit('.').next().unwrap_or(action);
    let past = verbs::past(word);
    let mark = match word {
        "create" | "import" | "restore" | "add" => VerbMark::Create,
        "update" | "rename" | "change" | "edit" | "set" => VerbMark::Update,
        "delete" | "remove" => VerbMark::Delete,
        "approve" | "publish" | "accept" | "confirm" => VerbMark::Approve,
        "reject" | "decline" => VerbMark::Reject,
        "assign" => VerbMark::Assign,
        _ => VerbMark::Other,
    };
    Verb {
        mark,
        past,
        names_fields: matches!(word, "update" | "change" | "edit"),
    }
}
