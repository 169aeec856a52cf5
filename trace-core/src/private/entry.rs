//! What a call carries from its entry to its end.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tracing_core::{Dispatch, dispatcher};

use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::fields::Fields;
use crate::policy::{Admission, Level};
use crate::record::Quiet;
use crate::sink::Tally;
use crate::tap::{Tap, any_live};
use crate::told::{Told, Trace};

/// What a call knew when it began.
#[derive(Debug)]
pub enum Entry {
    /// Nothing had to be known then: whether the call is recorded is asked when it has succeeded.
    Unasked,
    /// No layer was alive: nothing is recorded.
    Off,
    /// A layer was alive.
    Asked(Captured),
}

/// What was captured at the entry; it owns all of it, so that no borrow lives across the body.
#[derive(Debug)]
pub struct Captured {
    pub(super) answer: Answer,
    pub(super) fields: Fields,
    /// What the body says.
    pub(super) told: Option<Arc<Told>>,
    /// Whose call it is, as long as it is not known how it ends: a future that was polled and is then dropped.
    doubt: Option<Dispatch>,
}

/// What the recorder said at the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Admitted(Level),
    Refused,
    /// There was none.
    Unheard,
}

impl Callsite {
    /// Captures what `capture` writes, if a layer is alive.
    #[inline]
    pub fn enter(&'static self, mut capture: impl FnMut(&mut Pen<'_>)) -> Entry {
        if any_live() {
            Entry::Asked(self.ask(&mut capture))
        } else {
            Entry::Off
        }
    }

    /// The beginning of a call that captures nothing, but may be left in doubt or told of by its body.
    #[inline]
    pub fn begin(&'static self) -> Entry {
        if any_live() {
            Entry::Asked(self.ask(&mut |_| ()))
        } else {
            Entry::Off
        }
    }

    #[cold]
    #[inline(never)]
    fn ask(&'static self, capture: &mut dyn FnMut(&mut Pen<'_>)) -> Captured {
        let mut captured = Captured {
            answer: Answer::Unheard,
            fields: Fields::new(),
            told: None,
            doubt: None,
        };
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let Some(tap) = Tap::of(&dispatch) else {
            return captured;
        };
        let Some(_quiet) = Quiet::enter() else {
            // Counted as reentrant when it ends.
            captured.answer = Answer::Admitted(Level::Facts);
            return captured;
        };
        let sink = tap.sink();
        captured.fields = spare_fields();
        sink.with_policy(&mut |policy| {
            let level = match policy.admit(&self.call()) {
                Admission::Admitted(level) if level > Level::Off => level,
                _ => return captured.answer = Answer::Refused,
            };
            captured.answer = Answer::Admitted(level);
            let mut pen = Pen::new(&mut captured.fields, policy.masks(), level);
            let ended = catch_unwind(AssertUnwindSafe(|| capture(&mut pen)));
            if ended.is_err() || pen.panicked {
                sink.count(Tally::Panicked);
            }
        });
        captured
    }
}

impl Entry {
    /// From here on the call is in doubt until it ends: its future is being polled.
    #[inline]
    #[must_use]
    pub fn running(self, callsite: &'static Callsite) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Unasked => match callsite.begin() {
                Self::Asked(captured) => Self::Asked(captured.armed()),
                other => other,
            },
            Self::Asked(captured) => Self::Asked(captured.armed()),
        }
    }

    /// What the body says for itself.
    #[inline]
    pub fn trace(&mut self, callsite: &'static Callsite) -> Trace {
        match self {
            Self::Asked(captured) => captured.trace(callsite),
            _ => Trace::off(),
        }
    }
}

impl Captured {
    #[cold]
    #[inline(never)]
    fn armed(mut self) -> Self {
        if matches!(self.answer, Answer::Admitted(_)) {
            self.doubt = Some(dispatcher::get_default(Dispatch::clone));
        }
        self
    }

    /// The call has ended, well or not.
    pub(super) fn ended(&mut self) {
        self.doubt = None;
    }

    #[cold]
    fn trace(&mut self, callsite: &'static Callsite) -> Trace {
        let Answer::Admitted(level) = self.answer else {
            return Trace::off();
        };
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let told = Arc::new(Told::new(dispatch, level, callsite.records_unchanged()));
        self.told = Some(Arc::clone(&told));
        Trace::on(told)
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        if let Some(dispatch) = self.doubt.take()
            && !thread::panicking()
            && let Some(tap) = Tap::of(&dispatch)
        {
            tap.sink().count(Tally::InDoubt);
        }
        keep_spare(std::mem::take(&mut self.fields));
    }
}

/// How many buffers a thread keeps for calls that are in flight at the same time.
const SPARES: usize = 16;

/// The largest buffer that is kept, in bytes: one large payload must not stay with the thread.
const SPARE_BYTES: usize = 16 * 1024;

thread_local! {
    static SPARE: RefCell<Vec<Fields>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn spare_fields() -> Fields {
    SPARE
        .try_with(|spare| spare.borrow_mut().pop())
        .ok()
        .flatten()
        .unwrap_or_default()
}

pub(crate) fn keep_spare(mut fields: Fields) {
    if (1..=SPARE_BYTES).contains(&fields.capacity()) {
        fields.clear();
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARES {
                spare.push(fields);
            }
        });
    }
}
