//! The forms that fit the columns of `operational_activity`, for writing and for searching rows.

mod actor;
mod clip;

pub use actor::{ActorColumn, actor_id, actor_type};
pub use clip::{clip, clip_some, is_clipped};
