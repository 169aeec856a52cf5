//! Import of the rows of other recorders.
//!
//! [`convert`] decides what becomes of a row, without reading or writing. [`source`] reads pages, and [`run`] delivers them
//! by the rules of the recorder's writer.

mod clock;
mod convert;
mod error;
mod generation;
mod names;
mod note;
mod old_row;
mod outage;
mod position;
mod reason;
mod report;
mod run;
mod source;
mod table;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use behavior_trace_core::Masks;

pub use error::ImportError;
pub use generation::Generation;
pub use names::Names;
pub use note::ImportNote;
pub use position::ImportPosition;
pub use reason::ImportReason;
pub use report::ImportReport;

use crate::delivery::pages::PageDelivery;
use crate::pace::Pace;
use crate::page_size::PageSize;
use crate::store::{DatabaseUrl, Target};
use clock::Clock;
use convert::Converter;
use error::Kind;
use note::NoteCounts;
use outage::OutageTimer;
use position::Place;
use run::{Run, checksum};
use source::SourceSession;
use table::{OldTable, Wanted, choose};

/// Import of the rows of another recorder into `operational_activity`: of the PHP package's three generations, and of
/// `spatie/laravel-activitylog`.
///
/// It reads the old table in the order of its ids, at most a thousand rows at a time, and stores them as the recorder's
/// writer does. No statement copies a table, so live writers never wait for more than a page. The old table is only read.
/// The new one has to exist: run [`Migrations`](crate::Migrations) first.
///
/// Event ids stay, or are made of the row's id, so a repeated run stores nothing twice. A run ends at the highest id that
/// the table had when it began, and [resumes](Self::resume) at a position. A row whose transaction commits after the run
/// has passed its id is missed, so run once more, without a position, when nothing writes to the old table any more.
///
/// The generation is proven by the columns, unless the caller [gives](Self::generation) it. Values that the new table holds
/// in another form are counted by reason; the guide's page on migrating has the rules.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::import::Import;
///
/// let old = "mysql://shop:secret@old.internal/shop".parse()?;
/// let new = "mysql://recorder:secret@db.internal/shop".parse()?;
/// let import = Import::new(&old, &new).zone("Europe/Berlin");
/// for note in import.dry_run(|_| ()).await?.notes {
///     println!("{}: {} rows, such as {}", note.reason, note.rows, note.example_id);
/// }
/// let report = import.run(|so_far| println!("{} of {}", so_far.position.last_id(), so_far.end_id)).await?;
/// println!("{} stored, {} refused", report.stored, report.refused);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an import does nothing until it is run"]
pub struct Import {
    source: DatabaseUrl,
    destination: DatabaseUrl,
    table: Option<String>,
    generation: Option<Generation>,
    taken: Vec<Generation>,
    zone: Option<String>,
    session_zone: Option<String>,
    origin: Option<String>,
    names: Names,
    masks: Masks,
    pause_factor: u32,
    max_rows_per_second: Option<u32>,
    max_outage: Duration,
    position: Option<ImportPosition>,
}

impl Import {
    /// Maximum rows per page.
    pub const PAGE: usize = crate::pace::STEP;

    /// Default ratio of the pause after a page to the duration of the page.
    pub const DEFAULT_PAUSE_FACTOR: u32 = 1;

    /// Default limit of an outage that a run waits for: five minutes.
    pub const DEFAULT_MAX_OUTAGE: Duration = Duration::from_mins(5);

    /// Creates an import from one database into another, or into the same.
    pub fn new(source: &DatabaseUrl, destination: &DatabaseUrl) -> Self {
        Self {
            source: source.clone(),
            destination: destination.clone(),
            table: None,
            generation: None,
            taken: Generation::ALL.to_vec(),
            zone: None,
            session_zone: None,
            origin: None,
            names: Names::default(),
            masks: Masks::default(),
            pause_factor: Self::DEFAULT_PAUSE_FACTOR,
            max_rows_per_second: None,
            max_outage: Self::DEFAULT_MAX_OUTAGE,
            position: None,
        }
    }

    /// Sets the name of the old table. Default: the only table of a generation's own name that proves to be of one.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Sets the generation. Default: the one that the columns prove. The table needs its columns, and the generation is to be
    /// one of the [taken](Self::generations).
    pub fn generation(mut self, generation: Generation) -> Self {
        self.generation = Some(generation);
        self
    }

    /// Limits the generations that the import takes, such as those of one recorder. A table of another one is not looked for,
    /// and refused by its name; so is another [`generation`](Self::generation). Default: all. With none, a run fails.
    pub fn generations(mut self, taken: impl IntoIterator<Item = Generation>) -> Self {
        self.taken = taken.into_iter().collect();
        self
    }

    /// Sets the zone of the clock whose local time the old recorder wrote, by its IANA name. Of Laravel it is the
    /// application's `timezone`. Default: `UTC`. A generation that [wrote local time](Generation::writes_local_time) has no
    /// default.
    ///
    /// In the hour that the zone repeats, a time is taken as the first pass, unless a lower id has a time more than a minute
    /// later in that pass: ids grow with time. A time in the hour that the zone skips is read as if the clock had not been
    /// changed yet. Both are counted.
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets the `time_zone` of the old recorder's connections, if they set one: of Laravel it is the connection's `timezone`.
    /// A server converts columns of the type TIMESTAMP by it. Default: the server's `time_zone`.
    pub fn session_zone(mut self, zone: impl Into<String>) -> Self {
        self.session_zone = Some(zone.into());
        self
    }

    /// Sets the name that made event ids depend on, beside the id of the row. Give each its own if several tables of one
    /// generation go to the same destination. Default: the generation's own name of its table, also for a table that was
    /// renamed.
    pub fn origin(mut self, name: impl Into<String>) -> Self {
        self.origin = Some(name.into());
        self
    }

    /// Sets the mapping of names. Default: [`Names::default`].
    pub fn names(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Sets the masks of payloads and diffs. Default: [`Masks::default`], as for new events.
    pub fn masks(mut self, masks: Masks) -> Self {
        self.masks = masks;
        self
    }

    /// Sets the pause after each page, as a multiple of the page's duration. Default: 1. With 0 it runs as fast as the
    /// server can. No pause exceeds five seconds.
    pub fn pause_factor(mut self, times: u32) -> Self {
        self.pause_factor = times;
        self
    }

    /// Limits the rows per second, however fast the server answers. Default: limited by
    /// [`pause_factor`](Self::pause_factor) alone. With 0, a run fails.
    pub fn max_rows_per_second(mut self, rows: u32) -> Self {
        self.max_rows_per_second = Some(rows);
        self
    }

    /// Sets the limit of an outage of the source or the destination that a run waits for. Default: five minutes.
    pub fn max_outage(mut self, limit: Duration) -> Self {
        self.max_outage = limit;
        self
    }

    /// Resumes after a position of an earlier run. Rows up to it are not read again.
    pub fn resume(mut self, position: ImportPosition) -> Self {
        self.position = Some(position);
        self
    }

    /// Brings all rows along, and calls `progress` after each page. Keep the position of its report to resume there.
    ///
    /// A row that the destination refuses stays in the old table alone, and is counted as refused.
    ///
    /// # Errors
    ///
    /// Fails if the source has no table of a known generation, if a zone is missing or unknown, or if the position is of
    /// another import. Fails if the source or the destination returns an error that lasts longer than the
    /// [limit](Self::max_outage); the error has the [position](ImportError::position) then.
    pub async fn run(
        &self,
        mut progress: impl FnMut(&ImportReport) + Send,
    ) -> Result<ImportReport, ImportError> {
        let mut destination = PageDelivery::to_table(&self.destination);
        destination.check().await.map_err(Kind::Destination)?;
        let mut run = self.prepare(Some(destination)).await?;
        run.run(&mut progress).await
    }

    /// Reads and converts all rows without storing one. The report has the reasons for which values are not stored as they
    /// are.
    ///
    /// # Errors
    ///
    /// Fails like [`run`](Self::run), but does not connect to the destination.
    pub async fn dry_run(
        &self,
        mut progress: impl FnMut(&ImportReport) + Send,
    ) -> Result<ImportReport, ImportError> {
        let mut run = self.prepare(None).await?;
        run.run(&mut progress).await
    }

    /// Finds the table, and the place where the run begins.
    async fn prepare(&self, destination: Option<PageDelivery>) -> Result<Run, ImportError> {
        if !matches!(self.source.0, Target::MySql(_)) {
            return Err(Kind::NotMySql.into());
        }
        let most = self.max_rows_per_second;
        let most = most.map(|most| NonZeroU32::new(most).ok_or(Kind::NoPace));
        let most = most.transpose()?;
        let mut source = SourceSession::new(&self.source, self.session_zone.as_deref());
        let table = self.find(&mut source).await?;
        let zone = match &self.zone {
            Some(zone) => zone,
            None if table.generation.writes_local_time() => {
                return Err(Kind::NoZone(table.generation).into());
            }
            None => "UTC",
        };
        let bound_to = self.bound_to(&table, zone);
        let place = match &self.position {
            Some(position) => position.place_in(&bound_to)?,
            None => Place::default(),
        };
        check_row(&mut source, &table, place).await?;
        let converter = Converter {
            names: self.names.clone(),
            masks: self.masks.clone(),
            clock: Clock::new(zone, place.latest)?,
            origin: self.origin_of(&table).to_owned(),
        };
        Ok(Run {
            bound_to,
            end_id: source.last_id(&table).await?,
            table,
            source,
            destination,
            converter,
            pace: Pace::new(self.pause_factor, most),
            outage: OutageTimer::new(self.max_outage),
            place,
            notes: NoteCounts::default(),
            read: 0,
            stored: 0,
            refused: 0,
            begun: Instant::now(),
            page_size: PageSize::default(),
        })
    }

    async fn find(&self, source: &mut SourceSession) -> Result<OldTable, ImportError> {
        let wanted = Wanted {
            table: self.table.as_deref(),
            generation: self.generation,
            taken: &self.taken,
        };
        wanted.check()?;
        let found = source.tables(&wanted.names()).await?;
        Ok(choose(found, wanted)?)
    }

    /// Returns a text of everything that decides which rows there are, and what their keys are.
    fn bound_to(&self, table: &OldTable, zone: &str) -> String {
        format!(
            "{}\0{}\0{}\0{}\0{zone}\0{:?}\0{}",
            self.source,
            self.destination,
            table.name,
            table.generation,
            self.session_zone,
            self.origin_of(table)
        )
    }

    fn origin_of(&self, table: &OldTable) -> &str {
        self.origin.as_deref().unwrap_or(table.generation.table())
    }
}

/// Fails if the table has another row at the place. One that was deleted since proves nothing.
async fn check_row(
    source: &mut SourceSession,
    table: &OldTable,
    place: Place,
) -> Result<(), ImportError> {
    if place.id == 0 {
        return Ok(());
    }
    let rows = source.page(table, place.id - 1, place.id, 1).await?;
    match rows.first() {
        Some(row) if checksum(row) != place.row => Err(Kind::OtherRow(place.id).into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "../../tests/import/mod.rs"]
mod tests;
