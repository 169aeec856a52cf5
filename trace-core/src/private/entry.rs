//! What a call carries from its entry to its end.

use std::mem;
use std::sync::Arc;
use std::thread;

use tracing_core::{Dispatch, dispatcher};

use crate::__private::pen::{Pen, Write};
use crate::__private::spares;
use crate::callsite::Callsite;
use crate::fields::Fields;
use crate::policy::Level;
use crate::quiet::ReentrancyGuard;
use crate::record::guarded;
use crate::sink::Counter;
use crate::tap::{LayerHandle, any_live, maybe_live};
use crate::told::{EventHandle, Told};
use crate::unit::UnitOfWorkHandle;

/// What a call knew when it began: one word, since it lies in every annotated future and is carried across the body in
/// a register. `None` if no layer was alive: nothing is recorded. It owns what was captured, so that no borrow lives
/// across the body.
#[derive(Debug)]
pub struct Entry(Option<Box<Kept>>);

/// In place of an entry, where nothing has to be known at the beginning: whether the call is recorded is asked when it
/// has succeeded.
#[derive(Clone, Copy, Debug)]
pub struct Unasked;

/// Either of the two.
pub trait Begun: Send + Sync + 'static {
    /// What is known, if the return value is to be looked at.
    fn on(self) -> Option<Entry>;

    /// The call begins, if it has not: its future is polled for the first time.
    fn begins(self, callsite: &'static Callsite) -> Entry;

    /// The same; and from here on the call is in doubt until it ends.
    fn running(self, callsite: &'static Callsite) -> Entry
    where
        Self: Sized,
    {
        let mut entry = self.begins(callsite);
        entry.doubt(true);
        entry
    }
}

/// The memory of one call in flight, in which its event is made. A thread keeps some of it, so that a call allocates
/// nothing once the thread is warm.
#[derive(Debug)]
pub(super) struct Kept {
    /// What the recorder said at the entry: the level, or what a success is counted as. It is asked once, and what it said
    /// holds for the call's end.
    pub(super) answer: Result<Level, Counter>,
    pub(super) fields: Fields,
    /// The unit of work that the event waits in, if it is named.
    pub(super) unit: Option<UnitOfWorkHandle>,
    /// What the body says.
    pub(super) told: Option<Arc<Told>>,
    /// The subscriber that was current at the entry: its recorder was asked, and the event is its own.
    pub(super) dispatch: Option<Dispatch>,
    /// How it ends is not known yet: a future that was polled, and may be dropped.
    in_doubt: bool,
}

/// Stands if the policy itself panics: nothing is known then, and nothing is recorded.
const UNANSWERED: Result<Level, Counter> = Err(Counter::Refused);

impl Callsite {
    /// Captures what `capture` writes, if a layer is alive.
    #[inline]
    pub fn enter(&'static self, capture: &mut dyn Write) -> Entry {
        if maybe_live() {
            self.ask(capture)
        } else {
            Entry(None)
        }
    }

    /// The same, of a `capture` that is made only then: while no layer is alive nothing is laid out for it.
    #[inline]
    pub(super) fn enter_with<W: Write>(&'static self, capture: impl FnOnce() -> W) -> Entry {
        if maybe_live() {
            self.ask_with(capture)
        } else {
            Entry(None)
        }
    }

    /// Apart, so that the annotated function has no place for it on its stack.
    #[inline(never)]
    fn ask_with<W: Write>(&'static self, capture: impl FnOnce() -> W) -> Entry {
        self.ask(&mut capture())
    }

    /// The beginning of a call that captures nothing, but may be left in doubt or told of by its body.
    #[inline]
    pub fn begin(&'static self) -> Entry {
        self.enter(&mut |_: &mut Pen<'_>| ())
    }

    #[inline(never)]
    fn ask(&'static self, capture: &mut dyn Write) -> Entry {
        if !any_live() {
            return Entry(None);
        }
        let mut kept = spares::take();
        self.fill(&mut kept, capture);
        Entry(Some(kept))
    }

    fn fill(&'static self, kept: &mut Kept, capture: &mut dyn Write) {
        // Into its place at once: from a place of its own it would have to be read back before it is written.
        dispatcher::get_default(|current| kept.dispatch = Some(current.clone()));
        let Some(tap) = kept.dispatch.as_ref().and_then(LayerHandle::of) else {
            return;
        };
        let Some(_quiet) = ReentrancyGuard::enter() else {
            kept.answer = Err(Counter::Reentrant);
            return;
        };
        let sink = tap.sink();
        guarded(sink, || {
            kept.answer = sink.begin(&self.call());
            let level = match kept.answer {
                Ok(level) => level,
                // It is lost, which the unit of work that it names has to know.
                Err(Counter::QueueFull) => Level::Off,
                Err(_) => return,
            };
            // From here on a panic is the captures': the event is kept as far as it came.
            let mut pen = Pen::new(&mut kept.fields, &mut kept.unit, sink, level);
            capture.write(&mut pen);
            if pen.panicked {
                sink.count(Counter::Panicked);
            }
        });
    }
}

impl Entry {
    /// The entry of what has been captured.
    pub(super) const fn of(kept: Box<Kept>) -> Self {
        Self(Some(kept))
    }

    /// From here on the call is in doubt until it ends: its future is being polled.
    #[inline]
    #[must_use]
    pub fn running(self, callsite: &'static Callsite) -> Self {
        Begun::running(self, callsite)
    }

    /// Whether the call is left in doubt if it is dropped now.
    #[inline]
    const fn doubt(&mut self, in_doubt: bool) {
        if let Some(kept) = &mut self.0 {
            kept.in_doubt = in_doubt;
        }
    }

    /// What the body says for itself.
    #[inline]
    pub fn trace(&mut self, callsite: &'static Callsite) -> EventHandle {
        match &mut self.0 {
            Some(kept) => kept.trace(callsite),
            None => EventHandle::disabled(),
        }
    }

    /// The call has ended, well or not: what is known of its beginning, if something had to be.
    pub(super) fn ended(mut self) -> Option<Box<Kept>> {
        self.0.take()
    }
}

/// The call is about to wait for `future`, and may be dropped meanwhile.
#[inline]
pub const fn waits<F>(future: F, entry: &mut Entry) -> F {
    entry.doubt(true);
    future
}

/// It has waited in a macro of another's, for `output`, and goes on.
#[inline]
pub const fn joined<T>(_waits: (), output: T, entry: &mut Entry) -> T {
    resumes(output, entry)
}

/// It has waited, and goes on.
#[inline]
pub const fn resumes<T>(output: T, entry: &mut Entry) -> T {
    entry.doubt(false);
    output
}

impl Unasked {
    /// From here on the call is in doubt until it ends: its future is being polled.
    #[inline]
    pub fn running(self, callsite: &'static Callsite) -> Entry {
        Begun::running(self, callsite)
    }
}

impl Begun for Entry {
    #[inline]
    fn on(self) -> Option<Entry> {
        if self.0.is_some() {
            return Some(self);
        }
        // Nothing to drop, and the compiler need not look.
        mem::forget(self);
        None
    }

    #[inline]
    fn begins(mut self, callsite: &'static Callsite) -> Entry {
        if let Some(kept) = &mut self.0 {
            kept.begins(callsite);
        }
        self
    }
}

impl Begun for Unasked {
    #[inline]
    fn on(self) -> Option<Entry> {
        maybe_live().then_some(Entry(None))
    }

    #[inline]
    fn begins(self, callsite: &'static Callsite) -> Entry {
        callsite.begin()
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            answer: UNANSWERED,
            fields: Fields::new(),
            unit: None,
            told: None,
            dispatch: None,
            in_doubt: false,
        }
    }
}

impl Kept {
    /// Counts the call, where it was asked for.
    pub(super) fn count(&self, tally: Counter) {
        if let Some(tap) = self.dispatch.as_ref().and_then(LayerHandle::of) {
            tap.sink().count(tally);
        }
    }

    /// Lets go of what few calls have.
    #[cold]
    #[inline(never)]
    fn forget(&mut self) {
        self.told = None;
        self.unit = None;
    }

    #[cold]
    #[inline(never)]
    fn trace(&mut self, callsite: &'static Callsite) -> EventHandle {
        let (Ok(level), Some(dispatch)) = (self.answer, &self.dispatch) else {
            return EventHandle::disabled();
        };
        let dispatch = dispatch.clone();
        let told = Arc::new(Told::new(dispatch, level, callsite.records_unchanged()));
        self.told = Some(Arc::clone(&told));
        EventHandle::of(told)
    }
}

impl Drop for Entry {
    #[inline]
    fn drop(&mut self) {
        if let Some(kept) = self.0.take() {
            dropped(kept);
        }
    }
}

#[inline(never)]
fn dropped(kept: Box<Kept>) {
    if kept.in_doubt && kept.answer.is_ok() && !thread::panicking() {
        kept.count(Counter::Cancelled);
    }
    keep(kept);
}

/// The largest buffer that is kept, in bytes: one large payload must not stay with the thread.
const SPARE_BYTES: usize = 16 * 1024;

/// Gives the memory of a call that has ended to the next.
#[inline]
pub(super) fn keep(mut kept: Box<Kept>) {
    if kept.told.is_some() || kept.unit.is_some() {
        kept.forget();
    }
    kept.dispatch = None;
    kept.in_doubt = false;
    kept.answer = UNANSWERED;
    if kept.fields.capacity() > SPARE_BYTES {
        kept.fields = Fields::new();
    }
    kept.fields.clear();
    spares::give(kept);
}
