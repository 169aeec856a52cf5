CREATE TABLE IF NOT EXISTS operational_activity_archive (
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    actor_id INTEGER NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NULL,
    payload TEXT NOT NULL,
    correlation_id TEXT NULL,
    request_id TEXT NULL,
    route_name TEXT NULL,
    ip_address TEXT NULL,
    user_agent TEXT NULL
) STRICT
