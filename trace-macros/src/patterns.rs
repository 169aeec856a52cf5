//! Arguments with patterns, as `#[async_trait]` expands them. It gives each argument a hidden name and destructures it
//! inside of the future. Captured names exist only after that.

use proc_macro2::{Group, Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Block, FnArg, Pat, Stmt};

use crate::rebind;
use crate::shape::Function;
use crate::tokens::mention;

/// The body of a future, split after the statements that destructure arguments.
pub(crate) struct TakenApart {
    /// The destructuring statements, to be run before the call begins.
    pub(crate) before: TokenStream,
    /// The remaining body, which binds the names again in their original places.
    pub(crate) body: Group,
}

/// Moves the statements that destructure arguments out of the body, if there are any.
pub(crate) fn taken_apart(function: &Function, body: &Group) -> Option<TakenApart> {
    let arguments: Vec<&Ident> = hidden_arguments(function).collect();
    if arguments.is_empty() {
        return None;
    }
    let statements = syn::parse::Parser::parse2(Block::parse_within, body.stream()).ok()?;
    let (mut before, mut left) = (TokenStream::new(), TokenStream::new());
    for statement in statements {
        match statement {
            Stmt::Local(mut local) if takes_apart(&local, &arguments) => {
                let attributes = rebind::conditions(&local.attrs);
                left.extend(rebind::leaves(&mut local.pat, &attributes));
                local.to_tokens(&mut before);
            }
            other => other.to_tokens(&mut left),
        }
    }
    if before.is_empty() {
        return None;
    }
    let mut rest = Group::new(body.delimiter(), left);
    rest.set_span(body.span());
    Some(TakenApart { before, body: rest })
}

fn hidden_arguments(function: &Function) -> impl Iterator<Item = &Ident> {
    let inputs = function.signature.inputs.iter();
    inputs.filter_map(|input| match input {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) if name.ident.to_string().starts_with("__arg") => Some(&name.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// Returns whether a statement is `let (a, b) = __arg1;`, or the same with a block around the argument.
fn takes_apart(local: &syn::Local, arguments: &[&Ident]) -> bool {
    let Some(init) = &local.init else {
        return false;
    };
    !matches!(local.pat, Pat::Ident(_) | Pat::Type(_))
        && init.diverge.is_none()
        && arguments.iter().any(|name| is_moved(&init.expr, name))
}

fn is_moved(value: &syn::Expr, name: &Ident) -> bool {
    let written = value.to_token_stream().to_string();
    let alone = name.to_string();
    let in_block = quote!({ let #name = #name; #name }).to_string();
    mention(value.to_token_stream(), name) && (written == alone || written == in_block)
}
