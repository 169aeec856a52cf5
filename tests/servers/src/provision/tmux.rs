//! tmux, a terminal for the tests of what people see.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::apt::{self, Wanted};
use crate::{ServerError, command};

const COMMAND: &str = "usr/bin/tmux";
/// The screen stays after the end of its program, and is the program's alone.
const SETTINGS: &str =
    "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g status off\n";
/// Runs a program and keeps its exit code in a file: tmux 3.3a may miss the end of a program, and has no code then. Ctrl-C is
/// the program's alone.
const KEEP_CODE: &str = r#"trap : INT; file=$1; shift; "$@"; echo $? > "$file""#;
/// Time between two looks at a screen.
const LOOK: Duration = Duration::from_millis(20);

/// A terminal with a program in it, and with a tmux server for it alone. It ends when it is dropped.
#[derive(Debug)]
pub struct Terminal {
    tmux: PathBuf,
    folder: TempDir,
}

impl Terminal {
    /// Starts a program in a terminal of 100 columns and 30 lines.
    ///
    /// # Errors
    ///
    /// No tmux, and none that can be fetched (`is_missing`), or it does not start.
    pub fn start(program: &Command) -> Result<Self, ServerError> {
        let folder = tempfile::tempdir()
            .map_err(|e| ServerError::io("make a folder in", &std::env::temp_dir(), e))?;
        let settings = folder.path().join("settings");
        fs::write(&settings, SETTINGS).map_err(|e| ServerError::io("write", &settings, e))?;
        let terminal = Self {
            tmux: find()?,
            folder,
        };
        let mut start = terminal.command();
        start.arg("-f").arg(settings);
        start.args(["new-session", "-d", "-x", "100", "-y", "30"]);
        for (name, value) in program.get_envs() {
            let value = value.unwrap_or_default().to_string_lossy();
            start
                .arg("-e")
                .arg(format!("{}={value}", name.to_string_lossy()));
        }
        if let Some(folder) = program.get_current_dir() {
            start.arg("-c").arg(folder);
        }
        start.args(["--", "sh", "-c", KEEP_CODE, "sh"]);
        start.arg(terminal.code_file());
        start.arg(program.get_program()).args(program.get_args());
        command::run(&mut start)?;
        Ok(terminal)
    }

    /// Returns the text of the screen.
    ///
    /// # Errors
    ///
    /// The terminal does not answer.
    pub fn screen(&self) -> Result<String, ServerError> {
        command::run(self.command().args(["capture-pane", "-p"]))
    }

    /// Returns the first screen that is wanted, within a minute.
    ///
    /// # Errors
    ///
    /// No such screen. The error has the last one.
    pub fn wait_for(&self, is_wanted: impl Fn(&str) -> bool) -> Result<String, ServerError> {
        let begun = Instant::now();
        loop {
            let screen = self.screen()?;
            if is_wanted(&screen) {
                return Ok(screen);
            }
            if begun.elapsed() > Duration::from_mins(1) {
                return Err(ServerError::unusable("the screen", screen));
            }
            thread::sleep(LOOK);
        }
    }

    /// Types keys, in tmux's spelling: `y`, `Enter`, `C-c`.
    ///
    /// # Errors
    ///
    /// The terminal does not answer.
    pub fn type_keys(&self, keys: &[&str]) -> Result<(), ServerError> {
        command::run(self.command().arg("send-keys").args(keys)).map(drop)
    }

    /// Waits for the end of the program, within a minute, and returns its exit code.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn exit_code(&self) -> Result<i32, ServerError> {
        let begun = Instant::now();
        loop {
            let answer = fs::read_to_string(self.code_file()).unwrap_or_default();
            if let Some(code) = answer.strip_suffix('\n') {
                let code = code.parse();
                return code.map_err(|_| ServerError::unusable("the exit code", answer.clone()));
            }
            if begun.elapsed() > Duration::from_mins(1) {
                let why = format!("it does not end:\n{}", self.screen()?);
                return Err(ServerError::unusable("the program", why));
            }
            thread::sleep(LOOK);
        }
    }

    fn code_file(&self) -> PathBuf {
        self.folder.path().join("code")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.tmux);
        command
            .arg("-u")
            .arg("-S")
            .arg(self.folder.path().join("socket"));
        command.env_remove("TMUX");
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its server may have ended already.
        let _ = command::run(self.command().arg("kill-server"));
    }
}

/// Finds an installed tmux. On Debian and Ubuntu it can also fetch one into the cache directory.
fn find() -> Result<PathBuf, ServerError> {
    let mut tried = Vec::new();
    match runs(Path::new("tmux")) {
        Ok(()) => return Ok("tmux".into()),
        Err(error) => tried.push(format!("no installed tmux: {error}")),
    }
    match fetch() {
        Ok(tmux) => return Ok(tmux),
        Err(why) => tried.push(why),
    }
    Err(ServerError::missing_tmux(tried))
}

fn fetch() -> Result<PathBuf, String> {
    let prefix = apt::fetch_packages(&Wanted {
        name: "tmux",
        debian_suite: None,
        not_on_ubuntu: None,
        packages: &[&["tmux"]],
        packed: &[],
        binaries: &|_| Ok(vec![COMMAND.to_owned()]),
        unused: &[],
    })?;
    let tmux = prefix.join(COMMAND);
    runs(&tmux).map_err(|error| apt::does_not_run(&prefix, &error))?;
    Ok(tmux)
}

fn runs(tmux: &Path) -> Result<(), ServerError> {
    command::run(Command::new(tmux).arg("-V")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_what_a_program_prints_and_passes_keys_on() {
        let mut program = Command::new("sh");
        program.args([
            "-c",
            "printf '%s: ' \"$NAME\"; read answer; echo \"<$answer>\"; exit 3",
        ]);
        program.env("NAME", "your name");
        let terminal = Terminal::start(&program).expect("a terminal");
        terminal
            .wait_for(|screen| screen.contains("your name:"))
            .expect("a question");
        terminal.type_keys(&["Ada", "Enter"]).expect("typed");
        assert_eq!(terminal.exit_code().expect("an end"), 3);
        assert!(terminal.screen().expect("a screen").contains("<Ada>"));
    }

    #[test]
    fn a_fetched_tmux_runs() {
        let tmux = fetch().expect("fetched");
        runs(&tmux).expect("runs");
    }
}
