//! The visitors that convert the values of spans and events to fields.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use behavior_trace_core::payload::{self, CaptureResult};
use behavior_trace_core::{Counter, EventBuilder, Field, Fields, Level, ReentrancyGuard, Sink};
use tracing_core::field::{self, Visit};

use crate::names::FieldMapping;

/// A visitor that writes the mapped values of a span.
pub(crate) struct SpanVisitor<'a> {
    pub(crate) mappings: &'a [Option<FieldMapping>],
    pub(crate) sink: &'a dyn Sink,
    pub(crate) fields: &'a mut Fields,
}

impl Visit for SpanVisitor<'_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        let Some(mapping) = self.mapping(field) else {
            return;
        };
        match (mapping.field, mapping.kind) {
            (Field::IpAddress, _) => self.put_address(value),
            (field, None) => payload::write_text(self.fields, field, value),
            (field, Some(kind)) => self.put_actor(kind, |fields| {
                payload::write_text(fields, field, value);
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
        let Some(mapping) = self.mapping(field) else {
            return;
        };
        if mapping.field == Field::IpAddress {
            // The field of the user agent leaves room for the text around an address.
            let mut text = Fields::new();
            write(self.sink, &mut text, Field::UserAgent, value);
            return self.put_address(text.get(Field::UserAgent).unwrap_or_default());
        }
        let (sink, field) = (self.sink, mapping.field);
        match mapping.kind {
            None => write(sink, self.fields, field, value),
            Some(kind) => self.put_actor(kind, |fields| write(sink, fields, field, value)),
        }
    }
}

/// The methods for rare fields are not inlined, because every request pays for the start of a span.
impl<'a> SpanVisitor<'a> {
    fn mapping(&self, field: &field::Field) -> Option<&'a FieldMapping> {
        self.mappings.get(field.index())?.as_ref()
    }

    /// Writes an address unchanged, except for a port and the brackets around an address.
    #[inline(never)]
    fn put_address(&mut self, value: &str) {
        if is_ipv4(value) {
            self.fields.put(Field::IpAddress, value);
        } else {
            self.put_other_address(value);
        }
    }

    #[cold]
    #[inline(never)]
    fn put_other_address(&mut self, value: &str) {
        match address(value) {
            Some(AddressText::Alone) => self.fields.put(Field::IpAddress, value),
            Some(AddressText::WithPort(ip)) => self.fields.put(Field::IpAddress, &ip.to_string()),
            None => {}
        }
    }

    /// Writes an id whose name implies its kind, unless another name gives the actor, to which this id does not belong.
    #[cold]
    #[inline(never)]
    fn put_actor(&mut self, kind: &'static str, write: impl FnOnce(&mut Fields)) {
        let is_free = !self.fields.has(Field::ActorId)
            && self
                .fields
                .get(Field::ActorType)
                .is_none_or(|known| known == kind);
        if is_free {
            write(self.fields);
            self.fields.put(Field::ActorType, kind);
        }
    }
}

/// An address in a text, by its form.
enum AddressText {
    Alone,
    /// The address with a port, as a socket's peer prints.
    WithPort(IpAddr),
}

/// Returns the address, if the text is one.
fn address(text: &str) -> Option<AddressText> {
    if text.parse::<IpAddr>().is_ok() {
        return Some(AddressText::Alone);
    }
    let peer: SocketAddr = text.parse().ok()?;
    Some(AddressText::WithPort(peer.ip()))
}

/// Returns whether the text is an IPv4 address. It is a shortcut for most addresses, since every request's span has one.
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

/// Returns the text after a number up to 255 without leading zeros.
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

/// A visitor that writes the values of a hand-written event, except its payload.
pub(crate) struct EventVisitor<'a> {
    pub(crate) sink: &'a dyn Sink,
    pub(crate) fields: &'a mut Fields,
}

impl Visit for EventVisitor<'_> {
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
        // Only the recorder's own code writes these, because it keeps them well-formed and masked.
        Field::Payload | Field::Diff | Field::Count | Field::Ids | Field::Commit => None,
        fact => Some(fact),
    }
}

/// A visitor that writes the payload of a hand-written event: JSON text, masked.
pub(crate) struct PayloadVisitor<'a, 'b> {
    pub(crate) sink: &'a dyn Sink,
    pub(crate) builder: &'a mut EventBuilder<'b>,
}

impl Visit for PayloadVisitor<'_, '_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        if self.wants(field) {
            self.builder
                .masked(&mut |fields, masks| payload::write_json_text(fields, masks, value));
        }
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if self.wants(field) {
            let mut written = CaptureResult::Written;
            self.builder.masked(&mut |fields, masks| {
                written = payload::write_debug(fields, masks, value);
            });
            note(self.sink, written);
        }
    }
}

impl PayloadVisitor<'_, '_> {
    fn wants(&self, field: &field::Field) -> bool {
        self.builder.level == Level::Payload && Field::named(field.name()) == Some(Field::Payload)
    }
}

/// Runs the application's code, at this place only. Its panics are caught, and the events that it emits are not recorded.
///
/// `%value` arrives here too, wrapped so that its `Debug` is its `Display`.
fn write(sink: &dyn Sink, fields: &mut Fields, field: Field, value: &dyn fmt::Debug) {
    let _guard = ReentrancyGuard::new();
    let written = payload::write_display(fields, field, &format_args!("{value:?}"));
    note(sink, written);
}

fn note(sink: &dyn Sink, written: CaptureResult) {
    if written == CaptureResult::Panicked {
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
