//! Attributes that parse their function with syn 2, the version before the recorder's.

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Item, ItemFn, parse_macro_input};

/// Parses a function and returns it unchanged.
#[proc_macro_attribute]
pub fn reads(_: TokenStream, item: TokenStream) -> TokenStream {
    parse_macro_input!(item as ItemFn)
        .into_token_stream()
        .into()
}

/// Parses any item and returns it twice: unchanged, and as an unused copy that has to compile too.
#[proc_macro_attribute]
pub fn copies(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    quote! {
        #item
        #[allow(dead_code, unused_imports)]
        const _: () = { #item };
    }
    .into()
}

/// Expands a template once for each cell, `name: [above] [ours] [below];`, as a module of that name.
///
/// In the template, `#[around]` becomes the recorder's attribute between the attributes of the cell. `told!(…);` becomes its
/// argument where the recorder's attribute has a `bind`, and nothing elsewhere. Unlike with other macros, all tokens keep
/// their spans, as if they had been written there.
#[proc_macro]
pub fn cells(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let Some(TokenTree::Group(template)) = input.next() else {
        return TokenStream::new();
    };
    let cells: Vec<TokenTree> = input.collect();
    let cells = cells.chunks(6).filter_map(|cell| match cell {
        [
            TokenTree::Ident(name),
            _,
            TokenTree::Group(above),
            TokenTree::Group(ours),
            TokenTree::Group(below),
            _,
        ] => {
            let cell = Cell { above, ours, below };
            let body = Group::new(Delimiter::Brace, cell.write(template.stream()));
            let module = [
                TokenTree::Ident(Ident::new("mod", name.span())),
                name.clone().into(),
                body.into(),
            ];
            Some(module.into_iter().collect::<TokenStream>())
        }
        _ => None,
    });
    cells.collect()
}

struct Cell<'a> {
    above: &'a Group,
    ours: &'a Group,
    below: &'a Group,
}

impl Cell<'_> {
    fn write(&self, template: TokenStream) -> TokenStream {
        let mut written = TokenStream::new();
        let mut tokens = template.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match (&token, tokens.peek()) {
                (TokenTree::Punct(mark), Some(TokenTree::Group(attribute)))
                    if mark.as_char() == '#' && attribute.to_string() == "[around]" =>
                {
                    tokens.next();
                    for attributes in [self.above, self.ours, self.below] {
                        written.extend(attributes.stream());
                    }
                }
                (TokenTree::Ident(name), _) if name.to_string() == "told" => {
                    // The tokens are `!`, the argument and `;`.
                    let said: Vec<TokenTree> = tokens.by_ref().take(3).collect();
                    if let Some(TokenTree::Group(said)) = said.get(1)
                        && self.ours.to_string().contains("bind")
                    {
                        written.extend(said.stream());
                    }
                }
                (TokenTree::Group(group), _) => {
                    let mut inside = Group::new(group.delimiter(), self.write(group.stream()));
                    inside.set_span(group.span());
                    written.extend([TokenTree::Group(inside)]);
                }
                _ => written.extend([token]),
            }
        }
        written
    }
}
