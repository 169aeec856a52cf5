//! The words of BehaviorTrace: event, action, actor, context, policy and sink.
