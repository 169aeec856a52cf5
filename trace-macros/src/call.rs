//! The code around a body: the entry of the call before it, and the success check after it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use crate::capture::{self, private};
use crate::erase::erase;
use crate::model::{CapturedField, Model, Source, SuccessRule};
use crate::shape::Function;
use crate::spelled::ReturnSyntax;

/// The time at which the entry is created.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At the beginning of the call.
    Here,
    /// At the creation of the future, as `__ahead`; the call begins when the future is polled.
    Ahead,
}

/// One call, from inside its function's body.
pub(crate) struct CallTokens<'a> {
    pub(crate) model: &'a Model,
    pub(crate) function: &'a Function,
    /// The flag that the output of the returned future is checked, not the returned value.
    pub(crate) is_in_future: bool,
}

impl CallTokens<'_> {
    /// Returns the declared return type. Its `impl` parts are left to inference.
    pub(crate) fn output(&self) -> TokenStream {
        match &self.function.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, output) => erase(output).into_token_stream(),
        }
    }

    /// Returns the entry, before a body that runs at once.
    pub(crate) fn entry(&self) -> TokenStream {
        let mutable = self.mutable(false);
        let (made, trace) = (self.made(Moment::Here, false), self.trace());
        quote_spanned!(Span::mixed_site()=> let #mutable __call = #made; #trace)
    }

    /// Returns the entry at the creation of a future whose call begins later.
    pub(crate) fn ahead(&self) -> TokenStream {
        let made = self.made(Moment::Ahead, false);
        quote_spanned!(Span::mixed_site()=> let __ahead = #made;)
    }

    /// Returns the entry of a future that is in doubt from its first poll on.
    pub(crate) fn running(&self, moment: Moment) -> TokenStream {
        let callsite = &self.model.callsite;
        let mutable = self.mutable(false);
        let made = match moment {
            Moment::Here => self.made(Moment::Here, false),
            Moment::Ahead => quote_spanned!(Span::mixed_site()=> __ahead),
        };
        let trace = self.trace();
        quote_spanned!(Span::mixed_site()=> let #mutable __call = #made.running(&#callsite); #trace)
    }

    /// Returns the entry of a future that marks itself when it is in doubt.
    pub(crate) fn begun(&self, moment: Moment, waits: bool) -> TokenStream {
        let (private, callsite) = (private(self.model), &self.model.callsite);
        match moment {
            Moment::Here => self.made(Moment::Here, waits),
            Moment::Ahead => {
                quote_spanned!(Span::mixed_site()=> #private::begins(__ahead, &#callsite))
            }
        }
    }

    /// Returns `mut`, if the call is changed after its entry.
    pub(crate) fn mutable(&self, waits: bool) -> Option<TokenStream> {
        (waits || self.model.bind.is_some()).then(|| quote!(mut))
    }

    /// Returns the statement for the variable with which the body adds fields.
    pub(crate) fn trace(&self) -> Option<TokenStream> {
        let callsite = &self.model.callsite;
        let name = self.model.bind.as_ref()?;
        Some(quote_spanned!(Span::mixed_site()=> let #name = __call.trace(&#callsite);))
    }

    fn made(&self, moment: Moment, waits: bool) -> TokenStream {
        let (private, callsite) = (private(self.model), &self.model.callsite);
        let may_be_ahead =
            moment == Moment::Ahead || !self.is_in_future && self.function.may_return_future();
        if !may_be_ahead && let Some(id) = capture::only_id(&self.model.captures) {
            let place = Span::mixed_site().located_at(id.span());
            let said = capture::said(self.model, &quote_spanned!(place=> &(#id)), place);
            return quote_spanned!(place=> #said.enter(&#callsite));
        }
        let captures = capture::all(self.model, |source| matches!(source, Source::Entry(_)));
        if !captures.is_empty() {
            let enter = if may_be_ahead { "enter_ahead" } else { "enter" };
            let enter = Ident::new(enter, Span::mixed_site());
            quote_spanned!(Span::mixed_site()=> #callsite.#enter(&mut |__writer: &mut #private::EventWriter<'_>| { #captures }))
        } else if waits || self.model.bind.is_some() {
            quote_spanned!(Span::mixed_site()=> #callsite.begin())
        } else {
            quote!(#private::DeferredCall)
        }
    }

    /// Returns the place in the source that defines a success: `on` or the return type.
    fn place(&self) -> Span {
        match (&self.model.on, &self.function.signature.output) {
            (SuccessRule::Word(at, _), _) => Span::mixed_site().located_at(at.span()),
            (_, ReturnType::Default) => Span::mixed_site(),
            (_, ReturnType::Type(_, output)) => Span::mixed_site().located_at(output.span()),
        }
    }

    /// Returns the code after the body: the success check.
    pub(crate) fn finish(&self) -> TokenStream {
        let place = self.place();
        let check = self.success_check(place);
        let callsite = &self.model.callsite;
        let when = self.model.when.as_ref().map(capture::when);
        let captures = capture::all(self.model, |source| matches!(source, Source::Success(_)));
        // The span is that of the first closure: the compiler reports a use of moved values there.
        let first = capture::first_closure(self.model).unwrap_or(place);
        let fill = quote_spanned!(first=> move |__ok, __writer| { #when #captures });
        let arguments = quote_spanned!(place=> &#callsite, __call, __returned);
        match &self.model.on {
            SuccessRule::Test(test) => {
                let at = Span::mixed_site().located_at(test.body.span());
                let test = capture::test(test);
                let asked = quote_spanned!(at=> move |__ok| { #test });
                quote_spanned!(place=> #check.finish_if(#arguments, #asked, #fill))
            }
            _ if when.is_none() && captures.is_empty() => {
                quote_spanned!(place=> #check.finish(#arguments))
            }
            _ => quote_spanned!(place=> #check.finish_with(#arguments, #fill)),
        }
    }

    /// Returns entry, body and success check in one expression, if the type decides and the success adds no field. The
    /// compiler then has less work than for three statements.
    pub(crate) fn run(&self, work: &TokenStream) -> Option<TokenStream> {
        let model = self.model;
        let at_success = |capture: &CapturedField| matches!(capture.source, Source::Success(_));
        let is_plain = matches!(model.on, SuccessRule::Type)
            && model.bind.is_none()
            && model.when.is_none()
            && !model.captures.iter().any(at_success)
            && self.function.spelled() == ReturnSyntax::Outcome;
        is_plain.then(|| {
            let (callsite, made) = (&model.callsite, self.made(Moment::Here, false));
            let place = self.place();
            let check = self.success_check(place);
            quote_spanned!(place=> #check.run(&#callsite, #made, #work))
        })
    }

    /// Returns the success check, a shortcut if the spelling of the return type allows one.
    fn success_check(&self, place: Span) -> TokenStream {
        let private = private(self.model);
        match &self.model.on {
            SuccessRule::Type => match self.function.spelled() {
                ReturnSyntax::Outcome => quote_spanned!(place=> #private::CheckOutcome),
                ReturnSyntax::NestedResult => {
                    quote_spanned!(place=> #private::CheckResult::of(&__returned))
                }
                ReturnSyntax::Status => {
                    quote_spanned!(place=> #private::CheckStatus::of(&__returned))
                }
                ReturnSyntax::Number => quote_spanned!(place=> #private::CheckNumber),
                _ => quote_spanned!(place=> #private::SuccessCheck::of(&__returned)),
            },
            SuccessRule::Word(_, word) => {
                let word = format_ident!("On{}", camel(word), span = place);
                quote_spanned!(place=> #private::On::of(#private::#word, &__returned))
            }
            SuccessRule::Test(_) => {
                quote_spanned!(place=> #private::On::of(#private::OnAlways, &__returned))
            }
        }
    }
}

fn camel(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}
