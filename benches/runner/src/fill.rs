//! `cargo xtask fill`: fills a table with millions of rows on each server once, for the benchmarks of reading.

use crate::error::BenchError;
use crate::filled::{self, Wanted};

pub(crate) fn run(words: &[String]) -> Result<(), BenchError> {
    let mut wanted = Wanted::default();
    for word in words {
        if !wanted.take(word)? {
            return Err(BenchError::usage(format!(
                "`fill` takes no `{word}`; it takes --store=mysql|mariadb|both and --rows=N"
            )));
        }
    }
    for kind in wanted.kinds {
        let server = filled::server(*kind, wanted.rows, |server| server)?;
        let data = server.data_dir()?;
        server.stop()?;
        println!(
            "{kind}: {} rows are kept in {}; remove the folder to fill anew",
            wanted.rows,
            data.display()
        );
    }
    Ok(())
}
