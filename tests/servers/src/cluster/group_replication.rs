//! Group Replication of MySQL.

use super::{addresses, isolation, local};
use crate::local::free_port;
use crate::{Kind, Server, ServerBuilder, ServerError};

pub(super) const IS_PRIMARY: &str = "SELECT COUNT(*) FROM performance_schema.replication_group_members \
     WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE' AND MEMBER_ROLE = 'PRIMARY' \
     AND NOT @@super_read_only";
pub(super) const ALL_ONLINE: &str = "SELECT COUNT(*) = 3 FROM performance_schema.replication_group_members \
     WHERE MEMBER_STATE = 'ONLINE'";

/// Account with which a node fetches what it missed. It is made on each node, so it is not replicated.
const RECOVERY: &str = "SET SQL_LOG_BIN = 0; CREATE USER 'group'@'%' IDENTIFIED BY 'group'; \
     GRANT REPLICATION SLAVE, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO 'group'@'%'; SET SQL_LOG_BIN = 1; \
     CHANGE REPLICATION SOURCE TO SOURCE_USER = 'group', SOURCE_PASSWORD = 'group' \
     FOR CHANNEL 'group_replication_recovery'";

/// Returns free ports at which the nodes listen to each other.
pub(super) fn ports(count: usize) -> Result<Vec<u16>, ServerError> {
    (0..count).map(|_| free_port()).collect()
}

/// Returns the nodes to be. They answer before they are a group, and join it by themselves at each later start.
pub(super) fn builders(ports: &[u16]) -> Vec<ServerBuilder> {
    let seeds = addresses(ports);
    let group = format!("b7acea00-0000-4000-8000-{:012}", ports[0]);
    let builder = |(number, port): (usize, &u16)| {
        let node = match isolation::starter(*port) {
            Some(words) => Server::builder(Kind::MySql).before(words),
            None => Server::builder(Kind::MySql),
        };
        node.arg(format!("--server-id={}", number + 1))
            .arg("--log-bin=binlog")
            .arg("--gtid-mode=ON")
            .arg("--enforce-gtid-consistency=ON")
            .arg("--report-host=127.0.0.1")
            .arg("--plugin-load-add=group_replication.so")
            .arg(format!("--group-replication-group-name={group}"))
            .arg(format!(
                "--group-replication-local-address={}",
                local(*port)
            ))
            .arg(format!("--group-replication-group-seeds={seeds}"))
            .arg("--group-replication-recovery-get-public-key=ON")
            .first_arg("--group-replication-start-on-boot=OFF")
    };
    ports.iter().enumerate().map(builder).collect()
}

/// Lets a node go on without those that it has lost. They are no members any more, and join again.
pub(super) fn force(node: &Server, port: u16) -> Result<(), ServerError> {
    let alone = local(port);
    node.sql(&format!(
        "SET GLOBAL group_replication_force_members = '{alone}'; SET GLOBAL group_replication_force_members = ''"
    ))?;
    Ok(())
}

/// Makes servers a group, with the first one as its primary.
pub(super) fn form(nodes: Vec<Server>) -> Result<Vec<Server>, ServerError> {
    for (number, node) in nodes.iter().enumerate() {
        node.sql(RECOVERY)?;
        if number == 0 {
            node.sql("SET GLOBAL group_replication_bootstrap_group = ON")?;
        }
        node.sql("START GROUP_REPLICATION")?;
        if number == 0 {
            node.sql("SET GLOBAL group_replication_bootstrap_group = OFF")?;
        }
    }
    Ok(nodes)
}
