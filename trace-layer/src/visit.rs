//! The visitors: from the values of spans and events to our fields.

use std::fmt;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use behavior_trace_core::{Draft, Field, Fields, Level};
use serde_json::value::RawValue;
use tracing_core::field::{self, Visit};

use crate::names::SpanNames;

/// Writes what a span says under the names that are known.
pub(crate) struct SpanValues<'a> {
    names: &'a SpanNames,
    said: &'a mut Fields,
}

impl<'a> SpanValues<'a> {
    pub(crate) const fn new(names: &'a SpanNames, said: &'a mut Fields) -> Self {
        Self { names, said }
    }
}

impl Visit for SpanValues<'_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        let Some(name) = self.names.get(field.name()) else {
            return;
        };
        match name.field {
            Field::IpAddress => {
                if let Some(address) = address(value) {
                    self.said.put(Field::IpAddress, &address.to_string());
                }
            }
            other => self.said.put(other, value),
        }
        if let Some(kind) = name.kind {
            self.said.put(Field::ActorType, kind);
        }
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        let Some(name) = self.names.get(field.name()) else {
            return;
        };
        if name.field == Field::IpAddress {
            self.record_str(field, &format!("{value:?}"));
            return;
        }
        write(self.said, name.field, value);
        if let Some(kind) = name.kind {
            self.said.put(Field::ActorType, kind);
        }
    }
}

/// An address alone, or with a port, as a socket's peer prints. Anything else is no address.
fn address(text: &str) -> Option<IpAddr> {
    let peer = || text.parse::<SocketAddr>().map(|peer| peer.ip());
    text.parse().or_else(|_| peer()).ok()
}

/// Writes what a hand-written event says, except its payload.
pub(crate) struct Facts<'a>(pub(crate) &'a mut Fields);

impl Visit for Facts<'_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        if let Some(field) = fact(field) {
            self.0.put(field, value);
        }
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if let Some(field) = fact(field) {
            write(self.0, field, value);
        }
    }
}

fn fact(field: &field::Field) -> Option<Field> {
    match Field::named(field.name())? {
        // Written by our own code alone, which knows them to be well-formed and masked.
        Field::Payload | Field::Diff | Field::Count | Field::Ids | Field::Commit => None,
        fact => Some(fact),
    }
}

/// Writes the payload of a hand-written event.
pub(crate) struct Payload<'a, 'b>(pub(crate) &'a mut Draft<'b>);

impl Visit for Payload<'_, '_> {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        if self.0.level == Level::Payload && Field::named(field.name()) == Some(Field::Payload) {
            self.0.fields.write(Field::Payload, |bytes| {
                if serde_json::from_str::<&RawValue>(value).is_ok() {
                    bytes.extend_from_slice(value.as_bytes());
                } else {
                    // Writing text to memory does not fail.
                    let _ = serde_json::to_writer(bytes, value);
                }
            });
        }
    }

    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if Field::named(field.name()) == Some(Field::Payload) {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// `%value` arrives here too, wrapped so that its `Debug` is its `Display`.
fn write(fields: &mut Fields, field: Field, value: &dyn fmt::Debug) {
    // A `Debug` that fails leaves what it wrote.
    fields.write(field, |bytes| drop(write!(bytes, "{value:?}")));
}
