//! The kills of a row, one after the other.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use behavior_trace::config::{Config, Durability, ErrorOutput, Pipeline};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use super::calls::{Comparison, Notes};
use super::cgroup::Group;
use super::place::Place;
use crate::faults::report::Row;
use crate::faults::site::{settle, wait};

/// Time limit for the last successor, which finds everything. It looks for buffers of other processes every 15 seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reach of the server while the application runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Up,
    /// Every other time it hangs.
    Hangs,
    /// Every other time its port refuses.
    Refuses,
}

/// Moment and manner of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    UnderLoad,
    /// Every other kill comes before it is ready or right after.
    AtStart,
    AtShutdown,
    /// The application ends by itself, in this role.
    ByItself(&'static str),
}

/// The kills of a row.
pub(super) struct Schedule {
    number: u32,
    fault: &'static str,
    kills: u32,
    pub(super) reach: Reach,
    pub(super) end: End,
    pub(super) role: &'static str,
    /// Applications at a time.
    pub(super) hosts: usize,
}

/// A small generator whose numbers are the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// A running application.
struct Host {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

/// State of a row under way.
struct Run<'a> {
    schedule: &'a Schedule,
    place: &'a Place,
    notes: TempDir,
    group: Option<Group>,
    rng: Rng,
    started: u32,
    ends: HashMap<&'static str, u32>,
}

impl Schedule {
    pub(super) const fn new(number: u32, fault: &'static str, kills: u32) -> Self {
        Self {
            number,
            fault,
            kills,
            reach: Reach::Up,
            end: End::UnderLoad,
            role: "steady",
            hosts: 1,
        }
    }

    pub(super) fn run(self, place: &Place) {
        let seed = seed();
        println!("row {}: FAULTS_SEED={seed}", self.number);
        let group = match self.end {
            End::ByItself("memory") => Group::make(),
            _ => None,
        };
        if self.end == End::ByItself("memory") && group.is_none() {
            println!(
                "row {}: not shown here, this user may make no control group",
                self.number
            );
            return;
        }
        let mut run = Run {
            schedule: &self,
            place,
            notes: tempfile::tempdir().expect("a directory"),
            group,
            rng: Rng::new(seed ^ u64::from(self.number)),
            started: 0,
            ends: HashMap::new(),
        };
        run.kill_all();
        let row = run.conclude(seed);
        row.conclude();
    }
}

fn seed() -> u64 {
    let given = env::var("FAULTS_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    // A hasher of the standard library is seeded at random.
    given.unwrap_or_else(|| RandomState::new().build_hasher().finish())
}

impl Run<'_> {
    fn kill_all(&mut self) {
        let mut hosts: Vec<Host> = (0..self.schedule.hosts).map(|_| self.start()).collect();
        let mut killed = 0;
        while killed < self.schedule.kills {
            let hangs = self.schedule.reach == Reach::Hangs && self.rng.below(2) == 1;
            if hangs {
                self.server(behavior_trace_servers::Server::pause);
            }
            let host = hosts
                .swap_remove(usize::try_from(self.rng.below(hosts.len() as u64)).expect("few"));
            killed += self.end(host);
            if hangs {
                self.server(behavior_trace_servers::Server::resume);
            }
            if killed < self.schedule.kills {
                hosts.push(self.start());
            }
        }
        for host in hosts {
            host.kill();
        }
    }

    fn server(
        &self,
        change: impl FnOnce(
            &behavior_trace_servers::Server,
        ) -> Result<(), behavior_trace_servers::ServerError>,
    ) {
        let site = self.place.site.as_ref().expect("a server");
        change(&site.server).expect("it obeys");
    }

    fn start(&mut self) -> Host {
        let name = format!("h{}", self.started);
        self.started += 1;
        let notes = self.notes.path().join(&name);
        drop(Notes::create(&notes));
        let refuses = self.schedule.reach == Reach::Refuses && self.rng.below(2) == 1;
        let url = match &self.place.site {
            Some(site) if refuses => {
                let nowhere = "127.0.0.1:1".parse().expect("an address");
                let url = site
                    .server
                    .url_through(nowhere, crate::faults::site::DATABASE);
                url.expect("a URL")
            }
            _ => self.place.url.clone(),
        };
        let role = match self.schedule.end {
            End::ByItself(role) => role,
            _ => self.schedule.role,
        };
        let durability = env::var("FAULTS_DURABILITY").unwrap_or_else(|_| "mapped".to_owned());
        let mut command = Command::new(env::current_exe().expect("this binary"));
        command
            .args([
                "--exact",
                "faults::mapped::host::host",
                "--ignored",
                "--nocapture",
            ])
            .env("MAPPED_ROLE", role)
            .env("MAPPED_NAME", &name)
            .env("MAPPED_URL", url)
            .env("MAPPED_SPOOL", self.place.spool.path())
            .env("MAPPED_NOTES", &notes)
            .env("MAPPED_DURABILITY", durability)
            .env("MAPPED_MILLIS", self.rng.below(700).to_string())
            .env("MAPPED_SEED", self.rng.below(u64::MAX).to_string())
            .stderr(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(group) = &self.group {
            command.env("MAPPED_CGROUP", group.entrance());
        }
        let mut child = command.spawn().expect("starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Host { child, stdout }
    }

    /// Ends an application. Returns the number of kills: none if it had ended before.
    fn end(&mut self, mut host: Host) -> u32 {
        let at_start = self.schedule.end == End::AtStart && self.started.is_multiple_of(2);
        if at_start {
            wait(Duration::from_micros(self.rng.below(60_000)));
        } else {
            host.wait_for("ready");
            self.wait_under_load(&mut host);
        }
        let signal = host.kill();
        let how = match signal {
            Some(9) => "SIGKILL",
            Some(6) => "SIGABRT",
            Some(_) => "another signal",
            None => "no kill: it had ended",
        };
        *self.ends.entry(how).or_default() += 1;
        u32::from(signal.is_some())
    }

    fn wait_under_load(&mut self, host: &mut Host) {
        match self.schedule.end {
            End::UnderLoad | End::AtStart => wait(Duration::from_micros(self.rng.below(700_000))),
            End::AtShutdown => {
                wait(Duration::from_micros(self.rng.below(300_000)));
                host.signal(Signal::TERM);
                host.wait_for("stopping");
                wait(Duration::from_micros(self.rng.below(40_000)));
            }
            End::ByItself(_) => host.wait(),
        }
    }

    /// Lets a last successor deliver everything, and compares.
    fn conclude(self, seed: u64) -> Row {
        let schedule = self.schedule;
        let mut row = Row::on(schedule.number, schedule.fault, &self.place.store);
        let begun = Instant::now();
        let recorder = Pipeline::start(self.config()).expect("a good configuration");
        let mut compared = self.compare();
        while !compared.lost.is_empty() && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(500));
            compared = self.compare();
        }
        row.recovery = begun.elapsed();
        settle(&recorder);
        let mut compared = self.compare();
        row.stats = recorder.stats();
        row.acked = usize::try_from(compared.returned).expect("it fits");
        row.lost = compared.lost.len();
        row.rows = std::mem::take(&mut compared.counts);
        row.promise(compared.same_event == 0, || {
            format!(
                "{} rows have the event id of another row",
                compared.same_event
            )
        });
        row.promise(compared.strange.is_empty(), || compared.strange.join("; "));
        row.promise(compared.dropped == 0, || {
            format!(
                "{} events were dropped: the load is too high",
                compared.dropped
            )
        });
        row.promise(compared.returned > 0, || "nothing was recorded".to_owned());
        compared.lost.truncate(20);
        row.extra = json!({
            "seed": seed, "kills": self.ends, "hosts": self.started, "in_flight_stored": compared.in_flight,
            "recovered_by_the_last": recorder.stats().recovered, "lost": compared.lost,
            "buffers_left": left(self.place.spool.path()),
        });
        row
    }

    fn compare(&self) -> Comparison {
        Comparison::of(self.notes.path(), &self.place.rows())
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        config.database_url = Some(self.place.url.parse().expect("a good URL"));
        config.spool_dir = Some(self.place.spool.path().to_owned());
        config.durability = Some(Durability::Mapped);
        config.statement_timeout = Duration::from_secs(1);
        config.error_output = ErrorOutput::Off;
        config
    }
}

/// Returns the paths of files beside the spools of which a person should know.
fn left(spool: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let slots = std::fs::read_dir(spool.join("buffers"))
        .into_iter()
        .flatten();
    for slot in slots.filter_map(Result::ok) {
        let files = std::fs::read_dir(slot.path()).into_iter().flatten();
        let names = files.filter_map(|file| Some(file.ok()?.path().display().to_string()));
        found.extend(names.filter(|name| name.contains(".damaged")));
    }
    found
}

impl Host {
    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            let read = self.stdout.read_line(&mut line).expect("its output");
            assert!(read > 0, "the host ended before it was {word}");
        }
    }

    /// Waits until it has ended.
    fn wait(&mut self) {
        let begun = Instant::now();
        while self.child.try_wait().expect("a child").is_none() {
            assert!(begun.elapsed() < PATIENCE, "the host did not end by itself");
            wait(Duration::from_millis(5));
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(pid).expect("not 0"), signal).expect("it runs");
    }

    /// Kills it, and returns the signal that ended it.
    fn kill(mut self) -> Option<i32> {
        let _ = self.child.kill();
        self.child.wait().expect("ends").signal()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Only after a failed test does the process still run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
