//! `write_path VARIANT URL FOLDER ROWS [ROWS_PER_PARTITION]` inserts rows into the empty database of a server in one of
//! several ways, and prints the rate. The server must be able to read FOLDER.

#[path = "write_path/growth.rs"]
mod growth;
#[path = "write_path/load.rs"]
mod load;
#[path = "write_path/ours.rs"]
mod ours;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::Migrations;

/// The destination and the amount of rows.
struct Job {
    url: String,
    folder: PathBuf,
    rows: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [variant, url, folder, rows, rest @ ..] = words.as_slice() else {
        return Err(
            "usage: write_path ours|latency|load_1|load_2|single|plain|partitioned URL FOLDER ROWS \
             [ROWS_PER_PARTITION]"
                .into(),
        );
    };
    let job = Job {
        url: url.clone(),
        folder: folder.into(),
        rows: rows.parse()?,
    };
    Migrations::new(&job.url.parse::<DatabaseUrl>()?)
        .run()
        .await?;
    match variant.as_str() {
        "ours" => ours::rate(&job),
        "latency" => ours::latency(&job).await,
        "load_1" => load::files(&job, 1).await,
        "load_2" => load::files(&job, 2).await,
        "plain" => growth::run(&job, growth::Layout::Plain).await,
        "partitioned" => {
            let rows_per_hour = match rest.first() {
                Some(rows) => rows.parse()?,
                None => growth::ROWS_PER_HOUR,
            };
            growth::run(&job, growth::Layout::Partitioned { rows_per_hour }).await
        }
        "single" => load::single(&job).await,
        other => Err(format!("there is no variant `{other}`").into()),
    }
}

/// Prints the rows per second in the form that the caller of `write_path` parses.
fn print_rate(rows: u32, taken: std::time::Duration) {
    println!("rows_per_s {}", f64::from(rows) / taken.as_secs_f64());
}
