//! The rows that all variants write to a server: about 550 bytes each, four per workflow.

use std::hash::{BuildHasher, Hasher, RandomState};

use behavior_trace::{Actor, Context, behavior_trace};
use serde::Serialize;

/// The route of each workflow.
pub const ROUTE_NAME: &str = "/api/v1/orders/{id}/lines/{line}";
/// The client of each workflow.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0";

/// The payload of a change: about 200 bytes as JSON.
#[derive(Serialize)]
pub struct Change {
    before: Order,
    after: Order,
    by_request_of: &'static str,
}

#[derive(Serialize)]
struct Order {
    plan: &'static str,
    seats: u32,
    total: u32,
    note: &'static str,
}

/// A request with its events.
pub struct Story {
    /// The correlation id of the workflow.
    pub correlation_id: String,
    /// The id of its only request.
    pub request_id: String,
    /// The acting user.
    pub actor_id: i64,
    /// The client's address.
    pub ip_address: String,
    /// The changed resources.
    pub resource_ids: [u64; 4],
}

/// Changes an order, and returns its new price.
#[behavior_trace(action = "order.update", resource = "Order", resource_id = id, payload = change)]
pub fn update(id: u64, change: &Change) -> u32 {
    std::hint::black_box(id);
    change.after.total
}

/// A generator of random workflows, different in each run.
pub struct Stories(RandomState, u64);

impl Stories {
    /// Creates a generator with a new sequence.
    pub fn new() -> Self {
        Self(RandomState::new(), 0)
    }

    fn draw(&mut self) -> u64 {
        self.1 += 1;
        let mut hasher = self.0.build_hasher();
        hasher.write_u64(self.1);
        hasher.finish()
    }

    /// Returns a random UUID as text.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// Returns the next workflow.
    pub fn tell(&mut self) -> Story {
        // Few resources change often and most change rarely: evenly drawn by order of magnitude.
        let resource = |drawn: u64| (drawn >> 8) >> (44 + drawn % 16);
        Story {
            correlation_id: self.uuid(),
            request_id: self.uuid(),
            actor_id: i64::try_from(self.draw() % 10_000).unwrap_or_default(),
            ip_address: format!("203.0.113.{}", self.draw() % 256),
            resource_ids: std::array::from_fn(|_| resource(self.draw()) + 1),
        }
    }
}

impl Default for Stories {
    fn default() -> Self {
        Self::new()
    }
}

impl Story {
    /// Records its four events.
    pub fn record(&self) {
        self.context().in_scope(|| {
            for id in self.resource_ids {
                update(id, &change(id));
            }
        });
    }

    /// Returns the context of its request.
    pub fn context(&self) -> Context {
        Context::new()
            .actor(Actor::user(self.actor_id))
            .request_id(&self.request_id)
            .correlation_id(&self.correlation_id)
            .route_name(ROUTE_NAME)
            .ip_address(&self.ip_address)
            .user_agent(USER_AGENT)
    }
}

/// Returns the payload for a change of this order.
pub fn change(id: u64) -> Change {
    let order = |plan, seats| Order {
        plan,
        seats,
        total: seats * 79,
        note: "as told on the phone",
    };
    let seats = u32::try_from(id % 50).unwrap_or_default();
    Change {
        before: order("team-monthly", seats),
        after: order("team-yearly-spring", seats + 3),
        by_request_of: "the customer",
    }
}
