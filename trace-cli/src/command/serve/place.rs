//! The address of the page: a port of this machine, and a path that cannot be guessed.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;
use uuid::Uuid;

use crate::failure::Failure;

/// The address of the page.
pub(super) struct Place {
    pub(super) port: u16,
    /// 122 bits of the operating system's generator. Other users of the machine reach the port, and not the page.
    pub(super) segment: String,
}

impl Place {
    pub(super) fn of(listener: &TcpListener) -> Result<Self, Failure> {
        Ok(Self {
            port: listener.local_addr()?.port(),
            segment: Uuid::new_v4().simple().to_string(),
        })
    }

    pub(super) fn url(&self) -> String {
        format!(
            "http://{}:{}/{}",
            Ipv4Addr::LOCALHOST,
            self.port,
            self.segment
        )
    }
}

/// Listens on this machine alone.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|error| {
        let address = format!("{}:{port}", Ipv4Addr::LOCALHOST);
        Failure::failed(match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{address} is in use; pass another --port, or leave it out for a free one"
            ),
            io::ErrorKind::PermissionDenied => format!(
                "{address} is for privileged programs; pass a --port from 1024 on, or leave it out for a free one"
            ),
            _ => format!("{address} cannot be listened on: {error}; pass another --port"),
        })
    })
}
