//! What one would use instead: the server's own bulk load, and one INSERT an event.

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use behavior_trace::Timestamp;
use behavior_trace_benches::stories::{ROUTE_NAME, Stories, USER_AGENT, change};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};

use crate::{Job, print_rate};

const COLUMNS: &str = "event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, \
     correlation_id, request_id, route_name, ip_address, user_agent";
/// Two connections share the work in pieces of this many rows.
const PIECE: u32 = 20_000;
/// A single row takes so long that fewer show the rate.
const SINGLE: u32 = 4000;

/// `LOAD DATA INFILE` on as many connections: one file of all rows, or files that the connections share.
pub(crate) async fn files(job: &Job, connections: usize) -> Result<(), Box<dyn Error>> {
    let piece = if connections == 1 { job.rows } else { PIECE };
    let files = write(&job.folder, job.rows, piece)?;
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(MySqlConnection::connect(&job.url).await?);
    }
    let begun = Instant::now();
    let loads = open.into_iter().enumerate().map(|(at, mut connection)| {
        let mine: Vec<_> = files.iter().skip(at).step_by(connections).cloned().collect();
        tokio::spawn(async move {
            for file in mine {
                // The path is one of our own.
                let load = format!(
                    "LOAD DATA INFILE '{}' INTO TABLE operational_activity CHARACTER SET utf8mb4 ({COLUMNS})",
                    file.display()
                );
                sqlx::raw_sql(AssertSqlSafe(load)).execute(&mut connection).await?;
            }
            Ok::<_, sqlx::Error>(())
        })
    });
    for load in loads.collect::<Vec<_>>() {
        load.await??;
    }
    let taken = begun.elapsed();
    for file in files {
        fs::remove_file(file)?;
    }
    print_rate(job.rows, taken);
    Ok(())
}

/// One prepared INSERT an event, each its own transaction, as a recorder does that batches nothing.
pub(crate) async fn single(job: &Job) -> Result<(), Box<dyn Error>> {
    let rows = SINGLE.min(job.rows);
    let all: Vec<[String; 13]> = Rows::new(rows).collect();
    let mut connection = MySqlConnection::connect(&job.url).await?;
    let insert =
        format!("INSERT INTO operational_activity ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
    let begun = Instant::now();
    for row in &all {
        let mut query = sqlx::query(AssertSqlSafe(insert.as_str()));
        for value in row {
            query = query.bind(value);
        }
        query.execute(&mut connection).await?;
    }
    print_rate(rows, begun.elapsed());
    Ok(())
}

fn write(folder: &Path, rows: u32, piece: u32) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for (number, begun) in (0..rows).step_by(usize::try_from(piece)?).enumerate() {
        let path = folder.join(format!("rows-{}-{number}.tsv", std::process::id()));
        let mut file = BufWriter::new(fs::File::create(&path)?);
        for row in Rows::new(piece.min(rows - begun)) {
            // No value holds a tab, a line's end or a backslash.
            writeln!(file, "{}", row.join("\t"))?;
        }
        file.flush()?;
        files.push(path);
    }
    Ok(files)
}

/// The rows in the form our own writer gives them.
struct Rows {
    stories: Stories,
    left: Vec<[String; 13]>,
    more: u32,
    at: i64,
}

impl Rows {
    fn new(rows: u32) -> Self {
        let now = Timestamp::now();
        Self {
            stories: Stories::new(),
            left: Vec::new(),
            more: rows / 4,
            at: now.as_micros(),
        }
    }
}

impl Iterator for Rows {
    type Item = [String; 13];

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() && self.more > 0 {
            self.more -= 1;
            let story = self.stories.tell();
            for id in story.resource_ids {
                self.at += i64::try_from(Duration::from_micros(5).as_micros()).unwrap_or_default();
                self.left.push([
                    self.stories.uuid(),
                    Timestamp::from_micros(self.at).to_string(),
                    "USER".to_owned(),
                    story.actor_id.to_string(),
                    "order.update".to_owned(),
                    "Order".to_owned(),
                    id.to_string(),
                    serde_json::to_string(&change(id)).unwrap_or_default(),
                    story.correlation_id.clone(),
                    story.request_id.clone(),
                    ROUTE_NAME.to_owned(),
                    story.ip_address.clone(),
                    USER_AGENT.to_owned(),
                ]);
            }
        }
        self.left.pop()
    }
}
