//! The room of a recorder for one more event, and the loss of an event without room.

use std::sync::Arc;

use crate::context::Context;
use crate::sink::{Counter, Sink};
use crate::unit::{UnitOfWorkHandle, UnitTarget};

/// The answer to whether a recorder has room for one more event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Room {
    There,
    /// There is no room now. The event's unit of work decides whether to wait for it.
    Short,
    /// There was no room when the event began, and only its unit of work is known.
    Lost,
    /// There is no room, and the loss is counted.
    Gone,
}

impl Room {
    /// Returns the room at a recorder.
    #[inline]
    pub(super) fn at(sink: &dyn Sink) -> Self {
        match sink.room() {
            Some(true) => Self::There,
            Some(false) => Self::Short,
            None if sink.has_room() => Self::There,
            None => Self::Gone,
        }
    }

    /// Returns whether there is room in the end. Without room, the loss is counted or passed to the event's unit of work.
    #[inline]
    pub(super) fn is_there(self, sink: &Arc<dyn Sink>, named: Option<&UnitOfWorkHandle>) -> bool {
        match self {
            Self::There => true,
            Self::Short => find_room(sink, named),
            Self::Lost => {
                lose(sink, named.cloned());
                false
            }
            Self::Gone => false,
        }
    }
}

#[cold]
#[inline(never)]
fn find_room(sink: &Arc<dyn Sink>, named: Option<&UnitOfWorkHandle>) -> bool {
    let named = named.cloned().map(UnitTarget::InnermostSavepoint);
    match named.or_else(Context::current_target) {
        Some(target) => target.find_room(sink),
        None => sink.has_room(),
    }
}

/// Counts a call without room at its beginning, or passes the loss to its unit of work.
#[inline]
pub(crate) fn lose(sink: &Arc<dyn Sink>, named: Option<UnitOfWorkHandle>) {
    if named.is_none() && !Context::may_wait() {
        sink.count(Counter::QueueFull);
    } else {
        lose_in_unit(sink, named);
    }
}

#[cold]
#[inline(never)]
fn lose_in_unit(sink: &Arc<dyn Sink>, named: Option<UnitOfWorkHandle>) {
    let named = named.map(UnitTarget::InnermostSavepoint);
    match named.or_else(Context::current_target) {
        Some(target) => target.lose(sink),
        None => sink.count(Counter::QueueFull),
    }
}
