//! How a call reaches the recorder of the current subscriber.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing_core::{Dispatch, dispatcher};

use crate::context::Context;
use crate::fields::Fields;
use crate::mirror::Mirror;
use crate::notice;
use crate::record::guarded;
use crate::sink::Sink;

/// How many layers are alive. At 0 an annotated call costs this one load.
///
/// It begins with a bit that no number of layers reaches, so that the very first call looks closer and says, if there
/// has never been a layer, that nothing is recorded. After that one there is nothing more to look at.
static ACTIVE: AtomicUsize = AtomicUsize::new(UNTOLD);

const UNTOLD: usize = 1 << (usize::BITS - 1);

/// Counts its holder, a layer, among the living.
#[derive(Debug)]
pub struct ActiveLayer(());

impl ActiveLayer {
    /// One more.
    #[expect(
        clippy::new_without_default,
        reason = "being counted is an act, not a value"
    )]
    pub fn new() -> Self {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        ACTIVE.fetch_and(!UNTOLD, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for ActiveLayer {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a layer may be alive: the one load that an annotated call costs while there is none.
#[inline]
pub(crate) fn maybe_live() -> bool {
    ACTIVE.load(Ordering::Relaxed) != 0
}

/// Whether any layer is alive.
pub(crate) fn any_live() -> bool {
    let active = ACTIVE.load(Ordering::Relaxed);
    active != 0 && (active & UNTOLD == 0 || tell())
}

#[cold]
#[inline(never)]
fn tell() -> bool {
    let active = ACTIVE.fetch_and(!UNTOLD, Ordering::Relaxed);
    if active == UNTOLD {
        notice::nobody_installed();
    }
    active & !UNTOLD != 0
}

/// What a layer answers a downcast with: the way from the current dispatcher to a sink, past every filter.
pub struct LayerHandle {
    sink: Arc<dyn Sink>,
    surroundings: Box<dyn SpanFieldSource>,
    mirror: Mirror,
    fallback: Option<Context>,
    /// Whether another tap answers for the subscriber that this one stands in.
    superseded: AtomicBool,
}

/// What a layer knows of the place an event comes from.
pub trait SpanFieldSource: Send + Sync + 'static {
    /// Adds what the spans around say, innermost first.
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields);
}

/// Knows nothing: before a layer stands in a subscriber there is no span to ask.
impl SpanFieldSource for () {
    fn describe(&self, _: &Dispatch, _: &mut Fields) {}
}

impl LayerHandle {
    /// A tap into `sink`.
    pub fn new(sink: Arc<dyn Sink>, surroundings: impl SpanFieldSource) -> Self {
        Self {
            sink,
            surroundings: Box::new(surroundings),
            mirror: Mirror::default(),
            fallback: None,
            superseded: AtomicBool::new(false),
        }
    }

    /// Says whether another tap answers for the subscriber that this one stands in. Then hand-written events are that
    /// one's: two layers in one subscriber store nothing twice.
    pub fn supersede(&self, superseded: bool) {
        self.superseded.store(superseded, Ordering::Relaxed);
    }

    /// Whether another tap answers in this one's place.
    pub fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Relaxed)
    }

    /// Says what it knows of the place an event comes from, in place of what was said before.
    pub fn set_surroundings(&mut self, surroundings: impl SpanFieldSource) {
        self.surroundings = Box::new(surroundings);
    }

    /// Says how much of each event other layers get to see.
    pub const fn set_mirror(&mut self, mirror: Mirror) {
        self.mirror = mirror;
    }

    /// Says what holds where neither a context nor a span says anything.
    pub fn set_fallback(&mut self, fallback: Context) {
        self.fallback = Some(fallback);
    }

    /// Whether what arrives here goes to `sink`.
    pub fn leads_to(&self, sink: &Arc<dyn Sink>) -> bool {
        Arc::ptr_eq(&self.sink, sink)
    }

    /// The sink.
    pub fn sink(&self) -> &dyn Sink {
        &*self.sink
    }

    /// The sink, for who keeps it beyond the call.
    pub(crate) const fn shared_sink(&self) -> &Arc<dyn Sink> {
        &self.sink
    }

    /// What the spans around say.
    pub(crate) fn surroundings(&self) -> &dyn SpanFieldSource {
        &*self.surroundings
    }

    /// Collects what the spans around say, if that is anything. `dispatch` is where this tap was found.
    pub(crate) fn spans(&self, dispatch: &Dispatch) -> Option<Fields> {
        let mut fields = Fields::new();
        guarded(self.sink(), || {
            self.surroundings.describe(dispatch, &mut fields);
        });
        Some(fields).filter(|fields| !fields.is_empty())
    }

    /// How much other layers get to see.
    pub(crate) const fn mirror(&self) -> Mirror {
        self.mirror
    }

    /// What holds where nothing else is said.
    pub(crate) const fn fallback(&self) -> Option<&Context> {
        self.fallback.as_ref()
    }

    /// The tap of a dispatcher, if a layer of ours stands in it.
    #[inline]
    pub fn of(dispatch: &Dispatch) -> Option<&Self> {
        dispatch.downcast_ref()
    }
}

/// Lends `look` the current dispatcher and the tap in it; `None` if there is no layer.
pub(crate) fn around<T>(look: impl FnOnce(&Dispatch, &LayerHandle) -> T) -> Option<T> {
    if !maybe_live() {
        return None;
    }
    let mut look = Some(look);
    dispatcher::get_default(|dispatch| {
        let tap = LayerHandle::of(dispatch)?;
        look.take().map(|look| look(dispatch, tap))
    })
}

impl fmt::Debug for LayerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayerHandle").finish_non_exhaustive()
    }
}
