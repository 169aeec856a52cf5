CREATE INDEX IF NOT EXISTS operational_activity_cursor ON operational_activity (occurred_at, id)
