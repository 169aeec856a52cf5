//! Rows of the PHP package.

use behavior_trace_core::{Activity, Event, Json};

use super::{Converter, payload};
use crate::import::note::Reasons;
use crate::import::old_row::PhpRow;
use crate::import::reason::ImportReason;

impl Converter {
    pub(super) fn php(&mut self, row: &PhpRow, reasons: &mut Reasons) -> Activity<'static> {
        let event_id = row.event_id.parse().unwrap_or_else(|_| {
            reasons.add(ImportReason::EventIdMade);
            self.made_id(row.id)
        });
        let mut event = Event::default();
        event.occurred_at = self.time(row.occurred_at.as_deref(), reasons);
        let (action, resource) = self.names(&row.action, row.resource.as_deref(), reasons);
        (event.action, event.resource) = (&action, &resource);
        event.resource_id = row.resource_id.as_deref();
        event.actor_type = Some(&row.actor_type);
        event.actor_id = row.actor_id.as_deref();
        event.correlation_id = row.correlation_id.as_deref();
        event.request_id = row.request_id.as_deref();
        event.route_name = row.route_name.as_deref();
        event.ip_address = row.ip_address.as_deref();
        event.user_agent = row.user_agent.as_deref();
        let payload = payload::of_column(&row.payload, &self.masks, reasons);
        event.payload = payload.as_deref().map(Json::untrusted);
        self.finish(event_id, &event, reasons)
    }
}
