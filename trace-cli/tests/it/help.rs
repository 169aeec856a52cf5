//! Help, manual, completions and version.

use std::fs;

use crate::tool::{Place, shown};

/// Returns the words of each command, such as `["spool", "drain"]`, by the names of the pages of the manual.
fn commands(place: &Place) -> Vec<Vec<String>> {
    let folder = place.path().join("man");
    fs::create_dir(&folder).expect("a folder");
    place.run(&["man", "--to", "man"]).ok();
    let names = fs::read_dir(&folder).expect("a folder").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("a name")
    });
    let mut pages: Vec<String> = names.collect();
    pages.sort();
    let top = place.run(&["--help"]).ok();
    let words = |page: &String| {
        let name = page
            .trim_start_matches("behavior-trace")
            .trim_end_matches(".1");
        words_of(&top, name.trim_start_matches('-'))
    };
    pages.iter().map(words).collect()
}

/// Splits `dead-letters-show` into a command of the first level and the rest.
fn words_of(top: &str, name: &str) -> Vec<String> {
    let is_first = |word: &str| {
        let begins = |line: &str| line.split_whitespace().next() == Some(word);
        top.lines()
            .any(|line| line.starts_with("  ") && begins(line))
    };
    let ends = name
        .char_indices()
        .filter(|(_, char)| *char == '-')
        .map(|(at, _)| at);
    for end in ends.chain([name.len()]) {
        if is_first(&name[..end]) {
            let rest = name[end..].trim_start_matches('-');
            let words = [&name[..end], rest]
                .into_iter()
                .filter(|word| !word.is_empty());
            return words.map(str::to_owned).collect();
        }
    }
    Vec::new()
}

#[test]
fn each_command_explains_itself() {
    let place = Place::sqlite();
    let commands = commands(&place);
    assert!(commands.len() > 8, "{commands:?}");
    for words in commands {
        let mut call: Vec<&str> = words.iter().map(String::as_str).collect();
        call.push("--help");
        let help = place.run(&call).ok();
        let name = ["help".to_owned()]
            .into_iter()
            .chain(words)
            .collect::<Vec<_>>()
            .join("-");
        shown(&name, &help, &[]);
    }
}

#[test]
fn completions_are_made_for_each_shell_without_settings() {
    let place = Place::sqlite();
    fs::write(place.path().join("behavior-trace.toml"), "unknown = 1").expect("written");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&["completions", shell]).ok();
        assert!(
            script.contains("history") && script.contains("fail-if-empty"),
            "{script}"
        );
    }
    assert!(place.run(&["man"]).ok().starts_with(".ie"));
    let version = place.run(&["--version"]).ok();
    assert_eq!(
        version,
        concat!("behavior-trace ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_wrong_call_exits_with_2_and_names_the_right_one() {
    let place = Place::sqlite();
    for words in [
        &[][..],
        &["qurey"],
        &["query", "--limit", "0"],
        &["query", "--since"],
    ] {
        let ran = place.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.contains("--help"), "{ran:?}");
    }
    let ran = place.run(&["query", "--since", "soon"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("`yesterday`"), "{ran:?}");
}
