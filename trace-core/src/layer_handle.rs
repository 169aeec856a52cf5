//! The path from a call to the recorder of the current subscriber.

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

/// The number of live layers. At 0 an annotated call costs only this load.
///
/// It starts with a bit that no number of layers reaches. So the very first call takes the slow path, which warns if there
/// has never been a layer.
static ACTIVE: AtomicUsize = AtomicUsize::new(NEVER_ASKED);

const NEVER_ASKED: usize = 1 << (usize::BITS - 1);

/// A token that counts its holder, a layer, as live.
#[derive(Debug)]
pub struct ActiveLayer(());

impl ActiveLayer {
    /// Counts one more live layer.
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

/// Returns whether a layer may be live. Without a layer this load is the whole cost of an annotated call.
#[inline]
pub(crate) fn maybe_live() -> bool {
    ACTIVE.load(Ordering::Relaxed) != 0
}

/// Returns whether any layer is live.
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

/// A handle that a layer returns to a downcast. It leads from the current dispatcher to a sink, past every filter.
pub struct LayerHandle {
    sink: Arc<dyn Sink>,
    span_fields: Box<dyn SpanFieldSource>,
    mirror: Mirror,
    fallback: Option<Context>,
    /// The flag that another handle serves the subscriber of this one.
    superseded: AtomicBool,
}

/// A source for the fields of the spans around an event.
pub trait SpanFieldSource: Send + Sync + 'static {
    /// Adds the fields of the surrounding spans, innermost first.
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields);
}

/// A source without fields: before a layer is in a subscriber there is no span to read.
impl SpanFieldSource for () {
    fn describe(&self, _: &Dispatch, _: &mut Fields) {}
}

impl LayerHandle {
    /// Creates a handle to `sink`.
    pub fn new(sink: Arc<dyn Sink>, source: impl SpanFieldSource) -> Self {
        Self {
            sink,
            span_fields: Box::new(source),
            mirror: Mirror::default(),
            fallback: None,
            superseded: AtomicBool::new(false),
        }
    }

    /// Sets whether another handle serves the subscriber of this one.
    ///
    /// The other handle then takes the hand-written events, so that two layers in one subscriber store nothing twice.
    pub fn supersede(&self, superseded: bool) {
        self.superseded.store(superseded, Ordering::Relaxed);
    }

    /// Returns whether another handle serves the subscriber of this one.
    pub fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Relaxed)
    }

    /// Sets the source of span fields. It replaces an earlier one.
    pub fn set_span_fields(&mut self, source: impl SpanFieldSource) {
        self.span_fields = Box::new(source);
    }

    /// Sets the part of each event that other layers see.
    pub const fn set_mirror(&mut self, mirror: Mirror) {
        self.mirror = mirror;
    }

    /// Sets the default context, for fields that neither a context nor a span has.
    pub fn set_fallback(&mut self, fallback: Context) {
        self.fallback = Some(fallback);
    }

    /// Returns whether the events of the handle go to `sink`.
    pub fn feeds(&self, sink: &Arc<dyn Sink>) -> bool {
        Arc::ptr_eq(&self.sink, sink)
    }

    /// Returns the sink.
    pub fn sink(&self) -> &dyn Sink {
        &*self.sink
    }

    /// Returns the shared sink, which can be kept beyond the call.
    pub(crate) const fn shared_sink(&self) -> &Arc<dyn Sink> {
        &self.sink
    }

    /// Returns the source of span fields.
    pub(crate) fn span_fields(&self) -> &dyn SpanFieldSource {
        &*self.span_fields
    }

    /// Collects the fields of the surrounding spans, if there are any. `dispatch` is the dispatcher of this handle.
    pub(crate) fn spans(&self, dispatch: &Dispatch) -> Option<Fields> {
        let mut fields = Fields::new();
        catch_panic(self.sink(), || {
            self.span_fields.describe(dispatch, &mut fields);
        });
        Some(fields).filter(|fields| !fields.is_empty())
    }

    /// Emits the event to the other layers of `dispatch`, the dispatcher of this handle, if one of them wants it.
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

    /// Returns the default context.
    pub(crate) const fn fallback(&self) -> Option<&Context> {
        self.fallback.as_ref()
    }

    /// Returns the handle of a dispatcher, if it contains a layer.
    #[inline]
    pub fn of(dispatch: &Dispatch) -> Option<&Self> {
        dispatch.downcast_ref()
    }
}

/// Calls `look` with the current dispatcher and its handle; returns `None` if there is no layer.
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
