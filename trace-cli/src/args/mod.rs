//! The command line.

mod filters;
mod global;
mod keep;
mod page;
mod parse;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub(crate) use filters::FilterArgs;
pub(crate) use global::{ColorArg, GlobalArgs};
pub(crate) use keep::{KeepArgs, parse_keep};
pub(crate) use page::PageArgs;
pub(crate) use parse::{ResourceArg, parse_actor};

use crate::command;
use crate::message::safe_text;
use crate::output::escaped;
use crate::secret::without_passwords;

/// Looks at the table of activity, follows it, exports it and keeps it.
#[derive(Debug, Parser)]
#[command(
    name = "behavior-trace",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings, first found first: option, BEHAVIOR_TRACE_… variable, ./behavior-trace.toml,
behavior-trace/config.toml in the user's folder of settings.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 found something, 4 nothing found (--fail-if-empty),
75 database unavailable or outcome unknown: try again, 130 interrupted";

/// A command, with what it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Finds rows, newest first
    Query(command::query::QueryArgs),
    /// Shows what happened to one resource, newest first
    History(command::history::HistoryArgs),
    /// Shows the rows of one correlation, oldest first
    Story(command::story::StoryArgs),
    /// Shows one event in full
    Show(command::show::ShowArgs),
    /// Prints the last rows, and with -f those that follow
    Tail(command::tail::TailArgs),
    /// Shows the timeline in a browser, on this machine alone
    Serve(command::serve::ServeArgs),
    /// Writes rows for an archive or another program, in the order of storing
    Export(command::export::ExportArgs),
    /// Creates the tables and keeps them at this release
    Migrate(command::migrate::MigrateArgs),
    /// Moves old rows to the archive, or deletes them
    Retention(command::retention::RetentionArgs),
    /// Partitions the table by time, on MySQL and MariaDB
    Partitions(command::partitions::PartitionsArgs),
    /// Erases a person's data from the rows of an actor, and keeps what happened
    Erase(command::erase::EraseArgs),
    /// Lists and drains the spools of processes
    Spool(command::spool::SpoolArgs),
    /// Lists, requeues and removes the rows that no database took
    DeadLetters(command::dead_letters::DeadLettersArgs),
    /// Brings the rows of other recorders along
    #[command(subcommand)]
    Import(command::import::ImportCommand),
    /// Stores the rows that services sent to NATS, and copies rows of the table into files
    Relay(command::relay::RelayArgs),
    /// Counts rows by action, actor, resource or hour, of the last 24 hours unless --since is given
    Stats(command::stats::StatsArgs),
    /// Checks the database and the spool, and names what to do
    Doctor(command::doctor::DoctorArgs),
    /// Prints the SQL that gives an account the rights of a role
    Grants(command::grants::GrantsArgs),
    /// Compares and prints the catalogues of programs: the actions that they record
    Catalogue(command::catalogue::CatalogueArgs),
    /// Finds functions that probably change something and record nothing
    Coverage(command::coverage::CoverageArgs),
    /// Prints a script of completions for a shell
    Completions(command::completions::CompletionsArgs),
    /// Prints the manual for `man`
    Man(command::man::ManArgs),
}

impl Cli {
    /// Reads the command line. `Err` is the exit code after help, a version or an error was printed.
    pub(crate) fn from_words(words: impl IntoIterator<Item = OsString>) -> Result<Self, ExitCode> {
        let words: Vec<OsString> = words.into_iter().collect();
        let color = ColorArg::in_words(&words);
        let mut command = Self::command().color(color.of_help());
        let cli = command
            .try_get_matches_from_mut(&words)
            .and_then(|mut matches| Self::from_arg_matches_mut(&mut matches));
        cli.map_err(|error| ended(&error, color, &words))
    }
}

/// Prints help, a version or an error, and returns the exit code. An error repeats words of the command line, so it is
/// printed without passwords.
fn ended(error: &clap::Error, color: ColorArg, words: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // A reader that has left is a success.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    color.apply();
    let text = error.render();
    let acts_on_terminal = |word: &OsString| {
        let word = word.to_string_lossy();
        escaped(&word) != word
    };
    let text = if words.iter().any(acts_on_terminal) {
        // A code of such a word could not be told from those of the colours.
        safe_text(&text.to_string())
    } else {
        without_passwords(&text.ansi().to_string())
    };
    anstream::eprint!("{text}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// Returns the calls of the tool in a page: lines of code blocks, and texts between backticks.
    fn calls(page: &str) -> Vec<String> {
        let is_call = |text: &&str| text.starts_with("behavior-trace ");
        let lines = page.lines().map(|line| line.trim_start_matches("$ "));
        let within = page.split('`').skip(1).step_by(2);
        lines
            .chain(within)
            .filter(is_call)
            .map(str::to_owned)
            .collect()
    }

    /// Splits a call as a shell does, as far as the pages need it.
    fn words(call: &str) -> Vec<OsString> {
        let mut words = Vec::new();
        for (index, part) in call.split('\'').enumerate() {
            if index % 2 == 1 {
                words.push(part.into());
                continue;
            }
            let plain = part
                .split_whitespace()
                .take_while(|word| !word.starts_with(['#', '|', '>']));
            words.extend(plain.map(OsString::from));
        }
        words
    }

    #[test]
    fn each_call_in_the_documentation_is_one_of_the_tool() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let guide = std::fs::read_dir(root.join("docs/guide/src")).expect("the guide");
        let pages = guide.map(|page| page.expect("a page").path());
        let readme = root.join("trace-cli/README.md");
        let mut seen = 0;
        for path in pages.chain([root.join("README.md"), readme]) {
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let page = std::fs::read_to_string(&path).expect("a page");
            for call in calls(&page) {
                let read = Cli::try_parse_from(words(&call));
                let is_help = |error: &clap::Error| !error.use_stderr();
                if let Err(error) = read.as_ref().map_err(clap::Error::render)
                    && !read.as_ref().is_err_and(is_help)
                {
                    panic!("{} {call}: {error}", path.display());
                }
                seen += 1;
            }
        }
        assert!(seen > 30, "{seen}");
    }
}
