//! Removal of personal data from a payload.

use serde_json::Value;

/// Replacement of erased values.
const ERASED: &str = "[erased]";
/// Key of the actor's label in payloads of the default policy.
const LABEL: &str = "actor_label";
/// Key of the changes, each under the dotted path of its field.
const DIFF: &str = "diff";

#[derive(Clone, Debug, Default)]
pub(super) struct Scrub {
    pub(super) names: Vec<String>,
}

impl Scrub {
    /// Returns the changed payload, or `None` if there is nothing to erase.
    pub(super) fn payload(&self, text: &str) -> Result<Option<String>, serde_json::Error> {
        let mut payload: Value = serde_json::from_str(text)?;
        let mut changed = self.within(&mut payload);
        if let Some(label) = payload.get_mut(LABEL) {
            changed |= erase(label);
        }
        if let Some(Value::Object(diff)) = payload.get_mut(DIFF) {
            for (path, change) in diff {
                if self.names_a_part_of(path) {
                    changed |= erase(change);
                }
            }
        }
        Ok(changed.then(|| payload.to_string()))
    }

    fn within(&self, value: &mut Value) -> bool {
        match value {
            Value::Object(object) => object.iter_mut().fold(false, |changed, (name, value)| {
                changed
                    | if self.names(name) {
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

    fn names(&self, name: &str) -> bool {
        let is_meant = |wanted: &String| {
            // Most names are ASCII and differ in length.
            wanted.eq_ignore_ascii_case(name)
                || !(wanted.is_ascii() && name.is_ascii())
                    && wanted.to_lowercase() == name.to_lowercase()
        };
        self.names.iter().any(is_meant)
    }

    /// Returns whether the path of a change contains a named field. `contact.email` does for `email` and for `contact`. In
    /// a path, a dot in a key is written `~1` and a tilde `~0`.
    fn names_a_part_of(&self, path: &str) -> bool {
        path.split('.')
            .any(|key| self.names(&key.replace("~1", ".").replace("~0", "~")))
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
    fn a_change_goes_if_its_path_leads_through_a_named_field() {
        let of_path = |path: &str| format!(r#"{{"diff":{{"{path}":{{"from":"a","to":"b"}}}}}}"#);
        let scrub = Scrub {
            names: vec!["email".to_owned(), "home.phone".to_owned()],
        };
        for path in [
            "contact.Email",
            "email.work",
            "a.home~1phone",
            "home~1phone.b",
        ] {
            let scrubbed = scrub.payload(&of_path(path)).expect("JSON");
            let expected = format!(r#"{{"diff":{{"{path}":"[erased]"}}}}"#);
            assert_eq!(scrubbed.as_deref(), Some(&*expected));
            assert_eq!(scrub.payload(&expected).expect("JSON"), None);
        }
        for path in ["contact.mail", "emails", "home.phones"] {
            assert_eq!(scrub.payload(&of_path(path)).expect("JSON"), None, "{path}");
        }
    }

    #[test]
    fn capitals_of_any_alphabet_make_no_difference() {
        let scrub = Scrub {
            names: vec!["ÉTAT".to_owned(), "имя".to_owned()],
        };
        let text = r#"{"diff":{"a.État":1},"etat":1,"Имя":"x"}"#;
        let erased = r#"{"diff":{"a.État":"[erased]"},"etat":1,"Имя":"[erased]"}"#;
        assert_eq!(scrub.payload(text).expect("JSON").as_deref(), Some(erased));
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
