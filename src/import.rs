//! Import of the rows of other recorders: of the PHP package, and of `spatie/laravel-activitylog`.
//!
//! [`Import`] reads the old table a page at a time and stores its rows as the recorder does, beside live writers. It resumes
//! at a position, and a repeated run stores nothing twice. Its dry run counts the values that the new table holds in another
//! form. The guide's page on migrating has the rules.
//!
//! ```
//! use behavior_trace::import::{Import, Names};
//! use behavior_trace::schema::Migrations;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let url = "mysql://recorder:secret@db.internal/shop".parse()?;
//! Migrations::new(&url).run().await?;
//! let names = Names::default().pair(("report_run", None), ("report.run", "Report"));
//! let import = Import::new(&url, &url).zone("Europe/Berlin").names(names);
//! for note in import.dry_run(|_| ()).await?.notes {
//!     println!("{}: {} rows, such as {}", note.reason, note.rows, note.example_id);
//! }
//! let report = import.run(|so_far| println!("{}", so_far.position)).await?;
//! println!("{} stored, {} refused", report.stored, report.refused);
//! # Ok(())
//! # }
//! ```

pub use behavior_trace_store::{
    Generation, Import, ImportError, ImportNote, ImportPosition, ImportReason, ImportReport, Names,
};
