//! Capture levels by action and by resource.

use std::cmp::Reverse;

use behavior_trace_core::{Call, Level};

use super::pattern::{InvalidPattern, Pattern};

/// Level rules for actions and for resources, and the level of calls without a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    pub(super) otherwise: Level,
    pub(super) actions: LevelRules,
    pub(super) resources: LevelRules,
}

impl Levels {
    /// Returns the level of a call: the stricter one of its action's rule and its resource's rule. Without any rule, it is the
    /// level of calls without a rule.
    #[inline]
    pub(super) fn of(&self, call: &Call<'_>) -> Level {
        if self.actions.0.is_empty() && self.resources.0.is_empty() {
            return self.otherwise;
        }
        self.by_rules(call)
    }

    fn by_rules(&self, call: &Call<'_>) -> Level {
        let action = self.actions.of(call.action);
        let resource = self.resources.of(call.resource);
        match (action, resource) {
            (Some(action), Some(resource)) => action.min(resource),
            (one, other) => one.or(other).unwrap_or(self.otherwise),
        }
    }
}

/// Patterns with their levels, the most specific first.
#[derive(Clone, Debug, Default)]
pub(super) struct LevelRules(Vec<(Pattern, Level)>);

impl LevelRules {
    /// Adds a rule, or replaces the rule for the same pattern.
    pub(super) fn set(&mut self, pattern: &str, level: Level) -> Result<(), InvalidPattern> {
        let pattern = Pattern::read(pattern)?;
        self.0.retain(|(other, _)| *other != pattern);
        self.0.push((pattern, level));
        self.0.sort_by_key(|(pattern, _)| Reverse(pattern.weight()));
        Ok(())
    }

    fn of(&self, name: &str) -> Option<Level> {
        self.0
            .iter()
            .find(|(pattern, _)| pattern.matches(name))
            .map(|&(_, level)| level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(actions: &[(&str, Level)], resources: &[(&str, Level)]) -> Levels {
        let mut levels = Levels::default();
        for (pattern, level) in actions {
            levels.actions.set(pattern, *level).unwrap();
        }
        for (pattern, level) in resources {
            levels.resources.set(pattern, *level).unwrap();
        }
        levels
    }

    fn of(levels: &Levels, action: &str, resource: &str) -> Level {
        levels.of(&Call::new(action, resource))
    }

    #[test]
    fn the_most_specific_pattern_holds() {
        let rules = [
            ("*", Level::Off),
            ("user.*", Level::Facts),
            ("user.password.*", Level::Off),
            ("user.create", Level::Payload),
        ];
        let levels = levels(&rules, &[]);
        assert_eq!(of(&levels, "order.create", "Order"), Level::Off);
        assert_eq!(of(&levels, "user.update", "User"), Level::Facts);
        assert_eq!(of(&levels, "user.password.change", "User"), Level::Off);
        assert_eq!(of(&levels, "user.create", "User"), Level::Payload);
    }

    #[test]
    fn of_two_rules_the_stricter_holds() {
        let levels = levels(&[("salary.*", Level::Payload)], &[("Salary", Level::Facts)]);
        assert_eq!(of(&levels, "salary.update", "Salary"), Level::Facts);
        assert_eq!(of(&levels, "salary.update", "Bonus"), Level::Payload);
        assert_eq!(of(&levels, "bonus.update", "Bonus"), Level::Payload);
    }

    #[test]
    fn a_rule_replaces_one_for_the_same_pattern() {
        let levels = levels(&[("a.*", Level::Off), ("a.*", Level::Facts)], &[]);
        assert_eq!(of(&levels, "a.b", "A"), Level::Facts);
    }
}
