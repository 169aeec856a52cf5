//! The event that all variants record: an update of a user, in a request with a known actor.

use serde::Serialize;

pub(crate) const ACTION: &str = "user.update";
pub(crate) const RESOURCE: &str = "User";
pub(crate) const ACTOR_TYPE: &str = "USER";
pub(crate) const ACTOR_ID: i64 = 4711;
pub(crate) const REQUEST_ID: &str = "0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d";
pub(crate) const CORRELATION_ID: &str = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736";
pub(crate) const ROUTE_NAME: &str = "/api/v1/users/{id}";
pub(crate) const IP_ADDRESS: &str = "203.0.113.195";
pub(crate) const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0";

/// A text of 120 bytes that the caller has ready, so that it is only copied. The variants with a value show the cost of
/// JSON.
pub(crate) const REASON: &str = "moved from the plan of last year to the one that begins in spring, at the wish \
     of the customer, told on the phone today.";

/// A value, which callers have more often than a text.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) email: &'static str,
    pub(crate) name: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) seats: u32,
    pub(crate) newsletter: bool,
}

pub(crate) const CHANGE: Change = Change {
    email: "ada.lovelace@example.com",
    name: "Ada Lovelace",
    plan: "team-yearly-spring",
    seats: 12,
    newsletter: false,
};

/// The error type of the caller's function, which never fails here.
#[derive(Debug)]
pub(crate) struct Refused;
