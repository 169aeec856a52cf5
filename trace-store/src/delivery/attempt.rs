//! One attempt to store rows, from the connection to the result.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::time::{Instant, timeout};

use super::StoreDriver;
use super::batch::SendMode;
use super::judgement::ProbeResult;
use super::row_buffer::RowBuffer;
use crate::store::{ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};

/// Time limit for closing a connection.
pub const GOODBYE: Duration = Duration::from_millis(200);

/// Parameters of one attempt.
pub struct AttemptOrder<D: StoreDriver> {
    pub driver: D,
    pub open: Option<Open<D>>,
    /// A session to end first, if it still exists.
    pub given_up: Option<SessionName>,
    pub rows: Arc<RowBuffer>,
    pub range: Range<usize>,
    pub terms: SendTerms,
    /// The server is asked whether others are refused a connection.
    pub asks: bool,
    /// Cell that receives the name of the session in use.
    pub session: Rc<RefCell<Option<SessionName>>>,
}

/// Settings for sending the rows of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct SendTerms {
    pub mode: SendMode,
    /// Time after which a statement is given up.
    pub statement_timeout: Duration,
    /// A suspect row is sent once more before it is blamed.
    pub repeats: bool,
}

/// A connection and the name of its session.
pub struct Open<D: StoreDriver> {
    pub connection: D::Connection,
    session: Option<SessionName>,
}

/// Number of rounds in which a probe has to pass and the row has to be refused after it. With one round only, the cause of
/// the refusal may have been absent during the probe and have returned.
const PROBED_ROUNDS: usize = 2;

/// Result of an attempt.
#[derive(Debug)]
pub enum AttemptResult {
    /// All rows sent are stored.
    Stored,
    /// All rows sent are stored, except these.
    Sifted(Vec<RefusedRow>),
    /// The rows sent are not stored, except those that the error counts as stored.
    Failed(StoreError),
    /// The store was not reached; nothing was sent.
    Unreached(StoreError),
}

/// A row that was refused alone, with the result of the probe that followed.
#[derive(Debug)]
pub struct RefusedRow {
    /// Index among the rows that were sent.
    pub index: usize,
    pub error: StoreError,
    /// Another row was stored afterwards, on the same session.
    pub witness: bool,
    pub probe: ProbeResult,
    /// The row was refused again, alone, after the probe or the other row had passed.
    pub repeated: bool,
}

impl AttemptResult {
    pub fn panicked() -> Self {
        Self::Failed(StoreError::new(
            ErrorClass::UnknownOutcome,
            "the attempt to store panicked",
        ))
    }
}

/// Outcome of the task that made an attempt.
pub struct Ended<D: StoreDriver> {
    /// The connection, if it is still usable.
    pub open: Option<Open<D>>,
    pub result: AttemptResult,
    /// The session given up earlier no longer exists.
    pub predecessor_gone: bool,
    /// The server was asked to end that session and could not.
    pub predecessor_stays: bool,
    /// Others are refused a connection.
    pub is_crowded: bool,
}

/// Connects if necessary, sends the rows of the order and returns the result.
pub async fn run<D: StoreDriver>(mut order: AttemptOrder<D>) -> Ended<D> {
    let mut ended = Ended {
        open: None,
        result: AttemptResult::Stored,
        predecessor_gone: false,
        predecessor_stays: false,
        is_crowded: false,
    };
    let mut open = match order.open.take() {
        Some(open) => {
            order.session.replace(open.session.clone());
            open
        }
        None => match connect(&order, &mut ended).await {
            Ok(open) => open,
            Err(error) => {
                ended.result = AttemptResult::Unreached(error);
                return ended;
            }
        },
    };
    if order.range.is_empty() {
        ended.open = Some(open);
        return ended;
    }
    if order.asks {
        match ask::<D>(&mut open, order.terms.statement_timeout).await {
            Ok(is_crowded) => ended.is_crowded = is_crowded,
            Err(error) => {
                part(open, &order, error.class()).await;
                ended.result = AttemptResult::Unreached(error);
                return ended;
            }
        }
    }
    let rows = order.rows.activities(order.range.clone());
    let (result, fate) = send::<D>(&mut open.connection, &rows, order.terms).await;
    ended.result = result;
    match fate {
        None => ended.open = Some(open),
        Some(class) => part(open, &order, class).await,
    }
    ended
}

async fn connect<D: StoreDriver>(
    order: &AttemptOrder<D>,
    ended: &mut Ended<D>,
) -> Result<Open<D>, StoreError> {
    let mut connection = order.driver.connect().await?;
    if let Some(session) = &order.given_up {
        match D::end(&mut connection, session).await? {
            SessionEnd::Ended => ended.predecessor_gone = true,
            SessionEnd::Alive => {
                if order.driver.has_several_hosts() {
                    // A host that is left without a goodbye is asked last the next time. One that was cut off from its cluster
                    // takes sessions for ever, and no write.
                    drop(connection);
                } else {
                    ended.predecessor_stays = true;
                    let _ = timeout(GOODBYE, D::close(connection)).await;
                }
                return Err(StoreError::new(
                    ErrorClass::Unavailable,
                    "the server cannot end a statement that was given up",
                ));
            }
        }
    } else {
        ended.predecessor_gone = true;
    }
    let session = D::name(&connection);
    order.session.replace(session.clone());
    let open = Open {
        connection,
        session,
    };
    check(open, order).await
}

async fn check<D: StoreDriver>(
    mut open: Open<D>,
    order: &AttemptOrder<D>,
) -> Result<Open<D>, StoreError> {
    match order.driver.check(&mut open.connection).await {
        Ok(()) => Ok(open),
        Err(error) => {
            part(open, order, error.class()).await;
            Err(error)
        }
    }
}

/// Asks whether others are refused a connection. A server that does not answer this is left, and its rows are sent on another
/// connection: none was sent on this one.
async fn ask<D: StoreDriver>(open: &mut Open<D>, limit: Duration) -> Result<bool, StoreError> {
    let answer = timeout(limit, D::is_crowded(&mut open.connection)).await;
    let answer = answer.unwrap_or_else(|_| Err(no_answer(limit)));
    answer.or_else(|error| match lost(error.class()) {
        None => Ok(false),
        Some(_) => Err(StoreError::new(ErrorClass::Reconnect, error.to_string())),
    })
}

/// Drops a connection that is no longer usable. After an answer from the server its session is idle, and closing the
/// connection ends it.
async fn part<D: StoreDriver>(open: Open<D>, order: &AttemptOrder<D>, class: ErrorClass) {
    if class != ErrorClass::UnknownOutcome {
        order.session.take();
        let _ = timeout(GOODBYE, D::close(open.connection)).await;
    }
}

/// Sends the rows. Returns the result and, if the connection is no longer usable, the class of the error that broke it.
pub(crate) async fn send<D: StoreDriver>(
    connection: &mut D::Connection,
    rows: &[Activity<'_>],
    terms: SendTerms,
) -> (AttemptResult, Option<ErrorClass>) {
    let limit = terms.statement_timeout;
    let done = match terms.mode {
        SendMode::Insert => timeout(limit, D::insert(connection, rows))
            .await
            .map(|done| done.map(|()| Vec::new())),
        SendMode::Sift => timeout(limit, D::sift(connection, rows)).await,
    };
    match done.unwrap_or_else(|_| Err(no_answer(limit))) {
        Ok(refusals) if terms.mode == SendMode::Sift => {
            probe_each::<D>(connection, rows, refusals, terms).await
        }
        Ok(_) => (AttemptResult::Stored, None),
        Err(error) => {
            let fate = lost(error.class());
            (AttemptResult::Failed(error), fate)
        }
    }
}

/// Probes the same session for the cause of each refusal.
async fn probe_each<D: StoreDriver>(
    connection: &mut D::Connection,
    rows: &[Activity<'_>],
    refusals: Vec<RowRefusal>,
    terms: SendTerms,
) -> (AttemptResult, Option<ErrorClass>) {
    let mut probing = Probing::<D> {
        connection,
        limit: terms.statement_timeout,
        repeats: terms.repeats,
        until: Instant::now() + terms.statement_timeout,
        fate: None,
    };
    let mut refused = Vec::with_capacity(refusals.len());
    for refusal in refusals {
        if let Some(row) = rows.get(refusal.index) {
            refused.extend(probing.look(row, refusal).await);
        }
    }
    let fate = probing.fate;
    (AttemptResult::Sifted(refused), fate)
}

/// State of the probes on one session.
struct Probing<'a, D: StoreDriver> {
    connection: &'a mut D::Connection,
    limit: Duration,
    repeats: bool,
    /// Deadline of the probes. A row that was not probed by then waits for its next attempt.
    until: Instant,
    /// Class of the error after which the connection is no longer usable.
    fate: Option<ErrorClass>,
}

impl<D: StoreDriver> Probing<'_, D> {
    /// Returns the evidence against a row, or nothing if the row was stored after all.
    async fn look(&mut self, row: &Activity<'_>, refusal: RowRefusal) -> Option<RefusedRow> {
        let mut refused = RefusedRow {
            index: refusal.index,
            error: refusal.error,
            witness: refusal.passed_after,
            probe: ProbeResult::Unknown,
            repeated: false,
        };
        let class = refused.error.class();
        let is_probed = matches!(class, ErrorClass::Value | ErrorClass::Other);
        let rounds = match class {
            _ if is_probed => PROBED_ROUNDS,
            ErrorClass::Rule if refused.witness => 1,
            _ => 0,
        };
        for _ in 0..rounds {
            // The evidence of an earlier round counts only together with that of this round.
            refused.repeated = false;
            if is_probed {
                refused.probe = self.probe(row).await;
            }
            let stands_out = !is_probed || refused.probe == ProbeResult::Passed;
            if !stands_out || !self.repeats || self.fate.is_some() {
                break;
            }
            match self.insert(row).await {
                Ok(()) => return None,
                Err(error) => refused.repeated = error.class() == class,
            }
            if !refused.repeated {
                break;
            }
        }
        Some(refused)
    }

    async fn probe(&mut self, row: &Activity<'_>) -> ProbeResult {
        if self.fate.is_some() || Instant::now() > self.until {
            return ProbeResult::Unknown;
        }
        let answer = timeout(self.limit, D::probe(self.connection, row.occurred_at)).await;
        match answer.unwrap_or_else(|_| Err(no_answer(self.limit))) {
            Ok(()) => ProbeResult::Passed,
            Err(error) if is_refusal(error.class()) => ProbeResult::Refused,
            Err(error) => {
                self.fate = lost(error.class());
                ProbeResult::Unknown
            }
        }
    }

    async fn insert(&mut self, row: &Activity<'_>) -> Result<(), StoreError> {
        let rows = std::slice::from_ref(row);
        let answer = timeout(self.limit, D::insert(self.connection, rows)).await;
        let answer = answer.unwrap_or_else(|_| Err(no_answer(self.limit)));
        if let Err(error) = &answer {
            self.fate = lost(error.class());
        }
        answer
    }
}

/// Returns whether the answer to a probe concerns the row that was sent, and not the state of the server.
const fn is_refusal(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::Value | ErrorClass::Rule | ErrorClass::TooBig | ErrorClass::Other
    )
}

/// Returns the class if a connection is no longer usable after such an error.
const fn lost(class: ErrorClass) -> Option<ErrorClass> {
    match class {
        ErrorClass::Transient
        | ErrorClass::Value
        | ErrorClass::Rule
        | ErrorClass::TooBig
        | ErrorClass::Server
        | ErrorClass::Other => None,
        class => Some(class),
    }
}

fn no_answer(limit: Duration) -> StoreError {
    StoreError::new(
        ErrorClass::UnknownOutcome,
        format!("no answer within {} ms", limit.as_millis()),
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use behavior_trace_core::Timestamp;

    use super::*;

    thread_local! {
        static GOODBYES: Cell<u32> = const { Cell::new(0) };
    }

    /// A store whose sessions cannot be ended.
    #[derive(Clone)]
    struct Stuck {
        hosts: usize,
    }

    impl StoreDriver for Stuck {
        type Connection = ();

        fn has_several_hosts(&self) -> bool {
            self.hosts > 1
        }

        async fn connect(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn name((): &()) -> Option<SessionName> {
            None
        }

        async fn end((): &mut (), _: &SessionName) -> Result<SessionEnd, StoreError> {
            Ok(SessionEnd::Alive)
        }

        async fn check(&self, (): &mut ()) -> Result<(), StoreError> {
            Ok(())
        }

        async fn insert((): &mut (), _: &[Activity<'_>]) -> Result<(), StoreError> {
            Ok(())
        }

        async fn sift((): &mut (), _: &[Activity<'_>]) -> Result<Vec<RowRefusal>, StoreError> {
            Ok(Vec::new())
        }

        async fn probe((): &mut (), _: Timestamp) -> Result<(), StoreError> {
            Ok(())
        }

        async fn close((): ()) {
            GOODBYES.set(GOODBYES.get() + 1);
        }
    }

    #[tokio::test]
    async fn a_host_that_cannot_end_a_session_is_left_for_the_next_one_and_a_single_one_is_waited_for()
     {
        for (hosts, goodbyes) in [(1, 1), (3, 0)] {
            GOODBYES.set(0);
            let order = AttemptOrder {
                driver: Stuck { hosts },
                open: None,
                given_up: Some(SessionName("7".to_owned())),
                rows: Arc::default(),
                range: 0..0,
                terms: SendTerms {
                    mode: SendMode::Insert,
                    statement_timeout: Duration::from_secs(1),
                    repeats: true,
                },
                asks: false,
                session: Rc::default(),
            };
            let ended = run(order).await;
            assert!(
                matches!(ended.result, AttemptResult::Unreached(_)),
                "{hosts}"
            );
            assert_eq!(ended.predecessor_stays, hosts == 1);
            assert_eq!(GOODBYES.get(), goodbyes);
        }
    }
}
