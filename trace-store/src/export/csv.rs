//! CSV by RFC 4180, with NULL distinct from an empty text.

use crate::query::StoredActivity;

pub(super) fn header(text: &mut String) {
    text.push_str(
        "id,event_id,occurred_at,actor_type,actor_id,action,resource,resource_id,payload,correlation_id,request_id,\
         route_name,ip_address,user_agent\r\n",
    );
}

pub(super) fn line(row: &StoredActivity, text: &mut String) {
    let activity = &row.activity;
    let plain = |value: Option<String>| value.unwrap_or_default();
    let fields = [
        row.id.to_string(),
        activity.event_id.to_string(),
        activity.occurred_at.to_rfc3339(),
        quoted(Some(&activity.actor_type)),
        plain(activity.actor_id.map(|id| id.to_string())),
        quoted(Some(&activity.action)),
        quoted(Some(&activity.resource)),
        quoted(activity.resource_id.as_deref()),
        quoted(Some(&activity.payload)),
        quoted(activity.correlation_id.as_deref()),
        quoted(activity.request_id.as_deref()),
        quoted(activity.route_name.as_deref()),
        quoted(activity.ip_address.as_deref()),
        quoted(activity.user_agent.as_deref()),
    ];
    text.push_str(&fields.join(","));
    text.push_str("\r\n");
}

fn quoted(value: Option<&str>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.is_empty() || value.contains([',', '"', '\r', '\n']) => {
            format!("\"{}\"", value.replace('"', "\"\""))
        }
        Some(value) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_an_empty_text_and_quotes_are_doubled() {
        assert_eq!(quoted(None), "");
        assert_eq!(quoted(Some("")), "\"\"");
        assert_eq!(quoted(Some("plain")), "plain");
        assert_eq!(quoted(Some("a,\"b\"\r\n")), "\"a,\"\"b\"\"\r\n\"");
    }
}
