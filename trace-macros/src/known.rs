//! Macros whose calls hide neither a return nor an await.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use syn::Macro;

/// Macros that neither return a success from the function nor await, except through their arguments. They are those of the
/// standard library and the most used others.
const KNOWN: [&str; 40] = [
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "env",
    "eprint",
    "eprintln",
    "error",
    "event",
    "file",
    "format",
    "format_args",
    "include_str",
    "info",
    "json",
    "line",
    "matches",
    "panic",
    "print",
    "println",
    "query",
    "query_as",
    "query_scalar",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// Returns whether a call may return from the function or await in it.
pub(crate) fn call_may_leave_or_wait(call: &Macro) -> bool {
    let name = call.path.segments.last();
    !name.is_some_and(|last| is_known(&last.ident)) || may_leave_or_wait(call.tokens.clone())
}

/// Returns whether the tokens contain a return, an await or an unknown macro.
pub(crate) fn may_leave_or_wait(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let may = match token {
            TokenTree::Group(group) => may_leave_or_wait(group.stream()),
            TokenTree::Ident(word) => {
                let is_call = matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.as_char() == '!' && mark.spacing() == Spacing::Alone);
                word == "return" || word == "await" || is_call && !is_known(&word)
            }
            _ => false,
        };
        if may {
            return true;
        }
    }
    false
}

/// Macros that await their arguments in the calling function and do nothing else in it.
const WAITING: [&str; 3] = ["join", "select", "try_join"];

/// Returns whether a call only awaits its arguments. Those contain no `?` and no jump, which would leave it in the middle.
pub(crate) fn call_only_waits(call: &Macro) -> bool {
    let name = call.path.segments.last();
    name.is_some_and(|last| WAITING.iter().any(|waits| last.ident == waits))
        && !may_leave_or_wait(call.tokens.clone())
        && !jumps(call.tokens.clone())
}

fn jumps(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => jumps(group.stream()),
        TokenTree::Ident(word) => word == "break" || word == "continue",
        TokenTree::Punct(mark) => mark.as_char() == '?',
        TokenTree::Literal(_) => false,
    })
}

fn is_known(name: &Ident) -> bool {
    KNOWN.iter().any(|known| name == known)
}
