//! The columns of a file, and rows as their values.

use std::io::Write;
use std::sync::Arc;

use behavior_trace_store::StoredActivity;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};

/// The columns of the table under their names, and the names of damaged ones.
const SCHEMA: &str = "
message operational_activity {
  required int64 id (INTEGER(64,false));
  required binary event_id (STRING);
  required int64 occurred_at (TIMESTAMP(MICROS,true));
  required binary actor_type (STRING);
  optional int64 actor_id;
  required binary action (STRING);
  required binary resource (STRING);
  optional binary resource_id (STRING);
  required binary payload (STRING);
  optional binary correlation_id (STRING);
  optional binary request_id (STRING);
  optional binary route_name (STRING);
  optional binary ip_address (STRING);
  optional binary user_agent (STRING);
  optional binary damaged (STRING);
}";

/// Columns whose values repeat too rarely for a dictionary.
const WITHOUT_DICTIONARY: [&str; 3] = ["id", "event_id", "payload"];

/// Returns the type of the rows.
pub(crate) fn schema() -> Result<TypePtr> {
    Ok(Arc::new(parse_message_type(SCHEMA)?))
}

/// Returns the settings of a file. The same rows give the same bytes in the same release.
pub(crate) fn properties() -> WriterPropertiesPtr {
    let mut properties = WriterProperties::builder()
        .set_created_by(written_by())
        .set_compression(Compression::ZSTD(ZstdLevel::default()));
    for column in WITHOUT_DICTIONARY {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    Arc::new(properties.build())
}

/// Returns the name of this release.
pub(crate) fn written_by() -> String {
    format!("behavior-trace {}", env!("CARGO_PKG_VERSION"))
}

/// Rows that are not encoded yet, as the values of their columns.
#[derive(Default)]
pub(crate) struct BufferedRows {
    id: Vec<i64>,
    event_id: Vec<ByteArray>,
    occurred_at: Vec<i64>,
    actor_type: Vec<ByteArray>,
    actor_id: OptionalValues<i64>,
    action: Vec<ByteArray>,
    resource: Vec<ByteArray>,
    resource_id: OptionalValues<ByteArray>,
    payload: Vec<ByteArray>,
    correlation_id: OptionalValues<ByteArray>,
    request_id: OptionalValues<ByteArray>,
    route_name: OptionalValues<ByteArray>,
    ip_address: OptionalValues<ByteArray>,
    user_agent: OptionalValues<ByteArray>,
    damaged: OptionalValues<ByteArray>,
    bytes: usize,
}

/// The values that are there, and for each row whether there is one.
struct OptionalValues<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for OptionalValues<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            levels: Vec::new(),
        }
    }
}

impl<T> OptionalValues<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

/// About what a row takes besides its texts.
const ROW_BYTES: usize = 400;

impl BufferedRows {
    /// Returns about what the rows take in memory.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn push(&mut self, row: StoredActivity) {
        let activity = row.activity;
        let mut bytes = ROW_BYTES + activity.payload.len();
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let mut optional = |column: &mut OptionalValues<ByteArray>, value: Option<&str>| {
            bytes += value.map_or(0, str::len);
            column.push(value.map(text));
        };
        optional(&mut self.resource_id, activity.resource_id.as_deref());
        optional(&mut self.correlation_id, activity.correlation_id.as_deref());
        optional(&mut self.request_id, activity.request_id.as_deref());
        optional(&mut self.route_name, activity.route_name.as_deref());
        optional(&mut self.ip_address, activity.ip_address.as_deref());
        optional(&mut self.user_agent, activity.user_agent.as_deref());
        let damaged = (!row.damaged.is_empty()).then(|| row.damaged.join(","));
        optional(&mut self.damaged, damaged.as_deref());
        self.id.push(row.id.cast_signed());
        self.event_id.push(text(&activity.event_id.to_string()));
        self.occurred_at.push(activity.occurred_at.as_micros());
        self.actor_type.push(text(&activity.actor_type));
        self.actor_id.push(activity.actor_id);
        self.action.push(text(&activity.action));
        self.resource.push(text(&activity.resource));
        self.payload.push(text(&activity.payload));
        self.bytes += bytes;
    }

    /// Writes the rows as a row group, and is empty afterwards.
    pub(crate) fn write_to<W: Write + Send>(
        &mut self,
        mut group: SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let rows = std::mem::take(self);
        let columns: [Values<'_>; 15] = [
            Values::Integers(&rows.id, None),
            Values::Texts(&rows.event_id, None),
            Values::Integers(&rows.occurred_at, None),
            Values::Texts(&rows.actor_type, None),
            Values::Integers(&rows.actor_id.values, Some(&rows.actor_id.levels)),
            Values::Texts(&rows.action, None),
            Values::Texts(&rows.resource, None),
            Values::of(&rows.resource_id),
            Values::Texts(&rows.payload, None),
            Values::of(&rows.correlation_id),
            Values::of(&rows.request_id),
            Values::of(&rows.route_name),
            Values::of(&rows.ip_address),
            Values::of(&rows.user_agent),
            Values::of(&rows.damaged),
        ];
        for values in columns {
            let mut column = group
                .next_column()?
                .ok_or_else(|| ParquetError::General("the schema lacks a column".to_owned()))?;
            values.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}

/// The values of one column, with the rows that have one where it may be empty.
enum Values<'a> {
    Integers(&'a [i64], Option<&'a [i16]>),
    Texts(&'a [ByteArray], Option<&'a [i16]>),
}

impl<'a> Values<'a> {
    fn of(values: &'a OptionalValues<ByteArray>) -> Self {
        Self::Texts(&values.values, Some(&values.levels))
    }

    fn write(&self, column: &mut ColumnWriter<'_>) -> Result<()> {
        match (self, column) {
            (Self::Integers(values, levels), ColumnWriter::Int64ColumnWriter(column)) => {
                column.write_batch(values, *levels, None)?;
            }
            (Self::Texts(values, levels), ColumnWriter::ByteArrayColumnWriter(column)) => {
                column.write_batch(values, *levels, None)?;
            }
            _ => {
                return Err(ParquetError::General(
                    "a column of the schema has another type".to_owned(),
                ));
            }
        }
        Ok(())
    }
}
