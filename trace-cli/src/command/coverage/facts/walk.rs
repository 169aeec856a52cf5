//! A walk through one body.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, Item, Macro};

use super::body::BodyReader;
use super::{Call, Doing, Form, Named, mentions, name, routes, writes};

impl<'ast> Visit<'ast> for BodyReader<'_, 'ast> {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item(&mut self, item: &'ast Item) {
        self.items.push(item);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.text(&text.value());
    }

    fn visit_pat_ident(&mut self, local: &'ast syn::PatIdent) {
        self.locals.insert(name(&local.ident));
        visit::visit_pat_ident(self, local);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names_active_model |= path
            .segments
            .iter()
            .any(|segment| segment.ident == "ActiveModel");
        if let Some(last) = path.segments.last() {
            let name = last.ident.to_string();
            let is_constant =
                |char: char| char.is_ascii_uppercase() || char == '_' || char.is_ascii_digit();
            if name.len() > 1 && name.chars().all(is_constant) {
                self.body.constants.insert(name);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if let (Expr::Path(base), syn::Member::Named(member)) = (&*field.base, &field.member)
            && base.path.is_ident("self")
            && mentions::is_of_store(&name(member))
        {
            self.body.store_field = Some(name(member));
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_await(&mut self, waits: &'ast syn::ExprAwait) {
        self.does(Doing::Awaits, true);
        self.is_awaited = matches!(&*waits.base, Expr::MethodCall(_));
        visit::visit_expr_await(self, waits);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let is_awaited = std::mem::take(&mut self.is_awaited);
        let method = name(&call.method);
        let arguments = call.args.len();
        self.does(
            Doing::Locks,
            arguments == 0 && ["lock", "write", "borrow_mut"].contains(&method.as_str()),
        );
        self.method_writes(writes::of_method(call, is_awaited));
        self.routed.extend(routes::of_method(call));
        self.values(call.args.iter());
        let on_self = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"));
        let to = Named {
            qualifier: mentions::last_name(&call.receiver),
            name: method,
        };
        let form = Form::Method {
            on_self,
            is_awaited,
            arguments,
        };
        self.body.calls.push(Call { to, form });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.routed.extend(routes::of_call(call));
        self.values(call.args.iter());
        if let Expr::Path(function) = &*call.func
            && let Some(to) = Named::of(&function.path)
        {
            let arguments = call.args.len();
            if let Some(orm) = writes::of_function(&to, arguments, self.imports) {
                self.body.orm_write = Some(orm);
            }
            if let Some(file) = writes::of_file(&to) {
                self.body.file_write = Some(file);
            }
            self.body.calls.push(Call {
                to,
                form: Form::Path { arguments },
            });
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macro_call(call);
    }
}
