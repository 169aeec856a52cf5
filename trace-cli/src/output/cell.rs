//! Cells of a table.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

use super::escape::escaped;

/// Colour of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Color {
    #[default]
    Plain,
    Dim,
    Cyan,
    Green,
    Yellow,
    Red,
}

/// A text of a table, escaped.
#[derive(Clone, Debug)]
pub(crate) struct TextCell {
    pub(super) text: String,
    pub(super) color: Color,
    pub(super) is_number: bool,
}

impl TextCell {
    /// Creates a cell of any text, which it escapes.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: escaped(text.as_ref()),
            color: Color::Plain,
            is_number: false,
        }
    }

    /// Creates a cell of a number, which is at the right of its column.
    pub(crate) fn number(number: impl fmt::Display) -> Self {
        Self {
            is_number: true,
            ..Self::new(number.to_string())
        }
    }

    /// Creates a cell of lines that were escaped one by one.
    pub(crate) fn of_lines(lines: &[String]) -> Self {
        Self {
            text: lines.join("\n"),
            color: Color::Plain,
            is_number: false,
        }
    }

    pub(crate) fn color(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    /// Returns the number of columns of a terminal that the text takes.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    /// Returns the text with the codes of its colour.
    pub(super) fn painted(&self, colors: bool) -> String {
        let code = match self.color {
            _ if !colors => "",
            Color::Plain => "",
            Color::Dim => "2",
            Color::Cyan => "36",
            Color::Green => "32",
            Color::Yellow => "33",
            Color::Red => "31",
        };
        if code.is_empty() {
            self.text.clone()
        } else {
            format!("\x1b[{code}m{}\x1b[0m", self.text)
        }
    }
}
