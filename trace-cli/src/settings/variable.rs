//! Environment variables.

use std::ffi::OsString;

use crate::failure::Failure;

/// Returns an environment variable that is set to something.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the text of a variable that is no path. Another setting in its place could name another database.
pub(super) fn text_of(
    variable: &impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<String>, Failure> {
    let text = variable(name).map(OsString::into_string).transpose();
    text.map_err(|_| {
        Failure::usage(format!(
            "{name} is not UTF-8; set it to a text, or unset it"
        ))
    })
}
