//! The filter in an address.

use std::collections::BTreeMap;

use behavior_trace_core::{Actor, Timestamp};

use super::{Field, Period, colon};
use crate::column::Hidden;
use crate::condition::Condition;
use crate::texts::{self, Text};

/// The filter of a page, as the texts of its fields. Empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(BTreeMap<Field, String>);

/// A field whose text was not understood, and the form that it has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadFilter {
    pub(crate) field: Text,
    pub(crate) value: String,
    pub(crate) form: Text,
}

impl BadFilter {
    /// Creates the refusal of a condition whose answer would show a hidden column.
    pub(crate) fn hidden(condition: &Condition) -> Self {
        let (field, value) = condition.in_words();
        Self {
            field,
            value,
            form: texts::FORM_HIDDEN,
        }
    }
}

/// Bytes of a field. No column is wider; a longer text is a mistake.
const MAX_BYTES: usize = 1024;

impl Filter {
    /// Reads the fields of an address. Of a field that comes twice, the last one counts.
    pub(crate) fn of(pairs: &[(String, String)]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            let field = Field::ALL.into_iter().find(|field| field.name() == name);
            if let Some(field) = field {
                if value.is_empty() {
                    fields.remove(&field);
                } else {
                    fields.insert(field, value.clone());
                }
            }
        }
        Self(fields)
    }

    pub(crate) fn get(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, text)| (*field, text.as_str()))
    }

    pub(crate) fn with(mut self, field: Field, text: impl Into<String>) -> Self {
        self.0.insert(field, text.into());
        self
    }

    pub(crate) fn without(mut self, field: Field) -> Self {
        self.0.remove(&field);
        self
    }

    /// Returns the filter with another time.
    pub(crate) fn within(self, period: Period) -> Self {
        self.at_any_time().with(Field::Time, period.name())
    }

    /// Returns the filter without a time.
    pub(crate) fn at_any_time(self) -> Self {
        self.without(Field::Time)
            .without(Field::Since)
            .without(Field::Before)
    }

    pub(crate) fn resource(kind: &str, id: Option<&str>) -> Self {
        Self::default().with(Field::Resource, Self::joined(kind, id))
    }

    /// Returns kind and id as the text of a field.
    pub(crate) fn joined(kind: &str, id: Option<&str>) -> String {
        colon::join(kind, id)
    }

    /// Returns the fields as the query of an address.
    pub(crate) fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (field, text) in &self.0 {
            query.append_pair(field.name(), text);
        }
        query.finish()
    }

    /// Returns the conditions on rows. Periods end at `now`.
    pub(crate) fn conditions(
        &self,
        now: Timestamp,
        hidden: &Hidden,
    ) -> Result<Vec<Condition>, BadFilter> {
        let mut conditions = Vec::new();
        for (field, text) in self.fields() {
            let bad = |form| BadFilter {
                field: field.label(),
                value: text.to_owned(),
                form,
            };
            if text.len() > MAX_BYTES || text.contains('\0') {
                return Err(bad(texts::FORM_EMPTY));
            }
            let condition = condition(field, text, now).map_err(bad)?;
            if hidden.covers(&condition) {
                return Err(bad(texts::FORM_HIDDEN));
            }
            conditions.push(condition);
        }
        Ok(conditions)
    }
}

/// Returns the condition of a field, or else the form that it has to have.
fn condition(field: Field, text: &str, now: Timestamp) -> Result<Condition, Text> {
    let own = || text.to_owned();
    Ok(match field {
        Field::Actor => Condition::Actor(actor(text).ok_or(texts::FORM_ACTOR)?),
        Field::Impersonator => Condition::Impersonator(actor(text).ok_or(texts::FORM_ACTOR)?),
        Field::Action => match text.strip_suffix('*') {
            Some(prefix) if !prefix.is_empty() && !prefix.contains('*') => {
                Condition::ActionPrefix(prefix.to_owned())
            }
            None if !text.contains('*') => Condition::Action(own()),
            _ => return Err(texts::FORM_ACTION),
        },
        Field::Resource => match colon::split(text) {
            (kind, _) if kind.is_empty() => return Err(texts::FORM_RESOURCE),
            (kind, Some(id)) => Condition::Resource(kind, id),
            (kind, None) => Condition::ResourceType(kind),
        },
        Field::Time => {
            let period = Period::of(text).ok_or(texts::FORM_PERIOD)?;
            Condition::Since(period.start(now))
        }
        Field::Since => Condition::Since(moment(text).ok_or(texts::FORM_TIMESTAMP)?),
        Field::Before => Condition::Before(moment(text).ok_or(texts::FORM_TIMESTAMP)?),
        Field::Correlation => Condition::Correlation(own()),
        Field::Request => Condition::Request(own()),
        Field::Route => Condition::Route(own()),
        Field::Address => Condition::Address(own()),
        Field::Key => Condition::PayloadKey(own()),
    })
}

fn actor(text: &str) -> Option<Actor> {
    let (kind, id) = colon::split(text);
    if kind.is_empty() || id.as_deref() == Some("") {
        return None;
    }
    Some(crate::actor::actor_of(&kind, id))
}

/// Reads a date, a date and time as a browser's field writes it, or a whole timestamp.
fn moment(text: &str) -> Option<Timestamp> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(query: &str) -> Result<Vec<Condition>, BadFilter> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        Filter::of(&pairs).conditions(now, &Hidden::default())
    }

    #[test]
    fn a_filter_is_read_from_an_address_and_written_back() {
        let query = "actor=admin%3A1&action=order.*&resource=User%3A7&time=24h";
        assert_eq!(
            conditions(query),
            Ok(vec![
                Condition::Actor(Actor::new("ADMIN", "1")),
                Condition::ActionPrefix("order.".to_owned()),
                Condition::Resource("User".to_owned(), "7".to_owned()),
                Condition::Since(Timestamp::from_micros(1_789_913_600_000_000)),
            ])
        );
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(Filter::of(&pairs).to_query(), query);
    }

    #[test]
    fn a_text_of_another_form_is_refused_by_its_field() {
        for (query, field) in [
            ("since=yesterday", texts::SINCE),
            ("before=2026-13-01", texts::BEFORE),
            ("time=1w", texts::TIME),
            ("action=*", texts::ACTION),
            ("action=a*b", texts::ACTION),
            ("actor=:1", texts::ACTOR),
            ("resource=:1", texts::RESOURCE),
            ("request=a%00", texts::REQUEST),
        ] {
            let refused = conditions(query).expect_err(query);
            assert_eq!(refused.field, field, "{query}");
        }
        assert_eq!(conditions("time=&actor=&utm=x"), Ok(Vec::new()));
    }
}
