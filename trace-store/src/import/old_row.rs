//! Rows of the old tables, as they are read.

/// Columns of the first generation, in the order of [`PhpRow`].
pub(super) const G1: [&str; 14] = [
    "id",
    "event_id",
    "occurred_at",
    "actor_type",
    "actor_id",
    "action",
    "resource",
    "resource_id",
    "payload",
    "correlation_id",
    "request_id",
    "route_name",
    "ip_address",
    "user_agent",
];

/// Columns of the second and third generation, in the order of [`PhpRow`].
pub(super) const ENTITY: [&str; 14] = [
    "id",
    "event_id",
    "occurred_at",
    "actor_type",
    "actor_id",
    "action",
    "entity_type",
    "entity_id",
    "metadata",
    "correlation_id",
    "request_id",
    "route_name",
    "ip_address",
    "user_agent",
];

/// Columns of spatie's table up to version 4, in the order of [`SpatieRow`] without `attribute_changes`.
pub(super) const SPATIE_V4: [&str; 11] = [
    "id",
    "log_name",
    "description",
    "subject_type",
    "subject_id",
    "causer_type",
    "causer_id",
    "properties",
    "created_at",
    "event",
    "batch_uuid",
];

/// Columns of spatie's table from version 5 on.
pub(super) const SPATIE_V5: [&str; 11] = [
    "id",
    "log_name",
    "description",
    "subject_type",
    "subject_id",
    "causer_type",
    "causer_id",
    "properties",
    "created_at",
    "event",
    "attribute_changes",
];

/// JSON columns.
pub(super) const JSON: [&str; 4] = ["payload", "metadata", "properties", "attribute_changes"];

/// Maximum size of a JSON text that is read. The largest payload that fits is smaller, but the server's text form has blanks.
pub(super) const JSON_READ: u64 = 256 * 1024;

/// The text of a JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct JsonColumn {
    /// The text, unless it is NULL or larger than [`JSON_READ`].
    pub(super) text: Option<String>,
    /// Size of the text in bytes; `None` for NULL.
    pub(super) bytes: Option<u64>,
}

/// A row of the PHP package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PhpRow {
    pub(super) id: u64,
    pub(super) event_id: String,
    pub(super) occurred_at: Option<String>,
    pub(super) actor_type: String,
    pub(super) actor_id: Option<String>,
    pub(super) action: String,
    pub(super) resource: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) payload: JsonColumn,
    pub(super) correlation_id: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) route_name: Option<String>,
    pub(super) ip_address: Option<String>,
    pub(super) user_agent: Option<String>,
}

/// A row of spatie's package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SpatieRow {
    pub(super) id: u64,
    pub(super) log_name: Option<String>,
    pub(super) description: String,
    pub(super) subject_type: Option<String>,
    pub(super) subject_id: Option<String>,
    pub(super) causer_type: Option<String>,
    pub(super) causer_id: Option<String>,
    pub(super) properties: JsonColumn,
    pub(super) created_at: Option<String>,
    pub(super) event: Option<String>,
    /// Group of the row in version 4.
    pub(super) batch_uuid: Option<String>,
    /// Changes in version 5.
    pub(super) attribute_changes: JsonColumn,
}

/// A row of an old table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OldRow {
    Php(PhpRow),
    Spatie(SpatieRow),
}

impl OldRow {
    pub(super) const fn id(&self) -> u64 {
        match self {
            Self::Php(row) => row.id,
            Self::Spatie(row) => row.id,
        }
    }
}

/// The values of a row, in the order in which they were selected.
pub(super) struct Values(pub(super) std::vec::IntoIter<Option<String>>);

impl Values {
    fn some(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn text(&mut self) -> String {
        self.some().unwrap_or_default()
    }

    fn json(&mut self) -> JsonColumn {
        JsonColumn {
            bytes: self.some().and_then(|bytes| bytes.parse().ok()),
            text: self.some(),
        }
    }

    fn id(&mut self) -> Option<u64> {
        self.some()?.parse().ok()
    }

    /// Reads a row of [`G1`] or [`ENTITY`]; `None` if its id is no number.
    pub(super) fn php(mut self) -> Option<PhpRow> {
        // The fields are evaluated in the order written here, which is the order of the columns.
        Some(PhpRow {
            id: self.id()?,
            event_id: self.text(),
            occurred_at: self.some(),
            actor_type: self.text(),
            actor_id: self.some(),
            action: self.text(),
            resource: self.some(),
            resource_id: self.some(),
            payload: self.json(),
            correlation_id: self.some(),
            request_id: self.some(),
            route_name: self.some(),
            ip_address: self.some(),
            user_agent: self.some(),
        })
    }

    /// Reads a row of [`SPATIE_V4`] or [`SPATIE_V5`]; `None` if its id is no number.
    pub(super) fn spatie(mut self, is_fifth: bool) -> Option<SpatieRow> {
        let mut row = SpatieRow {
            id: self.id()?,
            log_name: self.some(),
            description: self.text(),
            subject_type: self.some(),
            subject_id: self.some(),
            causer_type: self.some(),
            causer_id: self.some(),
            properties: self.json(),
            created_at: self.some(),
            event: self.some(),
            ..SpatieRow::default()
        };
        if is_fifth {
            row.attribute_changes = self.json();
        } else {
            row.batch_uuid = self.some();
        }
        Some(row)
    }
}
