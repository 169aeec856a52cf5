<?php

// Writes rows as spatie's package does in its fourth and fifth version.

declare(strict_types=1);

final class ActivityLog
{
    private PDOStatement $insert;

    public function __construct(PDO $database, private bool $isFifth, private string $zone)
    {
        $columns = ['log_name', 'description', 'subject_type', 'subject_id', 'event', 'causer_type', 'causer_id', 'properties',
            $isFifth ? 'attribute_changes' : 'batch_uuid', 'created_at', 'updated_at'];
        $places = implode(', ', array_fill(0, count($columns), '?'));
        $this->insert = $database->prepare('INSERT INTO activity_log (' . implode(', ', $columns) . ") VALUES ($places)");
    }

    public function log(array $event, DateTimeImmutable $time): void
    {
        // Laravel writes whole seconds in the application's zone.
        $written = array_key_exists('time', $event) ? null : local($time, $this->zone, 'Y-m-d H:i:s');
        $this->insert->execute([
            $event['log'],
            $event['description'],
            ...$event['subject'],
            $event['event'],
            ...$event['causer'],
            ...($this->isFifth ? $this->fifth($event) : $this->fourth($event)),
            $written,
            $written,
        ]);
    }

    /** The fourth version puts changes into the properties, and groups by the uuid of a batch. */
    private function fourth(array $event): array
    {
        return [self::json($event['changes'] ?? $event['properties']), $event['group']];
    }

    /**
     * The fifth version has a column for changes. Applications group by a property. A row that was upgraded from the fourth
     * version has NULL instead of nothing.
     */
    private function fifth(array $event): array
    {
        $properties = $event['properties'] + ($event['group'] === null ? [] : ['group' => $event['group']]);
        $changes = $event['changes'] ?? [];
        $isUpgraded = $event['isUpgraded'] ?? false;
        $write = fn (array $value) => $isUpgraded && $value === [] ? null : self::json($value);
        return [$write($properties), $write($changes)];
    }

    private static function json(array $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR);
    }
}
