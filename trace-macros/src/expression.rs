//! Classification of value expressions, and rejection of jumps in them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprPath, Lit, LitStr};

use crate::diag::{Errors, helped};

/// Returns the expression without the invisible groups that `macro_rules!` leaves around it.
pub(crate) fn ungrouped(mut value: Expr) -> Expr {
    loop {
        value = match value {
            Expr::Group(group) => *group.expr,
            other => return other,
        }
    }
}

/// Returns the text if the value is a string literal.
pub(crate) fn text(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The content of the braces in a text that looks like a format string.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placeholder<'t> {
    /// A variable, with no text around the braces.
    Variable(&'t str),
    /// A variable, with text around the braces or a format specification.
    Named,
    /// Braces without a name.
    Empty,
}

/// Returns the first placeholder in a text that looks like a format string.
pub(crate) fn placeholder(text: &str) -> Option<Placeholder<'_>> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        if let Some(escaped) = after.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let (inside, after) = after.split_once('}')?;
        let name = inside.split(':').next().unwrap_or_default();
        if name.is_empty() || name.chars().all(|letter| letter.is_ascii_digit()) {
            return Some(Placeholder::Empty);
        }
        if name
            .split('.')
            .all(|part| syn::parse_str::<Ident>(part).is_ok())
        {
            let is_all = name == inside && text.len() == inside.len() + 2;
            return Some(if is_all {
                Placeholder::Variable(name)
            } else {
                Placeholder::Named
            });
        }
        rest = after;
    }
    None
}

/// Returns the name if the value is a single name.
pub(crate) fn name(value: &Expr) -> Option<Ident> {
    match value {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// Returns whether a path can be a constant. A single name in lower case is a variable.
pub(crate) fn may_be_constant(path: &ExprPath) -> bool {
    let is_variable = path
        .path
        .get_ident()
        .is_some_and(|name| !name.unraw().to_string().contains(char::is_uppercase));
    path.qself.is_none() && !is_variable
}

/// Returns whether an expression names a place, which can be borrowed at any position.
pub(crate) fn is_place(value: &Expr) -> bool {
    match value {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        _ => false,
    }
}

/// Returns the line of a name, or 0 outside a compiler, which has no lines.
pub(crate) fn line_of(name: &Ident) -> usize {
    if proc_macro::is_available() {
        name.span().unwrap().line()
    } else {
        0
    }
}

/// Formats tokens with the usual spacing.
pub(crate) fn shown(given: &impl ToTokens) -> String {
    let text = given.to_token_stream().to_string();
    text.replace(" < ", "<")
        .replace("< ", "<")
        .replace(" <", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace(" :: ", "::")
        .replace("& ", "&")
}

/// Rejects jumps: they would leave the expression and the function, but only while recording is enabled.
pub(crate) fn refuse_jumps(tokens: TokenStream, errors: &mut Errors) {
    let mut after_dot = false;
    for token in tokens {
        let is_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        match token {
            TokenTree::Group(group) => refuse_jumps(group.stream(), errors),
            TokenTree::Punct(punct) if punct.as_char() == '?' => errors.push(
                punct.span(),
                "`?` is not allowed here: capturing must not change what the function returns",
            ),
            TokenTree::Ident(word) if word == "await" && after_dot => {
                let help = "compute it in the body, and say it through `bind = event`";
                errors.push(word.span(), helped("`.await` is not allowed here", help));
            }
            TokenTree::Ident(word)
                if ["return", "break", "continue", "yield"]
                    .iter()
                    .any(|jump| word == jump) =>
            {
                errors.push(
                    word.span(),
                    format!("`{word}` is not allowed here: capturing must not change what the function does"),
                );
            }
            _ => {}
        }
        after_dot = is_dot;
    }
}

#[cfg(test)]
mod tests {
    use super::Placeholder::{Empty, Named, Variable};
    use super::placeholder;

    #[test]
    fn a_text_with_a_name_in_braces_is_a_format() {
        for (text, expected) in [
            ("{id}", Some(Variable("id"))),
            ("{user.id}", Some(Variable("user.id"))),
            ("user {id}", Some(Named)),
            ("{id:?}", Some(Named)),
            ("{}", Some(Empty)),
            ("{:?}", Some(Empty)),
            ("{0}", Some(Empty)),
            ("plain", None),
            ("{{id}}", None),
            ("{", None),
            ("a set: {1, 2}", None),
        ] {
            assert_eq!(placeholder(text), expected, "{text}");
        }
    }
}
