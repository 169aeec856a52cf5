CREATE TABLE IF NOT EXISTS operational_activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL CHECK (length(event_id) = 36),
    occurred_at TEXT NOT NULL
        CHECK (length(occurred_at) = 26 AND occurred_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] *'),
    actor_type TEXT NOT NULL CHECK (length(actor_type) <= 32),
    actor_id INTEGER NULL,
    action TEXT NOT NULL CHECK (length(action) <= 255),
    resource TEXT NOT NULL CHECK (length(resource) <= 255),
    resource_id TEXT NULL CHECK (length(resource_id) <= 255),
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    correlation_id TEXT NULL CHECK (length(correlation_id) <= 36),
    request_id TEXT NULL CHECK (length(request_id) <= 64),
    route_name TEXT NULL CHECK (length(route_name) <= 255),
    ip_address TEXT NULL CHECK (length(ip_address) <= 45),
    user_agent TEXT NULL CHECK (length(user_agent) <= 512)
) STRICT
