//! The client's address behind trusted proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::proxies::{ForwardingHeader, TrustedProxies};

/// Maximum number of hops to read, more than any route has.
const HOPS: usize = 32;

/// Returns the client's address. It is the peer of the socket or, behind a trusted proxy, the last address that a chain of
/// trusted proxies confirms.
///
/// `lines` are the values of the header that [`TrustedProxies::header`] names, in the order of arrival. They are read from
/// right to left, because each proxy appends the address of its own client. The first address that is no trusted proxy is
/// the client. A part that is no address ends the walk at the proxy that wrote it. Forged parts are therefore always left of
/// the end of the walk.
///
/// ```
/// use behavior_trace::headers::{TrustedProxies, client_address};
///
/// let proxies = TrustedProxies::parse(["10.0.0.0/8"])?;
/// let forged = ["1.1.1.1, 203.0.113.9, 10.0.0.2"];
/// let client = client_address("10.0.0.1".parse()?, &proxies, forged);
/// assert_eq!(client, "203.0.113.9".parse::<std::net::IpAddr>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn client_address<'a, L>(peer: IpAddr, proxies: &TrustedProxies, lines: L) -> IpAddr
where
    L: IntoIterator<Item = &'a str, IntoIter: DoubleEndedIterator>,
{
    let mut client = peer.to_canonical();
    let hop = match proxies.header() {
        ForwardingHeader::XForwardedFor => node,
        ForwardingHeader::Forwarded => element,
    };
    let mut hops = lines
        .into_iter()
        .rev()
        .flat_map(|line| from_the_right(line, b','))
        .take(HOPS);
    while proxies.contains(client) {
        match hops.next().map(hop) {
            Some(Some(address)) => client = address.to_canonical(),
            // The header has ended, or this part is unreadable.
            _ => break,
        }
    }
    client
}

/// Returns the address of one element of `Forwarded`: `for=192.0.2.60;proto=http;by=203.0.113.43`.
fn element(text: &str) -> Option<IpAddr> {
    let mut address = None;
    // RFC 7239 allows an empty pair: `for=192.0.2.43;`.
    let pairs = from_the_right(text, b';').filter(|pair| !pair.trim().is_empty());
    for pair in pairs {
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") {
            if address.is_some() {
                return None;
            }
            address = Some(node(value)?);
        }
    }
    address
}

/// Parses an address as proxies write it: optionally with a port, optionally in quotes.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => text,
    };
    if let Some(inner) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let with_port = || text.parse::<SocketAddr>().map(|peer| peer.ip());
    text.parse().or_else(|_| with_port()).ok()
}

/// Splits a text at the separators outside of quotes, from the last part to the first.
///
/// Quotes are paired from the right: an unclosed quote of a client hides nothing that a proxy wrote after it.
fn from_the_right(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let at = text.bytes().rposition(|byte| {
            quoted ^= byte == b'"';
            byte == separator && !quoted
        });
        rest = at.map(|at| &text[..at]);
        Some(&text[at.map_or(0, |at| at + 1)..])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ForwardingHeader) -> TrustedProxies {
        TrustedProxies::parse(["10.0.0.0/8", "fd00::/8"])
            .unwrap()
            .with_header(header)
    }

    fn client(peer: &str, header: ForwardingHeader, lines: &[&str]) -> String {
        let peer = peer.parse().unwrap();
        client_address(peer, &proxies(header), lines.iter().copied()).to_string()
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client_whatever_it_sends() {
        let xff = ForwardingHeader::XForwardedFor;
        assert_eq!(client("203.0.113.9", xff, &["1.1.1.1"]), "203.0.113.9");
    }

    #[test]
    fn the_walk_goes_from_the_right_over_all_lines_to_the_first_stranger() {
        let xff = ForwardingHeader::XForwardedFor;
        let lines = ["1.1.1.1, 2.2.2.2", "203.0.113.9:4711, 10.0.0.3", "10.0.0.2"];
        assert_eq!(client("10.0.0.1", xff, &lines), "203.0.113.9");
        assert_eq!(
            client("::ffff:10.0.0.1", xff, &["[2001:db8::1]:80"]),
            "2001:db8::1"
        );
        assert_eq!(client("10.0.0.1", xff, &["10.0.0.3,10.0.0.2"]), "10.0.0.3");
        assert_eq!(client("10.0.0.1", xff, &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_ends_the_walk_at_the_proxy_that_wrote_it() {
        let xff = ForwardingHeader::XForwardedFor;
        for line in [
            "1.1.1.1, nonsense, 10.0.0.2",
            "1.1.1.1,,10.0.0.2",
            "unknown, 10.0.0.2",
        ] {
            assert_eq!(client("10.0.0.1", xff, &[line]), "10.0.0.2", "{line}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        let forwarded = ForwardingHeader::Forwarded;
        for (line, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, FOR=\"10.0.0.9\"", "192.0.2.43"),
            ("for=192.0.2.43;host=\"a,b;for=1.1.1.1\"", "192.0.2.43"),
            ("for=\"open, for=192.0.2.43", "192.0.2.43"),
            ("for=192.0.2.43;", "192.0.2.43"),
            ("; proto=http;;for=192.0.2.43", "192.0.2.43"),
            (";", "10.0.0.1"),
            ("for=unknown", "10.0.0.1"),
            ("for=_gazonk", "10.0.0.1"),
            ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
            ("by=203.0.113.43", "10.0.0.1"),
            ("1.1.1.1", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", forwarded, &[line]), expected, "{line}");
        }
    }

    fn header() -> impl Strategy<Value = ForwardingHeader> {
        prop_oneof![
            Just(ForwardingHeader::XForwardedFor),
            Just(ForwardingHeader::Forwarded)
        ]
    }

    /// Input that an attacker would try: other addresses, quotes, separators, anything.
    const FORGED: &str =
        r#"([0-9a-f.:\[\]"';,= ]|for=|1\.1\.1\.1|10\.0\.0\.[1-9]){0,12}|[ -~]{0,40}"#;

    proptest! {
        #[test]
        fn a_client_that_is_no_proxy_cannot_choose_the_stored_address(
            header in header(),
            forged in proptest::collection::vec(FORGED, 0..3),
            peer in any::<[u8; 4]>(),
        ) {
            let peer = IpAddr::from(peer);
            prop_assume!(!proxies(header).contains(peer));
            let lines = forged.iter().map(String::as_str);
            prop_assert_eq!(client_address(peer, &proxies(header), lines), peer);
        }

        #[test]
        fn a_client_behind_a_proxy_cannot_choose_it_either(
            header in header(),
            forged in FORGED,
            own_line in any::<bool>(),
            address in any::<[u8; 4]>(),
        ) {
            let address = IpAddr::from(address);
            prop_assume!(!proxies(header).contains(address));
            // The part that the proxy appends to the forged one.
            let appended = match header {
                ForwardingHeader::Forwarded => format!("for=\"{address}\";proto=https"),
                ForwardingHeader::XForwardedFor => address.to_string(),
            };
            let lines = if own_line {
                vec![forged, appended]
            } else {
                vec![format!("{forged}, {appended}")]
            };
            let proxy = "10.0.0.1".parse().unwrap();
            let lines = lines.iter().map(String::as_str);
            prop_assert_eq!(client_address(proxy, &proxies(header), lines), address);
        }
    }
}
