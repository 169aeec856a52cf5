//! Parser of rules for the default policy.

use behavior_trace_core::Level;

use super::default_policy::DefaultPolicy;
use super::error::PolicyError;

const COMMENT: char = '#';
const RESOURCE: &str = "resource:";
const MASK: &str = "mask:";
/// Pattern of the rule for names without a rule.
const OTHERWISE: &str = "*";

impl DefaultPolicy {
    /// Adds the rules of a text in the form that [`PolicySource`](crate::policy::PolicySource) describes. A rule replaces an earlier rule for its pattern.
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
    /// A malformed rule. The error names the rule and the remedy.
    pub fn with_rules(mut self, text: &str) -> Result<Self, PolicyError> {
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split(COMMENT).next().unwrap_or_default();
            let rules = line.split(',').map(str::trim);
            for rule in rules.filter(|rule| !rule.is_empty()) {
                self = add_rule(self, rule)
                    .map_err(|problem| PolicyError::rule(number, rule, &problem))?;
            }
        }
        Ok(self)
    }
}

fn add_rule(policy: DefaultPolicy, rule: &str) -> Result<DefaultPolicy, String> {
    if let Some(name) = rule.strip_prefix(MASK).map(str::trim) {
        return if name.is_empty() || name.contains('=') {
            Err("masks no name; write `mask:salary`".to_owned())
        } else {
            Ok(policy.mask(name))
        };
    }
    let Some((pattern, level)) = rule.split_once('=') else {
        return Err("has no level; write `user.*=facts`, or `file:` before a path".to_owned());
    };
    let level = read_level(level.trim())?;
    let pattern = pattern.trim();
    if pattern == OTHERWISE {
        return Ok(policy.level(level));
    }
    let policy = match pattern.strip_prefix(RESOURCE) {
        Some(resource) => policy.resource_level(resource.trim(), level),
        None if is_action(pattern) => policy.action_level(pattern, level),
        None => {
            return Err(format!(
                "names no action; write `user.update` or `user.*`, and for a resource `{RESOURCE}{pattern}`"
            ));
        }
    };
    policy.map_err(|error| format!("has an invalid pattern: {error}"))
}

fn read_level(text: &str) -> Result<Level, String> {
    match text {
        "off" => Ok(Level::Off),
        "facts" => Ok(Level::Facts),
        "payload" => Ok(Level::Payload),
        _ => Err(format!(
            "has the level `{text}`; write `off`, `facts` or `payload`"
        )),
    }
}

/// Returns whether the pattern can match an action. Actions are in lower case and have a part before their verb.
fn is_action(pattern: &str) -> bool {
    let is_lower = !pattern.contains(char::is_uppercase);
    is_lower && (pattern.contains('.') || pattern.contains('*'))
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Admission, Call, Policy as _, Refusal};

    use super::*;

    fn admits(rules: &str, action: &str, resource: &str) -> Option<Level> {
        let policy = DefaultPolicy::new().with_rules(rules).expect("rules");
        match policy.admit(&Call::checked(action, resource)) {
            Admission::Admitted(level) => Some(level),
            Admission::Refused(Refusal::Level) => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_rule_has_its_effect() {
        let rules = "user.*=facts, user.create = payload ,import.*=off,resource:Draft=off,resource:Page=payload,*=facts";
        for (action, resource, level) in [
            ("user.update", "User", Some(Level::Facts)),
            ("user.create", "User", Some(Level::Payload)),
            ("import.create", "Import", None),
            ("page.update", "Draft", None),
            ("page.update", "Page", Some(Level::Payload)),
            ("order.update", "Order", Some(Level::Facts)),
        ] {
            assert_eq!(admits(rules, action, resource), level, "{action}");
        }
    }

    #[test]
    fn the_last_of_two_rules_for_one_pattern_holds() {
        assert_eq!(
            admits("user.*=off\nuser.*=facts", "user.update", "User"),
            Some(Level::Facts)
        );
    }

    #[test]
    fn a_name_is_masked_beside_the_usual_ones() {
        let policy = DefaultPolicy::new()
            .with_rules("mask:salary")
            .expect("a rule");
        assert!(policy.masks().is_masked("salary"));
        assert!(policy.masks().is_masked("password"));
    }

    #[test]
    fn comments_and_empty_lines_are_no_rules() {
        let policy = DefaultPolicy::new()
            .with_rules("# all of it\n\n , ,# no\n")
            .expect("none");
        assert_eq!(format!("{policy:?}"), format!("{:?}", DefaultPolicy::new()));
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_named_with_its_remedy() {
        for (rule, remedy) in [
            ("user.*", "`user.*=facts`"),
            ("/etc/activity.rules", "`file:`"),
            ("user.*=fact", "`off`, `facts` or `payload`"),
            ("user.*=", "`off`, `facts` or `payload`"),
            ("User=off", "`resource:User`"),
            ("*.update=off", "`user.*`"),
            ("resource:=off", "`user.*`"),
            ("mask:", "`mask:salary`"),
            ("mask:salary=off", "`mask:salary`"),
        ] {
            let error = DefaultPolicy::new().with_rules(&format!("user.*=facts\n{rule}"));
            let error = error.expect_err(rule).to_string();
            assert!(error.contains(&format!("`{rule}`")), "{error}");
            assert!(error.contains(remedy), "{error}");
            assert!(error.contains("line 2"), "{error}");
        }
    }
}
