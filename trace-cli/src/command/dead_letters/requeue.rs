//! `behavior-trace dead-letters requeue`.

use behavior_trace::spool::{DeadLetterId, DeadLetters};

use super::LettersArgs;
use super::change::{Changes, LetterState};
use crate::failure::Failure;
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;
use crate::words::counted;

pub(super) async fn run(
    session: &mut CommandSession,
    letters: &DeadLetters,
    args: LettersArgs,
) -> Result<(), Failure> {
    let ids = ids(letters, &args).await?;
    let progress = ProgressDisplay::new(session, Some(ids.len() as u64));
    let on_interrupt = session.on_interrupt();
    let mut changes = Changes::default();
    for id in ids {
        match letters.requeue(id).await {
            Ok(()) => changes.add(id, LetterState::Requeued),
            // With `--all` it is about the others.
            Err(error) if args.all && error.is_locked() && !error.is_transient() => {
                changes.add(id, LetterState::OwnerAlive);
            }
            Err(error) => changes.failed(id, error),
        }
        let requeued = changes.count(LetterState::Requeued);
        let words = counted(requeued, "letter");
        on_interrupt.set(format!(
            "interrupted; requeued {words}, and the others are as they were, so run it again"
        ));
        progress.at(requeued, || words);
    }
    drop(progress);
    say(session, &changes);
    changes.print(session)
}

/// Returns the ids of the letters, each once.
pub(super) async fn ids(
    letters: &DeadLetters,
    args: &LettersArgs,
) -> Result<Vec<DeadLetterId>, Failure> {
    let mut ids = args.ids.clone();
    if args.all {
        let found = letters.list().await?;
        ids.extend(found.iter().map(|letter| letter.id));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn say(session: &CommandSession, changes: &Changes) {
    let requeued = changes.count(LetterState::Requeued);
    if requeued > 0 {
        session.note(&format!(
            "requeued {}; `behavior-trace spool drain --all` stores the rows, or the next recorder on the directory",
            counted(requeued, "letter")
        ));
    }
    let alive = changes.count(LetterState::OwnerAlive);
    if alive > 0 {
        session.note(&format!(
            "left alone {} of running processes; requeue again when those processes have ended",
            counted(alive, "letter")
        ));
    }
}
