//! `#[behavior_trace(exempt = "why")]`: a function that changes something and records nothing, for a reason.

use crate::args::Argument;
use crate::diag::{Errors, helped};
use crate::expression;
use crate::shape::Function;
use crate::validate;

const NAME: &str = "exempt";

/// Returns whether the arguments exempt the function, rightly or not.
pub(crate) fn is_meant(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| argument.name() == NAME)
}

/// Checks that a reason is there, and nothing else.
pub(crate) fn check(arguments: &[Argument], function: &Function, errors: &mut Errors) {
    let mut is_given = false;
    for argument in arguments {
        if argument.name() != NAME || is_given {
            let message = format!(
                "`{}` cannot be together with `exempt`: an exempt function records nothing",
                argument.name()
            );
            let help = "keep `exempt` alone, or remove it so that the function is recorded";
            errors.push(argument.key.span(), helped(message, help));
            continue;
        }
        is_given = true;
        check_reason(argument, errors);
    }
    let further = function
        .attributes
        .iter()
        .filter(|it| validate::is_ours(it));
    for attribute in further {
        let help = "remove `exempt` where the function is recorded, else the other attribute";
        errors.push_at(
            attribute,
            helped("only one `#[behavior_trace]` per function", help),
        );
    }
}

fn check_reason(argument: &Argument, errors: &mut Errors) {
    let value = argument.value.clone().map(expression::ungrouped).ok();
    let reason = value.and_then(|value| expression::text(&value));
    if reason.is_some_and(|reason| !reason.value().trim().is_empty()) {
        return;
    }
    let message = "`exempt` takes the reason why this function is not recorded, as a text";
    let message = helped(message, "`exempt = \"fills a cache\"`");
    match &argument.value {
        Ok(value) => errors.push_at(value, message),
        Err(_) => errors.push(argument.key.span(), message),
    }
}
