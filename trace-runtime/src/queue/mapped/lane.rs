//! The mapped buffers of one thread.

use behavior_trace_buffer::NotAppended;

use super::{Made, MappedBuffers, Open, Taken};
use crate::queue::Frame;
use crate::stats::Metric;

/// The buffer that a thread appends to, and those it has filled since the writer collected them.
#[derive(Debug, Default)]
pub(in crate::queue) struct Lane {
    open: Option<Open>,
    /// Offset up to which the writer has collected the open buffer.
    collected: usize,
    full: Vec<Part>,
    made: Vec<Made>,
    /// Set when no buffer could be made, until the writer has collected. Events are on the heap meanwhile.
    failed: bool,
}

/// A part of a buffer for the writer to collect: all up to an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: u64,
    pub(super) until: usize,
}

/// Result of an event's way into a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue) enum Laid {
    /// The event is in a mapped buffer.
    Mapped,
    /// The event is in a mapped buffer, and the writer has enough to do for a wake.
    MappedAndWake,
    /// There is no buffer for it; it goes on the heap.
    NotMapped,
}

impl Lane {
    /// Appends an event.
    ///
    /// # Errors
    ///
    /// A forked child, to which the buffer does not belong.
    #[inline]
    pub(in crate::queue) fn push(
        &mut self,
        buffers: &MappedBuffers,
        frame: &Frame<'_>,
    ) -> Result<Laid, Metric> {
        let micros = frame.occurred_at.as_micros();
        let appended = match &mut self.open {
            Some(open) => open.appender.append(micros, frame.fields),
            None => Err(NotAppended::Full),
        };
        match appended {
            Ok(()) => Ok(Laid::Mapped),
            Err(NotAppended::Forked) => Err(Metric::Forked),
            Err(_) => self.exchange(buffers, frame),
        }
    }

    /// Takes another buffer and appends the event to it.
    #[cold]
    #[inline(never)]
    fn exchange(&mut self, buffers: &MappedBuffers, frame: &Frame<'_>) -> Result<Laid, Metric> {
        if self.failed {
            return Ok(Laid::NotMapped);
        }
        let spare = buffers
            .spare()
            .filter(|spare| spare.appender.has_room(frame.fields.len()));
        let next = spare.or_else(|| {
            let (open, made) = buffers.make(frame.fields.len())?;
            self.made.push(made);
            Some(open)
        });
        let Some(mut next) = next else {
            self.failed = true;
            return Ok(Laid::NotMapped);
        };
        match next
            .appender
            .append(frame.occurred_at.as_micros(), frame.fields)
        {
            Ok(()) => {}
            Err(NotAppended::Forked) => return Err(Metric::Forked),
            Err(_) => return Ok(Laid::NotMapped),
        }
        let wakes = self.open.is_some() && buffers.note_full();
        if let Some(part) = self.part() {
            self.full.push(part);
        }
        self.collected = 0;
        self.open = Some(next);
        Ok(if wakes {
            Laid::MappedAndWake
        } else {
            Laid::Mapped
        })
    }

    /// Takes what the writer has to collect.
    pub(in crate::queue) fn take(&mut self, taken: &mut Taken) {
        self.failed = false;
        taken.made.append(&mut self.made);
        taken.parts.append(&mut self.full);
        if let Some(part) = self.part() {
            self.collected = part.until;
            taken.parts.push(part);
        }
    }

    /// Gives the open buffer up, after the last taking, so that this process can adopt what stays in it.
    pub(in crate::queue) fn end(&mut self) {
        self.open = None;
    }

    /// Returns the part of the open buffer that was not collected.
    fn part(&self) -> Option<Part> {
        let open = self.open.as_ref()?;
        let until = open.appender.end();
        (until > self.collected).then_some(Part {
            number: open.number,
            until,
        })
    }
}
