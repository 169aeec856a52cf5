//! Consent to what cannot be undone.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::failure::Failure;

/// The consent to a destructive command.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConfirmArgs {
    /// Goes on without asking
    #[arg(long, short = 'y')]
    yes: bool,
}

impl ConfirmArgs {
    /// Asks for the name of what is about to change, after the preview was printed. Without a terminal nothing is asked, and
    /// only `--yes` goes on.
    pub(crate) fn ask(self, change: &str, name: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::usage(format!(
                "{change} needs consent, and there is no terminal to ask on; look at the preview and pass --yes"
            )));
        }
        anstream::eprint!("{change}. To go on, type `{name}`: ");
        io::stderr().flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() == name {
            Ok(())
        } else {
            Err(Failure::failed("not confirmed; nothing was changed"))
        }
    }
}
