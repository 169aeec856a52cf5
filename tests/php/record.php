<?php

// Records rows as an application of the given generation does, one INSERT each:
//
//   php record.php g1|g2|g3|spatie-v4|spatie-v5 --dsn=mysql:host=…;port=…;dbname=… --user=… --password=…
//       --rows=N [--from=K] [--seed=S] [--start=SECONDS] [--step=MICROSECONDS] [--zone=NAME] [--session-zone=ZONE]
//       [--transaction=ROWS]
//
// The values depend on the seed and the number of the row alone (calls.php, models.php), so the same arguments record the
// same rows again. The rows lie one step apart, from --start on. Its default and that of --step make 20,000 rows cover the
// hour that Europe/Berlin repeated in 2025. --zone is the zone of the application's clock, in whose local time rows are
// written: UTC, Europe/Berlin or an offset; g3 has Europe/Berlin by default, the others UTC. --session-zone is the
// connection's `time_zone`. With --transaction the rows are committed in groups. A row that the server refuses ends the
// script.

declare(strict_types=1);

require __DIR__ . '/options.php';
require __DIR__ . '/clock.php';
require __DIR__ . '/calls.php';
require __DIR__ . '/recorders.php';
require __DIR__ . '/models.php';
require __DIR__ . '/spatie.php';

/** Returns a function that records the row of a number at a time. */
function recorder(array $options, PDO $database): Closure
{
    $seed = (int) $options['seed'];
    $zone = $options['zone'] ?? ($options['generation'] === 'g3' ? 'Europe/Berlin' : 'UTC');
    $depth = str_contains($database->getAttribute(PDO::ATTR_SERVER_VERSION), 'MariaDB') ? 31 : 100;
    if (str_starts_with($options['generation'], 'spatie-')) {
        $log = new ActivityLog($database, $options['generation'] === 'spatie-v5', $zone);
        return fn (int $number, DateTimeImmutable $time) => $log->log(model_event($seed, $number), $time);
    }
    $recorder = match ($options['generation']) {
        'g1' => new FirstRecorder($database, $zone),
        'g2' => new SecondRecorder($database, $zone, 'operational_activity'),
        'g3' => new SecondRecorder($database, $zone, 'maa_event_logging_behavior_trace'),
    };
    return fn (int $number, DateTimeImmutable $time) => $recorder->record(call($seed, $number, $depth), $time);
}

$options = options($argv);
$database = connect($options);
$record = recorder($options, $database);
$from = (int) $options['from'];
$end = $from + (int) $options['rows'];
$group = (int) $options['transaction'];
for ($number = $from; $number < $end; $number++) {
    if ($group > 1 && ($number - $from) % $group === 0) {
        $database->beginTransaction();
    }
    $record($number, time_of($options, $number));
    if ($group > 1 && (($number - $from) % $group === $group - 1 || $number === $end - 1)) {
        $database->commit();
    }
}
echo $end - $from, "\n";
