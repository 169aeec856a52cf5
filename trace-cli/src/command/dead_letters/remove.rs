//! `behavior-trace dead-letters remove`.

use std::fs;
use std::path::Path;

use behavior_trace::spool::{DeadLetter, DeadLetters};

use super::LettersArgs;
use super::change::{Changes, LetterState};
use crate::confirm::ConfirmArgs;
use crate::failure::Failure;
use crate::message::print_message;
use crate::output::escaped;
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::words::counted;

/// Letters of the preview.
const PREVIEW: usize = 20;

pub(super) async fn run(
    session: &mut CommandSession,
    directory: &Path,
    args: LettersArgs,
    confirm: ConfirmArgs,
) -> Result<(), Failure> {
    let letters = DeadLetters::new(directory);
    let found = find(&letters, &args).await?;
    if !found.is_empty() {
        // It is a part of the question, and no note.
        print_message(&preview(&found));
        let change = format!(
            "Removing {} for good",
            counted(found.len() as u64, "dead letter")
        );
        confirm.ask(&change, &name_of(directory)).await?;
    }
    let progress = ProgressDisplay::new(session, Some(found.len() as u64));
    let on_interrupt = session.on_interrupt();
    let mut changes = Changes::default();
    for letter in found {
        let id = letter.id;
        // A process that took the spool over meanwhile gave its letters new ids.
        match letters.remove_this(&letter).await {
            Ok(true) => changes.add(id, LetterState::Removed),
            Ok(false) => changes.replaced(id),
            Err(error) => changes.failed(id, error),
        }
        let removed = changes.count(LetterState::Removed);
        let words = counted(removed, "letter");
        on_interrupt.set(format!(
            "interrupted; removed {words}, and the others are as they were"
        ));
        progress.at(removed, || words);
    }
    drop(progress);
    changes.print(session)
}

/// Returns the letters. An id that is not there is an error before anything is removed.
async fn find(letters: &DeadLetters, args: &LettersArgs) -> Result<Vec<DeadLetter>, Failure> {
    if args.all {
        return Ok(letters.list().await?);
    }
    let mut ids = args.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for id in ids {
        found.push(letters.show(id).await?);
    }
    Ok(found)
}

/// Returns a line for each letter that would go.
fn preview(letters: &[DeadLetter]) -> String {
    let line = |letter: &DeadLetter| {
        let row = match &letter.activity {
            Some(row) => format!(
                "{} of {} {}",
                row.action,
                row.resource,
                row.resource_id.as_deref().unwrap_or_default()
            ),
            None => "an unreadable row".to_owned(),
        };
        let line = format!("{}  {}: {}", letter.id, row.trim_end(), letter.reason);
        format!("  {}", escaped(&line))
    };
    let mut lines = vec![format!(
        "{} would go:",
        counted(letters.len() as u64, "dead letter")
    )];
    lines.extend(letters.iter().take(PREVIEW).map(line));
    if letters.len() > PREVIEW {
        lines.push(format!("  and {} more", letters.len() - PREVIEW));
    }
    lines.join("\n")
}

/// Returns the name of the directory, as a person knows it.
fn name_of(directory: &Path) -> String {
    let full = fs::canonicalize(directory);
    let name = full.as_deref().unwrap_or(directory).file_name();
    name.map_or_else(
        || directory.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
