//! The keyboard, in WebDriver's spelling.

use serde_json::{Value, json};

use super::{Browser, Element};
use crate::ServerError;

/// Key of a keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those on the keys")]
pub enum Key {
    Tab,
    Shift,
    Control,
    Alt,
    Meta,
    Enter,
    Escape,
    Space,
    Backspace,
    Home,
    End,
    PageUp,
    PageDown,
    Left,
    Up,
    Right,
    Down,
    /// Key of a character.
    Char(char),
}

impl Key {
    const fn value(self) -> char {
        match self {
            Self::Backspace => '\u{e003}',
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Shift => '\u{e008}',
            Self::Control => '\u{e009}',
            Self::Alt => '\u{e00a}',
            Self::Escape => '\u{e00c}',
            Self::PageUp => '\u{e00e}',
            Self::PageDown => '\u{e00f}',
            Self::End => '\u{e010}',
            Self::Home => '\u{e011}',
            Self::Left => '\u{e012}',
            Self::Up => '\u{e013}',
            Self::Right => '\u{e014}',
            Self::Down => '\u{e015}',
            Self::Meta => '\u{e03d}',
            Self::Space => ' ',
            Self::Char(character) => character,
        }
    }
}

impl Browser {
    /// Returns the element with the keyboard's focus, or else the body of the page.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn active(&self) -> Result<Element<'_>, ServerError> {
        let what = "return the element with the focus";
        let found = self.session.get(what, "element/active")?;
        Element::new(&self.session, "the element with the focus", &found)
    }

    /// Presses keys together, as in `[Key::Shift, Key::Tab]`, and releases them.
    ///
    /// # Errors
    ///
    /// The browser does not answer.
    pub fn press(&self, keys: &[Key]) -> Result<(), ServerError> {
        self.session.post("press keys", "actions", &chord(keys))?;
        Ok(())
    }
}

/// Returns the actions that press all keys in order and release them in reverse.
fn chord(keys: &[Key]) -> Value {
    let action = |kind: &str, key: &Key| json!({ "type": kind, "value": key.value() });
    let down = keys.iter().map(|key| action("keyDown", key));
    let up = keys.iter().rev().map(|key| action("keyUp", key));
    let actions: Vec<Value> = down.chain(up).collect();
    json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_is_pressed_first_is_released_last() {
        let actions = chord(&[Key::Shift, Key::Tab]);
        let actions = actions["actions"][0]["actions"]
            .as_array()
            .expect("actions");
        let order: Vec<String> = actions
            .iter()
            .map(|action| format!("{} {}", action["type"], action["value"]))
            .collect();
        assert_eq!(
            order,
            [
                "\"keyDown\" \"\u{e008}\"",
                "\"keyDown\" \"\u{e004}\"",
                "\"keyUp\" \"\u{e004}\"",
                "\"keyUp\" \"\u{e008}\""
            ]
        );
    }
}
