//! The archive: the table of activity as Parquet files by day, in a folder or on S3.
//!
//! A [`Publication`] follows the table. It gathers rows, writes them as files of their days, and names the files in a
//! [`Manifest`], which comes last:
//!
//! ```text
//! dt=2026-11-30/1-18211.parquet          rows of one day: the first id and the last one
//! dt=2026-12-01/18190-20007.parquet
//! manifests/000000000001.json            the files that count, and the place in the table after them
//! plans/000000000001.json                the same bytes, written before the files
//! erased/20261201T081500.000000Z-8f14….json   a tombstone
//! ```
//!
//! Every object is created and none is replaced, so an account that may neither delete nor overwrite suffices. Each row of
//! the table is once in the files that manifests name, also after a kill at any time. Files that no manifest names are left by
//! a killed run: the next one completes them, or reports them.
//!
//! ```no_run
//! use behavior_trace::config::DatabaseUrl;
//! use behavior_trace::export::HiddenFields;
//! use behavior_trace::query::Reader;
//! use behavior_trace_archive::{Archive, Publication};
//!
//! # async fn stopped() {}
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let archive = Archive::open("parquet:/var/lib/app/archive")?;
//! let reader = Reader::new(&"mysql://reader@db/shop".parse::<DatabaseUrl>()?);
//! let publication = Publication::new(reader, archive).hide(HiddenFields::new(["ip_address", "user_agent"])?);
//! let done = publication.run(stopped(), |sealed| println!("{} rows", sealed.rows)).await?;
//! println!("{} rows in {} files", done.rows, done.files);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod archive;
mod columns;
mod day_file;
mod error;
mod gathering;
mod ledger;
mod manifest;
mod objects;
mod publication;
mod target;
mod tombstone;

pub use archive::Archive;
pub use error::ArchiveError;
pub use manifest::{ArchiveFile, Manifest};
pub use publication::{Publication, PublicationReport};
pub use tombstone::Tombstone;
