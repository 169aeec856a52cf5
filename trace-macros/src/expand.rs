//! The output. Nothing can go wrong here any more.
//!
//! Names of ours are mixed-site, so that no variable of the user's is ever one of them; the user's tokens keep their own
//! spans; every path begins at the facade.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, ReturnType, Signature, Type};

use crate::body::{self, InPlace};
use crate::capture::{self, private};
use crate::model::{Model, Name, On, Source};
use crate::rebind::{self, Rebound};
use crate::shape::{Body, Function, Kind, Spelled};

/// The annotated function.
pub(crate) fn function(model: &Model, function: &Function) -> TokenStream {
    let Body::Braced(body) = &function.body else {
        return function.to_token_stream();
    };
    // To the compiler a function that ends in a brace of ours would be ours: it would not say that nobody calls it.
    let braces = body.span();
    let (inner, body) = rebind::split_inner_attributes(body);
    let Function {
        attributes,
        visibility,
        defaultness,
        ..
    } = function;
    let callsite = callsite(model);
    let (signature, work) = Work { model, function }.expand(&body);
    let found = capture::found(model, quote!(#callsite #work));
    let mut block = Group::new(proc_macro2::Delimiter::Brace, quote!(#inner #found));
    block.set_span(braces);
    quote! { #(#attributes)* #visibility #defaultness #signature #block }
}

/// The `static` that stands for the function.
pub(crate) fn callsite(model: &Model) -> TokenStream {
    let private = private(model);
    let fields = model.captures.iter().map(|capture| capture.field.name());
    let names = [&model.action, &model.resource];
    let [action, resource] = names.map(|name| match name {
        // What the catalogue shows of a name that is known only at run time.
        Name::RunTime(_) => quote!("*"),
        known => known.to_token_stream(),
    });
    // What is wrong with a constant is said at the constant; beside a name of run time, the policy judges both.
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
    quote_spanned! {Span::mixed_site()=>
        #private::callsite!(
            #private::Callsite::new(#action, #resource, &[#(#fields),*]) #judged #unchanged
        );
    }
}

/// Where a body waits, and so may be dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Never,
    /// In the function's own future, which says so.
    InPlace,
    /// In a future of its own.
    Apart,
}

/// The parts of a function's new body.
struct Work<'a> {
    model: &'a Model,
    function: &'a Function,
}

impl Work<'_> {
    /// The signature, whose parameters the body may bind again, and the new body.
    fn expand(&self, body: &Group) -> (Signature, TokenStream) {
        if let Some(seen) = self.in_place(body) {
            return (self.function.signature.clone(), seen);
        }
        let Rebound {
            signature,
            statements,
        } = rebind::parameters(&self.function.signature);
        (signature, self.apart(&quote!(#statements #body)))
    }

    /// An `async fn` in one piece, if all of its body can be seen, and leaving it by `?` is a failure.
    fn in_place(&self, body: &Group) -> Option<TokenStream> {
        let fails_early = match &self.model.on {
            On::Type => true,
            On::Word(_, word) => matches!(*word, "ok" | "some"),
            On::Test(_) => false,
        };
        if !fails_early || !matches!(self.function.kind(), Kind::Async) {
            return None;
        }
        let private = private(self.model);
        let InPlace { body, waits } = body::in_place(body, &private)?;
        let wait = if waits { Wait::InPlace } else { Wait::Never };
        let (entry, finish, output) = (self.entry(wait), self.finish(), self.output());
        let label = body::label();
        Some(quote_spanned! {Span::mixed_site()=>
            #entry
            let __returned: #output = #label: {
                if false {
                    break #label #private::never();
                }
                #body
            };
            #finish
        })
    }

    /// The body as a closure or a future of its own, so that whatever it does ends there.
    fn apart(&self, body: &TokenStream) -> TokenStream {
        let private = private(self.model);
        let wait = match self.function.kind() {
            Kind::Async => Wait::Apart,
            Kind::Sync | Kind::ImplFuture(_) => Wait::Never,
        };
        let (entry, finish) = (self.entry(wait), self.finish());
        let output = self.output();
        match self.function.kind() {
            Kind::Sync => quote_spanned! {Span::mixed_site()=>
                #entry
                let __returned = #private::run(move || -> #output { #body });
                #finish
            },
            Kind::Async => quote_spanned! {Span::mixed_site()=>
                #entry
                let __returned = async move {
                    if false {
                        return #private::never::<#output>();
                    }
                    #body
                }
                .await;
                #finish
            },
            Kind::ImplFuture(yields) => {
                let yields = erase(&yields);
                quote_spanned! {Span::mixed_site()=>
                    #entry
                    let __future = #private::run(move || { #body });
                    async move {
                        let __entry = __entry.running(&__BEHAVIOR_TRACE);
                        let __returned: #yields = __future.await;
                        #finish
                    }
                }
            }
        }
    }

    /// The declared return type, its `impl` parts left to inference.
    fn output(&self) -> TokenStream {
        match &self.function.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, output) => erase(output).into_token_stream(),
        }
    }

    /// What happens before the body.
    fn entry(&self, wait: Wait) -> TokenStream {
        let private = private(self.model);
        let captures = capture::all(self.model, |source| matches!(source, Source::Entry(_)));
        let mutable = (wait == Wait::InPlace || self.model.bind.is_some()).then(|| quote!(mut));
        let running = (wait == Wait::Apart)
            .then(|| quote_spanned!(Span::mixed_site()=> .running(&__BEHAVIOR_TRACE)));
        let at_entry = if let Some(id) = capture::only_id(&self.model.captures) {
            let place = Span::mixed_site().located_at(id.span());
            let said = capture::said(self.model, &quote_spanned!(place=> &(#id)), place);
            quote_spanned!(place=> #said.enter(&__BEHAVIOR_TRACE))
        } else if !captures.is_empty() {
            quote_spanned!(Span::mixed_site()=> __BEHAVIOR_TRACE.enter(&mut |__pen: &mut #private::Pen<'_>| { #captures }))
        } else if wait == Wait::InPlace || self.model.bind.is_some() {
            quote_spanned!(Span::mixed_site()=> __BEHAVIOR_TRACE.begin())
        } else {
            quote!(#private::Unasked)
        };
        let trace = self.model.bind.as_ref().map(|name| {
            quote_spanned!(Span::mixed_site()=> let #name = __entry.trace(&__BEHAVIOR_TRACE);)
        });
        quote_spanned! {Span::mixed_site()=>
            let #mutable __entry = #at_entry #running;
            #trace
        }
    }

    /// What happens after it: the judgement, with the place in the source of what decides, `on` or the return type.
    fn finish(&self) -> TokenStream {
        let private = private(self.model);
        let place = match (&self.model.on, &self.function.signature.output) {
            (On::Word(at, _), _) => Span::mixed_site().located_at(at.span()),
            (_, ReturnType::Default) => Span::mixed_site(),
            (_, ReturnType::Type(_, output)) => Span::mixed_site().located_at(output.span()),
        };
        let judge = match &self.model.on {
            On::Type => match self.function.spelled() {
                Spelled::Telling => quote_spanned!(place=> #private::Telling),
                Spelled::Plain => quote_spanned!(place=> #private::Valued),
                _ => quote_spanned!(place=> #private::Judge::of(&__returned)),
            },
            On::Word(_, word) => {
                let word = format_ident!("On{}", camel(word), span = place);
                quote_spanned!(place=> #private::On::of(#private::#word, &__returned))
            }
            On::Test(_) => {
                quote_spanned!(place=> #private::On::of(#private::OnAlways, &__returned))
            }
        };
        let when = self.model.when.as_ref().map(capture::when);
        let captures = capture::all(self.model, |source| matches!(source, Source::Success(_)));
        let fill = quote_spanned!(Span::mixed_site()=> move |__ok, __pen| { #when #captures });
        let arguments = quote_spanned!(place=> &__BEHAVIOR_TRACE, __entry, __returned);
        match &self.model.on {
            On::Test(test) => {
                let test = capture::test(test);
                quote_spanned!(place=> #judge.finish_if(#arguments, move |__ok| { #test }, #fill))
            }
            _ if when.is_none() && captures.is_empty() => {
                quote_spanned!(place=> #judge.finish(#arguments))
            }
            _ => quote_spanned!(place=> #judge.finish_with(#arguments, #fill)),
        }
    }
}

fn camel(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// A type with `_` for each `impl Trait` in it.
fn erase(given: &Type) -> Type {
    let mut erased = given.clone();
    erase_in(&mut erased);
    erased
}

fn erase_in(given: &mut Type) {
    match given {
        Type::ImplTrait(_) => *given = syn::parse_quote!(_),
        Type::Paren(paren) => erase_in(&mut paren.elem),
        Type::Group(group) => erase_in(&mut group.elem),
        Type::Reference(reference) => erase_in(&mut reference.elem),
        Type::Ptr(pointer) => erase_in(&mut pointer.elem),
        Type::Array(array) => erase_in(&mut array.elem),
        Type::Slice(slice) => erase_in(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(erase_in),
        Type::Path(path) => erase_in_arguments(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let syn::TypeParamBound::Trait(bound) = bound {
                    erase_in_arguments(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn erase_in_arguments(path: &mut syn::Path) {
    for segment in &mut path.segments {
        if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    GenericArgument::Type(argument) => erase_in(argument),
                    GenericArgument::AssocType(named) => erase_in(&mut named.ty),
                    _ => {}
                }
            }
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

    /// The expansion as rustfmt would show it, and the file it is kept in; `UPDATE_SNAPSHOTS=1` writes it anew.
    fn assert_expands_to(kept: &str, item: proc_macro2::TokenStream) {
        let arguments = quote!(action = "user.update", resource = "User", resource_id = id);
        let expanded = syn::parse2(attribute(arguments, item)).expect("the expansion is an item");
        let shown = prettyplease::unparse(&expanded);
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/snapshots")
            .join(kept);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &shown).expect("the snapshot can be written");
        }
        let expected = std::fs::read_to_string(&file).expect("the snapshot can be read");
        assert_eq!(shown, expected);
        assert!(shown.lines().count() <= 25, "an expansion is small");
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
