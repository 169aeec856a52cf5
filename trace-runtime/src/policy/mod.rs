//! The default rules.

use behavior_trace_core::{Activity, Admission, Call, Event, Level, Masks, Policy};
use uuid::Uuid;

/// The default rules.
#[derive(Debug, Default)]
pub struct DefaultPolicy {
    masks: Masks,
}

impl Policy for DefaultPolicy {
    fn admit(&self, _call: &Call<'_>) -> Admission {
        Admission::Admitted(Level::Payload)
    }

    fn masks(&self) -> &Masks {
        &self.masks
    }

    fn finish(&self, event_id: Uuid, event: &Event<'_>) -> Activity {
        Activity {
            event_id,
            occurred_at: event.occurred_at,
            actor_type: event.actor_type.unwrap_or("ANONYMOUS").to_owned(),
            actor_id: event.actor_id.and_then(|id| id.parse().ok()),
            action: event.action.to_owned(),
            resource: event.resource.to_owned(),
            resource_id: event.resource_id.map(str::to_owned),
            payload: event.payload.unwrap_or("{}").to_owned(),
            correlation_id: event.correlation_id.map(str::to_owned),
            request_id: event.request_id.map(str::to_owned),
            route_name: event.route_name.map(str::to_owned),
            ip_address: event.ip_address.map(str::to_owned),
            user_agent: event.user_agent.map(str::to_owned),
        }
    }
}
