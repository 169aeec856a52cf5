//! Rules for the placement of the attribute.

use proc_macro2::Ident;
use syn::Attribute;
use syn::spanned::Spanned;

use crate::args::Argument;
use crate::diag::{Errors, helped};
use crate::expression::shown;
use crate::model::Model;
use crate::reader::{self, MacroKind};
use crate::shape::{self, Body, Function};
use crate::spelled::{self, HiddenStatus, ReturnSyntax};

/// Returns whether an attribute is `#[behavior_trace]`, by its last name.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "behavior_trace")
}

/// Reads the attribute of a function. Returns `None` if a required argument is missing.
pub(crate) fn attribute(
    arguments: Vec<Argument>,
    function: &Function,
    callsite: Ident,
    errors: &mut Errors,
) -> Option<Model> {
    check_function(function, errors);
    let says_on = arguments.iter().any(|argument| argument.name() == "on");
    check_return(function, says_on, errors);
    reader::read(MacroKind::Attribute, arguments, callsite, errors)
}

fn check_function(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.push(
            constness.span(),
            helped(
                "`#[behavior_trace]` cannot be used on a `const fn`",
                "wrap it in a function that is not const",
            ),
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(
            variadic.span(),
            helped(
                "`#[behavior_trace]` cannot be used on a variadic function",
                "put it on the function that makes the change",
            ),
        );
    }
    if let Body::None(semicolon) = &function.body {
        errors.push(semicolon.span(), shape::no_body());
    }
    for attribute in &function.attributes {
        if is_ours(attribute) {
            errors.push_at(attribute, "only one `#[behavior_trace]` per function");
        }
        if attribute.path().is_ident("track_caller") {
            errors.push_at(attribute.path(), helped("`#[behavior_trace]` runs the body in a closure, which hides the caller's location", "split the function: `#[track_caller]` outside, the change in a function of its own"));
        }
    }
}

fn check_return(function: &Function, says_on: bool, errors: &mut Errors) {
    let (syn::ReturnType::Type(_, output), Some(yields)) =
        (&function.signature.output, function.checked())
    else {
        return;
    };
    let shown = shown(&yields);
    match spelled::of(&yields) {
        ReturnSyntax::Never => errors.push_at(
            output,
            "a function that never returns cannot succeed, so there is nothing to record",
        ),
        ReturnSyntax::Hidden(hidden) if !says_on => {
            let message = match hidden {
                HiddenStatus::Opaque => {
                    format!("`{shown}` hides the status that says whether the call succeeded")
                }
                HiddenStatus::Foreign => format!("cannot tell whether `{shown}` means success"),
                HiddenStatus::Tuple => {
                    format!("the status in `{shown}` is not read: another part stands first")
                }
            };
            errors.push_at(output, helped(message, spelled::help(hidden, &yields)));
        }
        ReturnSyntax::Ambiguous if !says_on => errors.push_at(
            output,
            helped(
                format!("cannot tell whether `{shown}` means success"),
                on_help(&shown),
            ),
        ),
        _ => {}
    }
}

fn on_help(shown: &str) -> &'static str {
    if shown.contains("Option") {
        "add `on = some`, `on = none` or `on = always`"
    } else if shown.contains("bool") {
        "add `on = true`, `on = false` or `on = always`"
    } else {
        "add `on = |r| …` or `on = always`"
    }
}
