//! The tracing layer of BehaviorTrace, and its tower middleware.
