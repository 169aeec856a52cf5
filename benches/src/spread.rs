//! Distribution of durations.

use std::time::Duration;

/// Prints the median, the 99th percentile and the maximum in milliseconds, each under a name that begins with `what`.
pub fn print(what: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let ms = |at: Option<&Duration>| at.map_or(f64::NAN, |at| at.as_secs_f64() * 1e3);
    for percent in [50, 99] {
        let at = taken.get(taken.len() * percent / 100);
        println!("{what}ms_p{percent} {}", ms(at));
    }
    println!("{what}ms_worst {}", ms(taken.last()));
}
