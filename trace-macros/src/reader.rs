//! The rules for arguments, which are read one by one into a model.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use crate::args::Argument;
use crate::diag::{Errors, helped, list, nearest};
use crate::expression::{self, Placeholder, shown, ungrouped};
use crate::model::{CapturedField, Closure, FieldKind, Model, Name, Source, SuccessRule};
use crate::name_check::{self, NameCheck};
use crate::names;

/// The macro whose arguments are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MacroKind {
    Attribute,
    Record,
}

impl MacroKind {
    const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Attribute => names::ATTRIBUTE,
            Self::Record => names::RECORD,
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Attribute => "`#[behavior_trace(action = \"user.update\", resource = \"User\")]`",
            Self::Record => "`record!(action = \"user.update\", resource = \"User\")`",
        }
    }
}

/// Returns the model of the arguments, or `None` if a required one is missing.
pub(crate) fn read(
    macro_kind: MacroKind,
    arguments: Vec<Argument>,
    callsite: Ident,
    errors: &mut Errors,
) -> Option<Model> {
    let mut reader = ArgumentReader {
        macro_kind,
        errors,
        seen: Vec::new(),
        facade: None,
        callsite,
        action: None,
        resource: None,
        captures: Vec::new(),
        on: SuccessRule::Type,
        when: None,
        bind: None,
        records_unchanged: false,
        // The reason decides how the action is checked, at any position among the arguments.
        is_mutation: arguments
            .iter()
            .any(|argument| argument.name() == "mutation"),
    };
    for argument in arguments {
        reader.read(argument);
    }
    reader.finish()
}

/// Returns whether a path begins at a type that only the scope around the function knows: `Self`, or a parameter like `T`.
fn names_a_type_in_scope(path: &syn::ExprPath) -> bool {
    let segments = &path.path.segments;
    let first = match (&path.qself, segments.first()) {
        (None, Some(first)) if segments.len() > 1 => first.ident.to_string(),
        _ => return false,
    };
    first == "Self" || first.len() == 1 && first.starts_with(char::is_uppercase)
}

/// A model under construction.
struct ArgumentReader<'e> {
    macro_kind: MacroKind,
    errors: &'e mut Errors,
    /// The arguments so far, with their lines.
    seen: Vec<(String, usize)>,
    facade: Option<syn::ExprPath>,
    callsite: Ident,
    action: Option<Name>,
    resource: Option<Name>,
    captures: Vec<CapturedField>,
    on: SuccessRule,
    when: Option<Closure>,
    bind: Option<Ident>,
    records_unchanged: bool,
    is_mutation: bool,
}

impl ArgumentReader<'_> {
    fn read(&mut self, argument: Argument) {
        let name = argument.name();
        let Argument { key, value } = argument;
        if !self.macro_kind.known().contains(&name.as_str()) {
            return self.unknown(&key, &name);
        }
        if let Some((_, line)) = self.seen.iter().find(|(seen, _)| *seen == name) {
            let help = format!("it is given on line {line} already; keep one");
            return self
                .errors
                .push(key.span(), helped(format!("duplicate `{name}`"), help));
        }
        self.seen.push((name.clone(), expression::line_of(&key)));
        let value = match value {
            Ok(value) => ungrouped(value),
            Err(error) => return self.errors.add(error),
        };
        if let Some(field) = FieldKind::ALL
            .into_iter()
            .find(|field| field.name() == name)
        {
            return self.capture(field, value);
        }
        match name.as_str() {
            "action" => self.action = self.name("action", value, name_check::action),
            "resource" => self.resource = self.name("resource", value, name_check::resource),
            "on" => self.on(value),
            "when" => self.when(value),
            "bind" => self.bind(&value),
            "unchanged" => self.unchanged(&value),
            "mutation" => self.mutation(&value),
            _ => self.facade(&value),
        }
    }

    fn finish(self) -> Option<Model> {
        let is_missing = |name: &&str| !self.seen.iter().any(|(seen, _)| seen == name);
        let missing: Vec<&str> = ["action", "resource"]
            .into_iter()
            .filter(is_missing)
            .collect();
        if !missing.is_empty() {
            let message = format!("missing {}", list(&missing).replace(", ", " and "));
            self.errors.push(
                Span::call_site(),
                helped(message, self.macro_kind.example()),
            );
        }
        Some(Model {
            facade: self.facade,
            callsite: self.callsite,
            action: self.action?,
            resource: self.resource?,
            captures: self.captures,
            on: self.on,
            when: self.when,
            bind: self.bind,
            records_unchanged: self.records_unchanged,
            is_mutation: self.is_mutation,
        })
    }

    fn unknown(&mut self, key: &Ident, name: &str) {
        let known = self.macro_kind.known();
        let near = names::called(name).or_else(|| nearest(name, known));
        let message = match near {
            _ if names::INSTRUMENT.contains(&name) => helped(
                format!("`{name}` is an argument of `#[instrument]`, not of this attribute"),
                "remove it; nothing is captured that is not named",
            ),
            // Only `record!` takes it.
            None if name == "diff" => helped(
                "unknown argument `diff`: at the entry nothing has changed yet",
                "`bind = event`, then `event.diff(&before, &after)` in the body",
            ),
            Some(near) => helped(
                format!("unknown argument `{name}`"),
                format!("did you mean `{near}`?"),
            ),
            None => format!("unknown argument `{name}`; expected one of {}", list(known)),
        };
        self.errors.push(key.span(), message);
    }

    fn name(&mut self, key: &str, value: Expr, check: NameCheck) -> Option<Name> {
        if let Some(text) = expression::text(&value) {
            if let Some(message) = check(&text.value(), self.is_mutation) {
                self.errors.push(text.span(), message);
            }
            return Some(Name::Literal(text));
        }
        match value {
            Expr::Path(path) if names_a_type_in_scope(&path) => self.associated(key, path),
            Expr::Lit(other) => {
                let message = format!(
                    "`{key}` must be a string literal or a path to a `&'static str` constant"
                );
                self.errors.push_at(&other, message);
                None
            }
            Expr::Path(path) if expression::may_be_constant(&path) => {
                Some(Name::Constant(path.path))
            }
            other if self.macro_kind == MacroKind::Record => {
                self.refuse_jumps(&other);
                Some(Name::RunTime(other))
            }
            other => {
                let help =
                    "give a string literal or a constant, and put what varies into `payload`";
                let message = helped(format!("`{key}` must be known at compile time"), help);
                self.errors.push_at(&other, message);
                None
            }
        }
    }

    /// Rejects a constant of `Self` or of a type parameter, which a `static` cannot name.
    fn associated(&mut self, key: &str, path: syn::ExprPath) -> Option<Name> {
        if self.macro_kind == MacroKind::Record {
            return Some(Name::RunTime(Expr::Path(path)));
        }
        let message = format!(
            "`{key}` cannot be `{}`: the call site is a `static`, which knows neither `Self` nor type parameters",
            shown(&path)
        );
        let help = "name the type in place of `Self`, or give a string literal";
        self.errors.push_at(&path, helped(message, help));
        None
    }

    /// Rejects a text with the name of a variable in braces. It is meant as a format, but would be recorded with its braces.
    fn refuse_format(&mut self, field: FieldKind, value: &Expr) {
        let Some(text) = expression::text(value) else {
            return;
        };
        let (name, written) = (field.name(), text.value());
        let help = match expression::placeholder(&written) {
            Some(Placeholder::Variable(variable)) => format!("`{name} = {variable}`"),
            Some(Placeholder::Named) => format!("`{name} = format_args!({})`", text.token()),
            Some(Placeholder::Empty) => format!("give the value itself, like `{name} = id`"),
            None => return,
        };
        let message = format!("`{name} = {}` is this text, with its braces", text.token());
        self.errors.push_at(value, helped(message, help));
    }

    fn capture(&mut self, field: FieldKind, value: Expr) {
        let source = match value {
            Expr::Closure(closure) if self.macro_kind == MacroKind::Attribute => {
                self.closure(field.name(), closure).map(Source::Success)
            }
            Expr::Closure(closure) => {
                let message = "`record!` has no success value to show a closure";
                self.errors
                    .push_at(&closure, helped(message, "give the value itself"));
                None
            }
            Expr::Tuple(sides) if field == FieldKind::Diff && sides.elems.len() == 2 => {
                Some(Source::Entry(Expr::Tuple(sides)))
            }
            other if field == FieldKind::Diff => {
                let message = helped("`diff` takes both sides", "`diff = (before, after)`");
                self.errors.push_at(&other, message);
                None
            }
            other => Some(Source::Entry(other)),
        };
        if let Some(source) = source {
            match &source {
                Source::Entry(value) => {
                    self.refuse_jumps(value);
                    self.refuse_format(field, value);
                }
                Source::Success(closure) => self.refuse_format(field, &closure.body),
            }
            self.captures.push(CapturedField { field, source });
        }
    }

    fn closure(&mut self, key: &str, closure: syn::ExprClosure) -> Option<Closure> {
        if closure.asyncness.is_some() || !matches!(closure.output, syn::ReturnType::Default) {
            let message =
                format!("the closure of `{key}` is neither async nor has a written return type");
            self.errors
                .push_at(&closure, helped(message, format!("`{key} = |ok| …`")));
            return None;
        }
        let begin = closure.inputs_begin.span();
        let mut inputs = closure.inputs.into_iter();
        let (parameter, further) = (inputs.next(), inputs.next());
        let (Some(parameter), None) = (parameter, &further) else {
            let wrong = further.map_or(begin, |further| further.span());
            let message =
                format!("the closure of `{key}` takes exactly one parameter, the success value");
            self.errors
                .push(wrong, helped(message, format!("`{key} = |ok| …`")));
            return None;
        };
        self.refuse_jumps(&closure.body);
        Some(Closure {
            parameter,
            body: *closure.body,
        })
    }

    fn on(&mut self, value: Expr) {
        let span = value.span();
        if let Expr::Closure(closure) = value {
            if let Some(test) = self.closure("on", closure) {
                self.on = SuccessRule::Test(Box::new(test));
            }
            return;
        }
        let word = shown(&value);
        if let Some(known) = names::ON.iter().find(|known| **known == word) {
            self.on = SuccessRule::Word(Ident::new("on", span), known);
            return;
        }
        let message = format!(
            "unknown `on` value `{word}`; expected {} or a closure",
            list(names::ON)
        );
        self.errors.push(
            span,
            match nearest(&word, names::ON) {
                Some(near) => helped(message, format!("did you mean `{near}`?")),
                None => message,
            },
        );
    }

    fn when(&mut self, value: Expr) {
        match value {
            Expr::Closure(closure) => self.when = self.closure("when", closure),
            other => {
                let message = helped(
                    "`when` takes a closure over the success value",
                    "`when = |ok| …`",
                );
                self.errors.push_at(&other, message);
            }
        }
    }

    fn bind(&mut self, value: &Expr) {
        self.bind = expression::name(value);
        if self.bind.is_none() {
            let help = "`bind = event`, then `event.diff(&before, &after)` in the body";
            self.errors.push_at(
                value,
                helped("`bind` takes the name of a local variable", help),
            );
        }
    }

    fn unchanged(&mut self, value: &Expr) {
        match expression::name(value)
            .map(|name| name.to_string())
            .as_deref()
        {
            Some("record") => self.records_unchanged = true,
            Some("skip") => {}
            _ => self
                .errors
                .push_at(value, "`unchanged` is `record`, or `skip`, the default"),
        }
    }

    fn mutation(&mut self, value: &Expr) {
        let reason = expression::text(value).map(|reason| reason.value());
        if reason.is_none_or(|reason| reason.trim().is_empty()) {
            let message =
                "`mutation` takes the reason why this action changes something, as a text";
            self.errors.push_at(
                value,
                helped(message, "`mutation = \"lists an item for sale\"`"),
            );
        }
    }

    fn facade(&mut self, value: &Expr) {
        if let Some(text) = expression::text(value) {
            let help = format!("`crate = {}`", text.value());
            self.errors.push(
                text.span(),
                helped("`crate` takes a path, not a string", help),
            );
        } else if let Expr::Path(path) = value {
            self.facade = Some(path.clone());
        } else {
            self.errors
                .push_at(value, "`crate` takes a path to the facade");
        }
    }

    /// Rejects jumps: they would leave the expression and the function, but only while recording is enabled.
    fn refuse_jumps(&mut self, value: &Expr) {
        expression::refuse_jumps(value.to_token_stream(), self.errors);
    }
}
