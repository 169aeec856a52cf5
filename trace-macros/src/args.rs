//! Parsing of arguments in the form `key = value`, and errors in that form.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use crate::diag::{Errors, helped};

/// One argument.
pub(crate) struct Argument {
    pub(crate) key: Ident,
    /// The value. An error here is reported only if the key is known.
    pub(crate) value: syn::Result<Expr>,
}

impl Argument {
    /// Returns the key without `r#`.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }
}

/// Returns whether the attribute was written `#[behavior_trace = value]`. The compiler rejects that form, and passes the
/// value as if it were in parentheses.
pub(crate) fn is_a_value(tokens: &TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    let (Some(TokenTree::Literal(_)), None) = (tokens.next(), tokens.next()) else {
        return false;
    };
    let attribute = proc_macro::is_available()
        .then(|| Span::call_site().source_text())
        .flatten();
    attribute.is_some_and(|text| !text.contains('(') && text.contains('='))
}

/// Parses `key = value, …`. An unreadable argument is reported and skipped, up to the next one.
pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let read_all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Ok(key) = input.call(Ident::parse_any) {
                let value = read_value(&key, input);
                if value.is_err() {
                    skip_to_next(input);
                }
                arguments.push(Argument { key, value });
            } else {
                let message = "expected an argument, like `action = \"user.update\"`";
                errors.add(input.error(message));
                skip_to_next(input);
            }
            separate(input, errors);
        }
        Ok(())
    };
    // The parser above reports its own errors; only tokens left over inside of brackets arrive here.
    let left_over = read_all.parse2(tokens).err();
    if let Some(error) = left_over {
        errors.add(error);
    }
    arguments
}

fn read_value(key: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let name = key.unraw();
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        let span = if input.is_empty() {
            key.span()
        } else {
            input.span()
        };
        return Err(syn::Error::new(
            span,
            format!("expected `=` after `{name}`"),
        ));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        let message = format!("expected an expression after `{name} =`");
        return Err(syn::Error::new(equals.span, message));
    }
    // Parsed on a fork: otherwise tokens left over inside of brackets would be an error of all arguments.
    let ahead = input.fork();
    let value = ahead.parse();
    match &value {
        Ok(_) => input.advance_to(&ahead),
        Err(_) => {
            if let Some(span) = json(input.fork().parse()?) {
                let help = "`json!({ … })` of `serde_json`, a tuple, or a struct that implements `Serialize`";
                return Err(syn::Error::new(
                    span,
                    helped(format!("`{name}` takes an expression, not JSON"), help),
                ));
            }
        }
    }
    value
}

/// Returns the place of `{ "name": …` before the next argument.
fn json(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| {
        let TokenTree::Group(group) = token else {
            return None;
        };
        let mut inside = group.stream().into_iter();
        match (group.delimiter(), inside.next(), inside.next()) {
            (Delimiter::Brace, Some(TokenTree::Literal(_)), Some(TokenTree::Punct(colon)))
                if colon.as_char() == ':' =>
            {
                Some(group.span())
            }
            _ => json(group.stream()),
        }
    })
}

/// Skips the comma. A missing one is reported, and parsing continues with the next argument.
fn separate(input: ParseStream<'_>, errors: &mut Errors) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    if starts_argument(input) {
        let next = input.fork().call(Ident::parse_any);
        let name = next.map_or_else(|_| String::new(), |next| next.unraw().to_string());
        errors.push(input.span(), format!("expected `,` before `{name}`"));
    } else {
        errors.push(input.span(), "expected `,` and the next argument");
        skip_to_next(input);
        let _ = input.parse::<Token![,]>();
    }
}

/// Skips to the next `, key =`. The next comma is not enough, because closures and generics contain commas.
fn skip_to_next(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let ahead = input.fork();
            if ahead.parse::<Token![,]>().is_ok() && (ahead.is_empty() || starts_argument(&ahead)) {
                return;
            }
        }
        let _ = input.parse::<TokenTree>();
    }
}

fn starts_argument(input: ParseStream<'_>) -> bool {
    input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn names(tokens: TokenStream) -> (Vec<String>, Vec<String>) {
        let mut errors = Errors::new();
        let arguments = read(tokens, &mut errors);
        for error in arguments.iter().filter_map(|one| one.value.as_ref().err()) {
            errors.add(error.clone());
        }
        let messages = errors.finish().map_or_else(Vec::new, |error| {
            error.into_iter().map(|error| error.to_string()).collect()
        });
        (arguments.iter().map(Argument::name).collect(), messages)
    }

    #[test]
    fn keywords_and_raw_names_are_keys_like_any_other() {
        let (names, errors) = names(quote!(r#action = "a.b", crate = my::path, type = 5));
        assert_eq!(names, ["action", "crate", "type"]);
        assert!(errors.is_empty());
    }

    #[test]
    fn a_missing_comma_is_reported_and_nothing_is_lost() {
        let (names, errors) = names(quote!(action = "a" resource = "b"));
        assert_eq!(names, ["action", "resource"]);
        assert_eq!(errors, ["expected `,` before `resource`"]);
    }

    #[test]
    fn what_is_left_over_in_a_block_is_no_error_of_the_other_arguments() {
        let (names, errors) = names(
            quote!(action = "a", payload = |user| { "name": user }, resource = "b", ids = (1 2)),
        );
        assert_eq!(names, ["action", "payload", "resource", "ids"]);
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("`payload` takes an expression, not JSON"));
    }

    #[test]
    fn what_cannot_be_read_is_skipped_to_the_next_argument() {
        let (names, errors) =
            names(quote!(action "x", on = |a, b| 5 5, payload = , resource = "b"));
        // An unreadable argument is not a missing one.
        assert_eq!(names, ["action", "on", "payload", "resource"]);
        assert_eq!(
            errors,
            [
                "expected `,` and the next argument",
                "expected `=` after `action`",
                "expected an expression after `payload =`"
            ]
        );
    }
}
