//! A relay in front of the table: recorders write to a stream of NATS JetStream, and a relay stores its rows in the database.
//!
//! It is for fleets whose services must not reach the database. Three parts use one stream:
//!
//! | part | who runs it | what it does |
//! |---|---|---|
//! | [`Setup`] | an operator, once | creates the stream, the stream of rows set aside, and the durable consumer |
//! | [`JetStream`] | each service | the destination of its recorder, in place of the database |
//! | [`Relay`] | one process or more | stores the rows by the rules of a recorder's writer, and acknowledges them after the commit |
//!
//! And one follows the table: a [`StreamPublication`] publishes its rows to a stream of its own, for other readers.
//!
//! A row counts as stored for the recorder once the stream has acknowledged it. It may arrive twice; the table has it once.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acknowledged;
mod classify;
mod connection;
mod driver;
mod erasure;
mod error;
mod jet_stream;
mod loss;
mod message;
mod names;
mod place;
mod publication;
mod relay;
mod servers;
mod setup;

pub use error::NatsError;
pub use jet_stream::JetStream;
pub use message::{DEAD_REASON_HEADER, DEAD_SEQUENCE_HEADER};
pub use publication::{StreamPublication, StreamPublicationReport};
pub use relay::{Relay, RelayReport, RelayStats};
pub use setup::{Difference, Setup, SetupReport};
