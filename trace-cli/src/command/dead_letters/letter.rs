//! Dead letters, listed and shown.

use behavior_trace::spool::{DeadLetter, DeadLetterId, DeadLetters};
use behavior_trace::{Activity, Timestamp};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{
    Color, OutputFormat, OutputRecord, TextCell, action, in_full, resource, with_columns,
};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// A letter as an item of a list.
#[derive(Serialize)]
struct LetterRow {
    id: DeadLetterId,
    dead_lettered_at: Timestamp,
    reason: String,
    #[serde(flatten)]
    activity: Option<Activity<'static>>,
    /// What the spool has, where it is no row.
    text: Option<String>,
}

impl From<DeadLetter> for LetterRow {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            dead_lettered_at: letter.dead_lettered_at,
            reason: letter.reason,
            text: letter.activity.is_none().then_some(letter.text),
            activity: letter.activity,
        }
    }
}

pub(super) async fn list(
    session: &mut CommandSession,
    letters: &DeadLetters,
    all_fields: bool,
) -> Result<(), Failure> {
    let letters = letters.list().await?;
    if letters.is_empty() {
        session.note("no dead letters");
    }
    if all_fields && session.output.format == OutputFormat::Table {
        let mut letters = letters.into_iter().map(LetterRow::from).peekable();
        while let Some(letter) = letters.next() {
            session.output.pairs(&letter.in_full(&session.clock))?;
            if letters.peek().is_some() {
                session.output.text("")?;
            }
        }
        return Ok(());
    }
    let mut list = session.output.list(&session.clock);
    for letter in letters {
        list.item(&LetterRow::from(letter))?;
    }
    Ok(list.end(None)?)
}

pub(super) async fn show(
    session: &mut CommandSession,
    letters: &DeadLetters,
    id: DeadLetterId,
) -> Result<(), Failure> {
    let found = letters.show(id).await;
    let letter = LetterRow::from(found.map_err(Failure::of_missing)?);
    if session.output.format == OutputFormat::Table {
        let parts = letter.in_full(&session.clock);
        return Ok(session.output.pairs(&parts)?);
    }
    Ok(session.output.one(&letter, &session.clock)?)
}

impl LetterRow {
    fn in_full(&self, clock: &ZonedClock) -> Vec<(String, TextCell)> {
        let when = format!("{} {}", clock.show(self.dead_lettered_at), clock.zone());
        let mut parts = vec![
            ("letter".to_owned(), TextCell::new(self.id.to_string())),
            ("dead since".to_owned(), TextCell::new(when)),
            (
                "reason".to_owned(),
                TextCell::new(&self.reason).color(Color::Red),
            ),
        ];
        if let Some(activity) = &self.activity {
            parts.extend(in_full(activity, clock));
        }
        if let Some(text) = &self.text {
            parts.push(("text".to_owned(), TextCell::new(text)));
        }
        parts
    }
}

impl OutputRecord for LetterRow {
    const FIELDS: &'static [&'static str] = &with_columns::<{ Activity::COLUMNS.len() + 4 }>(
        &["id", "dead_lettered_at", "reason"],
        &["text"],
    );

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let since = format!("dead since ({})", clock.zone());
        ["letter", &since, "action", "resource", "reason"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let unreadable = || TextCell::new("unreadable").color(Color::Red);
        let activity = self.activity.as_ref();
        vec![
            TextCell::new(self.id.to_string()),
            TextCell::new(clock.show(self.dead_lettered_at)).color(Color::Dim),
            activity.map_or_else(unreadable, action),
            TextCell::new(activity.map(resource).unwrap_or_default()),
            TextCell::new(&self.reason),
        ]
    }
}
