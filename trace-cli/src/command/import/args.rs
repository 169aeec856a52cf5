//! Options of an import.

use std::path::PathBuf;
use std::time::Duration;

use behavior_trace::config::{DatabaseUrl, Dialect};
use behavior_trace::import::Import;
use clap::Args;

use super::Recorder;
use super::names::NamesFile;
use crate::failure::Failure;
use crate::session::CommandSession;
use crate::settings::CommandSettings;
use crate::when::zone_name;

/// Where the rows come from, and how they come along.
#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// Database of the old table, without a password [default: the database] [env: BEHAVIOR_TRACE_IMPORT_URL, which may have one]
    #[arg(long, value_name = "URL")]
    from_url: Option<String>,
    /// File with the URL of the database of the old table [env: BEHAVIOR_TRACE_IMPORT_URL_FILE]
    #[arg(long, value_name = "PATH", conflicts_with = "from_url")]
    from_url_file: Option<PathBuf>,
    /// Name of the old table [default: the only one of the recorder's own names]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Zone of the clock whose local time the old recorder wrote, such as Europe/Berlin or UTC
    #[arg(long, value_name = "ZONE", value_parser = zone_name)]
    zone_of_writer: Option<String>,
    /// `time_zone` of the old recorder's connections, where they set one [default: the server's]
    #[arg(long, value_name = "ZONE")]
    session_zone: Option<String>,
    /// File of new names for old ones
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Name that made event ids depend on: one for each of several tables of a generation
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Rows per second, however fast the server answers
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    max_rows_per_second: Option<u32>,
    /// Pause after a page, in multiples of the time that the page took
    #[arg(long, value_name = "FACTOR", default_value_t = Import::DEFAULT_PAUSE_FACTOR)]
    pause_factor: u32,
    /// Longest outage of either database that is waited for
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = crate::when::duration)]
    max_outage: Duration,
    /// File that keeps the place: the same command goes on there, after an interrupt or a kill
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(super) state: Option<PathBuf>,
    /// Stores nothing, and counts the values that would be stored in another form
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// The databases of both tables.
pub(super) struct Urls {
    source: DatabaseUrl,
    destination: DatabaseUrl,
}

impl SourceArgs {
    pub(super) fn urls(&self, session: &CommandSession) -> Result<Urls, Failure> {
        let source =
            CommandSettings::import_url(self.from_url.as_deref(), self.from_url_file.as_deref())?;
        let destination = match (session.database_url(), &source) {
            // A dry run does not connect to it.
            (Err(_), Some(source)) if self.dry_run => source.clone(),
            (destination, _) => destination?,
        };
        let source = match source {
            Some(source) => source,
            None if destination.dialect() == Dialect::MySql => destination.clone(),
            None => {
                return Err(Failure::usage(
                    "no database of the old table: pass --from-url-file PATH or set BEHAVIOR_TRACE_IMPORT_URL",
                ));
            }
        };
        Ok(Urls {
            source,
            destination,
        })
    }

    pub(super) fn names(&self) -> Result<NamesFile, Failure> {
        let read = self.names.as_deref().map(NamesFile::read).transpose();
        Ok(read?.unwrap_or_default())
    }

    pub(super) fn import(&self, urls: &Urls, recorder: &Recorder, names: &NamesFile) -> Import {
        let mut import = Import::new(&urls.source, &urls.destination)
            .generations(recorder.generations.iter().copied())
            .names(names.names())
            .pause_factor(self.pause_factor)
            .max_outage(self.max_outage);
        if let Some(generation) = recorder.given {
            import = import.generation(generation);
        }
        if let Some(table) = &self.table {
            import = import.table(table);
        }
        if let Some(zone) = &self.zone_of_writer {
            import = import.zone(zone);
        }
        if let Some(zone) = &self.session_zone {
            import = import.session_zone(zone);
        }
        if let Some(origin) = &self.origin {
            import = import.origin(origin);
        }
        if let Some(rows) = self.max_rows_per_second {
            import = import.max_rows_per_second(rows);
        }
        import
    }

    /// Returns a text of everything but the names that decides which rows there are and what becomes of them.
    pub(super) fn bound_to(&self, urls: &Urls, recorder: &Recorder) -> String {
        let given = recorder.given.map(|generation| generation.to_string());
        let options = [
            ("table", &self.table),
            ("generation", &given),
            ("zone-of-writer", &self.zone_of_writer),
            ("session-zone", &self.session_zone),
            ("origin", &self.origin),
        ];
        let options = options
            .into_iter()
            .filter_map(|(name, value)| Some(format!(" --{name} {}", value.as_ref()?)));
        format!(
            "{} from {} into {}{}",
            recorder.name,
            urls.source,
            urls.destination,
            options.collect::<String>()
        )
    }
}
