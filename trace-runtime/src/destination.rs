//! A destination of rows beside the stores that have a URL.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use behavior_trace_store::{PreflightError, preflight_of, spool};

use crate::shared::Shared;
use crate::writer;

/// Answer to a preflight.
pub(crate) type Answer = Box<dyn FnOnce(Result<(), PreflightError>) + Send>;

/// Destination of the rows in place of the database, for services that must not reach it, such as
/// `behavior_trace_nats::JetStream`. The spool stands behind it as behind a database.
#[derive(Clone)]
pub struct Destination(Arc<dyn Deliver>);

/// The parts of a recorder that depend on the kind of destination.
trait Deliver: Send + Sync {
    fn start(&self, shared: Arc<Shared>, storage: spool::Storage) -> io::Result<()>;
    fn preflight(&self, deadline: Duration, answer: Answer);
}

/// A driver that is cloned for each use.
struct Cloned<D>(Mutex<D>);

impl<D: StoreDriver> Cloned<D> {
    fn driver(&self) -> D {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<D: StoreDriver> Deliver for Cloned<D> {
    fn start(&self, shared: Arc<Shared>, storage: spool::Storage) -> io::Result<()> {
        writer::start(shared, self.driver(), storage)
    }

    fn preflight(&self, deadline: Duration, answer: Answer) {
        preflight_of(self.driver(), deadline, answer);
    }
}

impl Destination {
    /// Creates a destination from a driver.
    pub fn new(driver: impl StoreDriver) -> Self {
        Self(Arc::new(Cloned(Mutex::new(driver))))
    }

    pub(crate) fn start(&self, shared: Arc<Shared>, storage: spool::Storage) -> io::Result<()> {
        self.0.start(shared, storage)
    }

    pub(crate) fn preflight(&self, deadline: Duration, answer: Answer) {
        self.0.preflight(deadline, answer);
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").finish_non_exhaustive()
    }
}
