//! How much fits: the columns of `operational_activity`, in characters as MySQL's `VARCHAR` counts them, and the payload.

/// `actor_type VARCHAR(32)`.
pub const ACTOR_TYPE: usize = 32;
/// `action VARCHAR(255)`.
pub const ACTION: usize = 255;
/// `resource VARCHAR(255)`.
pub const RESOURCE: usize = 255;
/// `resource_id VARCHAR(255)`.
pub const RESOURCE_ID: usize = 255;
/// `correlation_id VARCHAR(36)`.
pub const CORRELATION_ID: usize = 36;
/// `request_id VARCHAR(64)`.
pub const REQUEST_ID: usize = 64;
/// `route_name VARCHAR(255)`.
pub const ROUTE_NAME: usize = 255;
/// `ip_address VARCHAR(45)`, the longest text form of an IPv6 address.
pub const IP_ADDRESS: usize = 45;
/// `user_agent VARCHAR(512)`.
pub const USER_AGENT: usize = 512;
/// The payload, encoded, in bytes.
pub const PAYLOAD_BYTES: usize = 64 * 1024;
/// How deep the payload may nest. MariaDB 10.11 refuses 32 levels; the margin is for what is merged around it.
pub const PAYLOAD_DEPTH: usize = 24;

// The file of the one-domain rule depends on nothing, so that the macro can read it too: it has the number once more.
const _: () = assert!(ACTION == crate::domain::COLUMN && RESOURCE == crate::domain::COLUMN);
