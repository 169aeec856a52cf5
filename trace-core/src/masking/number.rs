//! The numbers that the JSON of every store holds exactly, and those that some store changes.
//!
//! MySQL keeps a JSON number as a 64-bit integer or as a double, and spells it anew on reading; MariaDB and SQLite keep the
//! text. A number that would not keep its spelling, such as `340282366920938463463374607431768211455` or `1.10`, is written
//! as a string. Then it reads the same from every store, and two different numbers never become one.

use std::io;

use serde_json::ser::{CompactFormatter, Formatter as _};

use super::json_output::JsonOutput;

/// Writes a number given as text. A number that would change in a store becomes a string.
pub(crate) fn write(output: &mut impl JsonOutput, text: &str) -> io::Result<()> {
    if is_held(text) {
        return output.text(text.as_bytes());
    }
    output.quote()?;
    output.text(text.as_bytes())?;
    output.quote()
}

/// Returns whether a number keeps its spelling in every store.
pub(crate) fn is_held(text: &str) -> bool {
    if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        text.parse()
            .is_ok_and(|double: f64| double.is_finite() && is_spelled(double, text))
    } else {
        text != "-0" && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok())
    }
}

/// Returns whether the text is `serde_json`'s spelling of the double, the shortest text that means only this double.
fn is_spelled(double: f64, text: &str) -> bool {
    let mut room = io::Cursor::new([0; 32]);
    let written = CompactFormatter.write_f64(&mut room, double);
    let length = usize::try_from(room.position()).unwrap_or_default();
    written.is_ok() && room.get_ref()[..length] == *text.as_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_comes_back_as_another_number_is_not_held() {
        for held in [
            "0",
            "-1",
            "9223372036854775807",
            "18446744073709551615",
            "-9223372036854775808",
            "1.5",
            "-0.0",
            "1.1",
            "0.1",
            "1e+300",
            "5e-324",
        ] {
            assert!(is_held(held), "{held}");
        }
        for other in [
            "-0",
            "18446744073709551616",
            "-9223372036854775809",
            "1.10",
            "1.0000000000000000001",
            "1e3",
            "1e300",
            "1E300",
            "1e400",
            "0.10",
            "100e-1",
            "12345678901234567890.5",
        ] {
            assert!(!is_held(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_double_and_an_integer_are_held(double: f64, integer: i64, natural: u64) {
            prop_assume!(double.is_finite());
            prop_assert!(is_held(&serde_json::to_string(&double).expect("JSON")));
            prop_assert!(is_held(&integer.to_string()) && is_held(&natural.to_string()));
        }

        #[test]
        fn two_texts_that_are_held_and_mean_one_double_are_the_same(text in r"-?[0-9]{1,20}\.[0-9]{1,20}(e-?[0-9]{1,2})?") {
            if let Ok(double) = text.parse::<f64>() && is_held(&text) {
                prop_assert_eq!(serde_json::to_string(&double).expect("JSON"), text);
            }
        }
    }
}
