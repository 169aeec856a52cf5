//! The rules that hold unless a host brings its own.

mod error;
mod json;
mod levels;
mod pattern;
mod payload;
mod reserved;
mod rules_text;
mod source;

use behavior_trace_core::activity;
use behavior_trace_core::columns::{ActorColumn, actor_id, actor_type, clip, clip_some};
use behavior_trace_core::domain::{Classification, check_resource, classify_action};
use behavior_trace_core::{
    Activity, Admission, Call, Event, Level, Masks, Policy, Refusal, limits,
};
use uuid::Uuid;

use self::levels::Levels;

pub use self::error::PolicyError;
pub use self::pattern::InvalidPattern;
pub(crate) use self::pattern::Pattern;
pub use self::source::PolicySource;

/// The default rules: everything of our domain is recorded in full, usual secrets are masked, and whatever comes in
/// leaves as a row that every store takes.
///
/// - **Level**: [`Level::Payload`] for everything, unless a rule for the action or the resource says otherwise.
/// - **Domain**: an action known only at run time is judged as the macro judges a literal one; one that belongs to
///   another domain, or is malformed, is refused.
/// - **Masks**: [`Masks::default`], and the names that [`mask`](Self::mask) adds. A secret in the text of a reason or of an
///   actor's label is masked too; ids stay as they are, since they are searched for.
/// - **Actor**: kinds in upper case, `[A-Z0-9_.:-]` and 32 characters of them; none is `ANONYMOUS`. An id that is not
///   spelled as an `i64` leaves `actor_id` NULL and stands in the payload as `actor_ref`.
/// - **Texts** are clipped to their columns by characters, the last one `…` where something was cut; an empty one in a
///   nullable column is NULL. Control characters are kept as they are: it is whoever prints them that escapes.
/// - **Payload**: one JSON object, at most 64 KiB and 24 deep. `diff`, `reason`, `impersonator`, `actor_ref`,
///   `actor_label`, `count`, `ids` and `commit` are ours; a user's object is merged beside them, anything else goes under
///   `value`. So does, as a whole, an object that has one of our keys in use, or one that says who acted
///   (`impersonator`, `actor_ref`, `actor_label`) or what became of the `commit`. What does not fit becomes a marker with
///   its size, `{"_oversize":{"bytes":70000}}`, the user's value before the diff.
///
/// A policy of one's own usually holds one of these and asks it.
///
/// ```
/// use behavior_trace_core::Level;
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
    /// The default rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// The level of whatever no rule names. Default: [`Level::Payload`].
    pub fn level(mut self, level: Level) -> Self {
        self.levels.otherwise = level;
        self
    }

    /// The level of an action: a whole one like `user.update`, or all that begin alike, `user.*`. The most specific
    /// pattern holds, and the stricter level where there is a rule for the resource too.
    pub fn action_level(mut self, pattern: &str, level: Level) -> Result<Self, InvalidPattern> {
        self.levels.actions.set(pattern, level)?;
        Ok(self)
    }

    /// The level of a resource: a whole name like `User`, or all that begin alike, `Billing*`.
    pub fn resource_level(mut self, pattern: &str, level: Level) -> Result<Self, InvalidPattern> {
        self.levels.resources.set(pattern, level)?;
        Ok(self)
    }

    /// Adds the rules of a text, in the form that [`PolicySource`] describes. Rules for a pattern that has a level replace it.
    ///
    /// ```
    /// use behavior_trace::policy::DefaultPolicy;
    ///
    /// let policy = DefaultPolicy::new()
    ///     .mask("salary")
    ///     .with_rules("user.*=facts, resource:Draft=off")?;
    /// # Ok::<(), behavior_trace::policy::PolicyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A rule of another form; the error names it and the remedy.
    pub fn with_rules(self, text: &str) -> Result<Self, PolicyError> {
        rules_text::add(self, text)
    }

    /// Masks the values under this name too, as [`Masks::add`] does.
    pub fn mask(mut self, name: &str) -> Self {
        self.masks = self.masks.add(name);
        self
    }

    /// Masks by this list in place of the usual one.
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
        let (actor_id, actor_ref) = match actor_id(event.actor_id) {
            ActorColumn::None => (None, None),
            ActorColumn::Number(number) => (Some(number), None),
            ActorColumn::Text(text) => (None, Some(text)),
        };
        activity! {
            event_id,
            occurred_at: event.occurred_at,
            actor_type: actor_type(event.actor_type),
            actor_id,
            action: clip(event.action, limits::ACTION),
            resource: clip(event.resource, limits::RESOURCE),
            resource_id: clip_some(event.resource_id, limits::RESOURCE_ID),
            payload: payload::assemble(event, actor_ref, &self.masks),
            correlation_id: clip_some(event.correlation_id, limits::CORRELATION_ID),
            request_id: clip_some(event.request_id, limits::REQUEST_ID),
            route_name: clip_some(event.route_name, limits::ROUTE_NAME),
            ip_address: clip_some(event.ip_address, limits::IP_ADDRESS),
            user_agent: clip_some(event.user_agent, limits::USER_AGENT),
        }
    }
}

/// Whether the call is operational activity under names that can be stored. The macro has seen to that where it could.
fn is_ours(call: &Call<'_>) -> bool {
    call.checked
        || classify_action(call.action) == Classification::Operational
            && check_resource(call.resource).is_ok()
}

#[cfg(test)]
#[path = "../../tests/policy/mod.rs"]
mod tests;
