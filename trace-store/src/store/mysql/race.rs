//! The search for a host that takes writes, among several.
//!
//! The hosts are asked in turn, the next one as soon as the one before has answered or is slow. While one hangs, those that
//! could not serve are asked again, because one of them may be the next primary.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::mysql::MySqlConnectOptions;
use tokio::time::{Instant, sleep_until, timeout};

use super::connect::{Connected, PER_HOST, connect_to, no_answer};
use super::hosts::Hosts;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Time without an answer after which the next host is asked as well.
const SLOW: Duration = Duration::from_millis(500);
/// Time after which a host that could not serve is asked again.
const AGAIN: Duration = Duration::from_millis(300);

/// The outcome of the search.
pub(super) enum Found {
    Writable(Connected),
    /// All hosts have answered or were given up, and this one can be read. Only a reader gets it.
    ReadOnly(Connected),
    /// The failures of the hosts, in the order of the turn.
    None(Vec<StoreError>),
}

/// Searches the hosts for one that takes writes.
pub(super) async fn search(hosts: &Hosts, purpose: Purpose) -> Found {
    let mut race = Race::new(hosts, purpose);
    loop {
        race.ask_due();
        let next = race.next_due();
        let (place, outcome) = tokio::select! {
            answer = answer(&mut race.asked) => answer,
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => continue,
        };
        match outcome {
            Ok(connected) if !connected.learned.is_read_only => {
                hosts.begin_at(race.hosts[place].index);
                if let Some(other) = race.read_only.take() {
                    end_session(other);
                }
                return Found::Writable(connected);
            }
            Ok(connected) => race.read_only(place, connected),
            Err(error) => race.failed(place, &error),
        }
        if race.hosts.iter().all(|host| host.failure.is_some()) {
            return race.end();
        }
    }
}

type Answer = Result<Connected, StoreError>;
/// Questions that are not answered, with the place of the host in the turn.
type Asked = Vec<(usize, Pin<Box<dyn Future<Output = Answer> + Send>>)>;

struct Race<'a> {
    all: &'a Hosts,
    hosts: Vec<Host>,
    purpose: Purpose,
    asked: Asked,
    read_only: Option<Connected>,
}

struct Host {
    index: usize,
    options: Arc<MySqlConnectOptions>,
    /// The time at which it is asked, unless it is being asked.
    due: Option<Instant>,
    /// The last failure, once there was one.
    failure: Option<StoreError>,
}

impl<'a> Race<'a> {
    fn new(all: &'a Hosts, purpose: Purpose) -> Self {
        let (now, mut due) = (Instant::now(), Duration::ZERO);
        let host = |(index, options): (usize, &Arc<MySqlConnectOptions>)| {
            let at = now + due;
            due += SLOW;
            Host {
                index,
                options: Arc::clone(options),
                due: Some(at),
                failure: None,
            }
        };
        Self {
            all,
            hosts: all.in_turn().map(host).collect(),
            purpose,
            asked: Vec::new(),
            read_only: None,
        }
    }

    /// Returns the time at which the next host is asked.
    fn next_due(&self) -> Option<Instant> {
        self.hosts.iter().filter_map(|host| host.due).min()
    }

    fn ask_due(&mut self) {
        let now = Instant::now();
        for (place, host) in self.hosts.iter_mut().enumerate() {
            if host.due.is_none_or(|due| due > now) {
                continue;
            }
            host.due = None;
            if self.asked.is_empty() {
                // If the caller gives up while this host hangs, its next call begins behind it.
                self.all.begin_at(host.index + 1);
            }
            let asked = ask(Arc::clone(&host.options), self.purpose, host.index);
            self.asked.push((place, Box::pin(asked)));
        }
    }

    fn read_only(&mut self, place: usize, connected: Connected) {
        let failure = format!("{} is read-only", name(&self.hosts[place].options));
        match &self.read_only {
            None => self.read_only = Some(connected),
            Some(_) => end_session(connected),
        }
        self.put_off(place, StoreError::new(ErrorClass::ReadOnly, failure));
    }

    fn failed(&mut self, place: usize, error: &StoreError) {
        let failure = format!("{}: {error}", name(&self.hosts[place].options));
        self.put_off(place, StoreError::new(error.class(), failure));
    }

    /// Notes a failure. The first host that was not asked yet is asked at once, and this one later again.
    fn put_off(&mut self, place: usize, failure: StoreError) {
        let now = Instant::now();
        let host = &mut self.hosts[place];
        // A wrong password stays wrong, and accounts are locked for it.
        let may_pass = !matches!(
            failure.class(),
            ErrorClass::Configuration | ErrorClass::Server
        );
        host.failure = Some(failure);
        host.due = may_pass.then_some(now + AGAIN);
        let is_new = |host: &&mut Host| host.failure.is_none() && host.due.is_some();
        if let Some(new) = self.hosts.iter_mut().find(is_new) {
            new.due = Some(now);
        }
    }

    fn end(self) -> Found {
        match self.read_only {
            Some(connected) => Found::ReadOnly(connected),
            None => Found::None(
                self.hosts
                    .into_iter()
                    .filter_map(|host| host.failure)
                    .collect(),
            ),
        }
    }
}

/// Connects to a host. Who is no reader gets no session of a read-only one.
async fn ask(options: Arc<MySqlConnectOptions>, purpose: Purpose, index: usize) -> Answer {
    let answer = timeout(PER_HOST, connect_to(&options, purpose, index)).await;
    let connected = answer.unwrap_or_else(|_| Err(no_answer()))?;
    if !connected.learned.is_read_only || purpose == Purpose::Reader {
        return Ok(connected);
    }
    end_session(connected);
    Err(StoreError::new(ErrorClass::ReadOnly, "it is read-only"))
}

/// Ends a session that is not needed, as the server expects it, without waiting for that.
fn end_session(connected: Connected) {
    tokio::spawn(async move {
        let _ = timeout(PER_HOST, connected.connection.close()).await;
    });
}

/// Waits for the next answer, and takes its question out.
async fn answer(asked: &mut Asked) -> (usize, Answer) {
    poll_fn(|context| {
        let ready = asked
            .iter_mut()
            .enumerate()
            .find_map(
                |(at, (_, question))| match question.as_mut().poll(context) {
                    Poll::Ready(answer) => Some((at, answer)),
                    Poll::Pending => None,
                },
            );
        match ready {
            Some((at, answer)) => Poll::Ready((asked.remove(at).0, answer)),
            None => Poll::Pending,
        }
    })
    .await
}

fn name(host: &MySqlConnectOptions) -> String {
    format!("{}:{}", host.get_host(), host.get_port())
}
