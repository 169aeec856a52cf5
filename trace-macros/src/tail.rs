//! Futures that a function creates in its last expression: `async move { … }`, alone or in a `Box::pin(…)`, as
//! `#[async_trait]` writes it.
//!
//! Such a function behaves like an `async fn`: the call begins when the future is polled and runs in it. The future stays
//! the last expression, since `#[instrument]` looks for it there.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, Pat, PatType, ReturnType};

use crate::early;
use crate::erase::erase;
use crate::known;
use crate::model::{Model, Source};
use crate::patterns;
use crate::rebind;
use crate::shape::{FnKind, Function};
use crate::tokens::mention;
use crate::types::{bare, is_number};

/// A function's body, split at its future.
pub(crate) struct Tail {
    /// The statements before the future.
    pub(crate) before: TokenStream,
    /// The flag that one of the statements returns another future.
    pub(crate) returns_early: bool,
    /// `Box::pin` around the future, if present, and its parentheses.
    around: Option<(TokenStream, Group)>,
    /// The place of the future's braces. They keep the user's span: an attribute below may write user names for them.
    braces: Span,
    pub(crate) body: Group,
    /// The type that the future yields.
    pub(crate) output: TokenStream,
    /// Statements that bind the arguments owned by the future again; `None` if one of them cannot be bound.
    pub(crate) parameters: Option<TokenStream>,
    /// Statements that destructure arguments in the future before the call begins.
    pub(crate) apart: TokenStream,
    /// The flag that a captured value may be unavailable in the future, or that another future may be returned.
    pub(crate) is_ahead: bool,
}

/// Returns the future in the last expression, unless another future may be returned invisibly.
pub(crate) fn of(body: &Group, model: &Model, function: &Function) -> Option<Tail> {
    let output = yields(function)?;
    let (before, around, body) = last_expression(body)?;
    let is_bound_before = |name| mention(before.clone(), name);
    let returns_early = known::may_leave_or_wait(before.clone());
    if returns_early && (around.is_none() || model.bind.is_some() || !early::can_be_seen(&before))
        || model.bind.as_ref().is_some_and(is_bound_before)
    {
        return None;
    }
    let (apart, body) = match patterns::taken_apart(function, &body) {
        Some(taken) => (taken.before, taken.body),
        None => (TokenStream::new(), body),
    };
    // Destructuring inside the future means that it owns all arguments.
    let may_be_inside =
        !apart.is_empty() || may_be_taken_inside(model, function, &before, &body.stream());
    Some(Tail {
        apart,
        parameters: owned(function, &before, &body),
        returns_early,
        is_ahead: returns_early || !may_be_inside,
        braces: body.span(),
        body: rebind::in_our_braces(&body, body.stream()),
        before,
        around,
        output,
    })
}

impl Tail {
    /// Returns the future inside its original wrapper.
    pub(crate) fn wrap(&self, work: TokenStream) -> TokenStream {
        let mut block = Group::new(Delimiter::Brace, work);
        block.set_span(self.braces);
        let future = quote!(async move #block);
        match &self.around {
            Some((path, parentheses)) => {
                let mut given = Group::new(Delimiter::Parenthesis, future);
                given.set_span(parentheses.span());
                quote!(#path #given)
            }
            None => future,
        }
    }
}

/// Returns the type that the future yields, or `None` if the function visibly returns no future.
fn yields(function: &Function) -> Option<TokenStream> {
    let ReturnType::Type(_, output) = &function.signature.output else {
        return None;
    };
    if let FnKind::Async = function.kind() {
        return None;
    }
    let erased = erase(output).into_token_stream().to_string();
    let is_named = erased == output.to_token_stream().to_string();
    match (function.kind(), function.yields()) {
        (FnKind::ImplFuture(_), Some(yields)) => Some(erase(&yields).into_token_stream()),
        (_, Some(yields)) if function.is_boxed() => Some(erase(&yields).into_token_stream()),
        _ if function.may_return_future() && is_named => {
            Some(quote!(<#output as ::core::future::Future>::Output))
        }
        _ => None,
    }
}

type Around = Option<(TokenStream, Group)>;

/// Returns the last expression of a body, if it is a future created there, and the statements before it.
fn last_expression(body: &Group) -> Option<(TokenStream, Around, Group)> {
    let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    if let Some(block) = take_async(&mut tokens) {
        return ends_statement(&tokens).then(|| (tokens.into_iter().collect(), None, block));
    }
    let parentheses = take_group(&mut tokens, Delimiter::Parenthesis)?;
    let mut given: Vec<TokenTree> = parentheses.stream().into_iter().collect();
    let block = take_async(&mut given).filter(|_| given.is_empty())?;
    let path = take_path(&mut tokens);
    let is_box = path.to_string().replace(' ', "").ends_with("Box::pin");
    (is_box && ends_statement(&tokens)).then(|| {
        let around = Some((path, parentheses));
        (tokens.into_iter().collect(), around, block)
    })
}

/// Removes `async { … }` or `async move { … }` from the end.
fn take_async(tokens: &mut Vec<TokenTree>) -> Option<Group> {
    let block = take_group(tokens, Delimiter::Brace)?;
    if is_word(tokens.last(), "move") {
        tokens.pop();
    }
    is_word(tokens.last(), "async").then(|| {
        tokens.pop();
        block
    })
}

fn take_group(tokens: &mut Vec<TokenTree>, delimiter: Delimiter) -> Option<Group> {
    match tokens.last() {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
            let group = group.clone();
            tokens.pop();
            Some(group)
        }
        _ => None,
    }
}

/// Removes names and `::` from the end.
fn take_path(tokens: &mut Vec<TokenTree>) -> TokenStream {
    let is_part = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(mark) => mark.as_char() == ':',
        _ => false,
    };
    let others = tokens.iter().rposition(|token| !is_part(token));
    tokens
        .split_off(others.map_or(0, |last| last + 1))
        .into_iter()
        .collect()
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(found)) if found == word)
}

/// Returns whether a separate statement follows the tokens.
fn ends_statement(tokens: &[TokenTree]) -> bool {
    match tokens.last() {
        None => true,
        Some(TokenTree::Punct(mark)) => mark.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

/// Returns statements that bind the arguments owned by the future again, so that they are dropped before the call counts as
/// ended.
fn owned(function: &Function, before: &TokenStream, body: &Group) -> Option<TokenStream> {
    if !before.is_empty() || rebind::owns_self(&function.signature) {
        return None;
    }
    let mut statements = TokenStream::new();
    for argument in typed(function).filter(|argument| !rebind::is_settled(argument)) {
        let Pat::Ident(name) = &*argument.pat else {
            return None;
        };
        if name.mutability.is_some() || name.by_ref.is_some() || name.subpat.is_some() {
            return None;
        }
        if mention(body.stream(), &name.ident) {
            let conditions = rebind::conditions(&argument.attrs);
            statements.extend(rebind::rebind(&name.ident, None, &conditions));
        }
    }
    Some(statements)
}

fn typed(function: &Function) -> impl Iterator<Item = &PatType> {
    function
        .signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
}

/// Returns whether all captures at the entry can be made in the future. It must hold those arguments already, or they must
/// be numbers, which it may hold for any lifetime.
fn may_be_taken_inside(
    model: &Model,
    function: &Function,
    before: &TokenStream,
    body: &TokenStream,
) -> bool {
    let captured = captured(model);
    let may_move = |name: &syn::Ident, is_number: bool| {
        !mention(captured.clone(), name)
            || !mention(before.clone(), name) && (is_number || mention(body.clone(), name))
    };
    function.signature.inputs.iter().all(|input| match input {
        FnArg::Receiver(receiver) => {
            let name = syn::Ident::new("self", receiver.self_token.span);
            may_move(&name, false)
        }
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) => may_move(&name.ident, is_number(bare(&argument.ty))),
            pattern => captured.is_empty() || matches!(pattern, Pat::Wild(_)),
        },
    })
}

/// Returns whether only numbers are captured at the entry, which any future may capture.
pub(crate) fn captures_numbers(model: &Model, function: &Function) -> bool {
    let nothing = TokenStream::new();
    may_be_taken_inside(model, function, &nothing, &nothing)
}

/// Returns the expressions captured at the entry.
fn captured(model: &Model) -> TokenStream {
    let at_entry = model
        .captures
        .iter()
        .filter_map(|capture| match &capture.source {
            Source::Entry(value) => Some(value.to_token_stream()),
            Source::Success(_) => None,
        });
    at_entry.collect()
}
