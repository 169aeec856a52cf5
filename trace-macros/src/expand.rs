//! Expansion of the attribute. No error can occur at this stage.
//!
//! Generated names are mixed-site, so that they never clash with a user's variable. The user's tokens keep their spans.
//! Every path begins at the facade.

use std::env;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Signature, Type, parse_quote};

use crate::call::{CallTokens, Moment};
use crate::capture::{self, private};
use crate::early;
use crate::erase::erase;
use crate::inline_body;
use crate::model::{Model, Name, SuccessRule};
use crate::rebind::{self, Rebound};
use crate::shape::{Body, FnKind, Function};
use crate::tail::{self, Tail};

/// Expands the annotated function.
pub(crate) fn function(model: &Model, function: &Function) -> TokenStream {
    let Body::Braced(braced) = &function.body else {
        return function.to_token_stream();
    };
    let (inner, body) = rebind::split_inner_attributes(braced);
    let Function {
        attributes,
        visibility,
        defaultness,
        ..
    } = function;
    let callsite = callsite(model, Some(&function.signature.ident));
    let tail = tail::of(&body, model, function);
    let call = CallTokens {
        model,
        function,
        is_in_future: tail.is_some() || function.is_boxed(),
    };
    let work = BodyExpansion { model, call };
    let (signature, work) = if let Some(tail) = tail {
        let work = work.tail(&tail);
        // It is not inside the macro, because an attribute below looks for the future.
        (function.signature.clone(), quote!(#callsite #work))
    } else {
        let (signature, work) = work.whole(&body);
        (signature, capture::found(model, quote!(#callsite #work)))
    };
    let mut block = Group::new(Delimiter::Brace, quote!(#inner #work));
    // With the span of generated braces, the compiler would not warn that the function is unused.
    block.set_span(braced.span());
    quote! { #(#attributes)* #visibility #defaultness #signature #block }
}

/// Expands the `static` of the callsite. A `record!` does not know its `function`.
pub(crate) fn callsite(model: &Model, function: Option<&Ident>) -> TokenStream {
    let private = private(model);
    let name = &model.callsite;
    let fields: Vec<_> = model
        .captures
        .iter()
        .map(|capture| capture.field.name())
        .collect();
    let names = [&model.action, &model.resource];
    let [action, resource] = names.map(|name| match name {
        // The catalogue shows `*` for a name that is known only at run time.
        Name::RunTime(_) => quote!("*"),
        known => known.to_token_stream(),
    });
    // Errors of a constant are reported at the constant. If one of the names is known only at run time, the policy checks
    // both.
    let constant = names.into_iter().find_map(|name| match name {
        Name::Constant(path) if model.is_named() => {
            Some(Span::mixed_site().located_at(path.span()))
        }
        _ => None,
    });
    let judged = constant.map(|place| {
        let mutation = model.is_mutation;
        quote_spanned!(place=> .judged(#mutation))
    });
    let unchanged = model
        .records_unchanged
        .then(|| quote!(.recording_unchanged()));
    // The compiler's environment names the package that it compiles.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let function = function
        .map(|name| name.unraw().to_string())
        .unwrap_or_default();
    let new = if fields == ["resource_id"] {
        quote_spanned!(Span::mixed_site()=> of_one(#action, #resource))
    } else {
        quote_spanned!(Span::mixed_site()=> new(#action, #resource, &[#(#fields),*]))
    };
    quote_spanned! {Span::mixed_site()=>
        #private::callsite!(#name = #new in #package, #function; #judged #unchanged);
    }
}

/// The forms of a function's new body.
struct BodyExpansion<'a> {
    model: &'a Model,
    call: CallTokens<'a>,
}

impl BodyExpansion<'_> {
    /// Returns the signature, whose parameters the body binds again, and the new body.
    fn whole(&self, body: &Group) -> (Signature, TokenStream) {
        let function = self.call.function;
        let Rebound {
            signature,
            statements,
        } = rebind::parameters(&function.signature, &private(self.model));
        let work = match function.kind() {
            FnKind::Async => self.polled(Moment::Here, &statements, body, &self.call.output()),
            FnKind::Sync if function.is_boxed() => {
                let (private, output) = (private(self.model), self.call.output());
                let made = quote!(-> #output { #statements #body });
                let (before, future) = self.forwarded(&made, &parse_quote!(_));
                quote_spanned!(Span::mixed_site()=> #before #private::Box::pin(#future))
            }
            FnKind::Sync => self.at_once(&statements, body),
            FnKind::ImplFuture(yields) => {
                let made = quote!({ #statements #body });
                let (before, future) = self.forwarded(&made, &erase(&yields));
                quote!(#before #future)
            }
        };
        (signature, work)
    }

    /// Expands a body that runs when the function is called.
    fn at_once(&self, statements: &TokenStream, body: &Group) -> TokenStream {
        let (private, call) = (private(self.model), &self.call);
        // With this place the compiler reports values as moved into the body.
        let place = Span::mixed_site().located_at(body.span());
        let (entry, output, finish) = (call.entry(), call.output(), call.finish());
        let work = quote_spanned!(place=> move || -> #output { #statements #body });
        if let Some(run) = call.run(&work) {
            return run;
        }
        quote_spanned! {Span::mixed_site()=>
            #entry
            let __returned = #private::run(#work);
            #finish
        }
    }

    /// Expands the await of a future that other code creates. Returns the code for the time of the call, and the new future.
    fn forwarded(&self, made: &TokenStream, yields: &Type) -> (TokenStream, TokenStream) {
        let (private, call) = (private(self.model), &self.call);
        let callsite = &self.model.callsite;
        let (before, entry) = if self.model.bind.is_some() {
            // The body uses the bound name before its future is polled.
            let running =
                quote_spanned!(Span::mixed_site()=> let __call = __call.running(&#callsite););
            (call.entry(), running)
        } else if tail::captures_numbers(self.model, call.function) {
            (TokenStream::new(), call.running(Moment::Here))
        } else {
            (call.ahead(), call.running(Moment::Ahead))
        };
        let finish = call.finish();
        let before = quote_spanned!(Span::mixed_site()=> #before let __future = #private::run(move || #made););
        let future = quote_spanned! {Span::mixed_site()=>
            #private::watched(async move {
                #entry
                let __returned: #yields = __future.await;
                #finish
            })
        };
        (before, future)
    }

    /// Expands a future that the function creates itself, in place.
    fn tail(&self, tail: &Tail) -> TokenStream {
        let (ahead, moment) = if tail.is_ahead {
            (self.call.ahead(), Moment::Ahead)
        } else {
            (TokenStream::new(), Moment::Here)
        };
        let (body, output) = (&tail.body, &tail.output);
        let watched = tail
            .returns_early
            .then(|| early::returns(&tail.before, &|value| self.early(value)))
            .flatten();
        let before = watched.as_ref().unwrap_or(&tail.before);
        let work = match &tail.parameters {
            Some(parameters) => self.polled(moment, parameters, body, output),
            None => self.apart(moment, &TokenStream::new(), body, output),
        };
        let apart = &tail.apart;
        let future = tail.wrap(quote!(#apart #work));
        quote!(#ahead #before #future)
    }

    /// Expands a boxed future that an early `return` returns.
    fn early(&self, value: &Expr) -> TokenStream {
        let (private, call) = (private(self.model), &self.call);
        let (output, running, finish) = (call.output(), call.running(Moment::Ahead), call.finish());
        quote_spanned! {Span::mixed_site()=> {
            let __future: #output = #value;
            #private::Box::pin(async move {
                #running
                let __returned = __future.await;
                #finish
            })
        }}
    }

    /// Expands the body of a future. It is inlined if the whole body is visible and an exit by `?` is a failure.
    fn polled(
        &self,
        moment: Moment,
        parameters: &TokenStream,
        body: &Group,
        output: &TokenStream,
    ) -> TokenStream {
        let fails_early = match &self.model.on {
            SuccessRule::Type => true,
            SuccessRule::Word(_, word) => matches!(*word, "ok" | "some"),
            SuccessRule::Test(_) => false,
        };
        let (private, call) = (private(self.model), &self.call);
        let may_stay = fails_early && !rebind::owns_self(&call.function.signature);
        let Some(seen) = may_stay
            .then(|| inline_body::inline(body, &private))
            .flatten()
        else {
            return self.apart(moment, parameters, body, output);
        };
        let (mutable, begun) = (call.mutable(seen.waits), call.begun(moment, seen.waits));
        let (trace, finish) = (call.trace(), call.finish());
        let (label, body) = (inline_body::label(), seen.body);
        // The parameters are dropped at their original place, before the call counts as ended.
        quote_spanned! {Span::mixed_site()=>
            let #mutable __call;
            let __returned: #output = #label: {
                #parameters
                __call = #begun;
                #trace
                if false {
                    break #label (#private::never());
                }
                #body
            };
            #finish
        }
    }

    /// Expands the body as a separate future, so that every exit leads to its end.
    fn apart(
        &self,
        moment: Moment,
        parameters: &TokenStream,
        body: &Group,
        output: &TokenStream,
    ) -> TokenStream {
        let private = private(self.model);
        let (entry, finish) = (self.call.running(moment), self.call.finish());
        quote_spanned! {Span::mixed_site()=>
            #entry
            let __returned = async move {
                if false {
                    return #private::never::<#output>();
                }
                #parameters
                #body
            }
            .await;
            #finish
        }
    }
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(text) => text.to_tokens(tokens),
            Self::Constant(path) => path.to_tokens(tokens),
            Self::RunTime(value) => value.to_tokens(tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::attribute;

    /// Compares the expansion, formatted like rustfmt, with a snapshot file. `UPDATE_SNAPSHOTS=1` rewrites the file.
    fn assert_expands_to(kept: &str, item: proc_macro2::TokenStream) {
        let arguments = quote!(action = "user.update", resource = "User", resource_id = id);
        let expanded =
            syn::parse2(attribute(arguments, item, false)).expect("the expansion is an item");
        let shown = prettyplease::unparse(&expanded);
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/snapshots")
            .join(kept);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &shown).expect("the snapshot can be written");
        }
        let expected = std::fs::read_to_string(&file).expect("the snapshot can be read");
        assert_eq!(shown, expected);
        assert!(shown.lines().count() <= 27, "an expansion is small");
    }

    #[test]
    fn a_sync_function_expands_to_a_few_lines() {
        assert_expands_to(
            "sync.rs",
            quote! {
                fn update(&self, id: u64, change: Change) -> Result<User, Error> {
                    self.store(id, change)
                }
            },
        );
    }

    #[test]
    fn an_async_function_expands_to_a_few_lines() {
        assert_expands_to(
            "async.rs",
            quote! {
                async fn update(&self, id: u64, change: Change) -> Result<User, Error> {
                    self.store(id, change).await
                }
            },
        );
    }
}
