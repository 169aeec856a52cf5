<?php

// The time of a row, and how an application writes it down.

declare(strict_types=1);

/** Returns the time of a row. Each tenth has the time of the one before. */
function time_of(array $options, int $number): DateTimeImmutable
{
    $steps = $number % 10 === 9 ? $number - 1 : $number;
    $micros = (int) $options['start'] * 1_000_000 + $steps * (int) $options['step'];
    $text = sprintf('%d.%06d', intdiv($micros, 1_000_000), $micros % 1_000_000);
    return DateTimeImmutable::createFromFormat('U.u', $text);
}

/** Returns a time as the local time of a zone: UTC, Europe/Berlin or an offset. */
function local(DateTimeImmutable $time, string $zone, string $format): string
{
    if ($zone === 'Europe/Berlin') {
        // The rule itself, since a PHP that is not installed finds no database of zones.
        $change = fn (string $month) => new DateTimeImmutable("last sunday of $month {$time->format('Y')} 01:00 UTC");
        $zone = $change('march') <= $time && $time < $change('october') ? '+02:00' : '+01:00';
    }
    return $time->setTimezone(new DateTimeZone($zone))->format($format);
}
