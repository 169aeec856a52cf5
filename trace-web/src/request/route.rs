//! The routes, as paths below the place where the timeline is mounted.

use super::segment::{decode, encode};

/// A page, an export, the tail or an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Timeline,
    Actor { kind: String, id: Option<String> },
    Resource { kind: String, id: String },
    Story(String),
    Event(String),
    Export(ExportRoute),
    Tail,
    Asset(String),
}

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportRoute {
    Csv,
    JsonLines,
}

impl Route {
    /// Returns the route of a path.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.is_empty() {
            return Some(Self::Timeline);
        }
        let segments: Option<Vec<String>> = path.split('/').map(decode).collect();
        let segments = segments?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match segments[..] {
            ["actor", kind] => Self::Actor {
                kind: kind.to_owned(),
                id: None,
            },
            ["actor", kind, id] => Self::Actor {
                kind: kind.to_owned(),
                id: Some(id.to_owned()),
            },
            ["resource", kind, id] => Self::Resource {
                kind: kind.to_owned(),
                id: id.to_owned(),
            },
            ["story", id] => Self::Story(id.to_owned()),
            ["event", id] => Self::Event(id.to_owned()),
            ["export.csv"] => Self::Export(ExportRoute::Csv),
            ["export.jsonl"] => Self::Export(ExportRoute::JsonLines),
            ["tail"] => Self::Tail,
            ["assets", name] => Self::Asset(name.to_owned()),
            _ => return None,
        })
    }

    /// Returns the path, relative to the place where the timeline is mounted; empty for the timeline.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Timeline => String::new(),
            Self::Actor { kind, id: None } => format!("actor/{}", encode(kind)),
            Self::Actor { kind, id: Some(id) } => {
                format!("actor/{}/{}", encode(kind), encode(id))
            }
            Self::Resource { kind, id } => format!("resource/{}/{}", encode(kind), encode(id)),
            Self::Story(id) => format!("story/{}", encode(id)),
            Self::Event(id) => format!("event/{}", encode(id)),
            Self::Export(ExportRoute::Csv) => "export.csv".to_owned(),
            Self::Export(ExportRoute::JsonLines) => "export.jsonl".to_owned(),
            Self::Tail => "tail".to_owned(),
            Self::Asset(name) => format!("assets/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_comes_back_from_its_path() {
        for route in [
            Route::Timeline,
            Route::Actor {
                kind: "tenant/bot".to_owned(),
                id: Some("..".to_owned()),
            },
            Route::Resource {
                kind: String::new(),
                id: "a b?#%/".to_owned(),
            },
            Route::Story("\u{202e}".to_owned()),
            Route::Export(ExportRoute::Csv),
            Route::Tail,
        ] {
            assert_eq!(Route::of(&format!("/{}", route.path())), Some(route));
        }
        for path in [
            "/x",
            "/event",
            "/event/a/b",
            "/actor/%ff",
            "//",
            "/actor/a/",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
