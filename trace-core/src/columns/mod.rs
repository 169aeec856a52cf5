//! The form in which values fit the columns of `operational_activity`, for whoever writes rows and whoever looks them up.

mod actor;
mod clip;

pub use actor::{ActorColumn, actor_id, actor_type};
pub use clip::{clip, clip_some, is_clipped};
