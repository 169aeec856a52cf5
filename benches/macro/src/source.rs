//! Source code of the annotated functions.

use std::fmt::Write as _;

/// Kinds of functions, in equal numbers.
pub(crate) struct Kinds {
    pub(crate) name: &'static str,
    /// The types that all of them share.
    preamble: &'static str,
    each: &'static [Kind],
}

/// A kind of function. `NN` in it is its number.
struct Kind {
    /// The expression of its id.
    id: &'static str,
    /// The text around the function, with `FUNCTION` in its place.
    around: &'static str,
    function: &'static str,
    /// An expression whose pointer keeps the function in the program.
    held: &'static str,
}

impl Kinds {
    /// Writes this number of functions, each below its attribute.
    pub(crate) fn functions(&self, attribute: fn(u32, &str) -> String, count: u32) -> String {
        let mut source = self.preamble.to_owned();
        for number in 0..count {
            let kind = self.kind(number);
            let annotated = format!("{}\n{}", attribute(number, kind.id), kind.function);
            let text = kind.around.replace("FUNCTION", &annotated);
            source += &text.replace("NN", &number.to_string());
        }
        source
    }

    /// Writes a `main` that keeps all functions, and calls none.
    pub(crate) fn main(&self, count: u32) -> String {
        let mut main = String::from("fn main() {\n");
        for number in 0..count {
            let held = self.kind(number).held.replace("NN", &number.to_string());
            // Writing to a `String` does not fail.
            let _ = writeln!(main, "    std::hint::black_box({held} as *const ());");
        }
        main + "}\n"
    }

    fn kind(&self, number: u32) -> &Kind {
        &self.each[number as usize % self.each.len()]
    }
}

/// The functions of a service: free ones, methods and trait methods, sync and async, whose id is a number, a text, a field
/// or a part of the result.
pub(crate) const VARIED: Kinds = Kinds {
    name: "varied",
    preamble: include_str!("source/varied.txt"),
    each: &[
        Kind {
            id: "id",
            around: "FUNCTION",
            function: include_str!("source/result.txt"),
            held: "result_NN",
        },
        Kind {
            id: "id",
            around: include_str!("source/method_around.txt"),
            function: include_str!("source/method.txt"),
            held: "driven_NN",
        },
        Kind {
            id: "id",
            around: "FUNCTION",
            function: include_str!("source/plain.txt"),
            held: "plain_NN",
        },
        Kind {
            id: "update.id",
            around: include_str!("source/steps_around.txt"),
            function: include_str!("source/steps.txt"),
            held: "stepped_NN",
        },
        Kind {
            id: "name",
            around: "impl Store {\nFUNCTION}\n",
            function: include_str!("source/unit.txt"),
            held: "Store::unit_NN",
        },
        Kind {
            id: "id",
            around: "FUNCTION",
            function: include_str!("source/generic.txt"),
            held: "generic_NN::<&str>",
        },
        Kind {
            id: "self.tenant",
            around: include_str!("source/of_trait_around.txt"),
            function: include_str!("source/of_trait.txt"),
            held: "<Store as TraitNN>::of_trait",
        },
        Kind {
            id: "key.as_str()",
            around: "impl Store {\nFUNCTION}\n",
            function: include_str!("source/key.txt"),
            held: "Store::key_NN",
        },
    ],
};

/// One `impl` of short methods, sync and async in turn, each with its id as an argument.
pub(crate) const METHODS: Kinds = Kinds {
    name: "methods",
    preamble: include_str!("source/varied.txt"),
    each: &[
        Kind {
            id: "id",
            around: "impl Store {\nFUNCTION}\n",
            function: include_str!("source/short.txt"),
            held: "Store::short_NN",
        },
        Kind {
            id: "id",
            around: include_str!("source/short_async_around.txt"),
            function: include_str!("source/short_async.txt"),
            held: "short_driven_NN",
        },
    ],
};
