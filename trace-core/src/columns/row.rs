//! The row of an event.

use uuid::Uuid;

use super::payload::assemble;
use super::{ActorColumn, actor_id, actor_type, clip, clip_some};
use crate::activity;
use crate::activity::Activity;
use crate::event::Event;
use crate::limits;
use crate::masking::Masks;

/// Turns an event into the row that every store takes: texts clipped to their columns, the actor normalised, the payload
/// assembled.
pub fn row<'a>(event_id: Uuid, event: &Event<'a>, masks: &Masks) -> Activity<'a> {
    let (actor_id, actor_ref) = match actor_id(event.actor_id) {
        ActorColumn::None => (None, None),
        ActorColumn::Number(number) => (Some(number), None),
        ActorColumn::Text(text) => (None, Some(text)),
    };
    activity! {
        event_id,
        occurred_at: event.occurred_at,
        actor_type: actor_type(event.actor_type),
        actor_id,
        action: clip(event.action, limits::ACTION),
        resource: clip(event.resource, limits::RESOURCE),
        resource_id: clip_some(event.resource_id, limits::RESOURCE_ID),
        payload: assemble(event, actor_ref, masks),
        correlation_id: clip_some(event.correlation_id, limits::CORRELATION_ID),
        request_id: clip_some(event.request_id, limits::REQUEST_ID),
        route_name: clip_some(event.route_name, limits::ROUTE_NAME),
        ip_address: clip_some(event.ip_address, limits::IP_ADDRESS),
        user_agent: clip_some(event.user_agent, limits::USER_AGENT),
    }
}
