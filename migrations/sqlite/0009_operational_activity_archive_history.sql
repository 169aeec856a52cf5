CREATE INDEX IF NOT EXISTS operational_activity_archive_history
    ON operational_activity_archive (resource, resource_id, occurred_at)
