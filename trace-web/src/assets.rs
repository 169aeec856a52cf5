//! The stylesheet, the script and the icon, under names that change with their content.

use std::sync::LazyLock;

/// A file in the binary.
pub(crate) struct Asset {
    name: LazyLock<String>,
    pub(crate) content: &'static [u8],
    pub(crate) media_type: &'static str,
}

pub(crate) static STYLE: Asset = Asset {
    name: LazyLock::new(|| format!("{:016x}.css", fnv1a(STYLE.content))),
    content: include_bytes!("assets/timeline.css"),
    media_type: "text/css; charset=utf-8",
};

pub(crate) static SCRIPT: Asset = Asset {
    name: LazyLock::new(|| format!("{:016x}.js", fnv1a(SCRIPT.content))),
    content: include_bytes!("assets/timeline.js"),
    media_type: "text/javascript; charset=utf-8",
};

/// Icon of the page. Without one, browsers ask the application for its own, and report one that is not there.
pub(crate) static ICON: Asset = Asset {
    name: LazyLock::new(|| format!("{:016x}.svg", fnv1a(ICON.content))),
    content: include_bytes!("assets/icon.svg"),
    media_type: "image/svg+xml",
};

impl Asset {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the asset of a name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        [&STYLE, &SCRIPT, &ICON]
            .into_iter()
            .find(|asset| asset.name() == name)
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assets_stay_within_their_budgets() {
        assert!(STYLE.content.len() <= 12 * 1024, "{}", STYLE.content.len());
        assert!(SCRIPT.content.len() <= 6 * 1024, "{}", SCRIPT.content.len());
    }

    #[test]
    fn an_asset_is_found_by_its_name_alone() {
        let found = Asset::of(STYLE.name()).expect("the stylesheet");
        assert_eq!(found.media_type, "text/css; charset=utf-8");
        assert!(Asset::of("timeline.css").is_none());
    }
}
