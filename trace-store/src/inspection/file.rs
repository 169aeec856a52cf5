//! Inspection of a SQLite file.

use std::fs;
use std::path::Path;

use super::finding::{Check, Finding};
use super::subject::{Subject, in_step};
use crate::grants::Role;
use crate::store::sqlite::{Options, Session};
use crate::store::{Connection, DatabaseUrl};

const CHECKS: [Check; 4] = [
    Check::Schema,
    Check::ProbeRow,
    Check::Indexes,
    Check::Anonymous,
];

pub(super) async fn inspect(url: &DatabaseUrl, options: &Options, role: Role) -> Vec<Finding> {
    let file = options.connect.get_filename();
    match file.try_exists() {
        Ok(true) => {}
        Ok(false) => {
            return vec![Finding::fail(
                Check::Connection,
                format!("there is no file `{}`", file.display()),
                super::schema::MIGRATE,
            )];
        }
        Err(error) => {
            return vec![Finding::fail(
                Check::Connection,
                format!("`{}` cannot be looked at: {error}", file.display()),
                "check the path, and the rights on the directories above",
            )];
        }
    }
    let session = match in_step(Session::connect_as_found(options)).await {
        Ok(session) => session,
        Err(error) => {
            let remedy = "check that it is a SQLite file, and the rights on it";
            return vec![Finding::of_error(Check::Connection, &error, remedy)];
        }
    };
    let mut subject = Subject {
        url,
        role,
        connection: Some(Connection::Sqlite(session)),
        gone: None,
        skew: 0,
        #[cfg(feature = "mysql")]
        transport: None,
        #[cfg(feature = "mysql")]
        unset: None,
    };
    let mut findings = vec![opened(&mut subject, file).await];
    findings.extend(private(file));
    findings.extend(subject.inspect(&CHECKS).await);
    findings.sort_by_key(|finding| finding.check);
    findings
}

/// Reads the file for the first time, which shows whether it is a database.
async fn opened(subject: &mut Subject<'_>, file: &Path) -> Finding {
    const VERSION: &str = "SELECT sqlite_version(), CAST(COUNT(*) AS TEXT) FROM sqlite_schema";
    match in_step(subject.pairs(VERSION)).await {
        Ok(rows) => {
            let version = rows.first().map_or("", |(version, _)| version.as_str());
            let found = format!("`{}` opened by SQLite {version}", file.display());
            Finding::ok(Check::Connection, found)
        }
        Err(error) => {
            let remedy = "name another file in the URL, or restore this one";
            let error = format!("`{}`: {error}", file.display());
            Finding::of_error(Check::Connection, &error, remedy)
        }
    }
}

/// Bits of a mode that are of other users.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Checks that no other user may read the file.
#[cfg(unix)]
fn private(file: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let found = fs::metadata(file).ok()?;
    let mode = found.mode() & 0o777;
    Some(if mode & OTHERS == 0 {
        Finding::ok(
            Check::Rights,
            format!("the file is its owner's alone (mode {mode:03o})"),
        )
    } else {
        Finding::warn(
            Check::Rights,
            format!("other users have access to the file (mode {mode:03o})"),
            format!("chmod 600 {}", file.display()),
        )
    })
}

#[cfg(not(unix))]
fn private(_: &Path) -> Option<Finding> {
    None
}
