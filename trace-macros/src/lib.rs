//! The attribute macro of BehaviorTrace.
