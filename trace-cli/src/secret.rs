//! Passwords in texts that others can see.

/// Returns whether a URL contains a password.
pub(crate) fn has_password(url: &str) -> bool {
    password(url).is_some()
}

/// Replaces the password of each URL in a text.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        rest = after;
        if let Some((user, password)) = user_info(after) {
            shown.push_str(user);
            shown.push_str(":***");
            rest = &after[user.len() + 1 + password.len()..];
        }
    }
    shown + rest
}

fn password(url: &str) -> Option<&str> {
    let (_, after) = url.split_once("://")?;
    user_info(after).map(|(_, password)| password)
}

/// Splits what follows a scheme into user and password. A password may contain `/` and `@` where it should be encoded.
fn user_info(after: &str) -> Option<(&str, &str)> {
    let word = after.split_whitespace().next().unwrap_or_default();
    let (info, _) = word.rsplit_once('@')?;
    info.split_once(':')
        .filter(|(user, password)| !password.is_empty() && !user.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_wherever_a_url_can_have_one() {
        for url in [
            "mysql://app:hunter2@db/shop",
            "mysql://app:hunter2@one:3306,two/shop",
            "mysql://app:hun/ter@2@db/shop",
            "mysql://:hunter2@db/shop",
        ] {
            assert!(has_password(url), "{url}");
            let shown = without_passwords(&format!("unexpected argument '{url}' found"));
            assert!(!shown.contains("hun"), "{shown}");
            assert!(shown.ends_with("/shop' found"), "{shown}");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "mysql://app@db:3306/shop",
            "mysql://app:@db/shop",
            "sqlite:/var/lib/a@b:c.db",
            "memory:",
            "see https://example.org:80/a",
            "unexpected argument '--x' found",
        ] {
            assert!(!has_password(text), "{text}");
            assert_eq!(without_passwords(text), text);
        }
    }
}
