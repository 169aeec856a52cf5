//! Progress on standard error: a bar on a terminal, else a line every ten seconds.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::message::{print_message, safe_text};
use crate::session::CommandSession;

/// Time between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// Progress of a command that takes time.
pub(crate) struct ProgressDisplay {
    form: ProgressForm,
}

enum ProgressForm {
    Bar(ProgressBar),
    Lines(Cell<Instant>),
    Quiet,
}

impl ProgressDisplay {
    /// Begins to show progress. Without a total the bar counts only.
    pub(crate) fn new(session: &CommandSession, total: Option<u64>) -> Self {
        let target = ProgressDrawTarget::stderr();
        let form = if session.quiet {
            ProgressForm::Quiet
        } else if target.is_hidden() {
            ProgressForm::Lines(Cell::new(Instant::now()))
        } else {
            ProgressForm::Bar(bar(target, total))
        };
        Self { form }
    }

    /// Sets the total where it is known late.
    pub(crate) fn set_total(&self, total: u64) {
        if let ProgressForm::Bar(bar) = &self.form
            && bar.length() != Some(total)
        {
            bar.set_style(style(Some(total)));
            bar.set_length(total);
        }
    }

    /// Shows how far it is. `line` makes the text for where there is no bar.
    pub(crate) fn at(&self, done: u64, line: impl FnOnce() -> String) {
        match &self.form {
            ProgressForm::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(safe_text(&line()));
            }
            ProgressForm::Lines(last) if last.get().elapsed() >= LINE => {
                last.set(Instant::now());
                print_message(&line());
            }
            ProgressForm::Lines(_) | ProgressForm::Quiet => {}
        }
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        if let ProgressForm::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar(target: ProgressDrawTarget, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, target);
    bar.set_style(style(total));
    bar
}

fn style(total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => "{elapsed_precise} {bar:30} {percent:>3} % {msg} (about {eta} left)",
        None => "{elapsed_precise} {spinner} {msg}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
