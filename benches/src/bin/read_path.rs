//! `read_path QUESTION URL READS` runs one kind of query on the filled table at URL, with many keys. It prints the latency
//! of a result and the number of rows that the server read for it.

#[path = "read_path/examined.rs"]
mod examined;
#[path = "read_path/offset.rs"]
mod offset;
#[path = "read_path/question.rs"]
mod question;

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::query::{Query, Reader};
use behavior_trace_benches::spread;
use sqlx::{Connection as _, MySqlConnection};

use question::Question;

/// The number of different keys of a query. It is so small that their pages stay in the server's memory. Each is read once
/// before the measurement.
const KEYS: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [name, url, reads] = words.as_slice() else {
        return Err("usage: read_path QUESTION URL READS".into());
    };
    let mut connection = MySqlConnection::connect(url).await?;
    if name == "offset" {
        return offset::ask(&mut connection).await;
    }
    let question = Question::named(name)?;
    let reader = Reader::new(&url.parse::<DatabaseUrl>()?);
    let queries = question.queries(&mut connection, &reader, KEYS).await?;

    let (first, queries) = warm(&question, queries).await?;
    let before = examined::so_far(&mut connection).await?;
    let mut taken = Vec::new();
    let reads: usize = reads.parse()?;
    for query in queries.iter().cycle().take(reads) {
        taken.push(timed(query).await?.0);
    }
    let after = examined::so_far(&mut connection).await?;
    spread::print("first_", first);
    spread::print("", taken);
    examined::print(&before, &after, question.index(), reads);
    Ok(())
}

/// Reads each key once, or the page before for a page by cursor. Returns the queries to measure.
async fn warm(
    question: &Question,
    queries: Vec<Query>,
) -> Result<(Vec<Duration>, Vec<Query>), Box<dyn Error>> {
    let mut taken = Vec::new();
    let mut measured = Vec::new();
    for query in queries {
        let (first, next) = timed(&query).await?;
        taken.push(first);
        measured.push(match next {
            Some(next) if question.is_page() => query.after(next),
            None if question.is_page() => return Err("there is no page after this one".into()),
            _ => query,
        });
    }
    if question.is_page() {
        for query in &measured {
            timed(query).await?;
        }
    }
    Ok((taken, measured))
}

async fn timed(
    query: &Query,
) -> Result<(Duration, Option<behavior_trace::query::Cursor>), behavior_trace::query::QueryError> {
    let begun = Instant::now();
    let page = query.fetch().await?;
    let taken = begun.elapsed();
    std::hint::black_box(&page.items);
    Ok((taken, page.next))
}
