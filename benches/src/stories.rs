//! The rows that everybody writes into a server: about 550 bytes each, four to a story.

use std::hash::{BuildHasher, Hasher, RandomState};

use behavior_trace::{Actor, Context, behavior_trace};
use serde::Serialize;

/// The route of each story.
pub const ROUTE_NAME: &str = "/api/v1/orders/{id}/lines/{line}";
/// The client of each story.
pub const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0";

/// What is said of a change: about 200 bytes as JSON.
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

/// A request, and the events of it.
pub struct Story {
    /// Its own id.
    pub correlation_id: String,
    /// The id of its one request.
    pub request_id: String,
    /// Who.
    pub actor_id: i64,
    /// From where.
    pub ip_address: String,
    /// What is changed.
    pub resource_ids: [u64; 4],
}

/// Changes an order, and returns what it costs now.
#[behavior_trace(action = "order.update", resource = "Order", resource_id = id, payload = change)]
pub fn update(id: u64, change: &Change) -> u32 {
    std::hint::black_box(id);
    change.after.total
}

/// Random stories, none the same in any run.
pub struct Stories(RandomState, u64);

impl Stories {
    /// Another sequence each time.
    pub fn new() -> Self {
        Self(RandomState::new(), 0)
    }

    fn draw(&mut self) -> u64 {
        self.1 += 1;
        let mut hasher = self.0.build_hasher();
        hasher.write_u64(self.1);
        hasher.finish()
    }

    /// A random UUID as text.
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

    /// The next one.
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
    /// Its four events.
    pub fn record(&self) {
        self.context().in_scope(|| {
            for id in self.resource_ids {
                update(id, &change(id));
            }
        });
    }

    /// What is known around its request.
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

/// What the change of this order says.
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
