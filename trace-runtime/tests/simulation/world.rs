//! Processes, a server and a disk on one paused clock, with the invariants checked at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_store::delivery::jitter::Jitter;
use behavior_trace_store::delivery::judgement::Law;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use super::disk::{Disk, ModelStorage};
use super::driver::ModelDriver;
use super::random::Random;
use super::script::{DiskTrouble, RowKind, Script, Step};
use super::server::{Server, read_action};
use crate::config::Durability;
use crate::pipeline::RecorderHandle;
use crate::queue::DurableAck;
use crate::shared::{ReplySender, Request, RequestKind, Shared};
use crate::stats::DeliveryReport;
use crate::writer::Writer;
use crate::writer::tests::scripted::{Rig, fields, hand_over};

/// Time without a commit, with rows waiting, after which health has to report it.
const UNTOLD: Duration = Duration::from_mins(1);
/// Checks for which health may be green meanwhile: one fault has ended, and the next is not reported yet.
const MAX_UNTOLD: u32 = 30;
/// Time to deliver all rows once every fault has ended: the slowest probe, half a minute, and a little for the search for
/// another process's spool. It includes the longest pause of a spool that could not be opened.
const LIVELY: Duration = Duration::from_secs(30 + 30 + 30 + 20);
/// Additional time to prove an unlisted code against a row.
const PROVEN: Duration = Duration::from_mins(2);

/// Process of one recorder.
struct Host {
    process: usize,
    started: Instant,
    shared: Arc<Shared>,
    handle: RecorderHandle,
    tasks: Pin<Box<LocalSet>>,
    /// Time since which rows have waited without a commit of the server.
    stuck: Option<(Instant, u64)>,
    /// Number of checks, about a second apart, with green health nevertheless.
    untold: u32,
}

/// A recorded event.
struct Event {
    kind: RowKind,
    payload: String,
    process: usize,
    /// Set when it was in memory as its process was killed or ran out of time.
    may_be_lost: bool,
    /// Ack of a caller that waits for the disk.
    ack: Option<Arc<DurableAck>>,
}

impl Event {
    /// Returns whether its caller has learned that it is on disk.
    fn is_acknowledged(&self) -> bool {
        let ack = self.ack.as_ref();
        ack.is_some_and(|ack| ack.wait_until(std::time::Instant::now()))
    }
}

/// Processes, the server and the disk of one run.
pub(super) struct World {
    script: Script,
    rules: Rules,
    server: Arc<Mutex<Server>>,
    disk: Arc<Mutex<Disk>>,
    hosts: Vec<Host>,
    processes: usize,
    events: BTreeMap<u64, Event>,
    /// Number of rows made unreadable on disk.
    unreadable: u64,
    /// Time since which no call to the disk works, as the only fault.
    disk_is_out: Option<Instant>,
}

/// Rules of a run: those of the writer, and one that it asks of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) law: Law,
    /// The server ends sessions that are idle for long.
    pub(super) limits_idle: bool,
}

impl Rules {
    /// All rules.
    pub(super) const IN_FORCE: Self = Self {
        law: Law::IN_FORCE,
        limits_idle: true,
    };
}

/// Summary of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) simulated: Duration,
    pub(super) events: u64,
    pub(super) statements: u64,
}

/// Runs a script to its end. The error describes the violation.
pub(super) fn run(script: &Script, rules: Rules) -> Result<Summary, String> {
    let runtime = runtime();
    runtime.block_on(async {
        let begun = Instant::now();
        let mut world = World::new(script.clone(), rules);
        for step in script.steps.clone() {
            world
                .act(step)
                .await
                .map_err(|why| format!("{why}, at {step:?}"))?;
        }
        world.arrive().await?;
        let statements = world.server.lock().expect("no panic").statements;
        Ok(Summary {
            simulated: begun.elapsed(),
            events: world.events.len() as u64,
            statements,
        })
    })
}

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

impl World {
    pub(super) fn new(script: Script, rules: Rules) -> Self {
        let mut random = Random::new(script.seed ^ 0x5eed);
        let server = Server::new(Random::new(random.next()), rules.limits_idle);
        let disk = Disk::new(Random::new(random.next()));
        let mut world = Self {
            server: Arc::new(Mutex::new(server)),
            disk: Arc::new(Mutex::new(disk)),
            hosts: Vec::new(),
            processes: 0,
            events: BTreeMap::new(),
            unreadable: 0,
            disk_is_out: None,
            script,
            rules,
        };
        for _ in 0..world.script.hosts {
            let host = world.start();
            world.hosts.push(host);
        }
        world
    }

    fn start(&mut self) -> Host {
        let process = self.processes;
        self.processes += 1;
        let shared = Rig::shared(|config| {
            config.statement_timeout = self.script.statement_timeout;
            if self.script.spools {
                config.spool_dir = Some("modelled".into());
                config.durability = Some(Durability::Spool);
            }
        });
        let driver = ModelDriver {
            server: Arc::clone(&self.server),
            process,
        };
        let storage = ModelStorage {
            disk: Arc::clone(&self.disk),
            process,
        };
        let jitter = Jitter::seeded(self.script.seed.wrapping_add(process as u64));
        let mut writer = Writer::with(Arc::clone(&shared), driver, storage, self.rules.law, jitter);
        let tasks = LocalSet::new();
        tasks.spawn_local(async move {
            writer.run().await;
            writer.answer_all();
        });
        Host {
            process,
            started: Instant::now(),
            handle: RecorderHandle::of(Arc::clone(&shared)),
            shared,
            tasks: Box::pin(tasks),
            stuck: None,
            untold: 0,
        }
    }

    pub(super) async fn act(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Wait(time) => return self.work(time).await,
            Step::Record { host, kind, count } => self.record(host, kind, count),
            Step::RecordDurable { host, count } => self.record_durable(host, count),
            Step::Server(trouble) => {
                self.server().suffer(trouble, Instant::now());
            }
            Step::ServerIsWell => {
                self.server().recover(Instant::now());
            }
            Step::Disk(DiskTrouble::Damages { one_in }) => self.damage(one_in),
            Step::Disk(trouble) => self.disk.lock().expect("no panic").trouble = Some(trouble),
            Step::DiskIsWell => self.disk.lock().expect("no panic").trouble = None,
            Step::Kill { host } => self.kill(host)?,
            Step::Shutdown { host, within } => self.shut_down(host, within).await?,
        }
        self.work(Duration::from_millis(1)).await
    }

    /// Returns the recorder of each process.
    pub(super) fn recorders(&self) -> impl Iterator<Item = &RecorderHandle> {
        self.hosts.iter().map(|host| &host.handle)
    }

    pub(super) fn server(&self) -> std::sync::MutexGuard<'_, Server> {
        self.server.lock().expect("no test panics while it looks")
    }

    fn record(&mut self, host: usize, kind: RowKind, count: usize) {
        for _ in 0..count {
            self.record_with(host, kind, |host, action, payload| {
                hand_over(&host.handle, action, payload);
                None
            });
        }
    }

    fn record_durable(&mut self, host: usize, count: usize) {
        if !self.script.spools {
            return self.record(host, RowKind::Good, count);
        }
        for _ in 0..count {
            self.record_with(host, RowKind::Good, |host, action, payload| {
                let fields = fields(action, payload);
                let queue = &host.shared.queue;
                queue.push_durable(Timestamp::now(), fields.as_bytes())
            });
        }
    }

    fn record_with(
        &mut self,
        host: usize,
        kind: RowKind,
        hand_over: impl FnOnce(&Host, &str, &str) -> Option<Arc<DurableAck>>,
    ) {
        let host = &self.hosts[host % self.hosts.len()];
        let number = self.events.len() as u64 + 1;
        let name = match kind {
            RowKind::Good => "thing",
            RowKind::Locked => "locked",
            RowKind::Big => "big",
            RowKind::BadValue => "value",
            RowKind::BadRule => "rule",
            RowKind::Odd => "odd",
        };
        let filler = if kind == RowKind::Big { 50_000 } else { 10 };
        let payload = format!(r#"{{"n":{number},"x":"{}"}}"#, "x".repeat(filler));
        let ack = hand_over(host, &format!("{name}.n{number}"), &payload);
        let event = Event {
            kind,
            payload,
            process: host.process,
            may_be_lost: false,
            ack,
        };
        self.events.insert(number, event);
    }

    /// Lets all processes work for `time`.
    async fn work(&mut self, time: Duration) -> Result<(), String> {
        const SLICE: Duration = Duration::from_secs(1);
        let end = Instant::now() + time;
        while Instant::now() < end {
            let slice = SLICE.min(end - Instant::now());
            self.slice(slice).await;
            self.server().advance(Instant::now());
            self.check()?;
        }
        Ok(())
    }

    async fn slice(&mut self, time: Duration) {
        let mut over = pin!(sleep(time));
        let hosts = &mut self.hosts;
        poll_fn(|context| {
            for host in hosts.iter_mut() {
                // A process that has ended has no work.
                let _ = host.tasks.as_mut().poll(context);
            }
            match over.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
    }

    /// Damages the disk. Rows that become unreadable need not arrive, unless they are in the table or on their way there.
    fn damage(&mut self, one_in: u64) {
        let rows = self.disk.lock().expect("no panic").damage(one_in);
        self.unreadable += rows.len() as u64;
        for row in rows {
            let (_, number) = read_action(&row.action);
            if let Some(event) = self.events.get_mut(&number) {
                event.may_be_lost = true;
            }
        }
    }

    fn kill(&mut self, host: usize) -> Result<(), String> {
        let at = host % self.hosts.len();
        let process = self.hosts[at].process;
        let next = self.start();
        drop(std::mem::replace(&mut self.hosts[at], next));
        self.disk.lock().expect("no panic").release(process);
        self.note_what_may_be_lost(process)
    }

    /// Marks the events of a process that may be lost: those not in the table, not on disk, and not about to be in the
    /// table.
    fn note_what_may_be_lost(&mut self, process: usize) -> Result<(), String> {
        let safe = self.safe();
        for (number, event) in &mut self.events {
            if event.process == process && !safe.contains(number) {
                if event.is_acknowledged() && !event.may_be_lost {
                    return Err(format!("a durable event is lost: {number}"));
                }
                event.may_be_lost = true;
            }
        }
        Ok(())
    }

    /// Returns the numbers of the events that are in the table, in a spool, or dead letters.
    fn safe(&self) -> BTreeSet<u64> {
        let mut safe = BTreeSet::new();
        for row in self.server().rows.values() {
            safe.insert(read_action(&row.action).1);
        }
        for slot in self.disk.lock().expect("no panic").slots.values() {
            let letters = slot.letters.iter().map(|(_, row)| row);
            // The dead letter of a row that was shortened does not count as the row itself.
            let bad = letters.filter(|row| read_action(&row.action).0.is_bad());
            let damaged = slot.damaged.iter().flat_map(|file| &file.rows);
            for row in slot.rows.values().chain(damaged).chain(bad) {
                safe.insert(read_action(&row.action).1);
            }
        }
        safe
    }

    async fn shut_down(&mut self, host: usize, within: Duration) -> Result<(), String> {
        let at = host % self.hosts.len();
        let (answer, answered) = mpsc::sync_channel(1);
        let deadline = Instant::now() + within;
        let shared = Arc::clone(&self.hosts[at].shared);
        shared
            .requests
            .lock()
            .expect("no panic")
            .open
            .push(Request {
                wish: RequestKind::Shutdown,
                deadline,
                answer: ReplySender::Thread(answer),
                before: 0,
            });
        shared.queue.wake();
        let report: DeliveryReport = loop {
            if let Ok(report) = answered.try_recv() {
                break report;
            }
            if Instant::now() > deadline + Duration::from_secs(30) {
                return Err("a shutdown is not answered".to_owned());
            }
            self.work(Duration::from_millis(20)).await?;
        };
        let stats = self.hosts[at].handle.stats();
        if stats.unaccounted() != 0 {
            return Err(format!("unaccounted after a shutdown: {stats:?}"));
        }
        if stats.in_memory > report.pending {
            return Err(format!("untold after a shutdown: {stats:?}, {report:?}"));
        }
        self.kill(host)
    }

    /// Checks the invariants that hold at all times.
    fn check(&mut self) -> Result<(), String> {
        if let Some(violation) = self.server().violation.take() {
            return Err(violation);
        }
        self.check_rows()?;
        self.check_letters()?;
        let commits = self.server().commits;
        let spools = self.script.spools;
        for host in &mut self.hosts {
            check_host(host, commits, spools, self.unreadable)?;
        }
        self.check_named()
    }

    /// Checks that health names each file with unreachable rows.
    fn check_named(&mut self) -> Result<(), String> {
        const NONE_WORKS: u64 = 100;
        let now = Instant::now();
        let server = self.server.lock().expect("no panic");
        let disk = self.disk.lock().expect("no panic");
        let is_out = matches!(
            disk.trouble,
            Some(DiskTrouble::Fails {
                percent: NONE_WORKS,
                ..
            })
        );
        if !is_out || !server.troubles.is_empty() {
            self.disk_is_out = None;
            return Ok(());
        }
        if now < *self.disk_is_out.get_or_insert(now) + UNTOLD {
            return Ok(());
        }
        let stored: BTreeSet<_> = server.rows.values().map(|row| &row.action).collect();
        for (number, slot) in &disk.slots {
            let mut rows = slot.rows.values();
            if rows.all(|row| stored.contains(&row.action)) {
                continue;
            }
            for host in &self.hosts {
                let health = host.handle.health().cause.unwrap_or_default();
                // A process that has just started has not met the fault for long.
                let holds = slot.holder == Some(host.process) && now >= host.started + UNTOLD;
                if holds && !health.contains(&format!("slot {number}:")) {
                    return Err(format!("the slot {number} is not named: {health:?}"));
                }
            }
        }
        Ok(())
    }

    fn check_rows(&self) -> Result<(), String> {
        let server = self.server();
        for row in server.rows.values() {
            let (kind, number) = read_action(&row.action);
            let event = self.events.get(&number).ok_or("a row of no event")?;
            let is_whole = row.payload == event.payload;
            let is_shortened = kind == RowKind::Big && row.payload.contains("truncated");
            if !is_whole && !is_shortened {
                return Err(format!("altered: {} {}", row.action, row.payload));
            }
        }
        Ok(())
    }

    fn check_letters(&self) -> Result<(), String> {
        let disk = self.disk.lock().expect("no panic");
        for (reason, row) in disk.slots.values().flat_map(|slot| &slot.letters) {
            let (kind, number) = read_action(&row.action);
            let event = self.events.get(&number).ok_or("a letter of no event")?;
            // A row that was shortened and then turned out to be bad has two dead letters.
            let is_shortened = kind == RowKind::Big && row.payload.contains("truncated");
            if row.payload != event.payload && !is_shortened {
                return Err(format!("a letter is not whole: {}", row.action));
            }
            if !kind.is_bad() && kind != RowKind::Big {
                return Err(format!(
                    "a good row is a dead letter: {} ({reason})",
                    row.action
                ));
            }
        }
        Ok(())
    }

    /// Ends all faults and checks that every event not lost with a process arrives.
    async fn arrive(&mut self) -> Result<(), String> {
        self.server().recover(Instant::now());
        self.disk.lock().expect("no panic").trouble = None;
        let rows = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        let begun = Instant::now();
        let mut deadline = begun + LIVELY + Duration::from_millis(1) * rows;
        loop {
            // A refusal is proven against a row only while others pass.
            for host in 0..self.hosts.len() {
                self.record(host, RowKind::Good, 1);
            }
            self.work(Duration::from_secs(2)).await?;
            let unsettled = self.unsettled();
            if unsettled.is_empty() {
                break;
            }
            let only_bad = unsettled.iter().all(|(_, kind)| kind.is_bad());
            if only_bad {
                let refused = Duration::from_millis(20) * rows;
                deadline = deadline.max(begun + PROVEN + LIVELY + refused);
            }
            if Instant::now() > deadline {
                let few: Vec<_> = unsettled.iter().take(5).collect();
                let stats: Vec<_> = self.hosts.iter().map(|host| host.handle.stats()).collect();
                return Err(format!(
                    "{} events have not arrived {:?} after all was well: {few:?}\n{stats:?}",
                    unsettled.len(),
                    begun.elapsed()
                ));
            }
        }
        self.check_end()
    }

    /// Returns the events that have neither arrived nor were lost with a process.
    fn unsettled(&self) -> Vec<(u64, RowKind)> {
        let server = self.server();
        let stored: BTreeSet<u64> = server
            .rows
            .values()
            .map(|row| read_action(&row.action).1)
            .collect();
        let disk = self.disk.lock().expect("no panic");
        let letters: BTreeSet<u64> = disk
            .slots
            .values()
            .flat_map(|slot| &slot.letters)
            .map(|(_, row)| read_action(&row.action).1)
            .collect();
        // The last few are on their way.
        let newest = (self.events.len() - self.hosts.len()) as u64;
        self.events
            .iter()
            .filter(|(number, event)| **number <= newest && !event.may_be_lost)
            .filter(|(number, event)| {
                !stored.contains(number)
                    && !(event.kind.is_bad() && (letters.contains(number) || !self.script.spools))
            })
            .map(|(number, event)| (*number, event.kind))
            .collect()
    }

    fn check_end(&self) -> Result<(), String> {
        let server = self.server();
        let mut seen = BTreeSet::new();
        for row in server.rows.values() {
            let (kind, number) = read_action(&row.action);
            if !seen.insert(number) {
                return Err(format!("stored twice: {}", row.action));
            }
            if kind.is_bad() {
                return Err(format!("a bad row is stored: {}", row.action));
            }
        }
        Ok(())
    }
}

fn check_host(host: &mut Host, commits: u64, spools: bool, unreadable: u64) -> Result<(), String> {
    let stats = host.handle.stats();
    if stats.unaccounted() != 0 {
        return Err(format!("unaccounted: {stats:?}"));
    }
    if stats.restarts > 0 {
        return Err("the writer panicked".to_owned());
    }
    let dropped = stats.dropped;
    let lost = dropped.total()
        - dropped.shutdown
        - dropped.after_shutdown
        - dropped.spool_damaged.min(unreadable)
        - if spools { 0 } else { dropped.poison };
    if lost > 0 {
        return Err(format!("dropped: {dropped:?}"));
    }
    let waits = stats.spooled + stats.in_memory > 0;
    let now = Instant::now();
    match host.stuck {
        Some((since, before)) if waits && before == commits => {
            let health = host.handle.health();
            if now - since > UNTOLD && health.status == crate::HealthStatus::Healthy {
                host.untold += 1;
            }
            if host.untold > MAX_UNTOLD {
                return Err(format!("nothing is stored, and health is green: {stats:?}"));
            }
        }
        _ => (host.stuck, host.untold) = (waits.then_some((now, commits)), 0),
    }
    Ok(())
}
