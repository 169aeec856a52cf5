//! The filter in an address.

use std::collections::BTreeMap;

use behavior_trace_core::{Actor, Timestamp};

use super::{FilterField, Period, colon};
use crate::column::HiddenColumns;
use crate::condition::RowCondition;
use crate::texts::{self, PageText};

/// The filter of a page, as the texts of its fields. Empty fields are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageFilter(BTreeMap<FilterField, String>);

/// A field whose text was not understood, and the form that it has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadFilter {
    pub(crate) field: PageText,
    pub(crate) value: String,
    pub(crate) form: PageText,
}

impl BadFilter {
    /// Creates the refusal of a condition whose answer would show a hidden column.
    pub(crate) fn hidden(condition: &RowCondition) -> Self {
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

impl PageFilter {
    /// Reads the fields of an address. Of a field that comes twice, the last one counts.
    pub(crate) fn of(pairs: &[(String, String)]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            let field = FilterField::ALL
                .into_iter()
                .find(|field| field.name() == name);
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

    pub(crate) fn get(&self, field: FilterField) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (FilterField, &str)> {
        self.0.iter().map(|(field, text)| (*field, text.as_str()))
    }

    pub(crate) fn with(mut self, field: FilterField, text: impl Into<String>) -> Self {
        self.0.insert(field, text.into());
        self
    }

    pub(crate) fn without(mut self, field: FilterField) -> Self {
        self.0.remove(&field);
        self
    }

    /// Returns the filter with another time.
    pub(crate) fn within(self, period: Period) -> Self {
        self.at_any_time().with(FilterField::Time, period.name())
    }

    /// Returns the filter without a time.
    pub(crate) fn at_any_time(self) -> Self {
        self.without(FilterField::Time)
            .without(FilterField::Since)
            .without(FilterField::Before)
    }

    pub(crate) fn resource(kind: &str, id: Option<&str>) -> Self {
        Self::default().with(FilterField::Resource, Self::joined(kind, id))
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
        hidden: &HiddenColumns,
    ) -> Result<Vec<RowCondition>, BadFilter> {
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
fn condition(field: FilterField, text: &str, now: Timestamp) -> Result<RowCondition, PageText> {
    let own = || text.to_owned();
    Ok(match field {
        FilterField::Actor => RowCondition::Actor(actor(text).ok_or(texts::FORM_ACTOR)?),
        FilterField::Impersonator => {
            RowCondition::Impersonator(actor(text).ok_or(texts::FORM_ACTOR)?)
        }
        FilterField::Action => match text.strip_suffix('*') {
            Some(prefix) if !prefix.is_empty() && !prefix.contains('*') => {
                RowCondition::ActionPrefix(prefix.to_owned())
            }
            None if !text.contains('*') => RowCondition::Action(own()),
            _ => return Err(texts::FORM_ACTION),
        },
        FilterField::Resource => match colon::split(text) {
            (kind, _) if kind.is_empty() => return Err(texts::FORM_RESOURCE),
            (kind, Some(id)) => RowCondition::Resource(kind, id),
            (kind, None) => RowCondition::ResourceType(kind),
        },
        FilterField::Time => {
            let period = Period::of(text).ok_or(texts::FORM_PERIOD)?;
            RowCondition::Since(period.start(now))
        }
        FilterField::Since => RowCondition::Since(moment(text).ok_or(texts::FORM_TIMESTAMP)?),
        FilterField::Before => RowCondition::Before(moment(text).ok_or(texts::FORM_TIMESTAMP)?),
        FilterField::Correlation => RowCondition::Correlation(own()),
        FilterField::Request => RowCondition::Request(own()),
        FilterField::Route => RowCondition::Route(own()),
        FilterField::Address => RowCondition::Address(own()),
        FilterField::Key => RowCondition::PayloadKey(own()),
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

    fn conditions(query: &str) -> Result<Vec<RowCondition>, BadFilter> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        PageFilter::of(&pairs).conditions(now, &HiddenColumns::default())
    }

    #[test]
    fn a_filter_is_read_from_an_address_and_written_back() {
        let query = "actor=admin%3A1&action=order.*&resource=User%3A7&time=24h";
        assert_eq!(
            conditions(query),
            Ok(vec![
                RowCondition::Actor(Actor::new("ADMIN", "1")),
                RowCondition::ActionPrefix("order.".to_owned()),
                RowCondition::Resource("User".to_owned(), "7".to_owned()),
                RowCondition::Since(Timestamp::from_micros(1_789_913_600_000_000)),
            ])
        );
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(PageFilter::of(&pairs).to_query(), query);
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
