//! Failures of the library's errors.

use std::io;

use behavior_trace::config::DatabaseUrlError;
use behavior_trace::erasure::ErasureError;
use behavior_trace::export::ExportError;
use behavior_trace::import::ImportError;
use behavior_trace::query::QueryError;
use behavior_trace::retention::RetentionError;
use behavior_trace::schema::MigrationError;
use behavior_trace::spool::SpoolsError;
use behavior_trace_archive::ArchiveError;

use super::Failure;

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::left(),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        if error.is_cursor() || error.is_position() {
            return Self::usage(error.to_string());
        }
        Self::of(error.is_transient(), &error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Query(error) => error.into(),
            ExportError::Write(error) => error.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<MigrationError> for Failure {
    fn from(error: MigrationError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}

impl From<RetentionError> for Failure {
    fn from(error: RetentionError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}

impl From<ErasureError> for Failure {
    fn from(error: ErasureError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}

impl From<SpoolsError> for Failure {
    fn from(error: SpoolsError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::of(error.is_transient(), &error)
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        if error.is_usage() {
            return Self::usage(error.to_string());
        }
        Self::of(error.is_transient(), &error)
    }
}

impl From<DatabaseUrlError> for Failure {
    fn from(error: DatabaseUrlError) -> Self {
        Self::usage(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_left_is_a_success_and_another_failure_of_the_output_is_none() {
        let pipe = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(pipe.kind.code(), 0);
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.kind.code(), 1);
    }
}
