//! The timeline: a page on which people read the recorded activity.

pub use behavior_trace_web::*;
