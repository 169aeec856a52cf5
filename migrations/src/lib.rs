//! The SQL migrations of BehaviorTrace, one folder per dialect.
