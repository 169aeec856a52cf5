CREATE INDEX IF NOT EXISTS operational_activity_archive_cursor ON operational_activity_archive (occurred_at, id)
