//! BehaviorTrace.
