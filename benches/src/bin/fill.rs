//! `fill URL FOLDER ROWS` fills the empty database at URL with rows that are identical in every run. It uses files in
//! FOLDER, which the server must be able to read. The table is that of the migrations, with the opt-in keys by actor and by
//! action.

use std::env;
use std::error::Error;
use std::path::Path;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::{ExtraIndex, Migrations};
use behavior_trace_benches::rows::{BEGUN, Rows, YEAR_AND_MORE};
use behavior_trace_benches::table;

/// The seed of the generated service.
const SEED: u64 = 2026;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [url, folder, rows] = words.as_slice() else {
        return Err("usage: fill URL FOLDER ROWS".into());
    };
    let migrations = Migrations::new(&url.parse::<DatabaseUrl>()?);
    migrations.run().await?;
    for index in [ExtraIndex::Actor, ExtraIndex::Action] {
        migrations.add_index(index).await?;
    }
    let rows = Rows::new(SEED, rows.parse()?, BEGUN, YEAR_AND_MORE);
    table::fill(url, Path::new(folder), rows).await
}
