//! Passwords in texts that others can see.

/// Returns whether a URL contains a user, who may be a token.
pub(crate) fn has_user_info(url: &str) -> bool {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    after.contains('@')
}

/// Returns whether a URL contains a password.
pub(crate) fn has_password(url: &str) -> bool {
    let after = url.split_once("://").map(|(_, after)| after);
    after.and_then(user_info).is_some()
}

/// Replaces the password of each URL in a text.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        rest = after;
        if let Some((user, password)) = in_text(after) {
            shown.push_str(user);
            shown.push_str(":***");
            rest = &after[user.len() + 1 + password.len()..];
        }
    }
    shown + rest
}

/// Finds user and password in what follows a scheme, where the end of the URL is unknown. A password may have blanks and
/// `@`, so it reaches to the last `@` before a line break or another URL: too much is hidden rather than too little.
fn in_text(after: &str) -> Option<(&str, &str)> {
    let line = after.split('\n').next().unwrap_or_default();
    let segment = line.split("://").next().unwrap_or_default();
    let word = segment.split(char::is_whitespace).next()?;
    let of_word = user_info(word);
    let (user, rest) = word.split_once(':')?;
    let is_hidden = of_word.is_some_and(|(_, password)| password == "***");
    if is_hidden || user.contains(['/', '@']) || begins_with_port(rest) {
        return of_word;
    }
    user_info(segment)
}

fn begins_with_port(text: &str) -> bool {
    let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
    rest.len() < text.len() && !rest.starts_with(char::is_alphanumeric)
}

/// Splits what follows a scheme into user and password. A password may contain `/` and `@` where it should be encoded.
fn user_info(after: &str) -> Option<(&str, &str)> {
    let (info, _) = after.rsplit_once('@')?;
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
            "mysql://app:hunter2 hun@db/shop",
            "mysql://app: hunter2@db/shop",
            "mysql://app:hun@ter hun@3@db/shop",
            "mysql://app:1234@db/shop",
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
            "see https://example.org:80/a, or write to a@b",
            "mysql://app@db:3306/shop: access denied for 'app'@'10.0.0.1'",
            "mysql://db:3306/shop: access denied for 'app'@'10.0.0.1'",
            "unexpected argument '--x' found",
        ] {
            assert_eq!(without_passwords(text), text);
        }
        assert!(!has_password("mysql://app@db:3306/shop"));
        assert!(!has_password("mysql://app:@db/shop"));
        assert!(!has_password("sqlite:/var/lib/a@b:c.db"));
    }

    #[test]
    fn a_url_whose_password_is_hidden_leaves_the_text_after_it() {
        let text = "mysql://app:***@db/shop: access denied for 'app'@'10.0.0.1'";
        assert_eq!(without_passwords(text), text);
        let two = "mysql://a:hunter2@one/x\nmysql://b:hunter3@two/y";
        assert_eq!(
            without_passwords(two),
            "mysql://a:***@one/x\nmysql://b:***@two/y"
        );
    }
}
