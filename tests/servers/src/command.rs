//! Commands that run to their end, with errors that show their output.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::ServerError;

/// Maximum bytes of a failed command's output in an error.
const SHOWN: usize = 2000;

/// Runs `command` and returns its standard output.
pub(crate) fn run(command: &mut Command) -> Result<String, ServerError> {
    command.stdin(Stdio::null());
    let output = command.output().map_err(|e| not_started(command, &e))?;
    checked(command, &output)
}

/// Runs `command` with `input` as its standard input and returns its standard output.
///
/// It writes all of `input` before it reads the output, so a command that answers while it reads must answer little.
pub(crate) fn feed(command: &mut Command, input: &str) -> Result<String, ServerError> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| not_started(command, &e))?;
    if let Some(mut stdin) = child.stdin.take() {
        // For a command that has ended, the status is a better explanation than a broken pipe.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child
        .wait_with_output()
        .map_err(|e| not_started(command, &e))?;
    checked(command, &output)
}

/// Returns the command as typed in a shell, for messages.
pub(crate) fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the last `limit` bytes of `text`, from the start of a line.
pub(crate) fn tail(text: &str, limit: usize) -> &str {
    let mut from = text.len().saturating_sub(limit);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    match text[from..].split_once('\n') {
        Some((_, whole_lines)) if from > 0 => whole_lines,
        _ => &text[from..],
    }
}

fn checked(command: &Command, output: &Output) -> Result<String, ServerError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let said = String::from_utf8_lossy(said);
    Err(ServerError::command(
        spelled(command),
        format!("failed ({})", output.status),
        tail(&said, SHOWN).to_owned(),
    ))
}

fn not_started(command: &Command, error: &std::io::Error) -> ServerError {
    ServerError::command(
        spelled(command),
        "did not start".to_owned(),
        error.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_says_what_it_said() {
        let error = run(Command::new("sh").args(["-c", "echo because >&2; exit 3"]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.ends_with("because"), "{error}");
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = run(&mut Command::new("/nowhere/mysqld"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("`/nowhere/mysqld` did not start"), "{error}");
    }

    #[test]
    fn input_reaches_the_command() {
        assert_eq!(
            feed(&mut Command::new("cat"), "SELECT 1").unwrap(),
            "SELECT 1"
        );
    }

    #[test]
    fn a_tail_starts_at_a_line_and_inside_no_character() {
        assert_eq!(tail("one\ntwo\nthree", 9), "three");
        assert_eq!(tail("short", 100), "short");
        assert_eq!(tail("ééé", 3), "é");
    }
}
