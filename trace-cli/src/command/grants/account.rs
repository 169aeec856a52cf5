//! Accounts as people write them.

/// Marks in which servers quote names.
const QUOTES: [char; 3] = ['\'', '"', '`'];

/// Returns an account in the form of statements. It reads `app`, `app@%` and `'app'@'%'`, since a shell takes the quotes of the
/// last one away.
pub(super) fn quoted(text: &str) -> Result<String, String> {
    let (user, host) = split(text).ok_or_else(|| {
        format!("`{text}` is no account; write a user with or without a host, such as `app@%` or `app@10.0.0.%`")
    })?;
    let quote = |part: &str| format!("'{}'", part.replace('\\', "\\\\").replace('\'', "''"));
    Ok(match host {
        Some(host) => format!("{}@{}", quote(&user), quote(&host)),
        None => quote(&user),
    })
}

fn split(text: &str) -> Option<(String, Option<String>)> {
    if text.contains(char::is_control) {
        return None;
    }
    let (user, rest) = match read_quoted(text) {
        Some((user, "")) => (user, None),
        Some((user, rest)) => (user, Some(rest.strip_prefix('@')?)),
        None => match text.rsplit_once('@') {
            Some((user, host)) => (plain(user)?, Some(host)),
            None => (plain(text)?, None),
        },
    };
    let host = match rest {
        None => None,
        Some(host) => Some(match read_quoted(host) {
            Some((host, "")) => host,
            _ => plain(host)?,
        }),
    };
    Some((user, host))
}

/// Returns a text without quotes and blanks.
fn plain(text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && !text.contains(QUOTES) && !text.contains([' ', ';', '\\']);
    is_plain.then(|| text.to_owned())
}

/// Reads a text in quotes, in which the mark itself is doubled. Returns it with what follows.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mark = text.chars().next().filter(|mark| QUOTES.contains(mark))?;
    let mut rest = &text[1..];
    let mut read = String::new();
    loop {
        let (part, after) = rest.split_once(mark)?;
        read.push_str(part);
        match after.strip_prefix(mark) {
            Some(after) => {
                read.push(mark);
                rest = after;
            }
            None => return Some((read, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_quoted_however_it_was_written() {
        for (text, expected) in [
            ("app@%", "'app'@'%'"),
            ("'app'@'%'", "'app'@'%'"),
            ("\"app\"@localhost", "'app'@'localhost'"),
            ("`app`@`10.0.0.%`", "'app'@'10.0.0.%'"),
            ("app", "'app'"),
            ("'app'", "'app'"),
            ("ada@example.com@%", "'ada@example.com'@'%'"),
            ("'o''neil'@'%'", "'o''neil'@'%'"),
            ("\"o'neil\"@%", "'o''neil'@'%'"),
            ("'a; DROP TABLE b'@'%'", "'a; DROP TABLE b'@'%'"),
            ("'a\\'@'%'", "'a\\\\'@'%'"),
        ] {
            assert_eq!(quoted(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_account_is_refused() {
        for text in [
            "",
            "@",
            "@%",
            "app@",
            "'app",
            "'app'x",
            "app; DROP TABLE b",
            "app'@'%",
            "'app'@'%' WITH GRANT OPTION",
            "a\nb",
        ] {
            assert!(quoted(text).is_err(), "{text}");
        }
    }
}
