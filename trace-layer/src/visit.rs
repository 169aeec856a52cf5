//! Visitors that convert the values of spans and events to [`Fields`].

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use behavior_trace_core::payload::{self, Capture};
use behavior_trace_core::{Counter, EventBuilder, Field, Fields, Level, ReentrancyGuard, Sink};
use tracing_core::field::{self, Visit};

use crate::names::Meaning;

/// A visitor that writes the span fields with known names.
pub(crate) struct SpanValues<'a> {
    pub(crate) meanings: &'a [Option<Meaning>],
    pub(crate) sink: &'a dyn Sink,
    pub(crate) said: &'a mut Fields,
}

impl Visit for SpanValues<'_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        let Some(meaning) = self.meaning(field) else {
            return;
        };
        match (meaning.field, meaning.kind) {
            (Field::IpAddress, _) => self.put_address(value),
            (field, None) => payload::write_text(self.said, field, value),
            (field, Some(kind)) => self.put_actor(kind, |said| {
                payload::write_text(said, field, value);
            }),
        }
    }

    fn record_i64(&mut self, field: &field::Field, value: i64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        let Some(meaning) = self.meaning(field) else {
            return;
        };
        if meaning.field == Field::IpAddress {
            // `UserAgent` has room for the text around an address.
            let mut text = Fields::new();
            write(self.sink, &mut text, Field::UserAgent, value);
            return self.put_address(text.get(Field::UserAgent).unwrap_or_default());
        }
        let (sink, field) = (self.sink, meaning.field);
        match meaning.kind {
            None => write(sink, self.said, field, value),
            Some(kind) => self.put_actor(kind, |said| write(sink, said, field, value)),
        }
    }
}

/// Rare cases are out of line: every request pays for the start of a span.
impl<'a> SpanValues<'a> {
    fn meaning(&self, field: &field::Field) -> Option<&'a Meaning> {
        self.meanings.get(field.index())?.as_ref()
    }

    /// Stores an address as it is, without the text around it.
    #[inline(never)]
    fn put_address(&mut self, value: &str) {
        if is_ipv4(value) {
            self.said.put(Field::IpAddress, value);
        } else {
            self.put_other_address(value);
        }
    }

    #[cold]
    #[inline(never)]
    fn put_other_address(&mut self, value: &str) {
        match address(value) {
            Some(Address::Alone) => self.said.put(Field::IpAddress, value),
            Some(Address::WithPort(ip)) => self.said.put(Field::IpAddress, &ip.to_string()),
            None => {}
        }
    }

    /// Stores an id whose name implies the kind of actor, unless another name has given an actor: the id is not that
    /// actor's.
    #[cold]
    #[inline(never)]
    fn put_actor(&mut self, kind: &'static str, write: impl FnOnce(&mut Fields)) {
        let is_free = !self.said.has(Field::ActorId)
            && self
                .said
                .get(Field::ActorType)
                .is_none_or(|said| said == kind);
        if is_free {
            write(self.said);
            self.said.put(Field::ActorType, kind);
        }
    }
}

/// The form of a text that contains an address.
enum Address {
    Alone,
    /// An address with a port, as a socket prints its peer.
    WithPort(IpAddr),
}

/// Parses an address with or without a port.
fn address(text: &str) -> Option<Address> {
    if text.parse::<IpAddr>().is_ok() {
        return Some(Address::Alone);
    }
    let peer: SocketAddr = text.parse().ok()?;
    Some(Address::WithPort(peer.ip()))
}

/// Returns whether the text is an IPv4 address. This is a fast path for the common case: every request span has one.
fn is_ipv4(text: &str) -> bool {
    let mut rest = after_octet(text.as_bytes());
    for _ in 0..3 {
        rest = match rest {
            Some([b'.', next @ ..]) => after_octet(next),
            _ => return false,
        };
    }
    rest == Some(b"")
}

/// Returns the text after a number of no more than 255 without leading zeros.
const fn after_octet(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'2', b'5', b'0'..=b'5', rest @ ..]
        | [b'2', b'0'..=b'4', b'0'..=b'9', rest @ ..]
        | [b'1', b'0'..=b'9', b'0'..=b'9', rest @ ..]
        | [b'1'..=b'9', b'0'..=b'9', rest @ ..]
        | [b'0'..=b'9', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// A visitor that writes the fields of a hand-written event, except its payload.
pub(crate) struct Facts<'a> {
    pub(crate) sink: &'a dyn Sink,
    pub(crate) fields: &'a mut Fields,
}

impl Visit for Facts<'_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        if let Some(field) = fact(field) {
            payload::write_text(self.fields, field, value);
        }
    }

    fn record_i64(&mut self, field: &field::Field, value: i64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if let Some(field) = fact(field) {
            write(self.sink, self.fields, field, value);
        }
    }
}

fn fact(field: &field::Field) -> Option<Field> {
    match Field::named(field.name())? {
        // Only the recorder writes these, because it knows them to be well-formed and masked.
        Field::Payload | Field::Diff | Field::Count | Field::Ids | Field::Commit => None,
        fact => Some(fact),
    }
}

/// A visitor that writes the payload of a hand-written event: JSON text, masked.
pub(crate) struct Payload<'a, 'b> {
    pub(crate) sink: &'a dyn Sink,
    pub(crate) draft: &'a mut EventBuilder<'b>,
}

impl Visit for Payload<'_, '_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        if self.wants(field) {
            self.draft
                .masked(&mut |fields, masks| payload::write_json_text(fields, masks, value));
        }
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if self.wants(field) {
            let mut written = Capture::Written;
            self.draft.masked(&mut |fields, masks| {
                written = payload::write_debug(fields, masks, value);
            });
            note(self.sink, written);
        }
    }
}

impl Payload<'_, '_> {
    fn wants(&self, field: &field::Field) -> bool {
        self.draft.level == Level::Payload && Field::named(field.name()) == Some(Field::Payload)
    }
}

/// Formats a value. Only here does code of the application run: a panic does not escape, and events that it emits are not
/// recorded. `%value` arrives here too, wrapped so that its `Debug` is its `Display`.
fn write(sink: &dyn Sink, fields: &mut Fields, field: Field, value: &dyn fmt::Debug) {
    let _quiet = ReentrancyGuard::new();
    let written = payload::write_display(fields, field, &format_args!("{value:?}"));
    note(sink, written);
}

fn note(sink: &dyn Sink, written: Capture) {
    if written == Capture::Panicked {
        sink.count(Counter::Panicked);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_cut_knows_the_addresses_that_the_standard_parser_knows(
            text in prop_oneof![
                any::<Ipv4Addr>().prop_map(|address| address.to_string()),
                "[0-9]{0,4}(\\.[0-9]{0,4}){2,4}",
                "[0-9.:a-f ]{0,16}",
            ]
        ) {
            prop_assert_eq!(is_ipv4(&text), text.parse::<Ipv4Addr>().is_ok());
        }
    }
}
