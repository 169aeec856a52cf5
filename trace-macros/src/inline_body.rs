//! Expansion of an `async fn` body inside the function's own future.
//!
//! A separate future would hold the arguments twice and add a type for each function of a chain. Without one, the expansion
//! must see all returns, where a success may leave, and all awaits, where the future may be dropped.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprAwait, ExprReturn, Item, Lifetime, Macro, Stmt, Token};

use crate::known;

/// A body that stays in the function's own future.
pub(crate) struct InlinedBody {
    /// The body. Its returns lead to the end of the block that [`label`] names, and its awaits mark the call.
    pub(crate) body: Group,
    pub(crate) waits: bool,
}

/// Returns the inlined body, if the whole body is visible.
pub(crate) fn inline(body: &Group, private: &TokenStream) -> Option<InlinedBody> {
    let mut block: Block = syn::parse2(body.to_token_stream()).ok()?;
    let mut exits = ExitRewriter {
        private,
        is_seen: true,
        waits: false,
    };
    exits.visit_block_mut(&mut block);
    let mut seen = Group::new(
        body.delimiter(),
        block.stmts.iter().map(ToTokens::to_token_stream).collect(),
    );
    seen.set_span(body.span());
    exits.is_seen.then_some(InlinedBody {
        body: seen,
        waits: exits.waits,
    })
}

/// Returns the label of the block that replaces the function.
pub(crate) fn label() -> Lifetime {
    Lifetime::new("'__body", Span::mixed_site())
}

/// A visitor that rewrites the returns and the awaits of a body.
struct ExitRewriter<'a> {
    private: &'a TokenStream,
    is_seen: bool,
    waits: bool,
}

impl VisitMut for ExitRewriter<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            // A return or an await inside these does not belong to the function.
            Expr::Async(_) | Expr::Closure(_) | Expr::Const(_) => return,
            Expr::Macro(call) if known::call_only_waits(&call.mac) => {
                self.waits = true;
                *expression = self.joining(&call.mac, &call.attrs);
                return;
            }
            Expr::TryBlock(_) | Expr::Yield(_) | Expr::Verbatim(_) => {
                self.is_seen = false;
                return;
            }
            _ => visit_mut::visit_expr_mut(self, expression),
        }
        match expression {
            Expr::Await(wait) => {
                self.waits = true;
                *expression = self.waiting(wait);
            }
            Expr::Return(leave) => {
                // The compiler warns about these parentheses on a `return`; a rewritten one would lose the warning.
                self.is_seen &= !matches!(leave.expr.as_deref(), Some(Expr::Paren(_)));
                *expression = leaving(leave);
            }
            _ => {}
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        let last = block.stmts.len().saturating_sub(1);
        for (place, statement) in block.stmts.iter_mut().enumerate() {
            match statement {
                Stmt::Macro(call) if known::call_only_waits(&call.mac) => {
                    self.waits = true;
                    let waiting = self.joining(&call.mac, &call.attrs);
                    // With braces the macro was a complete statement without a semicolon.
                    let ended = (place != last).then(Default::default);
                    *statement = Stmt::Expr(waiting, call.semi_token.or(ended));
                }
                _ => self.visit_stmt_mut(statement),
            }
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.is_seen &= !matches!(item, Item::Macro(_) | Item::Verbatim(_));
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.is_seen &= !known::call_may_leave_or_wait(call);
    }
}

impl ExitRewriter<'_> {
    /// Expands a macro that awaits. The call is marked before the macro's arguments are evaluated, and after the macro has
    /// ended.
    fn joining(&self, call: &Macro, attributes: &[Attribute]) -> Expr {
        let place = Span::mixed_site().located_at(call.path.span());
        let private = self.private;
        Expr::Verbatim(quote_spanned! {place=>
            #(#attributes)* #private::after_join(#private::before_await((), &mut __call), #call, &mut __call)
        })
    }

    /// Expands an await. The tokens have the spans of the original, so that the compiler reports its errors there.
    fn waiting(&self, wait: &ExprAwait) -> Expr {
        let ExprAwait {
            attrs,
            base,
            dot_token,
            await_token,
        } = wait;
        let begin = base.span();
        let end = Span::call_site().located_at(await_token.span());
        let private = self.private;
        let entry = quote_spanned!(Span::mixed_site().located_at(await_token.span())=> &mut __call);
        let mut given = Group::new(Delimiter::Parenthesis, quote!(#base, #entry));
        given.set_span(end);
        let told = located(quote!(#private::before_await), begin);
        let told = quote!(#told #given);
        let mut waited = Group::new(
            Delimiter::Parenthesis,
            quote!(#told #dot_token #await_token, #entry),
        );
        waited.set_span(end);
        let path = located(quote!(#private::after_await), begin);
        Expr::Verbatim(quote!(#(#attrs)* #path #waited))
    }
}

/// Returns the tokens of a path as if they were at `place`, with unchanged name resolution.
fn located(path: TokenStream, place: Span) -> TokenStream {
    path.into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(place));
            token
        })
        .collect()
}

/// Expands a `return` to a `break` out of the block that replaces the function.
fn leaving(leave: &ExprReturn) -> Expr {
    let attributes = &leave.attrs;
    let keyword = Token![break](leave.return_token.span);
    let label = label();
    let value = leave.expr.as_deref().map(enclosed);
    Expr::Verbatim(quote!(#(#attributes)* #keyword #label #value))
}

/// Encloses a value in generated parentheses. Without them, `syn` 2 would read the label before a value that begins with
/// `::` as the label of a loop.
fn enclosed(value: &Expr) -> Group {
    let mut enclosed = Group::new(Delimiter::Parenthesis, value.to_token_stream());
    enclosed.set_span(Span::mixed_site().located_at(value.span()));
    enclosed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute;

    fn stays(body: &TokenStream) -> bool {
        let body = Group::new(Delimiter::Brace, body.clone());
        inline(&body, &quote!(private)).is_some()
    }

    #[test]
    fn what_can_be_seen_stays_in_place() {
        for body in [
            quote!(Ok(1)),
            quote!(let found = self.find(id).await?; return Ok(found);),
            quote!(let one = |id| { return id }; tokio::spawn(async { wait!() }); one(2)),
            quote!(if id == 0 { bail!("no {}", id?) } info!(?id); Ok(id)),
            quote!(assert!(id != 0 && !vec![id].is_empty() && matches!(id, 1 | 2)); Ok(id)),
            quote!(tokio::join!(self.find(1), other(id)); Ok(1)),
            quote!(let (a, b) = futures::try_join!(a(), b())?; Ok(a + b)),
            quote!(let x = select! { a = a() => a, _ = b() => 1 }; Ok(x)),
            quote!({
                const INNER: fn() = || mine!();
                INNER()
            }),
        ] {
            assert!(stays(&body), "{body}");
        }
    }

    #[test]
    fn what_may_return_or_wait_unseen_does_not() {
        for body in [
            quote!(join!(self.find(id?), other(id)); Ok(1)),
            quote!(join!(self.find(id).await, other(id)); Ok(1)),
            quote!(select! { a = a() => return a, _ = b() => continue }),
            quote!(mine!(id)),
            quote!(vec![mine!(id)]),
            quote!(println!("{}", id + ours::mine! { id })),
            quote!(format!("{}", self.find(id).await)),
            quote!(vec![if id == 0 {
                return Ok(1);
            }]),
            quote!(
                macro_rules! vec {
                    () => {
                        return Ok(1)
                    };
                },
                vec!()
            ),
            quote!(let id = try { id? };),
            quote!(user.),
        ] {
            assert!(!stays(&body), "{body}");
        }
    }

    /// An editor passes such a body in the middle of a word, a parenthesis or a statement.
    #[test]
    fn a_half_typed_body_is_kept_where_it_was() {
        let half_typed = [
            quote!(user.),
            quote!(user.__ra_fixup),
            quote!(let name = user.),
            quote!(let x =),
            quote!(let x = ; Ok(x)),
            quote!(self.store(id, ).find(|user| user.)),
            quote!(match change { Change:: }),
            quote!(if id == { user. }),
            quote!(return),
            quote!(return user.),
            quote!(let change = Change { id, na };),
            quote!(# ! ; , =>),
        ];
        for body in half_typed {
            for asyncness in [quote!(), quote!(async)] {
                let expanded = attribute(
                    quote!(action = "user.update", resource = "User"),
                    quote!(#asyncness fn update(&self, id: u64, change: Change) -> Result<User, Error> { #body }),
                    true,
                )
                .to_string();
                let signature =
                    quote!(fn update(&self, id: u64, change: Change) -> Result<User, Error>);
                assert!(expanded.contains(&signature.to_string()), "{expanded}");
                assert!(!expanded.contains("compile_error"), "{expanded}");
                // The only change in the body is the `break` for a `return`.
                let kept = body.to_string().replace("return", "break '__body");
                assert!(
                    expanded.contains(&body.to_string()) || expanded.contains(&kept),
                    "{expanded}"
                );
            }
        }
    }
}
