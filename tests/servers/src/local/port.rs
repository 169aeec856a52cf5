//! Ports for servers.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use crate::ServerError;

/// Ports below those of outgoing connections. An outgoing connection could take the port while its server is down. The
/// kernel could even give a client the port that it connects to, so that the client connects to itself.
const RANGE: std::ops::Range<u16> = 15_000..32_000;
const ATTEMPTS: u64 = 200;

/// Returns a port of 127.0.0.1 without a listener.
pub(crate) fn free() -> Result<u16, ServerError> {
    let random = RandomState::new();
    let ports = (0..ATTEMPTS).map(|attempt| pick(random.hash_one(attempt)));
    let mut free = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().ok_or_else(|| {
        ServerError::io(
            "find a free port of",
            Path::new("127.0.0.1"),
            std::io::ErrorKind::AddrInUse.into(),
        )
    })
}

fn pick(random: u64) -> u16 {
    let width = u64::from(RANGE.end - RANGE.start);
    RANGE.start + u16::try_from(random % width).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_lies_in_the_range() {
        for random in [0, 1, 16_999, 17_000, u64::MAX] {
            assert!(RANGE.contains(&pick(random)), "{random}");
        }
    }

    #[test]
    fn a_free_port_can_be_listened_on() {
        TcpListener::bind((Ipv4Addr::LOCALHOST, free().unwrap())).unwrap();
    }
}
