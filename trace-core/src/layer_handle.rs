//! The way from a call to the recorder of the current subscriber.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{fmt, ptr};

use tracing_core::{Dispatch, dispatcher};

use crate::context::Context;
use crate::fields::Fields;
use crate::mirror::Mirror;
use crate::notice;
use crate::panic::catch_panic;
use crate::sink::Sink;

/// The number of layers that are alive. At 0 an annotated call costs this one load.
///
/// It begins with a bit that no number of layers reaches. So the very first call looks closer, and warns if there has never
/// been a layer.
static ACTIVE: AtomicUsize = AtomicUsize::new(NEVER_ASKED);

const NEVER_ASKED: usize = 1 << (usize::BITS - 1);

/// A token that counts its holder, a layer, as alive.
#[derive(Debug)]
pub struct ActiveLayer(());

impl ActiveLayer {
    /// Counts one more.
    #[expect(
        clippy::new_without_default,
        reason = "being counted is an act, not a value"
    )]
    pub fn new() -> Self {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        ACTIVE.fetch_and(!NEVER_ASKED, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for ActiveLayer {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns whether a layer may be alive: the one load that an annotated call costs while there is none.
#[inline]
pub(crate) fn maybe_live() -> bool {
    ACTIVE.load(Ordering::Relaxed) != 0
}

/// Returns whether any layer is alive.
pub(crate) fn any_live() -> bool {
    let active = ACTIVE.load(Ordering::Relaxed);
    active != 0 && (active & NEVER_ASKED == 0 || first_call())
}

#[cold]
#[inline(never)]
fn first_call() -> bool {
    let active = ACTIVE.fetch_and(!NEVER_ASKED, Ordering::Relaxed);
    if active == NEVER_ASKED {
        notice::never_installed();
    }
    active & !NEVER_ASKED != 0
}

/// A handle that a layer returns to a downcast: the way from the current dispatcher to a sink, past every filter.
pub struct LayerHandle {
    sink: Arc<dyn Sink>,
    span_fields: Box<dyn SpanFieldSource>,
    mirror: Mirror,
    fallback: Option<Context>,
    /// Whether another handle answers for the subscriber that this one is in.
    superseded: AtomicBool,
}

/// A source of the fields of the spans around an event.
pub trait SpanFieldSource: Send + Sync + 'static {
    /// Adds the fields of the spans around, innermost first.
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields);
}

/// Adds nothing: before a layer is in a subscriber there is no span to ask.
impl SpanFieldSource for () {
    fn describe(&self, _: &Dispatch, _: &mut Fields) {}
}

impl LayerHandle {
    /// Makes a handle to `sink`.
    pub fn new(sink: Arc<dyn Sink>, source: impl SpanFieldSource) -> Self {
        Self {
            sink,
            span_fields: Box::new(source),
            mirror: Mirror::default(),
            fallback: None,
            superseded: AtomicBool::new(false),
        }
    }

    /// Sets whether another handle answers for the subscriber that this one is in.
    ///
    /// Then hand-written events are that one's: two layers in one subscriber store nothing twice.
    pub fn supersede(&self, superseded: bool) {
        self.superseded.store(superseded, Ordering::Relaxed);
    }

    /// Returns whether another handle answers in this one's place.
    pub fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Relaxed)
    }

    /// Sets the source of span fields, in place of an earlier one.
    pub fn set_span_fields(&mut self, source: impl SpanFieldSource) {
        self.span_fields = Box::new(source);
    }

    /// Sets the part of each event that other layers see.
    pub const fn set_mirror(&mut self, mirror: Mirror) {
        self.mirror = mirror;
    }

    /// Sets the context of last resort, for fields that neither a context nor a span has.
    pub fn set_fallback(&mut self, fallback: Context) {
        self.fallback = Some(fallback);
    }

    /// Returns whether its events go to `sink`.
    pub fn feeds(&self, sink: &Arc<dyn Sink>) -> bool {
        Arc::ptr_eq(&self.sink, sink)
    }

    /// Returns the sink.
    pub fn sink(&self) -> &dyn Sink {
        &*self.sink
    }

    /// Returns the sink, to be kept beyond the call.
    pub(crate) const fn shared_sink(&self) -> &Arc<dyn Sink> {
        &self.sink
    }

    /// Returns the source of span fields.
    pub(crate) fn span_fields(&self) -> &dyn SpanFieldSource {
        &*self.span_fields
    }

    /// Collects the fields of the spans around, if there are any. This handle was found in `dispatch`.
    pub(crate) fn spans(&self, dispatch: &Dispatch) -> Option<Fields> {
        let mut fields = Fields::new();
        catch_panic(self.sink(), || {
            self.span_fields.describe(dispatch, &mut fields);
        });
        Some(fields).filter(|fields| !fields.is_empty())
    }

    /// Shows the event to the other layers of `dispatch`, where this handle was found, if one of them wants it.
    #[inline]
    pub(crate) fn show_mirror(&self, dispatch: &Dispatch, fields: &Fields) {
        if !self.mirror.is_wanted(dispatch) {
            return;
        }
        let is_current = |current: &Dispatch| Self::of(current).is_some_and(|at| ptr::eq(at, self));
        if dispatcher::get_default(is_current) {
            self.mirror.emit(fields);
        } else {
            self.mirror.emit_to(dispatch, fields);
        }
    }

    /// Returns the context of last resort.
    pub(crate) const fn fallback(&self) -> Option<&Context> {
        self.fallback.as_ref()
    }

    /// Returns the handle of a dispatcher, if a layer is in it.
    #[inline]
    pub fn of(dispatch: &Dispatch) -> Option<&Self> {
        dispatch.downcast_ref()
    }
}

/// Lends `look` the current dispatcher and the handle in it; `None` if there is no layer.
pub(crate) fn around<T>(look: impl FnOnce(&Dispatch, &LayerHandle) -> T) -> Option<T> {
    if !maybe_live() {
        return None;
    }
    let mut look = Some(look);
    dispatcher::get_default(|dispatch| {
        let handle = LayerHandle::of(dispatch)?;
        look.take().map(|look| look(dispatch, handle))
    })
}

impl fmt::Debug for LayerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayerHandle").finish_non_exhaustive()
    }
}
