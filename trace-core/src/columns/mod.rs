//! The forms that fit the columns of `operational_activity`, for writing and for searching rows.

mod actor;
mod clip;
mod json;
mod payload;
mod reserved;
mod row;

pub use actor::{ActorColumn, actor_id, actor_type};
pub use clip::{clip, clip_some, is_clipped};
pub use json::{JsonShape, is_within, shape};
pub use reserved::reserved;
pub use row::row;
