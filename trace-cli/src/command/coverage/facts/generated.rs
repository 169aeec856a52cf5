//! Code that is not in the sources: what macros generate at the place of an item, and included files.

use syn::ItemMacro;

use super::items::Walk;
use super::{Unseen, name};

/// Macros at the place of an item that declare no function with a body of the application's.
const HARMLESS: [&str; 14] = [
    "allow_tables_to_appear_in_same_query",
    "bitflags",
    "compile_error",
    "const_assert",
    "define_sql_function",
    "error_chain",
    "include_bytes",
    "include_str",
    "joinable",
    "lazy_static",
    "macro_rules",
    "static_assertions",
    "table",
    "thread_local",
];

impl Walk<'_> {
    pub(super) fn generated(&mut self, item: &ItemMacro) {
        // A definition with `macro_rules!` has a name, and its calls are places of their own.
        if item.ident.is_none() {
            self.generated_by(&item.mac);
        }
    }

    pub(super) fn generated_by(&mut self, call: &syn::Macro) {
        let Some(last) = call.path.segments.last() else {
            return;
        };
        let called = name(&last.ident);
        if HARMLESS.contains(&called.as_str()) {
            return;
        }
        let line = last.ident.span().start().line;
        match called.as_str() {
            "include" => self.includes(&[line]),
            called => self.unseen(line, &format!("what `{called}!` generates")),
        }
    }

    pub(super) fn includes(&mut self, lines: &[usize]) {
        for line in lines {
            self.unseen(*line, "a file by `include!`");
        }
    }

    pub(super) fn unseen(&mut self, line: usize, reason: &str) {
        self.facts.unseen.push(Unseen::new(self.path, line, reason));
    }
}
