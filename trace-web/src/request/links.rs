//! Relative links, so that the timeline works wherever it is mounted.

use super::{PageFilter, Route};

/// The start of the links of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// In front of every path but the timeline's own.
    start: String,
    /// The timeline itself.
    home: String,
    /// Rows are dense, on this page and those that a list leads to.
    is_dense: bool,
}

impl Links {
    /// Creates the links of the page at `path`, which the browser knows as `original`.
    pub(crate) fn of(path: &str, original: &str, is_dense: bool) -> Self {
        let depth = path.trim_start_matches('/').matches('/').count();
        let mount = original.strip_suffix(path.strip_prefix('/').unwrap_or(path));
        // `/activity` for the timeline at `/activity`: the path inside is `/`, and no slash is at its end.
        let mount = mount.unwrap_or(original);
        let last = mount.trim_end_matches('/').rsplit('/').next();
        let last = last.filter(|segment| !segment.is_empty());
        let up = "../".repeat(depth);
        match last {
            Some(segment) if depth == 0 && !original.ends_with('/') && original == mount => Self {
                start: format!("{}/", relative(segment)),
                home: relative(segment),
                is_dense,
            },
            Some(segment) if depth > 0 || original != mount => Self {
                home: format!("{up}../{segment}"),
                is_dense,
                start: up,
            },
            _ => Self {
                home: if depth == 0 {
                    "./".to_owned()
                } else {
                    up.clone()
                },
                start: up,
                is_dense,
            },
        }
    }

    /// Returns the link to a route.
    pub(crate) fn to(&self, route: &Route) -> String {
        match route {
            Route::Timeline => self.home.clone(),
            other => format!("{}{}", self.start, other.path()),
        }
    }

    /// Returns a link with a filter.
    pub(crate) fn with(&self, route: &Route, filter: &PageFilter) -> String {
        self.with_query(route, &filter.to_query())
    }

    /// Returns a link with a query and the density.
    pub(crate) fn with_query(&self, route: &Route, query: &str) -> String {
        let and = if query.is_empty() { "" } else { "&" };
        let dense = if self.is_dense {
            format!("{and}dense=1")
        } else {
            String::new()
        };
        with_query(self.to(route), &format!("{query}{dense}"))
    }

    pub(crate) const fn is_dense(&self) -> bool {
        self.is_dense
    }
}

/// Returns a segment as a relative path. One with a colon would be read as a scheme.
fn relative(segment: &str) -> String {
    if segment.contains(':') {
        format!("./{segment}")
    } else {
        segment.to_owned()
    }
}

/// Returns a link with a query, if there is one.
pub(crate) fn with_query(link: String, query: &str) -> String {
    if query.is_empty() {
        link
    } else if link == "./" {
        // The page itself is without a slash or file after it.
        format!("?{query}")
    } else {
        format!("{link}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the path that a browser makes of a link on a page.
    fn resolved(page: &str, link: &str) -> String {
        let mut segments: Vec<&str> = page.split('/').collect();
        segments.pop();
        for segment in link.split('/') {
            match segment {
                "." => {}
                ".." => drop(segments.pop()),
                other => segments.push(other),
            }
        }
        segments.join("/")
    }

    #[test]
    fn links_lead_to_the_mounted_pages_from_each_depth() {
        let event = Route::Event("e".to_owned());
        for (path, original, home, at_event) in [
            ("/", "/", "/", "/event/e"),
            ("/", "/activity", "/activity", "/activity/event/e"),
            ("/", "/a/activity/", "/a/activity/", "/a/activity/event/e"),
            ("/tail", "/activity/tail", "/activity", "/activity/event/e"),
            ("/story/c", "/story/c", "/", "/event/e"),
            ("/story/c", "/a/x/story/c", "/a/x", "/a/x/event/e"),
            (
                "/actor/u/1",
                "/activity/actor/u/1",
                "/activity",
                "/activity/event/e",
            ),
        ] {
            let links = Links::of(path, original, false);
            assert_eq!(
                resolved(original, &links.to(&Route::Timeline)),
                home,
                "{original}"
            );
            assert_eq!(
                resolved(original, &links.to(&event)),
                at_event,
                "{original}"
            );
        }
    }
}
