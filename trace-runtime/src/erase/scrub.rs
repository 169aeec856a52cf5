//! A payload without what tells about a person.

use serde_json::Value;

/// What stands where something was.
const ERASED: &str = "[erased]";
/// Where the default policy keeps the actor's name.
const LABEL: &str = "actor_label";

#[derive(Clone, Debug, Default)]
pub(super) struct Scrub {
    pub(super) names: Vec<String>,
}

impl Scrub {
    /// The payload anew, or `None` if there is nothing to erase.
    pub(super) fn payload(&self, text: &str) -> Result<Option<String>, serde_json::Error> {
        let mut payload: Value = serde_json::from_str(text)?;
        let mut changed = self.within(&mut payload);
        if let Some(label) = payload.get_mut(LABEL) {
            changed |= erase(label);
        }
        Ok(changed.then(|| payload.to_string()))
    }

    fn within(&self, value: &mut Value) -> bool {
        match value {
            Value::Object(object) => object.iter_mut().fold(false, |changed, (name, value)| {
                let named = self
                    .names
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(name));
                changed
                    | if named {
                        erase(value)
                    } else {
                        self.within(value)
                    }
            }),
            Value::Array(values) => values
                .iter_mut()
                .fold(false, |changed, value| changed | self.within(value)),
            _ => false,
        }
    }
}

fn erase(value: &mut Value) -> bool {
    let erased = Value::from(ERASED);
    let changed = *value != erased;
    *value = erased;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(text: &str) -> Option<String> {
        let scrub = Scrub {
            names: vec!["email".to_owned(), "phone".to_owned()],
        };
        scrub.payload(text).expect("JSON")
    }

    #[test]
    fn named_fields_go_at_any_depth_and_the_rest_stays() {
        let text = r#"{"actor_label":"Ada","diff":{"Email":{"from":"a","to":"b"},"name":1},"list":[{"phone":[1]},2]}"#;
        let scrubbed = scrubbed(text).expect("changed");
        assert_eq!(
            scrubbed,
            r#"{"actor_label":"[erased]","diff":{"Email":"[erased]","name":1},"list":[{"phone":"[erased]"},2]}"#
        );
    }

    #[test]
    fn a_second_time_changes_nothing() {
        assert_eq!(
            scrubbed(r#"{"actor_label":"[erased]","email":"[erased]"}"#),
            None
        );
        assert_eq!(scrubbed(r#"{"mail":"x"}"#), None);
    }
}
