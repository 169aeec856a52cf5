//! Code around a body: the entry of the call before it and the success check after it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use crate::capture::{self, private};
use crate::erase::erase;
use crate::model::{Capture, Model, On, Source};
use crate::shape::Function;
use crate::spelled::Spelled;

/// The time at which the entry is created.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At the beginning of the call.
    Here,
    /// At the creation of the future, as `__ahead`; the call begins when the future is polled.
    Ahead,
}

/// One call, from inside its function's body.
pub(crate) struct Call<'a> {
    pub(crate) model: &'a Model,
    pub(crate) function: &'a Function,
    /// Set if the success check applies to the output of the returned future, not to the returned value.
    pub(crate) is_in_future: bool,
}

impl Call<'_> {
    /// Returns the declared return type, with its `impl` parts left to inference.
    pub(crate) fn output(&self) -> TokenStream {
        match &self.function.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, output) => erase(output).into_token_stream(),
        }
    }

    /// Expands the entry before a body that runs at once.
    pub(crate) fn entry(&self) -> TokenStream {
        let mutable = self.mutable(false);
        let (made, trace) = (self.made(Moment::Here, false), self.trace());
        quote_spanned!(Span::mixed_site()=> let #mutable __entry = #made; #trace)
    }

    /// Expands the capture of values at the creation of a future, before the call begins.
    pub(crate) fn ahead(&self) -> TokenStream {
        let made = self.made(Moment::Ahead, false);
        quote_spanned!(Span::mixed_site()=> let __ahead = #made;)
    }

    /// Expands the entry of a future that counts as cancelled if it is dropped after its first poll.
    pub(crate) fn running(&self, moment: Moment) -> TokenStream {
        let callsite = &self.model.callsite;
        let mutable = self.mutable(false);
        let made = match moment {
            Moment::Here => self.made(Moment::Here, false),
            Moment::Ahead => quote_spanned!(Span::mixed_site()=> __ahead),
        };
        let trace = self.trace();
        quote_spanned!(Span::mixed_site()=> let #mutable __entry = #made.running(&#callsite); #trace)
    }

    /// Expands the entry of a future that notifies it at each await.
    pub(crate) fn begun(&self, moment: Moment, waits: bool) -> TokenStream {
        let (private, callsite) = (private(self.model), &self.model.callsite);
        match moment {
            Moment::Here => self.made(Moment::Here, waits),
            Moment::Ahead => {
                quote_spanned!(Span::mixed_site()=> #private::begins(__ahead, &#callsite))
            }
        }
    }

    /// Returns `mut` if the body changes the entry.
    pub(crate) fn mutable(&self, waits: bool) -> Option<TokenStream> {
        (waits || self.model.bind.is_some()).then(|| quote!(mut))
    }

    /// Expands the variable through which the body adds fields.
    pub(crate) fn trace(&self) -> Option<TokenStream> {
        let callsite = &self.model.callsite;
        let name = self.model.bind.as_ref()?;
        Some(quote_spanned!(Span::mixed_site()=> let #name = __entry.trace(&#callsite);))
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
            quote_spanned!(Span::mixed_site()=> #callsite.#enter(&mut |__pen: &mut #private::Pen<'_>| { #captures }))
        } else if waits || self.model.bind.is_some() {
            quote_spanned!(Span::mixed_site()=> #callsite.begin())
        } else {
            quote!(#private::Unasked)
        }
    }

    /// Returns the place in the source that decides about success: `on` or the return type.
    fn place(&self) -> Span {
        match (&self.model.on, &self.function.signature.output) {
            (On::Word(at, _), _) => Span::mixed_site().located_at(at.span()),
            (_, ReturnType::Default) => Span::mixed_site(),
            (_, ReturnType::Type(_, output)) => Span::mixed_site().located_at(output.span()),
        }
    }

    /// Expands the success check after the body.
    pub(crate) fn finish(&self) -> TokenStream {
        let place = self.place();
        let judge = self.judge(place);
        let callsite = &self.model.callsite;
        let when = self.model.when.as_ref().map(capture::when);
        let captures = capture::all(self.model, |source| matches!(source, Source::Success(_)));
        // The span is that of the first closure: the compiler reports a use of moved values there.
        let first = capture::first_closure(self.model).unwrap_or(place);
        let fill = quote_spanned!(first=> move |__ok, __pen| { #when #captures });
        let arguments = quote_spanned!(place=> &#callsite, __entry, __returned);
        match &self.model.on {
            On::Test(test) => {
                let at = Span::mixed_site().located_at(test.body.span());
                let test = capture::test(test);
                let asked = quote_spanned!(at=> move |__ok| { #test });
                quote_spanned!(place=> #judge.finish_if(#arguments, #asked, #fill))
            }
            _ if when.is_none() && captures.is_empty() => {
                quote_spanned!(place=> #judge.finish(#arguments))
            }
            _ => quote_spanned!(place=> #judge.finish_with(#arguments, #fill)),
        }
    }

    /// Expands entry, body and success check to one expression, if the type decides and no success value is captured. The
    /// compiler has less work than with three statements.
    pub(crate) fn run(&self, work: &TokenStream) -> Option<TokenStream> {
        let model = self.model;
        let at_success = |capture: &Capture| matches!(capture.source, Source::Success(_));
        let is_plain = matches!(model.on, On::Type)
            && model.bind.is_none()
            && model.when.is_none()
            && !model.captures.iter().any(at_success)
            && self.function.spelled() == Spelled::Telling;
        is_plain.then(|| {
            let (callsite, made) = (&model.callsite, self.made(Moment::Here, false));
            let place = self.place();
            let judge = self.judge(place);
            quote_spanned!(place=> #judge.run(&#callsite, #made, #work))
        })
    }

    fn judge(&self, place: Span) -> TokenStream {
        let private = private(self.model);
        match &self.model.on {
            On::Type => match self.function.spelled() {
                Spelled::Telling => quote_spanned!(place=> #private::Telling),
                Spelled::Nesting => quote_spanned!(place=> #private::Told::of(&__returned)),
                Spelled::Status => quote_spanned!(place=> #private::Answer::of(&__returned)),
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
        }
    }
}

fn camel(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}
