//! Mapping of old names to the recorder's: `update` of `user` becomes `user.update` of `User`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use behavior_trace_core::domain::{check_action, check_resource};

use super::ImportError;
use super::error::Kind;

/// Past tenses of an ORM's events, with the verbs of the recorder.
const VERBS: [(&str, &str); 5] = [
    ("created", "create"),
    ("updated", "update"),
    ("deleted", "delete"),
    ("restored", "restore"),
    ("force_deleted", "force_delete"),
];

type Old = (String, Option<String>);
type New = (String, String);
type Closure = dyn Fn(&str, Option<&str>) -> Option<New> + Send + Sync;

/// Mapping of the old actions and resources, so that a history does not split in two.
///
/// The old names are those of the columns. Of spatie's table, the action is `event`, or `description` where there is none,
/// and the resource is the last segment of the subject's class.
///
/// The first that applies decides: a pair of [`pair`](Self::pair), the closure of [`with`](Self::with), the rule. The rule
/// puts the resource before a verb: `update` of `order_item` becomes `order_item.update` of `OrderItem`. It knows the past
/// tenses of Laravel's events: `created`, `updated`, `deleted`, `restored`, `forceDeleted`. An action with a dot stays as it
/// is. Names to which nothing applies are kept and counted as `name_unmapped`.
///
/// ```
/// use behavior_trace::import::Names;
///
/// let names = Names::default().pair(("report_run", None), ("report.run", "Report"));
/// assert_eq!(names.map("report_run", None), Some(("report.run".into(), "Report".into())));
/// assert_eq!(names.map("update", Some("user")), Some(("user.update".into(), "User".into())));
/// assert_eq!(names.map("report_sent", None), None);
/// ```
#[derive(Clone)]
#[must_use = "names do nothing until an import has them"]
pub struct Names {
    pairs: BTreeMap<Old, New>,
    closure: Option<Arc<Closure>>,
    has_rule: bool,
}

impl Names {
    /// Creates a mapping without the rule, which keeps all names but those of pairs and of the closure.
    pub fn kept() -> Self {
        Self {
            pairs: BTreeMap::new(),
            closure: None,
            has_rule: false,
        }
    }

    /// Maps an action of a resource. The old resource is `None` for a row without one.
    pub fn pair(mut self, old: (&str, Option<&str>), new: (&str, &str)) -> Self {
        let old = (old.0.to_owned(), old.1.map(str::to_owned));
        self.pairs.insert(old, (new.0.to_owned(), new.1.to_owned()));
        self
    }

    /// Maps names by a closure of the old action and resource. It returns the new ones, or `None` for names that it does not
    /// know.
    pub fn with(
        mut self,
        closure: impl Fn(&str, Option<&str>) -> Option<(String, String)> + Send + Sync + 'static,
    ) -> Self {
        self.closure = Some(Arc::new(closure));
        self
    }

    /// Checks the names to which pairs map. An import does not: it stores each as it is.
    ///
    /// # Errors
    ///
    /// Fails with the first name that the recorder would refuse in code: an action that is not `noun.verb` in lower case, or
    /// a resource that is empty or too long.
    ///
    /// ```
    /// use behavior_trace::import::Names;
    ///
    /// let names = Names::default().pair(("report_run", None), ("report run", "Report"));
    /// assert!(names.check().expect_err("no verb").to_string().contains("`report run`"));
    /// ```
    pub fn check(&self) -> Result<(), ImportError> {
        let malformed = |name: &str, error| Kind::MalformedName {
            name: name.to_owned(),
            error,
        };
        for (action, resource) in self.pairs.values() {
            check_action(action).map_err(|error| malformed(action, error))?;
            check_resource(resource).map_err(|error| malformed(resource, error))?;
        }
        Ok(())
    }

    /// Returns the new action and resource, or `None` if the old ones are kept.
    pub fn map(&self, action: &str, resource: Option<&str>) -> Option<(String, String)> {
        let resource = resource.filter(|resource| !resource.is_empty());
        if !self.pairs.is_empty() {
            let old = (action.to_owned(), resource.map(str::to_owned));
            if let Some(new) = self.pairs.get(&old) {
                return Some(new.clone());
            }
        }
        let by_closure = self.closure.as_ref();
        by_closure
            .and_then(|closure| closure(action, resource))
            .or_else(|| {
                resource
                    .filter(|_| self.has_rule)
                    .and_then(|resource| by_rule(action, resource))
            })
    }
}

impl Default for Names {
    /// Returns the mapping with the rule alone.
    fn default() -> Self {
        Self {
            has_rule: true,
            ..Self::kept()
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("pairs", &self.pairs)
            .field("has_closure", &self.closure.is_some())
            .field("has_rule", &self.has_rule)
            .finish()
    }
}

/// Applies the rule; `None` if the result is no action or no resource.
fn by_rule(action: &str, resource: &str) -> Option<New> {
    let words = words(resource)?;
    let action = if action.contains('.') {
        action.to_owned()
    } else {
        let verb = self::words(action)?.join("_");
        let known = VERBS.iter().find(|(past, _)| *past == verb);
        let verb = known.map_or(verb.as_str(), |(_, verb)| verb);
        format!("{}.{verb}", words.join("_"))
    };
    let is_name = resource.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let resource = if is_name && resource.starts_with(|first: char| first.is_ascii_uppercase()) {
        resource.to_owned()
    } else {
        words.iter().map(|word| capitalised(word)).collect()
    };
    let is_valid = check_action(&action).is_ok() && check_resource(&resource).is_ok();
    is_valid.then_some((action, resource))
}

/// Returns the words of a name in lower case, `None` unless it is of ASCII letters, digits, blanks, `_` and `-`.
fn words(name: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut before = b' ';
    let bytes = name.as_bytes();
    for (place, byte) in bytes.iter().copied().enumerate() {
        let after = bytes.get(place + 1).copied().unwrap_or(b' ');
        match byte {
            b' ' | b'_' | b'-' => {}
            _ if byte.is_ascii_alphanumeric() => {
                let is_first = !before.is_ascii_alphanumeric()
                    || byte.is_ascii_uppercase()
                        && (!before.is_ascii_uppercase() || after.is_ascii_lowercase());
                if is_first {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    word.push(char::from(byte.to_ascii_lowercase()));
                }
            }
            _ => return None,
        }
        before = byte;
    }
    (!words.is_empty()).then_some(words)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns whether a text is the past tense of an ORM's event.
pub(super) fn is_model_event(action: &str) -> bool {
    words(action).is_some_and(|words| {
        let verb = words.join("_");
        VERBS.iter().any(|(past, _)| *past == verb)
    })
}

/// Returns the last segment of a PHP class name: `User` of `App\Models\User`.
pub(super) fn last_segment(class: &str) -> &str {
    class.rsplit(['\\', '/']).next().unwrap_or(class)
}

/// Returns a class name as an actor's kind: `ADMIN_USER` of `AdminUser`.
pub(super) fn kind_of(class: &str) -> String {
    let segment = last_segment(class);
    words(segment).map_or_else(
        || segment.to_owned(),
        |words| words.join("_").to_ascii_uppercase(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mapped(action: &str, resource: &str) -> Option<(String, String)> {
        Names::default().map(action, Some(resource))
    }

    #[test]
    fn the_rule_puts_the_resource_before_the_verb() {
        for (old, new) in [
            (("update", "user"), ("user.update", "User")),
            (("updated", "User"), ("user.update", "User")),
            (
                ("forceDeleted", "OrderItem"),
                ("order_item.force_delete", "OrderItem"),
            ),
            (("create", "order_item"), ("order_item.create", "OrderItem")),
            (
                ("Bulk Update", "order-item"),
                ("order_item.bulk_update", "OrderItem"),
            ),
            (("rotate", "APIKey"), ("api_key.rotate", "APIKey")),
            (("approved", "Order2Go"), ("order2_go.approved", "Order2Go")),
            (("user.update", "user"), ("user.update", "User")),
        ] {
            assert_eq!(
                mapped(old.0, old.1),
                Some((new.0.to_owned(), new.1.to_owned())),
                "{old:?}"
            );
        }
    }

    #[test]
    fn names_that_no_rule_fits_are_kept() {
        let long = "x".repeat(250);
        for (action, resource) in [
            ("", "user"),
            ("update", ""),
            ("update", "実体"),
            ("Größe ändern", "user"),
            ("Status.Changed", "user"),
            ("update", &long),
        ] {
            assert_eq!(mapped(action, resource), None, "{action} of {resource}");
        }
        assert_eq!(Names::default().map("update", None), None);
        assert_eq!(Names::kept().map("update", Some("user")), None);
    }

    #[test]
    fn a_pair_goes_before_the_closure_and_the_closure_before_the_rule() {
        let new = |action: &str| Some((action.to_owned(), "New".to_owned()));
        let names = Names::default()
            .pair(("update", Some("user")), ("a.pair", "New"))
            .with(|action, _| (action == "update").then(|| ("a.closure".into(), "New".into())));
        assert_eq!(names.map("update", Some("user")), new("a.pair"));
        assert_eq!(names.map("update", Some("order")), new("a.closure"));
        assert_eq!(
            names.map("delete", Some("order")),
            Some(("order.delete".into(), "Order".into()))
        );
    }

    #[test]
    fn a_class_gives_its_last_segment() {
        assert_eq!(last_segment("App\\Models\\User"), "User");
        assert_eq!(last_segment("user"), "user");
        assert_eq!(kind_of("App\\Models\\AdminUser"), "ADMIN_USER");
        assert_eq!(kind_of("admin"), "ADMIN");
    }

    proptest! {
        #[test]
        fn what_the_rule_returns_the_recorder_would_take(action in ".{0,20}", resource in ".{0,20}") {
            if let Some((action, resource)) = mapped(&action, &resource) {
                prop_assert!(check_action(&action).is_ok());
                prop_assert!(check_resource(&resource).is_ok());
            }
        }

        #[test]
        fn new_names_stay_as_they_are(noun in "[a-z]{1,8}(_[a-z]{1,8}){0,2}", verb in "[a-z]{1,8}", resource in "[A-Z][A-Za-z]{0,12}") {
            let action = format!("{noun}.{verb}");
            prop_assert_eq!(mapped(&action, &resource), Some((action, resource)));
        }
    }
}
