//! Rows as a service writes them over months, identical in every run. They have workflows of several requests, few busy
//! actors and resources and many others, payloads from `{}` to some KB, and a few late rows.

use std::io::{self, Write};
use std::time::Duration;

use behavior_trace::Timestamp;
use fastrand::Rng;

/// The columns of a line, in their order.
pub const COLUMNS: &str = "event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, \
     correlation_id, request_id, route_name, ip_address, user_agent";

/// The age of the service of the filled tables.
pub const YEAR_AND_MORE: Duration = Duration::from_hours(400 * 24);

/// The start of that service, 1 October 2025: fixed, so that a filled table is the same at any time.
pub const BEGUN: Timestamp = Timestamp::from_micros(1_759_276_800_000_000);

/// Verbs, with their frequency in percent.
const VERBS: [(&str, u32); 8] = [
    ("update", 52),
    ("create", 22),
    ("assign", 9),
    ("delete", 7),
    ("approve", 5),
    ("reject", 3),
    ("archive", 1),
    ("restore", 1),
];
/// Kinds of resources, with their share of the changes in percent.
const RESOURCES: [(&str, u32); 8] = [
    ("Order", 38),
    ("Product", 22),
    ("Ticket", 14),
    ("Invoice", 10),
    ("Customer", 8),
    ("Document", 5),
    ("Warehouse", 2),
    ("Setting", 1),
];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Shop/7.4 (iPhone; iOS 18.3)",
    "okhttp/4.12.0",
    "curl/8.9.1",
];
const WORDS: &str = "as the customer asked on the phone today; the plan of last year ends in spring and the one that \
     begins then was agreed upon; ";

/// Rows of one run of a service, as lines for `LOAD DATA`.
#[derive(Debug)]
pub struct Rows {
    rng: Rng,
    wanted: u64,
    made: u64,
    begun: i64,
    span: u64,
    story: Story,
}

/// Changes that belong together.
#[derive(Debug, Default)]
struct Story {
    left: u32,
    actor: (&'static str, Option<u64>),
    /// The correlation; `None` for a background job.
    correlation: Option<String>,
    request: Option<String>,
    address: String,
    agent: &'static str,
}

impl Rows {
    /// Creates this number of rows, evenly distributed over a time span. The same seed gives the same rows.
    pub fn new(seed: u64, rows: u64, begun: Timestamp, span: Duration) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            wanted: rows,
            made: 0,
            begun: begun.as_micros(),
            span: u64::try_from(span.as_micros()).unwrap_or(u64::MAX),
            story: Story::default(),
        }
    }

    /// Returns the number of remaining rows.
    pub const fn left(&self) -> u64 {
        self.wanted - self.made
    }

    /// Writes the next rows, at most `most`. No value contains a tab, a newline or a backslash.
    pub fn write(&mut self, most: u64, to: &mut impl Write) -> io::Result<()> {
        for _ in 0..most.min(self.left()) {
            self.line(to)?;
        }
        Ok(())
    }

    fn line(&mut self, to: &mut impl Write) -> io::Result<()> {
        if self.story.left == 0 {
            self.story = self.begin();
        }
        self.story.left -= 1;
        if self.story.request.is_some() && self.rng.u8(..) < 64 {
            // The workflow continues in another request.
            self.story.request = Some(uuid(&mut self.rng));
        }
        let at = self.moment();
        self.made += 1;
        let resource = self.weighted(&RESOURCES);
        let verb = self.weighted(&VERBS);
        let resources = (self.wanted / 12).max(100);
        let resource_id = busy(&mut self.rng, resources);
        let action = resource.to_lowercase();
        let Story {
            actor: (kind, id),
            correlation,
            request,
            address,
            agent,
            ..
        } = &self.story;
        write!(to, "{}\t{at}\t{kind}\t", uuid(&mut self.rng))?;
        null_or(to, id.as_ref())?;
        write!(to, "\t{action}.{verb}\t{resource}\t{resource_id}\t")?;
        payload(&mut self.rng, to)?;
        to.write_all(b"\t")?;
        null_or(to, correlation.as_ref())?;
        to.write_all(b"\t")?;
        null_or(to, request.as_ref())?;
        if request.is_some() {
            writeln!(to, "\t/api/v1/{action}s/{{id}}\t{address}\t{agent}")
        } else {
            writeln!(to, "\t\\N\t\\N\t\\N")
        }
    }

    fn begin(&mut self) -> Story {
        let rng = &mut self.rng;
        let actor = match rng.u8(0..100) {
            0..75 => ("USER", Some(busy(rng, 200_000))),
            75..85 => ("ADMIN", Some(busy(rng, 300))),
            85..93 => ("SERVICE", Some(busy(rng, 40))),
            93..98 => ("SYSTEM", None),
            _ => ("ANONYMOUS", None),
        };
        let asked_for = actor.0 != "SYSTEM";
        Story {
            left: rng.u32(1..=7),
            actor,
            correlation: (rng.u8(0..100) < 85).then(|| uuid(rng)),
            request: asked_for.then(|| uuid(rng)),
            address: format!("203.0.{}.{}", rng.u8(112..116), rng.u8(..)),
            agent: AGENTS[rng.usize(..AGENTS.len())],
        }
    }

    /// Returns the next timestamp in the order of the rows; one of 200 rows waited up to six hours in a spool.
    fn moment(&mut self) -> Timestamp {
        let each = self.span / self.wanted.max(1);
        let place = self.made * each + self.rng.u64(..each.max(1));
        let late = if self.rng.u8(..200) == 0 {
            self.rng.u64(..6 * 3_600_000_000).min(place)
        } else {
            0
        };
        Timestamp::from_micros(self.begun.saturating_add_unsigned(place - late))
    }

    fn weighted(&mut self, all: &[(&'static str, u32)]) -> &'static str {
        let mut drawn = self
            .rng
            .u32(..all.iter().map(|(_, weight)| weight).sum::<u32>());
        for (word, weight) in all {
            if drawn < *weight {
                return word;
            }
            drawn -= weight;
        }
        ""
    }
}

/// Draws a number from 1 to `of`, low ones far more often: the number at rank r has a weight of r^(-2/3), Zipf's law with a
/// flat tail.
fn busy(rng: &mut Rng, of: u64) -> u64 {
    // With 53 bits or fewer, both conversions are exact enough.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a draw between 0 and `of`"
    )]
    let drawn = (rng.f64().powi(3) * of as f64) as u64;
    drawn + 1
}

fn uuid(rng: &mut Rng) -> String {
    uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes())
        .into_uuid()
        .to_string()
}

fn null_or(to: &mut impl Write, value: Option<&impl std::fmt::Display>) -> io::Result<()> {
    match value {
        Some(value) => write!(to, "{value}"),
        None => to.write_all(b"\\N"),
    }
}

/// Writes a payload: a quarter are empty, and one in a hundred has some KB.
fn payload(rng: &mut Rng, to: &mut impl Write) -> io::Result<()> {
    let words = |bytes: usize| WORDS.bytes().cycle().take(bytes).map(char::from);
    match rng.u8(0..100) {
        0..25 => to.write_all(b"{}"),
        25..80 => write!(
            to,
            r#"{{"diff":{{"status":{{"from":"open","to":"paid"}},"seats":{{"from":{},"to":{}}}}}}}"#,
            rng.u8(..),
            rng.u8(..)
        ),
        80..99 => write!(
            to,
            r#"{{"diff":{{"total":{{"from":{},"to":{}}}}},"reason":"{}"}}"#,
            rng.u32(..),
            rng.u32(..),
            words(rng.usize(100..300)).collect::<String>()
        ),
        _ => write!(
            to,
            r#"{{"note":"{}"}}"#,
            words(rng.usize(800..4000)).collect::<String>()
        ),
    }
}
