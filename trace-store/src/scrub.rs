//! Removal of named fields from a payload.

use behavior_trace_core::keys::{ACTOR_LABEL, DIFF};
use serde_json::Value;

/// The fields whose values are replaced in a payload: at any depth, and in a diff under a path that contains one of them.
#[derive(Clone, Debug)]
pub(crate) struct Scrub {
    /// Names, compared without case.
    pub(crate) names: Vec<String>,
    /// Includes the actor's label at the top of the payload.
    pub(crate) with_label: bool,
    /// Replacement of the values.
    pub(crate) mark: &'static str,
}

impl Scrub {
    /// Returns the changed payload, or `None` if there is nothing to erase.
    pub(crate) fn payload(&self, text: &str) -> Result<Option<String>, serde_json::Error> {
        let mut payload: Value = serde_json::from_str(text)?;
        let mut changed = self.within(&mut payload);
        if self.with_label
            && let Some(label) = payload.get_mut(ACTOR_LABEL)
        {
            changed |= self.replace(label);
        }
        if let Some(Value::Object(diff)) = payload.get_mut(DIFF) {
            for (path, change) in diff {
                if self.names_a_part_of(path) {
                    changed |= self.replace(change);
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
                        self.replace(value)
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

    fn replace(&self, value: &mut Value) -> bool {
        let changed = value.as_str() != Some(self.mark);
        *value = self.mark.into();
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrub(names: &[&str]) -> Scrub {
        Scrub {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            with_label: true,
            mark: "[erased]",
        }
    }

    fn scrubbed(text: &str) -> Option<String> {
        let scrub = scrub(&["email", "phone"]);
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
        let scrub = scrub(&["email", "home.phone"]);
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
        let scrub = scrub(&["ÉTAT", "имя"]);
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
