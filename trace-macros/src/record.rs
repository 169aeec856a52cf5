//! Expansion of `record!`: one event from the middle of a function, with the rules of the attribute.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::capture::{self, private};
use crate::diag::Errors;
use crate::model::Model;
use crate::reader::{self, MacroKind};
use crate::{args, expand, tokens};

pub(crate) fn expand(arguments: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let callsite = tokens::unused_name(&[&arguments]);
    let arguments = args::read(arguments, &mut errors);
    let model = reader::read(MacroKind::Record, arguments, callsite, &mut errors);
    match (model, errors.finish()) {
        (Some(model), None) => {
            let event = event(&model);
            capture::found(&model, event)
        }
        (_, error) => error.map_or_else(TokenStream::new, |error| error.to_compile_error()),
    }
}

fn event(model: &Model) -> TokenStream {
    let private = private(model);
    let captures = capture::all(model, |_| true);
    let at = Span::mixed_site();
    let (name, callsite) = (&model.callsite, expand::callsite(model, None));
    if !model.is_named() {
        let (action, resource) = (&model.action, &model.resource);
        let judged = model.is_mutation;
        return quote_spanned! {at=>
            if #private::is_on() {
                #callsite
                #name.record_named(&#action, &#resource, #judged, &mut |__writer: &mut #private::EventWriter<'_>| { #captures });
            }
        };
    }
    quote_spanned!(at=> {
        #callsite
        #name.record(&mut |__writer: &mut #private::EventWriter<'_>| { #captures })
    })
}
