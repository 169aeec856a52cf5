//! JSON and CSV where a person reads them: on a terminal stored text acts on nothing, as in a table.

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};

use super::escape::{acts, escaped};

/// Standard output for data. In a pipe and in a file it has each byte as it is.
pub(crate) struct DataWriter<W: Write = Stdout> {
    writer: BufWriter<W>,
    form: ScreenForm,
    /// The line that was begun.
    line: Vec<u8>,
}

/// How a character that acts on a terminal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataForm {
    /// As JSON escapes it, so that the value is the same.
    Json,
    /// As a table shows it.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScreenForm {
    AsItIs,
    Escaped(DataForm),
}

impl DataWriter {
    /// Returns standard output for data of a form; `None` for text that is escaped already.
    pub(crate) fn stdout(form: Option<DataForm>) -> Self {
        let stdout = io::stdout();
        let form = match form {
            Some(form) if stdout.is_terminal() => ScreenForm::Escaped(form),
            _ => ScreenForm::AsItIs,
        };
        Self::new(stdout, form)
    }
}

impl<W: Write> DataWriter<W> {
    fn new(writer: W, form: ScreenForm) -> Self {
        Self {
            writer: BufWriter::new(writer),
            form,
            line: Vec::new(),
        }
    }

    /// Writes the line so far. A character that is not whole yet waits for its rest.
    fn end_piece(&mut self, form: DataForm) -> io::Result<()> {
        let whole = match std::str::from_utf8(&self.line) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.line.len(),
        };
        let rest = self.line.split_off(whole);
        let text = String::from_utf8_lossy(&self.line);
        let text = on_screen(&text, form);
        self.line = rest;
        self.writer.write_all(text.as_bytes())
    }
}

impl<W: Write> Write for DataWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let ScreenForm::Escaped(form) = self.form else {
            return self.writer.write(bytes);
        };
        self.line.extend_from_slice(bytes);
        if bytes.contains(&b'\n') {
            self.end_piece(form)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let ScreenForm::Escaped(form) = self.form {
            self.end_piece(form)?;
        }
        self.writer.flush()
    }
}

/// Returns a text in which nothing acts on a terminal but the ends of lines. In JSON all but blanks is in texts, where an
/// escape is the same character.
fn on_screen(text: &str, form: DataForm) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match (char, form) {
            ('\t' | '\r', DataForm::Json) => shown.push(' '),
            _ if char == '\n' || !acts(char) => shown.push(char),
            (_, DataForm::Json) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
            (_, DataForm::Csv) => shown.push_str(&escaped(char.encode_utf8(&mut [0; 4]))),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{200b}\u{e0001}é日🙂 नमस्ते";

    fn written(form: ScreenForm, pieces: &[&[u8]]) -> String {
        let mut writer = DataWriter::new(Vec::new(), form);
        for piece in pieces {
            writer.write_all(piece).expect("written");
        }
        writer.flush().expect("written");
        let bytes = writer.writer.into_inner().expect("all");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn json_on_a_terminal_is_the_same_json_and_acts_on_nothing() {
        let json = serde_json::json!({"text": HOSTILE}).to_string() + "\n";
        let shown = written(ScreenForm::Escaped(DataForm::Json), &[json.as_bytes()]);
        let value: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(value["text"], HOSTILE);
        assert_eq!(
            shown.chars().find(|char| acts(*char) && *char != '\n'),
            None
        );
        assert!(shown.contains("é日🙂 नमस्ते"), "{shown}");
        let blanks = written(ScreenForm::Escaped(DataForm::Json), &[b"{\r\n\t\"a\":1}"]);
        assert_eq!(blanks, "{ \n \"a\":1}");
    }

    #[test]
    fn csv_on_a_terminal_is_as_in_a_table() {
        let shown = written(
            ScreenForm::Escaped(DataForm::Csv),
            &[b"x,\"\x1b[2J \\ '\"\n"],
        );
        assert_eq!(shown, "x,\"\\u{1b}[2J \\ '\"\n");
        assert_eq!(
            on_screen("a\r\u{9b}\u{3164}\n", DataForm::Csv),
            "a\\r\\u{9b}\\u{3164}\n"
        );
    }

    #[test]
    fn a_character_in_two_pieces_is_one() {
        let bytes = "\u{202e}é".as_bytes();
        let pieces: Vec<_> = bytes.chunks(1).collect();
        let mut writer = DataWriter::new(Vec::new(), ScreenForm::Escaped(DataForm::Json));
        for piece in pieces {
            writer.write_all(piece).expect("written");
            writer.flush().expect("written");
        }
        let bytes = writer.writer.into_inner().expect("all");
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), "\\u202eé");
    }

    #[test]
    fn elsewhere_each_byte_is_as_it_is() {
        assert_eq!(written(ScreenForm::AsItIs, &[HOSTILE.as_bytes()]), HOSTILE);
    }
}
