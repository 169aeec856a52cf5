//! The proxies whose headers are trusted.

use std::env;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The environment variable with the proxies, for applications that do not set them in code.
const VARIABLE: &str = "BEHAVIOR_TRACE_TRUSTED_PROXIES";

/// The trusted proxies in front of the service, and the header in which they name their client.
///
/// Without this list every forwarding header is ignored. The list names exactly one header, because a proxy that writes one
/// forwards the others as the client sent them.
///
/// ```
/// use behavior_trace::headers::{ForwardingHeader, TrustedProxies};
///
/// let proxies = TrustedProxies::parse(["10.0.0.0/8", "fd00::/8", "192.0.2.7"])?
///     .with_header(ForwardingHeader::Forwarded);
/// # Ok::<(), behavior_trace::headers::ParseNetworkError>(())
/// ```
///
/// In text form, commas separate the networks. The name of the header precedes them if it is not `X-Forwarded-For`:
///
/// ```
/// use behavior_trace::headers::TrustedProxies;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.7".parse()?;
/// let proxies: TrustedProxies = "forwarded: 10.0.0.0/8, fd00::/8".parse()?;
/// # Ok::<(), behavior_trace::headers::ParseNetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardingHeader,
}

/// The header in which a proxy names its client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardingHeader {
    /// The header `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// The header `Forwarded` of RFC 7239.
    Forwarded,
}

impl ForwardingHeader {
    /// Returns the header's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

impl TrustedProxies {
    /// Parses networks or addresses of proxies, such as `10.0.0.0/8` or `192.0.2.7`. The header is `X-Forwarded-For`.
    ///
    /// # Errors
    ///
    /// Returns an error if a text is neither a network nor an address.
    pub fn parse<'a>(
        networks: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ParseNetworkError> {
        Ok(Self {
            networks: networks
                .into_iter()
                .map(network)
                .collect::<Result<_, _>>()?,
            header: ForwardingHeader::default(),
        })
    }

    /// Reads `BEHAVIOR_TRACE_TRUSTED_PROXIES` in text form. Returns `None` if it is not set.
    ///
    /// [`ContextLayer::new`](crate::http::ContextLayer::new) calls it.
    ///
    /// # Errors
    ///
    /// Returns an error if a part of the value is not a network. The error names the part and the form.
    pub fn from_env() -> Result<Option<Self>, ParseNetworkError> {
        let Some(value) = env::var_os(VARIABLE) else {
            return Ok(None);
        };
        let named = |error: ParseNetworkError| ParseNetworkError {
            variable: true,
            ..error
        };
        value.to_string_lossy().parse().map(Some).map_err(named)
    }

    /// Sets the header that these proxies write.
    #[must_use]
    pub fn with_header(mut self, header: ForwardingHeader) -> Self {
        self.header = header;
        self
    }

    /// Returns the header that these proxies write.
    pub const fn header(&self) -> ForwardingHeader {
        self.header
    }

    /// Returns whether the address belongs to a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let headers = [ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded];
        let written = headers.into_iter().find_map(|header| {
            let (name, networks) = text.split_at_checked(header.name().len())?;
            let networks = networks.trim_start().strip_prefix(':')?;
            name.eq_ignore_ascii_case(header.name())
                .then_some((header, networks))
        });
        let (header, networks) = written.unwrap_or((ForwardingHeader::default(), text));
        Ok(Self::parse(networks.split(','))?.with_header(header))
    }
}

fn network(text: &str) -> Result<IpNet, ParseNetworkError> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map(canonical)
        .map_err(|_| ParseNetworkError {
            text: text.to_owned(),
            variable: false,
        })
}

/// Converts `::ffff:10.0.0.0/104` to `10.0.0.0/8`, because looked-up addresses have that form.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(network) => network
            .addr()
            .to_ipv4_mapped()
            .zip(Some(network.prefix_len())),
        IpNet::V4(_) => None,
    };
    mapped
        .and_then(|(address, prefix)| Ipv4Net::new(address, prefix.checked_sub(96)?).ok())
        .map_or(network, IpNet::V4)
}

/// An error for a text that is neither a network nor an address.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseNetworkError {
    text: String,
    /// The flag of a text from the environment variable.
    variable: bool,
}

impl fmt::Display for ParseNetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.variable {
            write!(f, "{VARIABLE}: ")?;
        }
        write!(
            f,
            "`{}` is no network; write `10.0.0.0/8`, `fd00::/8` or one address",
            self.text
        )
    }
}

behavior_trace_core::debug_is_display!(ParseNetworkError);

impl std::error::Error for ParseNetworkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_of_both_families_are_understood() {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", " fd00::/8", "192.0.2.7"]).unwrap();
        for (address, trusted) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("fd12::1", true),
            ("fe80::1", false),
        ] {
            assert_eq!(
                proxies.contains(address.parse().unwrap()),
                trusted,
                "{address}"
            );
        }
    }

    #[test]
    fn an_ipv4_network_may_be_written_as_a_dual_stack_server_shows_it() {
        let proxies = TrustedProxies::parse(["::ffff:10.0.0.0/104", "::ffff:192.0.2.7"]).unwrap();
        for (address, trusted) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("11.0.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
        ] {
            assert_eq!(
                proxies.contains(address.parse().unwrap()),
                trusted,
                "{address}"
            );
        }
    }

    #[test]
    fn one_text_has_the_networks_and_the_header() {
        for (text, header) in [
            ("10.0.0.0/8,192.0.2.7", ForwardingHeader::XForwardedFor),
            (
                "X-Forwarded-For: 10.0.0.0/8 , 192.0.2.7",
                ForwardingHeader::XForwardedFor,
            ),
            (
                "Forwarded:10.0.0.0/8,192.0.2.7",
                ForwardingHeader::Forwarded,
            ),
        ] {
            let proxies: TrustedProxies = text.parse().unwrap();
            assert_eq!(proxies.header(), header, "{text}");
            assert!(proxies.contains("10.0.0.1".parse().unwrap()), "{text}");
            assert!(proxies.contains("192.0.2.7".parse().unwrap()), "{text}");
        }
        let v6: TrustedProxies = "fd00::/8".parse().unwrap();
        assert!(v6.contains("fd00::1".parse().unwrap()));
        for text in [
            "",
            "10.0.0.0/8,",
            "forwarded:",
            "x-real-ip: 10.0.0.0/8",
            "10.0.0.0/33",
        ] {
            let error = text.parse::<TrustedProxies>().unwrap_err();
            assert!(error.to_string().contains("write `10.0.0.0/8`"), "{error}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_its_text() {
        let error = TrustedProxies::parse(["10.0.0.0/8", "localhost"]).unwrap_err();
        assert!(error.to_string().starts_with("`localhost` is no network"));
    }
}
