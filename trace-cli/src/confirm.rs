//! Consent to what cannot be undone.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::failure::Failure;
use crate::message::safe_text;

/// The consent to a destructive command.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConfirmArgs {
    /// Goes on without asking
    #[arg(long, short = 'y')]
    yes: bool,
}

impl ConfirmArgs {
    /// Fails where nothing can be asked: without a terminal only `--yes` goes on.
    pub(crate) fn check(self, change: &str) -> Result<(), Failure> {
        if self.yes || (io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{change} needs consent, and there is no terminal to ask on; look at the preview and pass --yes"
        )))
    }

    /// Asks for the name of what is about to change, after the preview was printed.
    pub(crate) async fn ask(self, change: &str, name: &str) -> Result<(), Failure> {
        self.check(change)?;
        if self.yes {
            return Ok(());
        }
        let question = safe_text(&format!("{change}. To go on, type `{name}`: "));
        anstream::eprint!("{question}");
        io::stderr().flush()?;
        // On a thread of its own, so that Ctrl-C ends the question.
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).map(|_| answer)
        });
        let answer = answer.await.map_err(io::Error::from)??;
        if answer.trim() == name {
            Ok(())
        } else {
            Err(Failure::failed("not confirmed; nothing was changed"))
        }
    }
}
