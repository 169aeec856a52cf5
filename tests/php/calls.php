<?php

// The calls that an application makes of the recorder, by seed and number. Of each 50 calls the first ones have the values
// that are hard to bring along; the others are ordinary.

declare(strict_types=1);

/** Returns a whole number from 0 to `$below` - 1 that depends on seed, number and purpose. */
function draw(int $seed, int $number, string $purpose, int $below): int
{
    return (int) (hexdec(substr(hash('sha256', "$seed:$number:$purpose"), 0, 12)) % $below);
}

/** Returns a UUID of version 4 that depends on seed, number and purpose. */
function uuid(int $seed, int $number, string $purpose): string
{
    $digits = hash('sha256', "$seed:$number:$purpose");
    $variant = dechex(8 + hexdec($digits[16]) % 4);
    return substr($digits, 0, 8) . '-' . substr($digits, 8, 4) . '-4' . substr($digits, 13, 3) . '-' . $variant
        . substr($digits, 17, 3) . '-' . substr($digits, 20, 12);
}

/** Returns a list in a list and so on, `$depth` brackets deep. */
function nested(int $depth): array
{
    return $depth === 1 ? ['bottom'] : [nested($depth - 1)];
}

/** Returns the arguments of a call. `$depth` is the depth of JSON that the server stores. */
function call(int $seed, int $number, int $depth): array
{
    $kinds = ['user', 'order', 'product', 'invoice'];
    $verbs = ['create', 'update', 'delete', 'approve', 'bulk_action'];
    $kind = $kinds[draw($seed, $number, 'kind', count($kinds))];
    $id = 1 + draw($seed, $number, 'id', 500);
    $ordinary = [
        'eventId' => uuid($seed, $number, 'event'),
        'action' => $verbs[draw($seed, $number, 'verb', count($verbs))],
        'actorType' => ['ADMIN', 'user', 'System'][draw($seed, $number, 'actor', 3)],
        'actorId' => 1 + draw($seed, $number, 'actor id', 50),
        'entityType' => $kind,
        'entityId' => $id,
        'entityKey' => $number % 3 === 0 ? uuid($seed, $id, 'entity') : (string) $id,
        'correlationId' => uuid($seed, intdiv($number, 4), 'correlation'),
        'requestId' => "r-$seed-" . intdiv($number, 4),
        'routeName' => "/$kind/{id}",
        'ipAddress' => $number % 2 === 0 ? '203.0.113.' . $number % 256 : '2001:db8::' . dechex($number % 65536),
        'userAgent' => 'Mozilla/5.0 (X11; Linux x86_64)',
        'metadata' => ['changed' => ['name' => ['old' => "n$number", 'new' => "n$number é😀"]], 'number' => $number],
    ];
    return array_merge($ordinary, hard_values($number, $depth));
}

/** Returns the arguments that differ from an ordinary call's. */
function hard_values(int $number, int $depth): array
{
    return match ($number % 50) {
        0 => ['metadata' => null],
        1 => ['metadata' => []],
        2 => ['metadata' => [1, 'two', null]],
        3 => ['metadata' => nested(31)],
        4 => ['metadata' => nested($depth)],
        5 => ['metadata' => ['actor_ref' => 'root', 'commit' => 'unknown', 'kept' => true]],
        6 => ['metadata' => ['impersonator' => ['type' => 'ADMIN', 'id' => 1], 'actor_label' => 'Eve', 'reason' => 'none',
            'diff' => ['x' => 1], 'count' => 3, 'ids' => [1, 2, 3]]],
        7 => ['metadata' => ['text' => str_repeat('large ', 12_000)]],
        8 => ['metadata' => ['deep' => nested(29)]],
        9 => ['metadata' => ['large' => PHP_INT_MAX, 'half' => 0.5, 'whole' => 1.0, '' => 'no key', 'path' => 'a/b', 'é' => '😀']],
        10 => ['actorId' => -1, 'actorKey' => '18446744073709551615'],
        11 => ['actorId' => 0, 'actorKey' => '9223372036854775808'],
        12 => ['actorType' => 'cron job #7'],
        13 => ['actorType' => 'مدير النظام العام'],
        14 => ['actorType' => str_repeat('very_long_actor_type-', 3)],
        15 => ['actorType' => ''],
        16 => ['actorId' => null],
        17 => ['entityType' => null, 'entityId' => null, 'entityKey' => null],
        18 => ['entityId' => null, 'entityKey' => null],
        19 => ['entityId' => PHP_INT_MAX, 'entityKey' => (string) PHP_INT_MAX],
        20 => ['entityId' => -7, 'entityKey' => ''],
        21 => ['entityId' => 0, 'entityKey' => str_repeat('schlüssel', 40)],
        22 => ['action' => str_repeat('é', 300)],
        23 => ['action' => ''],
        24 => ['action' => 'user.update', 'entityType' => 'User'],
        25 => ['action' => 'Bulk Update'],
        26 => ['entityType' => str_repeat('実体', 150)],
        27 => ['entityType' => ''],
        28 => ['requestId' => str_repeat('😀', 100)],
        29 => ['requestId' => ''],
        30 => ['correlationId' => ''],
        31 => ['correlationId' => strtoupper('b6f3c2d1-0000-4000-8000-00000000abcd') . '-and-more'],
        32 => ['correlationId' => 'ü-' . $number],
        33 => ['routeName' => ''],
        34 => ['routeName' => '/search?token=secret&' . str_repeat('q=x&', 100)],
        35 => ['routeName' => "line\nbreak\ttab"],
        36 => ['ipAddress' => 'not an address'],
        37 => ['ipAddress' => ''],
        38 => ['ipAddress' => 'fe80::1%' . str_repeat('eth', 20)],
        39 => ['userAgent' => str_repeat('エージェント', 100)],
        40 => ['userAgent' => ''],
        41 => ['correlationId' => null, 'requestId' => null, 'routeName' => null, 'ipAddress' => null, 'userAgent' => null],
        default => [],
    };
}
