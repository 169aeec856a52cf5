//! Bars of a chart.

/// Width of the longest bar, in characters.
const WIDTH: u64 = 24;
/// Eighths of a character, from one to seven.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// What bars are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bars {
    Blocks,
    Ascii,
}

impl Bars {
    /// Chooses blocks where the locale of the environment has them.
    pub(super) fn of_environment() -> Self {
        Self::of_locale(|name| std::env::var(name).ok())
    }

    /// Reads the variables in the order in which C does.
    fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
        let locale = locale.unwrap_or_default().to_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows) {
            Self::Blocks
        } else {
            Self::Ascii
        }
    }

    /// Draws a number beside the largest one. A number above 0 is never without a mark.
    pub(super) fn draw(self, number: u64, largest: u64) -> String {
        let share = |whole: u64| {
            let wide = u128::from(number) * u128::from(whole);
            let part = wide / u128::from(largest.max(1));
            u64::try_from(part)
                .unwrap_or(whole)
                .max(u64::from(number > 0))
        };
        let count = |count: u64| usize::try_from(count).unwrap_or_default();
        match self {
            Self::Ascii => "#".repeat(count(share(WIDTH))),
            Self::Blocks => {
                let eighths = count(share(WIDTH * 8));
                let last = (eighths % 8).checked_sub(1).map(|last| EIGHTHS[last]);
                "█".repeat(eighths / 8).chars().chain(last).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let blocks = |number, largest| Bars::Blocks.draw(number, largest);
        assert_eq!(blocks(0, 8), "");
        assert_eq!(blocks(8, 8), "█".repeat(24));
        assert_eq!(blocks(1, 2), "█".repeat(12));
        assert_eq!(blocks(1, 1_000_000), "▏");
        assert_eq!(blocks(1, 192), "▏");
        assert_eq!(blocks(13, 192), "█▋");
        assert_eq!(blocks(u64::MAX, u64::MAX), "█".repeat(24));
        assert_eq!(Bars::Ascii.draw(1, 2), "############");
        assert_eq!(Bars::Ascii.draw(1, 1_000_000), "#");
        assert_eq!(blocks(0, 0), "");
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        for (variables, bars) in [
            (&[("LANG", "C.UTF-8")][..], Bars::Blocks),
            (&[("LANG", "de_DE.utf8")], Bars::Blocks),
            (&[("LC_ALL", "C"), ("LANG", "C.UTF-8")], Bars::Ascii),
            (&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8")], Bars::Blocks),
            (&[("LC_CTYPE", "C"), ("LANG", "C.UTF-8")], Bars::Ascii),
            (&[], Bars::Ascii),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Bars::of_locale(variable), bars, "{variables:?}");
        }
    }
}
