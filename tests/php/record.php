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

require __DIR__ . '/clock.php';
require __DIR__ . '/calls.php';
require __DIR__ . '/recorders.php';
require __DIR__ . '/models.php';
require __DIR__ . '/spatie.php';

/** Returns the words of the command line: the generation, and the options by their names. */
function options(array $words): array
{
    $options = ['generation' => $words[1] ?? ''];
    foreach (array_slice($words, 2) as $word) {
        if (!preg_match('/^--([a-z-]+)=(.*)$/s', $word, $parts)) {
            throw new InvalidArgumentException("`$word` is no option of the form --name=value");
        }
        $options[$parts[1]] = $parts[2];
    }
    return $options + [
        'from' => '0', 'seed' => '1', 'start' => '1761426000', 'step' => '1000003', 'session-zone' => '+00:00',
        'transaction' => '1',
    ];
}

function connect(array $options): PDO
{
    $database = new PDO($options['dsn'], $options['user'], $options['password'], [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => false,
    ]);
    $database->exec('SET NAMES utf8mb4');
    $database->exec('SET time_zone = ' . $database->quote($options['session-zone']));
    return $database;
}

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
