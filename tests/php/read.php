<?php

// Reads the first generation's table as its reader does, page by page after a cursor of time and id, and prints the number of
// rows, and of those whose payload is no JSON:
//
//   php read.php --dsn=… --user=… --password=…

declare(strict_types=1);

require __DIR__ . '/options.php';

const PAGE = 1000;

$database = connect(options(['', '', ...array_slice($argv, 1)]));
$page = $database->prepare('SELECT id, occurred_at, actor_type, action, payload FROM operational_activity
    WHERE occurred_at > :from OR (occurred_at = :at AND id > :after) ORDER BY occurred_at, id LIMIT ' . PAGE);
[$rows, $broken, $time, $id] = [0, 0, '1000-01-01 00:00:00.000000', 0];
do {
    $page->execute(['from' => $time, 'at' => $time, 'after' => $id]);
    $read = $page->fetchAll(PDO::FETCH_ASSOC);
    foreach ($read as ['id' => $id, 'occurred_at' => $time, 'payload' => $payload]) {
        $rows++;
        json_decode($payload ?? '{}');
        $broken += json_last_error() === JSON_ERROR_NONE ? 0 : 1;
    }
} while (count($read) === PAGE);
echo "$rows $broken\n";
