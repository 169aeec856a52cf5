//! An element of a page.

use serde_json::{Value, json};

use super::session::Session;
use crate::ServerError;

/// Name of an element's id in WebDriver.
const ID: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Element of the page at hand. After a navigation its calls fail.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    session: &'a Session,
    name: String,
    id: String,
}

impl<'a> Element<'a> {
    pub(super) fn new(
        session: &'a Session,
        name: &str,
        found: &Value,
    ) -> Result<Self, ServerError> {
        let id = found[ID].as_str().ok_or_else(|| {
            ServerError::browser(
                format!("find `{name}`"),
                format!("it is no element: {found}"),
            )
        })?;
        Ok(Self {
            session,
            name: name.to_owned(),
            id: id.to_owned(),
        })
    }

    /// Clicks in its middle, after scrolling to it.
    ///
    /// # Errors
    ///
    /// It cannot be seen, or another element lies over it.
    pub fn click(&self) -> Result<(), ServerError> {
        let path = self.path("click");
        self.session
            .post(&self.what("click"), &path, &json!({}))
            .map(drop)
    }

    /// Types a text into it.
    ///
    /// # Errors
    ///
    /// It takes no text.
    pub fn type_text(&self, text: &str) -> Result<(), ServerError> {
        let path = self.path("value");
        let body = json!({ "text": text });
        self.session
            .post(&self.what("type into"), &path, &body)
            .map(drop)
    }

    /// Returns its text as it is seen.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn text(&self) -> Result<String, ServerError> {
        self.session.text(&self.what("read"), &self.path("text"))
    }

    /// Returns the name of its tag, in lower case.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn tag(&self) -> Result<String, ServerError> {
        self.session
            .text(&self.what("name the tag of"), &self.path("name"))
    }

    /// Returns an attribute, if it has it.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn attribute(&self, name: &str) -> Result<Option<String>, ServerError> {
        let path = self.path(&format!("attribute/{name}"));
        let value = self
            .session
            .get(&self.what("read an attribute of"), &path)?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// Returns the computed value of a CSS property, such as `rgba(0, 0, 0, 1)`.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn css(&self, property: &str) -> Result<String, ServerError> {
        let path = self.path(&format!("css/{property}"));
        self.session.text(&self.what("compute a style of"), &path)
    }

    /// Returns its name for a screen reader.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn label(&self) -> Result<String, ServerError> {
        let path = self.path("computedlabel");
        self.session.text(&self.what("compute the name of"), &path)
    }

    /// Returns its role for a screen reader, such as `link`.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn role(&self) -> Result<String, ServerError> {
        let path = self.path("computedrole");
        self.session.text(&self.what("compute the role of"), &path)
    }

    /// Returns whether it can be seen, at least after scrolling.
    ///
    /// # Errors
    ///
    /// It is not on the page any more.
    pub fn is_displayed(&self) -> Result<bool, ServerError> {
        let path = self.path("displayed");
        let value = self.session.get(&self.what("look at"), &path)?;
        Ok(value == true)
    }

    fn path(&self, rest: &str) -> String {
        format!("element/{}/{rest}", self.id)
    }

    fn what(&self, verb: &str) -> String {
        format!("{verb} `{}`", self.name)
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
