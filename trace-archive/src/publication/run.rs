//! The loop of a publication: rows are read, gathered and sealed.

use std::pin::{Pin, pin};

use behavior_trace_core::Timestamp;
use behavior_trace_store::{Follow, HiddenFields};
use tokio::time::{Instant, sleep};

use super::pace::{Pace, Reached, Times};
use super::{Publication, PublicationReport};
use crate::error::{ArchiveError, Kind};
use crate::gathering::Gathering;
use crate::ledger::{Ledger, SealedPlace};
use crate::manifest::Manifest;

impl Publication {
    /// Publishes until `stop` is ready, or with [`once`](Self::once) until the rows of now are published. It then seals what it
    /// has gathered. `sealed` is called after each seal.
    ///
    /// A database that does not answer is waited for; with [`once`](Self::once), for 30 s.
    ///
    /// # Errors
    ///
    /// Fails if the archive or the database returns an error that will not pass, if the archive does not answer for about three
    /// minutes, if it belongs to another table or its files hide more, or if the ids of the table began anew. The next run goes
    /// on after the last manifest.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        sealed: impl FnMut(&Manifest),
    ) -> Result<PublicationReport, ArchiveError> {
        let ledger = Ledger::open(self.archive.objects.clone()).await?;
        let follow = self.follow(&ledger)?;
        let end = if self.once {
            Some(self.reader.last_id().await?)
        } else {
            None
        };
        let mut run = Run {
            report: PublicationReport {
                orphans: orphans(&ledger),
                ..PublicationReport::default()
            },
            hidden: self.hidden,
            ledger,
            follow,
            gathering: Gathering::default(),
            sealed,
        };
        let pace = Pace {
            every: self.every,
            settle_delay: self.settle_delay,
            poll_interval: self.poll_interval,
            end,
        };
        run.go_on(pace, pin!(stop)).await?;
        run.seal().await?;
        Ok(run.report)
    }

    fn follow(&self, ledger: &Ledger) -> Result<Follow, ArchiveError> {
        let follow = self.reader.follow().settle_delay(self.settle_delay);
        let Some(last) = ledger.last() else {
            return Ok(follow.after_id(0));
        };
        check_hidden(last, &self.hidden)?;
        if last.position.is_empty() {
            return Ok(follow.after_id(0));
        }
        Ok(follow.after(last.position.parse()?))
    }
}

/// Refuses to show in new files what earlier ones hide: a forgotten option would publish it.
fn check_hidden(last: &Manifest, hidden: &HiddenFields) -> Result<(), ArchiveError> {
    let shown = hidden.shown_of(&last.hidden);
    if shown.is_empty() {
        Ok(())
    } else {
        let shown = shown.into_iter().map(str::to_owned);
        Err(Kind::HidesLess(shown.collect()).into())
    }
}

fn orphans(ledger: &Ledger) -> Vec<String> {
    ledger
        .last()
        .map_or_else(Vec::new, |last| last.orphans.clone())
}

/// Rows that a run has gathered, and their way out.
struct Run<S> {
    hidden: HiddenFields,
    ledger: Ledger,
    follow: Follow,
    gathering: Gathering,
    report: PublicationReport,
    sealed: S,
}

impl<S: FnMut(&Manifest)> Run<S> {
    /// Reads and seals until it is stopped, or has reached the end. A stop ends a poll or a pause at once, and no seal.
    async fn go_on(
        &mut self,
        pace: Pace,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), ArchiveError> {
        let mut times = Times::default();
        loop {
            tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                polled = self.poll() => polled?,
            }
            times.note(Instant::now(), self.reached());
            if let Some(error) = self.follow.interruption()
                && pace.end.is_some()
                && times.catch_up.is_unanswered()
            {
                return Err(Kind::Unanswered(error.to_string()).into());
            }
            let settled = self.follow.position().settled_id().unwrap_or_default();
            let is_complete = settled >= self.gathering.highest_id();
            if self.gathering.is_full() || times.is_due(&pace, is_complete) {
                self.seal().await?;
                times.first_row = None;
            }
            if let Some(end) = pace.end
                && times.catch_up.has_ended(pace.settle_delay, settled >= end)
            {
                return Ok(());
            }
            if !self.follow.has_more() {
                tokio::select! {
                    biased;
                    () = &mut stop => return Ok(()),
                    () = sleep(times.pause(&pace)) => {}
                }
            }
        }
    }

    /// Reads rows once, and gathers them. If the future is dropped, no row is lost.
    async fn poll(&mut self) -> Result<(), ArchiveError> {
        let rows = self.follow.poll_once().await?;
        if self.follow.started_over() > 0 {
            return Err(Kind::StartedOver.into());
        }
        for mut row in rows {
            self.hidden.hide(&mut row);
            self.gathering.push(row)?;
        }
        Ok(())
    }

    fn reached(&self) -> Reached {
        Reached {
            has_rows: self.gathering.rows() > 0,
            is_at_end: !self.follow.has_more(),
            answers: self.follow.interruption().is_none(),
        }
    }

    /// Publishes what was gathered.
    async fn seal(&mut self) -> Result<(), ArchiveError> {
        self.report.gaps_given_up = self.follow.gaps_given_up();
        self.report.passed_over = self.follow.passed_over();
        if self.gathering.rows() == 0 {
            return Ok(());
        }
        let place = SealedPlace {
            at: Timestamp::now().to_rfc3339(),
            hidden: self.hidden.names().map(str::to_owned).collect(),
            position: self.follow.position().to_string(),
        };
        let files = self.gathering.finish()?;
        let manifest = self.ledger.seal(files, place).await?;
        self.report.rows += manifest.rows;
        self.report.files += manifest.files.len() as u64;
        self.report.seals += 1;
        self.report.orphans.clone_from(&manifest.orphans);
        (self.sealed)(manifest);
        Ok(())
    }
}
