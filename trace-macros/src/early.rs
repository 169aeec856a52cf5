//! Futures that a function returns before its last expression.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Macro};

use crate::known;

/// Returns the statements, in which the result of `watched` replaces each returned value. Returns `None` if a return may be
/// invisible.
pub(crate) fn returns(
    statements: &TokenStream,
    watched: &dyn Fn(&Expr) -> TokenStream,
) -> Option<TokenStream> {
    let mut statements = Block::parse_within.parse2(statements.clone()).ok()?;
    let mut rewriter = ReturnRewriter {
        watched,
        is_seen: true,
    };
    for statement in &mut statements {
        rewriter.visit_stmt_mut(statement);
    }
    let seen = statements.iter().map(ToTokens::to_token_stream).collect();
    rewriter.is_seen.then_some(seen)
}

/// Returns whether all returns are visible.
pub(crate) fn can_be_seen(statements: &TokenStream) -> bool {
    returns(statements, &|value| value.to_token_stream()).is_some()
}

/// A visitor that rewrites the returned values.
struct ReturnRewriter<'a> {
    watched: &'a dyn Fn(&Expr) -> TokenStream,
    is_seen: bool,
}

impl VisitMut for ReturnRewriter<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            // A return inside these does not belong to the function.
            Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) => {}
            Expr::Verbatim(_) => self.is_seen = false,
            Expr::Return(leave) => match leave.expr.as_deref() {
                Some(value) => {
                    let (keyword, watched) = (&leave.return_token, (self.watched)(value));
                    *expression = Expr::Verbatim(quote!(#keyword #watched));
                }
                None => self.is_seen = false,
            },
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.is_seen &= !matches!(item, Item::Macro(_) | Item::Verbatim(_));
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.is_seen &= !known::call_may_leave_or_wait(call);
    }
}
