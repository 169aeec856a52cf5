//! The writer of BehaviorTrace: queue, batches, spool, stores and queries.
