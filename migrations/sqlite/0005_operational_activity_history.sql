CREATE INDEX IF NOT EXISTS operational_activity_history
    ON operational_activity (resource, resource_id, occurred_at)
