//! A modelled server. It answers, hangs, is cut before or after the effect, and continues statements its client has given
//! up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_store::delivery::{
    ErrorClass, RowRefusal, SESSION_IDLE, SessionEnd, StoreError,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::random::Random;
use super::script::{RowKind, Trouble};

/// The session's own lock limit, below the deadline of five seconds.
const LOCK_LIMIT: Duration = Duration::from_secs(3);
/// Time a statement waits for the lock of a row.
const ROW_LOCK_LIMIT: Duration = Duration::from_secs(1);
/// Limit of payload bytes in a statement, and in a row.
const PACKET: usize = 40_000;

/// Time for which rows are refused with an unlisted code; less than three proofs take.
const ODD: Duration = Duration::from_secs(30);

type Key = (Timestamp, Uuid);
pub(super) type Reply = Result<Vec<RowRefusal>, StoreError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Insert,
    Sift,
    Probe,
}

#[derive(Debug)]
struct ModelStatement {
    command: Command,
    rows: Vec<Activity<'static>>,
    since: Instant,
    /// The fault drawn for it, once.
    cut: Option<Trouble>,
    reply: Option<Reply>,
    /// Set when its answer never comes.
    silent: bool,
}

#[derive(Debug)]
struct ModelSession {
    process: usize,
    statement: Option<ModelStatement>,
    /// Keys of rows in an open transaction.
    holds: BTreeSet<Key>,
    idle_since: Instant,
    client_gone: bool,
}

/// The modelled server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) rows: BTreeMap<Key, Activity<'static>>,
    pub(super) troubles: Vec<Trouble>,
    /// Time until which rows are refused with an unlisted code.
    odd_until: Option<Instant>,
    /// Set when it ends sessions that are idle for long.
    limits_idle: bool,
    sessions: BTreeMap<u64, ModelSession>,
    next_session: u64,
    random: Random,
    pub(super) commits: u64,
    /// Connections refused because all were taken.
    pub(super) refusals: u64,
    pub(super) statements: u64,
    /// The first violation of an invariant.
    pub(super) violation: Option<String>,
}

impl Server {
    pub(super) const fn new(random: Random, limits_idle: bool) -> Self {
        Self {
            rows: BTreeMap::new(),
            troubles: Vec::new(),
            odd_until: None,
            limits_idle,
            sessions: BTreeMap::new(),
            next_session: 0,
            random,
            commits: 0,
            refusals: 0,
            statements: 0,
            violation: None,
        }
    }

    pub(super) fn has(&self, is: impl Fn(&Trouble) -> bool) -> bool {
        self.troubles.iter().any(is)
    }

    /// Returns whether a session that waits for this could be ended.
    fn is_killable(&self) -> bool {
        !self.has(|trouble| {
            matches!(
                trouble,
                Trouble::InsertsHang {
                    killable: false,
                    ..
                } | Trouble::CommitsHang { killable: false }
            )
        })
    }

    /// Adds a fault.
    pub(super) fn suffer(&mut self, trouble: Trouble, now: Instant) {
        if matches!(trouble, Trouble::OddRows { .. }) {
            self.odd_until = Some(now + ODD);
        }
        self.troubles.push(trouble);
        self.advance(now);
    }

    /// Ends all faults.
    pub(super) fn recover(&mut self, now: Instant) {
        self.troubles.clear();
        self.advance(now);
    }

    /// Continues the statements in progress.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.odd_until.is_some_and(|until| now >= until) {
            self.troubles
                .retain(|trouble| !matches!(trouble, Trouble::OddRows { .. }));
        }
        let waiting: Vec<u64> = self.sessions.keys().copied().collect();
        for id in waiting {
            self.advance_session(id, now);
        }
        let limits_idle = self.limits_idle;
        let has_refused = self.has(|trouble| *trouble == Trouble::Refuses);
        self.sessions.retain(|_, session| {
            let is_at_work = session
                .statement
                .as_ref()
                .is_some_and(|statement| statement.reply.is_none());
            let is_idle = limits_idle && now >= session.idle_since + SESSION_IDLE;
            let has_left = session.client_gone && session.holds.is_empty();
            is_at_work || !(has_left || is_idle || has_refused)
        });
    }

    fn advance_session(&mut self, id: u64, now: Instant) {
        let Some(mut session) = self.sessions.remove(&id) else {
            return;
        };
        if let Some(statement) = &mut session.statement
            && statement.reply.is_none()
            && !statement.silent
        {
            match self.execute(id, statement, now) {
                Progress::Waits => {}
                Progress::Answers(reply) => {
                    statement.reply = Some(reply);
                    session.idle_since = now;
                }
                Progress::IsSilent(holds) => {
                    statement.silent = true;
                    session.holds = holds;
                    session.idle_since = now;
                    session.client_gone = true;
                    session.statement = None;
                }
            }
        }
        self.sessions.insert(id, session);
    }

    fn execute(&mut self, id: u64, statement: &mut ModelStatement, now: Instant) -> Progress {
        let waited = now - statement.since;
        // A sift sends its rows one by one in the end.
        let is_sift = statement.command == Command::Sift;
        let size = if is_sift { 1 } else { statement.rows.len() };
        let commits = statement.command != Command::Probe;
        for trouble in self.troubles.clone() {
            match trouble {
                Trouble::InsertsHang { limit, .. } => {
                    if limit && waited >= LOCK_LIMIT {
                        return fails(ErrorClass::Transient, "lock wait timeout");
                    }
                    return Progress::Waits;
                }
                Trouble::CommitsHang { .. } if commits => return Progress::Waits,
                Trouble::Slow { millis } if waited < Duration::from_millis(millis) => {
                    return Progress::Waits;
                }
                Trouble::NoTable => {
                    return fails(ErrorClass::Configuration, "no such table");
                }
                Trouble::Answers {
                    class,
                    over,
                    at_commit,
                } if size > over && (commits || !at_commit) => {
                    if is_sift && class == ErrorClass::Other {
                        return all_refused(statement.rows.len(), class);
                    }
                    return fails(class, "a code of the server's");
                }
                Trouble::OddSessions if id % 2 == 1 && is_sift => {
                    return all_refused(statement.rows.len(), ErrorClass::Other);
                }
                Trouble::OddSessions if id % 2 == 1 => {
                    return fails(ErrorClass::Other, "an odd session");
                }
                Trouble::CutsLarge { rows } if commits && size > rows => {
                    return fails(ErrorClass::UnknownOutcome, "cut");
                }
                _ => {}
            }
        }
        if let Some(Trouble::Cut {
            after: false,
            silent,
            ..
        }) = statement.cut
        {
            return cut(silent);
        }
        if let Some(Trouble::Orphans { .. }) = statement.cut {
            let holds = statement.rows.iter().map(key).collect();
            return Progress::IsSilent(holds);
        }
        let progress = self.decide(statement, waited);
        if let Progress::Answers(Ok(_)) = progress
            && let Some(Trouble::Cut {
                after: true,
                silent,
                ..
            }) = statement.cut
        {
            return cut(silent);
        }
        progress
    }

    /// Returns the result of a statement that only its rows can affect.
    fn decide(&mut self, statement: &ModelStatement, waited: Duration) -> Progress {
        let bytes: usize = statement.rows.iter().map(|row| row.payload.len()).sum();
        if statement.command == Command::Insert && bytes > PACKET {
            return fails(ErrorClass::TooBig, "packet too large");
        }
        if statement.command == Command::Probe {
            return match self.refusal_of_all(u64::MAX) {
                Some(class) => {
                    self.seen();
                    fails(class, "refuses the probe")
                }
                None => Progress::Answers(Ok(Vec::new())),
            };
        }
        let refusals: Vec<(usize, ErrorClass)> = statement
            .rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((index, self.refusal(row)?)))
            .collect();
        if refusals
            .iter()
            .any(|(_, class)| *class == ErrorClass::Transient)
        {
            if waited < ROW_LOCK_LIMIT {
                return Progress::Waits;
            }
            return fails(ErrorClass::Transient, "lock wait timeout for a row");
        }
        if !refusals.is_empty() {
            self.seen();
        }
        if statement.command == Command::Insert
            && let Some((_, class)) = refusals.first()
        {
            return fails(*class, "refuses a row");
        }
        self.store(&statement.rows, &refusals);
        Progress::Answers(Ok(named(&refusals, statement.rows.len())))
    }

    /// Ends, with a chance, a fault that may end once a row was refused for it.
    fn seen(&mut self) {
        if self.random.percent(50) {
            return;
        }
        self.troubles.retain(|trouble| {
            !matches!(
                trouble,
                Trouble::Narrow {
                    ends_when_seen: true,
                    ..
                } | Trouble::RuleForAll {
                    ends_when_seen: true
                }
            )
        });
    }

    fn refusal_of_all(&self, number: u64) -> Option<ErrorClass> {
        self.troubles.iter().find_map(|trouble| match trouble {
            Trouble::Narrow { one_in, .. }
                if number == u64::MAX || number.is_multiple_of(*one_in) =>
            {
                Some(ErrorClass::Value)
            }
            Trouble::RuleForAll { .. } => Some(ErrorClass::Rule),
            _ => None,
        })
    }

    fn refusal(&self, row: &Activity<'_>) -> Option<ErrorClass> {
        let (kind, number) = read_action(&row.action);
        let is_held = self
            .sessions
            .values()
            .any(|other| other.holds.contains(&key(row)));
        if is_held || (kind == RowKind::Locked && self.has(|it| *it == Trouble::LockedRows)) {
            return Some(ErrorClass::Transient);
        }
        if row.payload.len() > PACKET {
            return Some(ErrorClass::TooBig);
        }
        let is_odd = self
            .has(|trouble| matches!(trouble, Trouble::OddRows { one_in } if number.is_multiple_of(*one_in)));
        if is_odd {
            return Some(ErrorClass::Other);
        }
        self.refusal_of_all(number).or(match kind {
            RowKind::BadValue => Some(ErrorClass::Value),
            RowKind::BadRule => Some(ErrorClass::Rule),
            RowKind::Odd => Some(ErrorClass::Other),
            RowKind::Good | RowKind::Locked | RowKind::Big => None,
        })
    }

    fn store(&mut self, rows: &[Activity<'static>], refusals: &[(usize, ErrorClass)]) {
        let mut stored = false;
        for (index, row) in rows.iter().enumerate() {
            if refusals.iter().all(|(refused, _)| *refused != index) {
                stored = true;
                self.rows.entry(key(row)).or_insert_with(|| row.clone());
            }
        }
        self.commits += u64::from(stored);
    }

    /// Returns the number of open connections.
    pub(super) fn connections(&mut self, now: Instant) -> usize {
        self.advance(now);
        self.sessions.len()
    }

    /// Returns whether it refuses another connection, because all are taken, and counts that.
    pub(super) fn refuses(&mut self, now: Instant) -> bool {
        let open = self.connections(now);
        let refuses =
            self.has(|it| matches!(it, Trouble::Room { connections } if open >= *connections));
        self.refusals += u64::from(refuses);
        refuses
    }

    pub(super) fn connect(&mut self, process: usize, now: Instant) -> u64 {
        self.advance(now);
        let id = self.next_session;
        self.next_session += 1;
        self.sessions.insert(
            id,
            ModelSession {
                process,
                statement: None,
                holds: BTreeSet::new(),
                idle_since: now,
                client_gone: false,
            },
        );
        let of_this = self
            .sessions
            .values()
            .filter(|session| session.process == process)
            .count();
        if of_this > 3 && self.is_killable() {
            self.violation = Some(format!("{of_this} sessions of one recorder"));
        }
        id
    }

    pub(super) fn begin(&mut self, id: u64, command: Command, rows: &[Activity<'_>], now: Instant) {
        self.statements += 1;
        let mut cut = None;
        for trouble in self.troubles.clone() {
            let (Trouble::Cut { percent, .. } | Trouble::Orphans { percent }) = trouble else {
                continue;
            };
            let is_wanted = command != Command::Probe
                && (rows.len() > 1 || !matches!(trouble, Trouble::Orphans { .. }));
            if is_wanted && self.random.percent(percent) {
                cut = Some(trouble);
            }
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.statement = Some(ModelStatement {
                command,
                rows: rows.iter().cloned().map(Activity::into_owned).collect(),
                since: now,
                cut,
                reply: None,
                silent: false,
            });
        }
        self.advance(now);
    }

    /// Returns the answer, if there is one.
    pub(super) fn reply(&mut self, id: u64, now: Instant) -> Option<Reply> {
        self.advance(now);
        let Some(session) = self.sessions.get_mut(&id) else {
            return Some(Err(error(ErrorClass::Reconnect, "the session was ended")));
        };
        let reply = session.statement.as_mut()?.reply.take()?;
        // It has answered: the session is idle, and the statement is not run again.
        session.statement = None;
        Some(reply)
    }

    pub(super) fn leave(&mut self, id: u64) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.client_gone = true;
        }
    }

    pub(super) fn end(&mut self, id: u64) -> SessionEnd {
        let Some(session) = self.sessions.get(&id) else {
            return SessionEnd::Ended;
        };
        let is_at_work = session
            .statement
            .as_ref()
            .is_some_and(|it| it.reply.is_none());
        if is_at_work && !self.is_killable() {
            return SessionEnd::Alive;
        }
        self.sessions.remove(&id);
        SessionEnd::Ended
    }
}

#[derive(Debug)]
enum Progress {
    Waits,
    Answers(Reply),
    /// No answer ever comes, and these keys stay locked.
    IsSilent(BTreeSet<Key>),
}

pub(super) fn error(class: ErrorClass, message: &str) -> StoreError {
    StoreError::new(class, message)
}

fn fails(class: ErrorClass, message: &str) -> Progress {
    Progress::Answers(Err(error(class, message)))
}

fn all_refused(rows: usize, class: ErrorClass) -> Progress {
    let refusals: Vec<_> = (0..rows).map(|index| (index, class)).collect();
    Progress::Answers(Ok(named(&refusals, rows)))
}

fn cut(silent: bool) -> Progress {
    if silent {
        Progress::IsSilent(BTreeSet::new())
    } else {
        fails(ErrorClass::UnknownOutcome, "cut")
    }
}

fn key(row: &Activity<'_>) -> Key {
    (row.occurred_at, row.event_id)
}

fn named(refusals: &[(usize, ErrorClass)], sent: usize) -> Vec<RowRefusal> {
    let is_refused = |index: usize| refusals.iter().any(|(refused, _)| *refused == index);
    let last_stored = (0..sent).rev().find(|index| !is_refused(*index));
    refusals
        .iter()
        .map(|(index, class)| RowRefusal {
            index: *index,
            error: error(*class, "refuses the row"),
            passed_after: last_stored.is_some_and(|last| last > *index),
        })
        .collect()
}

/// Returns the kind and the number encoded in an event's action.
pub(super) fn read_action(action: &str) -> (RowKind, u64) {
    let (kind, number) = action.split_once(".n").unwrap_or((action, "0"));
    let kind = match kind {
        "locked" => RowKind::Locked,
        "big" => RowKind::Big,
        "value" => RowKind::BadValue,
        "rule" => RowKind::BadRule,
        "odd" => RowKind::Odd,
        _ => RowKind::Good,
    };
    (kind, number.parse().unwrap_or(0))
}
