<?php

// The recorders of the three generations: the rules that all share, and the columns of each.

declare(strict_types=1);

abstract class Recorder
{
    private const ACTOR_TYPE = 32;
    private const METADATA = 65_536;

    private PDOStatement $insert;

    public function __construct(PDO $database, private string $zone, string $table, private array $columns)
    {
        $names = implode(', ', $columns);
        $places = implode(', ', array_fill(0, count($columns), '?'));
        $this->insert = $database->prepare("INSERT INTO $table ($names) VALUES ($places)");
    }

    /** Returns the values of the generation's own columns, by their names. */
    abstract protected function own(array $call): array;

    public function record(array $call, DateTimeImmutable $time): void
    {
        $values = $this->own($call) + [
            'event_id' => $call['eventId'],
            'occurred_at' => local($time, $this->zone, 'Y-m-d H:i:s.u'),
            'actor_type' => self::actor_type($call['actorType']),
            'correlation_id' => self::clip($call['correlationId'], 36),
            'request_id' => self::clip($call['requestId'], 64),
            'route_name' => self::clip($call['routeName'], 255),
            'ip_address' => self::clip($call['ipAddress'], 45),
            'user_agent' => self::clip($call['userAgent'], 512),
        ];
        $this->insert->execute(array_map(fn (string $column) => $values[$column], $this->columns));
    }

    /** Cuts a text to a number of characters, without a mark. */
    protected static function clip(?string $text, int $limit): ?string
    {
        return $text === null ? null : preg_replace('/^(.{' . $limit . '}).*$/su', '$1', $text);
    }

    /** Upper-cases ASCII, replaces each byte outside the alphabet, and cuts to a number of bytes. */
    protected static function actor_type(string $type): string
    {
        $type = preg_replace('/[^A-Z0-9_.:-]/', '_', strtoupper($type));
        return $type === '' ? 'ANONYMOUS' : substr($type, 0, self::ACTOR_TYPE);
    }

    /** Returns metadata as JSON; nothing instead of too much. */
    protected static function json(array $metadata): string
    {
        $json = json_encode($metadata, JSON_THROW_ON_ERROR);
        return strlen($json) <= self::METADATA ? $json : '{"error":"Metadata dropped due to size limit"}';
    }
}

/** The first generation: `resource` with a text as its id, and a payload that may be NULL. */
final class FirstRecorder extends Recorder
{
    public function __construct(PDO $database, string $zone)
    {
        parent::__construct($database, $zone, 'operational_activity', ['event_id', 'occurred_at', 'actor_type', 'actor_id',
            'action', 'resource', 'resource_id', 'payload', 'correlation_id', 'request_id', 'route_name', 'ip_address',
            'user_agent']);
    }

    protected function own(array $call): array
    {
        return [
            'actor_id' => $call['actorKey'] ?? $call['actorId'],
            'action' => self::clip($call['action'], 255),
            'resource' => self::clip($call['entityType'] ?? '', 255),
            'resource_id' => self::clip($call['entityKey'], 255),
            'payload' => $call['metadata'] === null ? null : self::json($call['metadata']),
        ];
    }
}

/** The second and third generation: an entity with a number as its id, and metadata. */
final class SecondRecorder extends Recorder
{
    public function __construct(PDO $database, string $zone, string $table)
    {
        parent::__construct($database, $zone, $table, ['event_id', 'action', 'entity_type', 'entity_id', 'actor_type',
            'actor_id', 'correlation_id', 'request_id', 'route_name', 'ip_address', 'user_agent', 'metadata', 'occurred_at']);
    }

    protected function own(array $call): array
    {
        return [
            'actor_id' => $call['actorId'],
            'action' => self::clip($call['action'], 128),
            'entity_type' => self::clip($call['entityType'], 64),
            'entity_id' => $call['entityId'],
            'metadata' => $call['metadata'] ? self::json($call['metadata']) : '{}',
        ];
    }
}
