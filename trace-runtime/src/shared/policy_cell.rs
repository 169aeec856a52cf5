//! The policy in force: the first one, or its replacement, which each thread caches.

use std::cell::Cell;
use std::ptr;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Cache};
use behavior_trace_core::Policy;

/// The policy in force, replaceable as a whole.
pub(crate) struct PolicyCell {
    /// First policy. It lives as long as the recorder, so threads need no reference count: most applications never replace it.
    first: Arc<dyn Policy>,
    /// Policy in force after the first replacement.
    later: OnceLock<Arc<Later>>,
}

type Later = ArcSwap<Arc<dyn Policy>>;

/// Cache of a policy, which threads read without writing to shared memory.
type CachedPolicy = Cache<Arc<Later>, Arc<Arc<dyn Policy>>>;

thread_local! {
    /// Policy that this thread used last. One is enough: threads rarely record to two recorders in turn.
    static HELD: Cell<Option<CachedPolicy>> = const { Cell::new(None) };
}

impl PolicyCell {
    pub(crate) const fn new(policy: Arc<dyn Policy>) -> Self {
        Self {
            first: policy,
            later: OnceLock::new(),
        }
    }

    /// Replaces the policy on every thread.
    pub(crate) fn replace(&self, policy: Arc<dyn Policy>) {
        let policy = Arc::new(policy);
        self.later
            .get_or_init(|| Arc::new(ArcSwap::new(Arc::clone(&policy))))
            .store(policy);
    }

    /// Returns the policy in force, for longer use.
    pub(crate) fn load(&self) -> Arc<dyn Policy> {
        let later = self.later.get();
        later.map_or_else(
            || Arc::clone(&self.first),
            |later| Arc::clone(&later.load()),
        )
    }

    /// Runs `ask` with the policy in force, which does not change during the call.
    #[inline]
    pub(crate) fn ask(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        match self.later.get() {
            None => ask(&*self.first),
            Some(later) => ask_later(later, ask),
        }
    }
}

#[inline(never)]
fn ask_later(later: &Arc<Later>, ask: &mut dyn FnMut(&dyn Policy)) {
    // The cell is empty during the call: `ask` runs application code, which may enter this function again.
    let mut held = match HELD.try_with(Cell::take) {
        Ok(Some(held)) if ptr::eq(held.arc_swap(), &raw const **later) => held,
        _ => Cache::new(Arc::clone(later)),
    };
    ask(&***held.load());
    let _ = HELD.try_with(|cell| cell.set(Some(held)));
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Admission, Call, Level};

    use super::*;
    use crate::policy::DefaultPolicy;

    fn rules(level: Level) -> Arc<dyn Policy> {
        Arc::new(DefaultPolicy::new().level(level))
    }

    fn admits(rules: &PolicyCell) -> bool {
        let mut admitted = false;
        rules.ask(&mut |policy| {
            let admission = policy.admit(&Call::checked("user.update", "User"));
            admitted = matches!(admission, Admission::Admitted(_));
        });
        admitted
    }

    #[test]
    fn a_thread_that_holds_rules_asks_the_new_ones_once_they_are_replaced() {
        let some = PolicyCell::new(rules(Level::Payload));
        assert!(admits(&some));
        some.replace(rules(Level::Off));
        assert!(!admits(&some));
    }

    #[test]
    fn two_recorders_on_one_thread_are_each_asked_their_own_rules() {
        let (all, none) = (
            PolicyCell::new(rules(Level::Payload)),
            PolicyCell::new(rules(Level::Off)),
        );
        for _ in 0..2 {
            assert!(admits(&all));
            assert!(!admits(&none));
        }
    }

    #[test]
    fn rules_replaced_while_they_are_asked_hold_to_the_end_of_the_question() {
        let some = PolicyCell::new(rules(Level::Payload));
        some.ask(&mut |policy| {
            some.replace(rules(Level::Off));
            assert!(!admits(&some));
            let admission = policy.admit(&Call::checked("user.update", "User"));
            assert_eq!(admission, Admission::Admitted(Level::Payload));
        });
        assert!(!admits(&some));
    }
}
