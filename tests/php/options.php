<?php

// The options of the scripts, and the connection that they name.

declare(strict_types=1);

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
