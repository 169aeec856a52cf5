<?php

// What a Laravel application logs with spatie's package, by seed and number: events of its models, and calls of `activity()`.

declare(strict_types=1);

/** Returns what is logged: the causer, the subject, the event, the description, and what goes with it. */
function model_event(int $seed, int $number): array
{
    $models = ['App\\Models\\Order', 'App\\Models\\Customer', 'App\\Domain\\Billing\\Invoice', 'product'];
    $events = ['created', 'updated', 'updated', 'deleted', 'restored'];
    $event = $events[draw($seed, $number, 'event', count($events))];
    $old = ['name' => "n$number", 'price' => 10.5, 'active' => true, 'note' => null];
    $new = ['name' => "n$number é😀", 'price' => 12, 'active' => false, 'note' => null];
    $changes = match ($event) {
        'updated' => ['attributes' => array_slice($new, 0, 3), 'old' => array_slice($old, 0, 3)],
        'deleted' => ['old' => $old],
        default => ['attributes' => $new],
    };
    $ordinary = [
        'log' => 'default',
        'description' => $event,
        'event' => $event,
        'subject' => [$models[draw($seed, $number, 'model', count($models))], 1 + draw($seed, $number, 'id', 500)],
        'causer' => ['App\\Models\\User', 1 + draw($seed, $number, 'causer', 50)],
        'changes' => $changes,
        'properties' => [],
        'group' => $number % 8 < 3 ? uuid($seed, intdiv($number, 8), 'group') : null,
    ];
    return array_merge($ordinary, rare_event($seed, $number));
}

/** Returns what differs from an ordinary event of a model. */
function rare_event(int $seed, int $number): array
{
    $call = ['event' => null, 'changes' => null];
    return match ($number % 50) {
        0 => ['causer' => [null, null]],
        1 => ['description' => 'Looked mail', 'properties' => ['to' => 'a@example.com', 'attempt' => 1]] + $call,
        2 => ['description' => 'approved', 'event' => 'approved', 'changes' => null],
        3 => ['subject' => [null, null], 'description' => 'cache cleared'] + $call,
        4 => ['log' => null],
        5 => ['changes' => ['attributes' => ['name' => 'x'], 'old' => []]],
        6 => ['changes' => []],
        7 => ['changes' => ['attributes' => ['meta' => ['a' => ['b' => 1]], 'customer.name' => 'Eve'],
            'old' => ['meta' => ['a' => ['b' => 2]], 'customer.name' => 'Eva']]],
        8 => ['causer' => ['admin', PHP_INT_MAX]],
        9 => ['causer' => ['App\\Models\\User', '18446744073709551615']],
        10 => ['subject' => ['App\\Models\\' . str_repeat('Very', 50) . 'Long', 7]],
        11 => ['description' => str_repeat('説明 ', 2_000)],
        12 => ['properties' => ['nested' => nested(28)], 'description' => 'nested'] + $call,
        13 => ['properties' => ['actor_ref' => 'root', 'commit' => 'unknown'], 'description' => 'reserved'] + $call,
        14 => ['changes' => ['attributes' => ['text' => str_repeat('large ', 12_000)]]],
        15 => ['description' => '', 'event' => null],
        16 => ['changes' => ['attributes' => ['password' => 'hunter2'], 'old' => ['password' => 'hunter1']]],
        17 => ['event' => 'Status Changed', 'description' => 'Status Changed'],
        18 => ['time' => null],
        19 => ['isUpgraded' => true],
        20 => ['isUpgraded' => true, 'description' => 'upgraded', 'group' => null] + $call,
        default => [],
    };
}
