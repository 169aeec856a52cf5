//! What every command works with.

use std::sync::{Arc, Mutex, PoisonError};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::query::Reader;

use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::output::Output;
use crate::settings::CommandSettings;
use crate::when::ZonedClock;

/// CommandSettings, output and clock of a command.
pub(crate) struct CommandSession {
    pub(crate) settings: CommandSettings,
    pub(crate) output: Output,
    pub(crate) clock: ZonedClock,
    pub(crate) quiet: bool,
    on_interrupt: OnInterrupt,
}

/// What to print where the command is interrupted: what was done, and how to go on.
#[derive(Clone, Default)]
pub(crate) struct OnInterrupt(Arc<Mutex<Option<String>>>);

impl OnInterrupt {
    pub(crate) fn set(&self, text: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.into());
    }

    pub(crate) fn get(&self) -> String {
        let text = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        text.unwrap_or_else(|| "interrupted; nothing was changed".to_owned())
    }
}

impl CommandSession {
    pub(crate) fn new(args: &GlobalArgs, on_interrupt: OnInterrupt) -> Result<Self, Failure> {
        let settings = CommandSettings::read(args)?;
        settings.color.apply();
        let clock = ZonedClock::new(&settings.zone).map_err(Failure::usage)?;
        Ok(Self {
            output: Output::new(settings.output),
            settings,
            clock,
            quiet: args.quiet,
            on_interrupt,
        })
    }

    pub(crate) fn database_url(&self) -> Result<DatabaseUrl, Failure> {
        self.settings.database_url()
    }

    pub(crate) fn reader(&self) -> Result<Reader, Failure> {
        Ok(Reader::new(&self.database_url()?))
    }

    /// Returns where to say how to go on after an interrupt.
    pub(crate) fn on_interrupt(&self) -> OnInterrupt {
        self.on_interrupt.clone()
    }

    /// Prints a note for people, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            print_message(text);
        }
    }
}
