//! `timeline QUESTION URL READS` asks the timeline over the filled table at URL for one kind of page, with many keys. It
//! prints the time until the whole page is there, and its bytes. The server of the pages is left out: the timeline is asked
//! as the service that a server would call.

#[path = "timeline/question.rs"]
mod question;

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::query::Reader;
use behavior_trace::web::{Timeline, TimelineService, Viewer};
use behavior_trace_benches::spread;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use sqlx::{Connection as _, MySqlConnection};
use tower_service::Service as _;

use question::Question;

/// The largest number of different keys of a page. Each is asked for once before the measurement, and twice in it.
const KEYS: usize = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [name, url, reads] = words.as_slice() else {
        return Err("usage: timeline QUESTION URL READS".into());
    };
    let mut connection = MySqlConnection::connect(url).await?;
    let reads: usize = reads.parse()?;
    let keys = KEYS.min(reads.div_ceil(2));
    let addresses = Question::named(name)?
        .addresses(&mut connection, keys)
        .await?;
    let reader = Reader::new(&url.parse::<DatabaseUrl>()?);
    let page = Timeline::new(reader).viewer(|_| async { Some(Viewer::new("a bench")) });
    let mut service = page.service(std::future::pending());

    let mut first = Vec::new();
    for address in &addresses {
        first.push(asked(&mut service, address).await?.0);
    }
    let (mut taken, mut largest) = (Vec::new(), 0);
    for address in addresses.iter().cycle().take(reads) {
        let (time, page) = asked(&mut service, address).await?;
        taken.push(time);
        largest = largest.max(page.len());
    }
    spread::print("first_", first);
    spread::print("", taken);
    println!("html_bytes {largest}");
    Ok(())
}

/// Asks for a page, and reads it to its end.
async fn asked(
    service: &mut TimelineService,
    address: &str,
) -> Result<(Duration, String), Box<dyn Error>> {
    let request = Request::get(address).body(())?;
    let begun = Instant::now();
    let answer = service.call(request).await?;
    let status = answer.status();
    let page = answer.into_body().collect().await?.to_bytes();
    let taken = begun.elapsed();
    let page = String::from_utf8(page.to_vec())?;
    // A page that gave up after its time limit counts with that time.
    if status != StatusCode::OK && status != StatusCode::SERVICE_UNAVAILABLE {
        return Err(format!("{address}: {status}").into());
    }
    Ok((taken, page))
}
