//! Rows that an import has to store, by the table of rules in the guide. It is written apart from the import.

use std::collections::BTreeMap;

use behavior_trace::Timestamp;
use behavior_trace::query::StoredActivity;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Row as _, query};
use uuid::Uuid;

use crate::database::Database;
use crate::php::Generation;

/// Namespace of made event ids. It must not change: repeated imports would store their rows twice.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d1c_7a52_96f0_4f0b_a3c4_5e2d_b1f7_9a60);
/// Times of the rows: the first one, and the step between two.
const START: i64 = 1_761_426_000_000_000;
const STEP: i64 = 1_000_003;
/// Nesting that fits under a key of the payload.
const DEPTH: usize = 22;
const RESERVED: [&str; 8] = [
    "diff",
    "reason",
    "count",
    "ids",
    "impersonator",
    "actor_ref",
    "actor_label",
    "commit",
];

/// A row of an old table: its number, and its values by the names of their columns.
pub(super) struct Old {
    number: i64,
    values: BTreeMap<&'static str, Option<String>>,
}

/// Expected values of a row, with the payload as JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expected {
    pub(super) occurred_at: String,
    actor_type: String,
    actor_id: Option<i64>,
    names: (String, String),
    resource_id: Option<String>,
    payload: Value,
    correlation_id: Option<String>,
    rest: [Option<String>; 4],
}

impl Expected {
    /// Returns the values of a stored row.
    pub(super) fn of(row: &StoredActivity) -> Self {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let activity = &row.activity;
        Self {
            occurred_at: activity.occurred_at.to_string(),
            actor_type: activity.actor_type.to_string(),
            actor_id: activity.actor_id,
            names: (activity.action.to_string(), activity.resource.to_string()),
            resource_id: text(&activity.resource_id),
            payload: row.payload().expect("JSON"),
            correlation_id: text(&activity.correlation_id),
            rest: [
                text(&activity.request_id),
                text(&activity.route_name),
                text(&activity.ip_address),
                text(&activity.user_agent),
            ],
        }
    }
}

/// Reads all rows of an old table.
pub(super) async fn read(database: &Database, generation: Generation) -> Vec<Old> {
    let columns = generation.columns();
    let casts: Vec<_> = columns
        .iter()
        .map(|column| format!("CAST({column} AS CHAR)"))
        .collect();
    let text = format!(
        "SELECT {} FROM {} ORDER BY id",
        casts.join(", "),
        generation.table()
    );
    let rows = query(AssertSqlSafe(text))
        .fetch_all(&mut database.mysql().await)
        .await
        .expect("the old rows");
    rows.iter()
        .map(|row| {
            let value = |place: usize| row.try_get::<Option<String>, _>(place).expect("a text");
            let values: BTreeMap<_, _> = columns
                .iter()
                .copied()
                .enumerate()
                .map(|(place, name)| (name, value(place)))
                .collect();
            let id: i64 = values["id"]
                .as_deref()
                .expect("an id")
                .parse()
                .expect("a number");
            Old {
                number: id - 1,
                values,
            }
        })
        .collect()
}

impl Old {
    fn text(&self, column: &str) -> Option<&str> {
        self.values[column].as_deref()
    }

    /// Returns a text of a nullable column.
    fn some(&self, column: &str) -> Option<String> {
        self.text(column)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    fn own(&self, column: &str) -> String {
        self.text(column).unwrap_or_default().to_owned()
    }

    /// Returns the time at which the row was recorded, as PHP computed it, in UTC. Each tenth row has that of the one before.
    fn time(number: i64) -> i64 {
        START + STEP * if number % 10 == 9 { number - 1 } else { number }
    }

    /// Returns the key and the values of the row in the recorder's table.
    pub(super) fn expected(&self) -> (Uuid, Expected) {
        if self.values.contains_key("description") {
            self.of_spatie()
        } else {
            self.of_php()
        }
    }

    fn of_php(&self) -> (Uuid, Expected) {
        let is_first = self.values.contains_key("payload");
        let [kind, key, json] = if is_first {
            ["resource", "resource_id", "payload"]
        } else {
            ["entity_type", "entity_id", "metadata"]
        };
        let (actor_id, reference) = actor_id(self.text("actor_id"));
        let mut payload = php_payload(self.text(json));
        payload.extend(reference.map(|id| ("actor_ref".to_owned(), id)));
        let expected = Expected {
            occurred_at: Timestamp::from_micros(Self::time(self.number)).to_string(),
            actor_type: self.own("actor_type"),
            actor_id,
            names: names(&self.own("action"), self.text(kind)),
            resource_id: self.some(key),
            payload: payload.into(),
            correlation_id: self.some("correlation_id"),
            rest: ["request_id", "route_name", "ip_address", "user_agent"]
                .map(|column| self.some(column)),
        };
        (self.own("event_id").parse().expect("a UUID"), expected)
    }

    fn of_spatie(&self) -> (Uuid, Expected) {
        // Laravel writes whole seconds. A row without a time has that of the row before.
        let second = 1_000_000;
        let is_missing = self.text("created_at").is_none();
        let time = Self::time(self.number - i64::from(is_missing));
        let event = self.some("event");
        let action = event.clone().unwrap_or_else(|| self.own("description"));
        let (actor_id, reference) = actor_id(self.text("causer_id"));
        let mut properties = object(self.text("properties"));
        let mut changes = object(
            self.values
                .get("attribute_changes")
                .and_then(Option::as_deref),
        );
        let group = properties
            .get("group")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if changes.is_empty() {
            changes = ["old", "attributes"]
                .into_iter()
                .filter_map(|side| properties.remove_entry(side))
                .collect();
        }
        let mut payload = Map::new();
        payload.extend(reference.map(|id| ("actor_ref".to_owned(), id)));
        payload.extend(diff(&changes).map(|diff| ("diff".to_owned(), diff)));
        if !properties.is_empty() {
            let text = Value::Object(properties.clone()).to_string();
            let is_deep = depth(&text) > DEPTH;
            let properties = if is_deep {
                text.into()
            } else {
                properties.into()
            };
            payload.insert("properties".to_owned(), properties);
        }
        let description = self.own("description");
        let is_plain = ["created", "updated", "deleted", "restored", ""].contains(&&*description);
        if !is_plain || event.as_deref().is_some_and(|event| event != description) {
            payload.insert("description".to_owned(), description.into());
        }
        let class = |column| {
            self.some(column)
                .map(|class| class.rsplit('\\').next().unwrap_or_default().to_owned())
        };
        let expected = Expected {
            occurred_at: Timestamp::from_micros(time.div_euclid(second) * second).to_string(),
            actor_type: class("causer_type")
                .map_or("ANONYMOUS".to_owned(), |kind| kind.to_uppercase()),
            actor_id,
            names: names(&action, class("subject_type").as_deref()),
            resource_id: self.some("subject_id"),
            payload: payload.into(),
            correlation_id: self.values.get("batch_uuid").cloned().flatten().or(group),
            rest: Default::default(),
        };
        let name = format!("activity_log\0{}", self.own("id"));
        (Uuid::new_v5(&NAMESPACE, name.as_bytes()), expected)
    }
}

fn actor_id(id: Option<&str>) -> (Option<i64>, Option<Value>) {
    match id.map(|id| (id, id.parse())) {
        None => (None, None),
        Some((_, Ok(number))) => (Some(number), None),
        Some((id, Err(_))) => (None, Some(id.into())),
    }
}

/// `update` of `order` is `order.update` of `Order`, and new names stay. Names that are no words are kept.
fn names(action: &str, resource: Option<&str>) -> (String, String) {
    let resource = resource.unwrap_or_default();
    let is_words = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_. ".contains(&byte))
    };
    // The long name of a class leaves no room for a verb.
    if !is_words(action) || !is_words(resource) || resource.len() > 100 {
        return (action.to_owned(), resource.to_owned());
    }
    let verb = action.to_lowercase().replace(' ', "_");
    let verb = match &*verb {
        "created" => "create",
        "updated" => "update",
        "deleted" => "delete",
        "restored" => "restore",
        verb => verb,
    };
    let noun = resource.to_lowercase();
    let action = if action.contains('.') {
        action.to_owned()
    } else {
        format!("{noun}.{verb}")
    };
    (action, noun[..1].to_uppercase() + &noun[1..])
}

fn php_payload(text: Option<&str>) -> Map<String, Value> {
    let under = |value: Value| Map::from_iter([("value".to_owned(), value)]);
    let Some(text) = text else {
        return Map::new();
    };
    if depth(text) > DEPTH {
        return under(text.into());
    }
    match serde_json::from_str(text).expect("JSON") {
        Value::Array(list) if list.is_empty() => Map::new(),
        Value::Object(object) if RESERVED.iter().any(|key| object.contains_key(*key)) => {
            under(object.into())
        }
        Value::Object(object) => object,
        other => under(other),
    }
}

/// Returns an object of spatie's package, where PHP writes an empty one as a list.
fn object(text: Option<&str>) -> Map<String, Value> {
    let value = text.map(|text| serde_json::from_str(text).expect("JSON"));
    match value {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// Returns the changed leaves of both sides.
fn diff(changes: &Map<String, Value>) -> Option<Value> {
    let side = |name| {
        let mut leaves = BTreeMap::new();
        if let Some(Value::Object(side)) = changes.get(name) {
            flatten("", side, &mut leaves);
        }
        leaves
    };
    let (old, new) = (side("old"), side("attributes"));
    let mut found = Map::new();
    for path in old.keys().chain(new.keys()) {
        let (from, to) = (old.get(path), new.get(path));
        if from == to {
            continue;
        }
        let hide = |value: &Value| {
            if path == "password" {
                json!("[masked]")
            } else {
                value.clone()
            }
        };
        let sides = [("from", from), ("to", to)].into_iter();
        let sides: Map<_, _> = sides
            .filter_map(|(name, side)| Some((name.to_owned(), hide(side?))))
            .collect();
        found.insert(path.clone(), sides.into());
    }
    let text = Value::Object(found.clone()).to_string();
    if text.len() > 65_536 {
        return Some(json!({"_oversize": {"bytes_at_least": 65_536}}));
    }
    (!found.is_empty()).then_some(found.into())
}

fn flatten(before: &str, object: &Map<String, Value>, leaves: &mut BTreeMap<String, Value>) {
    for (key, value) in object {
        let path = format!("{before}{}", key.replace('~', "~0").replace('.', "~1"));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                flatten(&format!("{path}."), inner, leaves);
            }
            value => drop(leaves.insert(path, value.clone())),
        }
    }
}

/// Returns the nesting of a JSON text whose strings have no brackets.
fn depth(text: &str) -> usize {
    let mut depth = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth.0 += 1,
            b']' | b'}' => depth.0 -= 1,
            _ => {}
        }
        depth.1 = depth.1.max(depth.0);
    }
    depth.1
}
