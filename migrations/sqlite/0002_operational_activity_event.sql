CREATE UNIQUE INDEX IF NOT EXISTS operational_activity_event ON operational_activity (occurred_at, event_id)
