CREATE INDEX IF NOT EXISTS operational_activity_correlation ON operational_activity (correlation_id)
