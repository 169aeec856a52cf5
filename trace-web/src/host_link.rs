//! Links to the application's own pages.

use std::sync::Arc;

/// A resource of a row, for which the application may have a page.
#[derive(Clone, Copy, Debug)]
pub struct LinkedResource<'a> {
    resource: &'a str,
    id: &'a str,
}

impl<'a> LinkedResource<'a> {
    /// Returns the kind of the resource, such as `User`. It is stored text: encode it in an address.
    pub const fn resource(&self) -> &'a str {
        self.resource
    }

    /// Returns the id of the resource. It is stored text: encode it in an address.
    pub const fn resource_id(&self) -> &'a str {
        self.id
    }
}

/// The function of the application, which gives the address of its page.
pub(crate) type HostLinks = Arc<dyn Fn(LinkedResource<'_>) -> Option<String> + Send + Sync>;

/// Returns the application's page of a resource. An address of another scheme than `http` and `https` is left out: it could
/// be made of stored text, such as `javascript:…`.
pub(crate) fn host_link(links: &HostLinks, resource: &str, id: &str) -> Option<String> {
    let link = links(LinkedResource { resource, id })?;
    is_safe(&link).then_some(link)
}

pub(crate) fn is_safe(link: &str) -> bool {
    // A browser takes control characters and blanks out of a scheme.
    let is_plain = !link.chars().any(|c| c.is_control() || c == '\\');
    let scheme = link
        .split_once(':')
        .map(|(scheme, _)| scheme)
        .filter(|scheme| !scheme.contains(['/', '?', '#']));
    let is_http = scheme.is_none_or(|scheme| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    is_plain && is_http && !link.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for safe in [
            "/users/7",
            "https://x.example/7",
            "../7?a=b:c",
            "users#:",
            "HTTP://x",
        ] {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_link in [
            "",
            "javascript:alert(1)",
            " javascript:x",
            "java\nscript:x",
            "data:x",
            "\\\\x",
        ] {
            assert!(!is_safe(unsafe_link), "{unsafe_link}");
        }
    }
}
