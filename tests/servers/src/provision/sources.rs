//! The package sources of this machine, rewritten to another suite.
//!
//! The addresses, including mirrors and keys, are the machine's own: the project contains none.

/// Format of a sources file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Stanzas of fields: `*.sources`.
    Deb822,
    /// A line for each source: `*.list`.
    OneLine,
}

/// Suites of Debian's own sources, beside the release's codename. Sources of third parties have other suites. Updates and
/// security fixes have no counterpart in `sid`.
const SUITES: [&str; 5] = ["stable", "oldstable", "testing", "unstable", "sid"];
const COMPONENT: &str = "main";

/// Returns the distribution's own sources in `text`, rewritten to `suite`; empty if there are none.
pub(super) fn with_suite(text: &str, format: Format, codename: &str, suite: &str) -> String {
    let is_own = |word: &str| word == codename || SUITES.contains(&word);
    match format {
        Format::Deb822 => {
            let stanzas = stanzas(text);
            let stanzas = stanzas
                .iter()
                .filter_map(|stanza| rewrite_stanza(stanza, is_own, suite));
            stanzas.collect::<Vec<_>>().join("\n")
        }
        Format::OneLine => text
            .lines()
            .filter_map(|line| rewrite_line(line, is_own, suite))
            .collect(),
    }
}

/// Returns the stanzas without comments.
fn stanzas(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let stanzas = lines.split(|line| line.trim().is_empty());
    stanzas
        .filter(|stanza| !stanza.is_empty())
        .map(<[_]>::to_vec)
        .collect()
}

fn rewrite_stanza(stanza: &[&str], is_own: impl Fn(&str) -> bool, suite: &str) -> Option<String> {
    let value = |name: &str| field(stanza, name);
    let has = |name: &str, wanted: &str| {
        value(name).is_some_and(|v| v.split_whitespace().any(|word| word == wanted))
    };
    let own = value("Suites").is_some_and(|suites| suites.split_whitespace().any(is_own));
    if !own || !has("Types", "deb") || !has("Components", COMPONENT) || has("Enabled", "no") {
        return None;
    }
    let mut rewritten = format!("Types: deb\nSuites: {suite}\nComponents: {COMPONENT}\n");
    let mut keep = false;
    for line in stanza {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            let replaced = ["Types", "Suites", "Components", "Architectures", "Enabled"];
            keep = !replaced
                .iter()
                .any(|replaced| replaced.eq_ignore_ascii_case(name));
        }
        if keep {
            rewritten.push_str(line);
            rewritten.push('\n');
        }
    }
    Some(rewritten)
}

/// Returns a field's value, including its continuation lines.
fn field(stanza: &[&str], name: &str) -> Option<String> {
    let start = stanza.iter().position(|line| {
        line.split_once(':')
            .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
    })?;
    let (_, first) = stanza[start].split_once(':')?;
    let rest = stanza[start + 1..]
        .iter()
        .take_while(|line| line.starts_with([' ', '\t']));
    Some(
        std::iter::once(first)
            .chain(rest.copied())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn rewrite_line(line: &str, is_own: impl Fn(&str) -> bool, suite: &str) -> Option<String> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None;
    }
    let rest = rest.trim_start();
    let (options, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((options, rest)) => (options, rest),
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (address, release) = (words.next()?, words.next()?);
    if !is_own(release) || !words.any(|component| component == COMPONENT) {
        return None;
    }
    let options: Vec<&str> = options
        .split_whitespace()
        .filter(|option| !option.starts_with("arch"))
        .collect();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!("[{}] ", options.join(" "))
    };
    Some(format!("deb {options}{address} {suite} {COMPONENT}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "\
# the archive
Types: deb deb-src
URIs: http://mirror.test/debian
# a remark
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://third.test/apt
Suites: nodistro
Components: main
";

    #[test]
    fn a_stanza_of_the_release_is_asked_for_the_other_suite_and_keeps_its_key() {
        assert_eq!(
            with_suite(DEB822, Format::Deb822, "bookworm", "sid"),
            "Types: deb\nSuites: sid\nComponents: main\nURIs: http://mirror.test/debian\nSigned-By:\n \
             -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n"
        );
    }

    #[test]
    fn a_line_of_the_release_is_asked_for_the_other_suite_and_keeps_its_options() {
        let text = "\
# deb http://commented.test/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.test/debian bookworm main non-free # the archive
deb http://mirror.test/debian bookworm-updates main
deb-src http://mirror.test/debian bookworm main
deb http://third.test/debian bookworm stable
";
        assert_eq!(
            with_suite(text, Format::OneLine, "bookworm", "sid"),
            "deb [signed-by=/usr/share/keyrings/k.gpg] http://mirror.test/debian sid main\n"
        );
    }

    #[test]
    fn a_release_may_go_by_its_role() {
        let text = "deb http://mirror.test/debian stable main\n";
        assert_eq!(
            with_suite(text, Format::OneLine, "trixie", "sid"),
            "deb http://mirror.test/debian sid main\n"
        );
    }

    #[test]
    fn sources_of_others_give_nothing() {
        assert_eq!(
            with_suite(
                "Types: deb\nURIs: http://x.test\nSuites: noble\n",
                Format::Deb822,
                "bookworm",
                "sid"
            ),
            ""
        );
        assert_eq!(
            with_suite(
                "deb\ndebris http://x.test sid main\n",
                Format::OneLine,
                "bookworm",
                "sid"
            ),
            ""
        );
    }
}
