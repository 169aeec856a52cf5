//! The name that a request is sent to. A page of a foreign name, whose owner lets it point to this machine, is of the same
//! origin for the browser as an answer under that name ("DNS rebinding"), so such a request gets no answer.

use axum::http::{HeaderMap, Uri, header};

/// Returns whether a request names this server, in its `Host` and in its address if that is absolute.
pub(super) fn names_this_server(uri: &Uri, headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_host = host.to_str().is_ok_and(|host| is_served(host, port));
    let authority = uri.authority();
    is_host && authority.is_none_or(|authority| is_served(authority.as_str(), port))
}

fn is_served(host: &str, port: u16) -> bool {
    let of_port = host
        .strip_suffix(&port.to_string())
        .and_then(|name| name.strip_suffix(':'));
    // A browser leaves the usual port out.
    let name = match of_port {
        None if port == 80 => Some(host),
        name => name,
    };
    name.is_some_and(|name| name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().expect("a header"));
        }
        names_this_server(&uri.parse().expect("an address"), &headers, 4000)
    }

    #[test]
    fn the_names_of_this_machine_with_the_port_are_served() {
        for host in ["127.0.0.1:4000", "localhost:4000", "LocalHost:4000"] {
            assert!(asked("/x", &[host]), "{host}");
            assert!(asked(&format!("http://{host}/x"), &[host]), "{host}");
        }
        assert!(is_served("localhost", 80) && is_served("127.0.0.1:80", 80));
    }

    #[test]
    fn every_other_name_is_refused() {
        for host in [
            "",
            "evil.example",
            "evil.example:4000",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:40000",
            "127.0.0.1:14000",
            "127.0.0.1:04000",
            "127.0.0.1:",
            "127.0.0.14000",
            "127.0.0.1:4000.evil.example",
            "127.0.0.1.evil.example:4000",
            "localhost.:4000",
            "x@127.0.0.1:4000",
            "0.0.0.0:4000",
            "127.1:4000",
            "2130706433:4000",
            "[::1]:4000",
            "127.0.0.1:4000, evil.example",
        ] {
            assert!(!asked("/x", &[host]), "{host}");
        }
        let own = "127.0.0.1:4000";
        assert!(!asked("/x", &[]));
        assert!(!asked("/x", &[own, "evil.example"]));
        assert!(!asked("/x", &[own, own]));
        assert!(!asked("http://evil.example:4000/x", &[own]));
        assert!(!asked("http://127.0.0.1:4000/x", &["evil.example:4000"]));
        assert!(!asked("http://x@127.0.0.1:4000/x", &[own]));
    }
}
