//! Rows as a table.

use behavior_trace::query::StoredActivity;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};

pub(crate) fn of(rows: &[StoredActivity]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(120)
        .set_header(["when (UTC)", "who", "did", "to", "request", "what"]);
    for row in rows {
        let activity = &row.activity;
        let actor = activity.actor_id.map(|id| id.to_string());
        table.add_row([
            activity.occurred_at.to_string(),
            format!("{} {}", activity.actor_type, actor.unwrap_or_default()),
            activity.action.to_string(),
            format!(
                "{} {}",
                activity.resource,
                activity.resource_id.as_deref().unwrap_or_default()
            ),
            activity
                .request_id
                .as_deref()
                .unwrap_or_default()
                .to_owned(),
            activity.payload.replace(',', ", "),
        ]);
    }
    table
}
