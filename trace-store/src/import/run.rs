//! The run of an import: pages of the old table, converted and delivered one after the other.

use std::time::{Duration, Instant};

use behavior_trace_core::Activity;

use super::convert::Converter;
use super::error::Kind;
use super::note::NoteCounts;
use super::old_row::OldRow;
use super::outage::OutageTimer;
use super::position::{ImportPosition, Place};
use super::source::SourceSession;
use super::table::OldTable;
use super::{ImportError, ImportReport};
use crate::checksum::fnv1a;
use crate::delivery::pages::{DeliveredPage, PageDelivery};
use crate::pace::Pace;
use crate::page_size::PageSize;

/// A run in progress.
pub(super) struct Run {
    /// Text of everything that a position is bound to.
    pub(super) bound_to: String,
    pub(super) table: OldTable,
    pub(super) source: SourceSession,
    /// `None` for a dry run.
    pub(super) destination: Option<PageDelivery>,
    pub(super) converter: Converter,
    pub(super) pace: Pace,
    pub(super) outage: OutageTimer,
    pub(super) place: Place,
    pub(super) end_id: u64,
    pub(super) notes: NoteCounts,
    pub(super) read: u64,
    pub(super) stored: u64,
    pub(super) refused: u64,
    pub(super) begun: Instant,
    pub(super) page_size: PageSize,
}

impl Run {
    /// Brings all rows along, and returns the result.
    pub(super) async fn run(
        &mut self,
        progress: &mut (dyn FnMut(&ImportReport) + Send),
    ) -> Result<ImportReport, ImportError> {
        loop {
            let pause = match self.step().await {
                Ok(None) => break,
                Ok(Some(pause)) => {
                    self.outage.ended();
                    progress(&self.report());
                    pause
                }
                Err(error) => {
                    let wait = self.outage.failed(error.class(), Instant::now());
                    wait.ok_or_else(|| error.at(self.position()))?
                }
            };
            tokio::time::sleep(pause).await;
        }
        self.source.close().await;
        if let Some(destination) = &mut self.destination {
            destination.close().await;
        }
        Ok(self.report())
    }

    /// Brings one page along. Returns the pause after it, or `None` at the end of the table. After an error nothing counts,
    /// and the same page is next.
    async fn step(&mut self) -> Result<Option<Duration>, ImportError> {
        let begun = Instant::now();
        let limit = self.page_size.rows(self.pace.rows());
        let rows = self
            .source
            .page(&self.table, self.place.id, self.end_id, limit)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        // The clock counts only if the page does.
        let mut converter = self.converter.clone();
        let mut activities = Vec::with_capacity(rows.len());
        let mut reasons = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = converter.convert(row);
            activities.push(row.activity);
            reasons.push(row.reasons);
        }
        let delivered = self.deliver(&activities).await?;
        for (row, reasons) in rows.iter().zip(&reasons) {
            self.notes.count(row.id(), reasons);
        }
        let stored = delivered.stored;
        for (index, answer) in delivered.refused() {
            let id = rows.get(index).map_or(0, OldRow::id);
            self.notes.refused(id, answer);
            self.refused += 1;
        }
        self.stored += stored;
        self.read += rows.len() as u64;
        self.place = Place {
            id: last.id(),
            row: checksum(last),
            latest: converter.clock.latest(),
        };
        self.converter = converter;
        self.page_size
            .note(activities.iter().map(|row| &*row.payload));
        Ok(Some(self.pace.after(rows.len() as u64, begun.elapsed())))
    }

    async fn deliver(&mut self, rows: &[Activity<'static>]) -> Result<DeliveredPage, ImportError> {
        match &mut self.destination {
            Some(destination) => {
                let delivered = destination.deliver(rows).await;
                Ok(delivered.map_err(Kind::Destination)?)
            }
            None => Ok(DeliveredPage::default()),
        }
    }

    fn position(&self) -> ImportPosition {
        ImportPosition::new(&self.bound_to, self.place)
    }

    fn report(&self) -> ImportReport {
        ImportReport {
            table: self.table.name.clone(),
            generation: self.table.generation,
            read: self.read,
            stored: self.stored,
            refused: self.refused,
            notes: self.notes.list().to_vec(),
            position: self.position(),
            end_id: self.end_id,
            elapsed: self.begun.elapsed(),
        }
    }
}

/// Returns a checksum of the parts of a row that never change.
pub(super) fn checksum(row: &OldRow) -> u64 {
    match row {
        OldRow::Php(row) => fnv1a(row.event_id.as_bytes()),
        OldRow::Spatie(row) => {
            let subject = row.subject_type.as_deref().unwrap_or_default();
            let created = row.created_at.as_deref().unwrap_or_default();
            fnv1a(format!("{created}\0{subject}\0{}", row.description).as_bytes())
        }
    }
}
