//! A node that the others do not reach, and that does not reach them. Its clients do.

use std::process::Command;

use crate::{ServerError, command};

/// Groups of the nodes' processes begin behind those of a system.
const FIRST_GROUP: u32 = 100_000;

/// Returns the group of the process of a node that listens to the others at this port.
const fn group(port: u16) -> u32 {
    FIRST_GROUP + port as u32
}

/// Returns the words with which a node starts in a group of its own, so that rules know its packets. Only root may.
pub(super) fn starter(port: u16) -> Option<[String; 4]> {
    rustix::process::geteuid().is_root().then(|| {
        [
            "setpriv".to_owned(),
            "--regid".to_owned(),
            group(port).to_string(),
            "--clear-groups".to_owned(),
        ]
    })
}

/// A node's isolation. It ends when it is dropped.
#[derive(Debug)]
#[must_use = "the node is reached again when this is dropped"]
pub struct Isolation {
    table: String,
}

impl Isolation {
    /// Drops packets between the node that listens at `port` and those at `others`, in a table of its own.
    pub(super) fn of(port: u16, others: &[u16]) -> Result<Self, ServerError> {
        let table = format!("behavior_trace_{port}");
        let others: Vec<_> = others.iter().map(u16::to_string).collect();
        let (others, group) = (others.join(", "), group(port));
        let rules = format!(
            "table inet {table} {{\n\
               chain output {{\n\
                 type filter hook output priority 0;\n\
                 tcp dport {port} meta skgid != {group} drop\n\
                 tcp dport {{ {others} }} meta skgid {group} drop\n\
               }}\n\
             }}\n"
        );
        let isolation = Self { table };
        command::feed(Command::new("nft").args(["-f", "-"]), &rules).map_err(|error| {
            let why = format!("{error}; run it as root, with the package `nftables`");
            ServerError::unusable("the rules of the network", why)
        })?;
        Ok(isolation)
    }
}

impl Drop for Isolation {
    fn drop(&mut self) {
        let mut delete = Command::new("nft");
        delete.args(["delete", "table", "inet", &self.table]);
        if let Err(error) = command::run(&mut delete) {
            eprintln!("a rule of the network may be left: {error}");
        }
    }
}
