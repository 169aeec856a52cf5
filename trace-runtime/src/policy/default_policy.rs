//! The default policy.

use behavior_trace_core::domain::{Classification, check_resource, classify_action};
use behavior_trace_core::{
    Activity, Admission, Call, Event, Level, Masks, Policy, Refusal, columns,
};
use uuid::Uuid;

use super::levels::Levels;
use super::pattern::InvalidPattern;

/// Name of the default policy with the usual masks. Every process can finish events that were kept for it.
pub(crate) const DEFAULT_POLICY: &str = "default";

/// Default policy. It records every operational activity in full, masks usual secrets, and turns each event into a row that
/// every store takes.
///
/// - **Level**: [`Level::Payload`], unless a rule for the action or the resource sets another level.
/// - **Domain**: an action known only at run time passes the same check as a literal action in the macro. A malformed
///   action, or one of another domain, is refused.
/// - **Masks**: [`Masks::default`], and the names that [`mask`](Self::mask) adds. A secret in the text of a reason or of an
///   actor's label is masked too. Ids are not masked, since people search for them.
/// - **Actor**: kinds are in upper case, with at most 32 characters of `[A-Z0-9_.:-]`; no kind is `ANONYMOUS`. An id that is
///   not the spelling of an `i64` leaves `actor_id` NULL and goes into the payload as `actor_ref`.
/// - **Texts** are clipped to the length of their columns in characters; a clipped text ends in `…`. An empty text in a
///   nullable column is NULL. Control characters are kept: code that prints a text escapes them.
/// - **Payload**: one JSON object, at most 64 KiB and 24 levels deep. `diff`, `reason`, `impersonator`, `actor_ref`,
///   `actor_label`, `count`, `ids` and `commit` are reserved keys. An object of the application is merged with them; any
///   other value goes under `value`. The object goes under `value` as a whole if it has a reserved key that is in use. The
///   same holds if it names the actor (`impersonator`, `actor_ref`, `actor_label`) or the state of the `commit`. A part that
///   does not fit becomes a marker with its size, `{"_oversize":{"bytes":70000}}`, the application's value before the diff.
///
/// A custom policy usually wraps a `DefaultPolicy`.
///
/// ```
/// use behavior_trace::policy::Level;
/// use behavior_trace::policy::DefaultPolicy;
///
/// let policy = DefaultPolicy::new()
///     .mask("salary")
///     .action_level("import.*", Level::Facts)?
///     .resource_level("Draft", Level::Off)?;
/// # Ok::<(), behavior_trace::policy::InvalidPattern>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a policy does nothing until a recorder has it"]
pub struct DefaultPolicy {
    levels: Levels,
    masks: Masks,
}

impl DefaultPolicy {
    /// Creates the default policy without additional rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of actions and resources without a rule. Default: [`Level::Payload`].
    pub fn level(mut self, level: Level) -> Self {
        self.levels.otherwise = level;
        self
    }

    /// Sets the level of one action, such as `user.update`, or of all actions with a prefix, such as `user.*`.
    ///
    /// The most specific pattern applies. If the resource has a rule too, the stricter level applies.
    ///
    /// # Errors
    ///
    /// An empty pattern, or one with a `*` before its end.
    pub fn action_level(mut self, pattern: &str, level: Level) -> Result<Self, InvalidPattern> {
        self.levels.actions.set(pattern, level)?;
        Ok(self)
    }

    /// Sets the level of one resource, such as `User`, or of all resources with a prefix, such as `Billing*`.
    ///
    /// # Errors
    ///
    /// An empty pattern, or one with a `*` before its end.
    pub fn resource_level(mut self, pattern: &str, level: Level) -> Result<Self, InvalidPattern> {
        self.levels.resources.set(pattern, level)?;
        Ok(self)
    }

    /// Adds a name whose values are masked, as [`Masks::add`] does.
    pub fn mask(mut self, name: &str) -> Self {
        self.masks = self.masks.add(name);
        self
    }

    /// Replaces the list of masks.
    pub fn with_masks(mut self, masks: Masks) -> Self {
        self.masks = masks;
        self
    }
}

impl Policy for DefaultPolicy {
    fn admit(&self, call: &Call<'_>) -> Admission {
        match self.levels.of(call) {
            Level::Off => Admission::Refused(Refusal::Level),
            _ if !is_ours(call) => Admission::Refused(Refusal::Domain),
            level => Admission::Admitted(level),
        }
    }

    fn masks(&self) -> &Masks {
        &self.masks
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        columns::row(event_id, event, &self.masks)
    }

    /// Returns `default`, or `default with masks` if the masks are not those of [`Masks::default`].
    fn name(&self) -> &str {
        if self.masks.is_default() {
            DEFAULT_POLICY
        } else {
            "default with masks"
        }
    }
}

/// Returns whether the call is operational activity with names that can be stored. The macro checks literal names.
fn is_ours(call: &Call<'_>) -> bool {
    call.checked
        || classify_action(call.action) == Classification::Operational
            && check_resource(call.resource).is_ok()
}

#[cfg(test)]
#[path = "../../tests/policy/mod.rs"]
mod tests;
