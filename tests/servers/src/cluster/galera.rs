//! Galera of MariaDB.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{addresses, local, wait_for};
use crate::local::{data, free_port};
use crate::provision::provision_galera;
use crate::{Kind, Server, ServerBuilder, ServerError};

pub(super) const IS_SYNCED: &str = "SELECT COUNT(*) = 2 FROM information_schema.GLOBAL_STATUS WHERE \
     (VARIABLE_NAME = 'WSREP_READY' AND VARIABLE_VALUE = 'ON') OR \
     (VARIABLE_NAME = 'WSREP_CLUSTER_STATUS' AND VARIABLE_VALUE = 'Primary')";
pub(super) const ALL_SYNCED: &str = "SELECT COUNT(*) = 3 FROM information_schema.GLOBAL_STATUS WHERE \
     (VARIABLE_NAME = 'WSREP_CLUSTER_SIZE' AND VARIABLE_VALUE = '3') OR \
     (VARIABLE_NAME = 'WSREP_LOCAL_STATE_COMMENT' AND VARIABLE_VALUE = 'Synced') OR \
     (VARIABLE_NAME = 'WSREP_CLUSTER_STATUS' AND VARIABLE_VALUE = 'Primary')";

/// Makes a node that has lost its quorum the whole cluster.
pub(super) const BOOTSTRAP: &str = "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'";

/// Name of the file with which the node that starts next begins a cluster.
const BEGIN: &str = "begin";
const START_NODE: &str = include_str!("galera-start.sh");
const TRANSFER: &str = include_str!("galera-transfer.sh");

const SYNCED: &str = "SELECT COUNT(*) FROM information_schema.GLOBAL_STATUS WHERE \
     VARIABLE_NAME = 'WSREP_LOCAL_STATE_COMMENT' AND VARIABLE_VALUE = 'Synced'";

/// Returns the nodes to be, the first of which begins the cluster at its first start. All of them begin with the same data,
/// and one that comes back gets what it missed, so none is ever copied.
pub(super) fn builders(count: usize, scripts: &Path) -> Result<Vec<ServerBuilder>, ServerError> {
    let library = provision_galera()?;
    let start = write(scripts, "start", START_NODE)?.display().to_string();
    write(scripts, "wsrep_sst_missed", TRANSFER)?;
    let port = || free_port();
    let group: Vec<_> = (0..count).map(|_| port()).collect::<Result<_, _>>()?;
    let others = addresses(&group);
    let mut builders = Vec::new();
    for group in &group {
        let options = format!(
            "gmcast.listen_addr=tcp://{};ist.recv_addr={};gcache.size=64M",
            local(*group),
            local(port()?)
        );
        let builder = Server::builder(Kind::MariaDb)
            .arg("--wsrep-on=ON")
            .arg(format!("--wsrep-provider={}", library.display()))
            .arg(format!("--wsrep-cluster-address=gcomm://{others}"))
            .arg(format!("--wsrep-node-address={}", local(*group)))
            .arg(format!("--wsrep-provider-options={options}"))
            .arg("--wsrep-sst-method=missed")
            .arg("--binlog-format=ROW")
            .arg("--innodb-autoinc-lock-mode=2")
            .before(["sh".to_owned(), start.clone()]);
        builders.push(builder);
    }
    Ok(builders)
}

/// Makes the nodes a cluster. A server becomes its first node and stops, so that the others begin with a copy of its data. They
/// join one after the other: one that joins while another does may never be synced.
pub(super) fn form(
    mut builders: impl Iterator<Item = ServerBuilder>,
    scripts: &Path,
) -> Result<Vec<Server>, ServerError> {
    let Some(first) = builders.next() else {
        return Ok(Vec::new());
    };
    write(scripts, BEGIN, "")?;
    let first = first.start()?;
    first.stop()?;
    let copy = scripts.join("data");
    data::copy(&first.data_dir()?, &copy)?;
    write(scripts, BEGIN, "")?;
    first.restart()?;
    wait_for(&first, SYNCED)?;
    let mut nodes = vec![first];
    for builder in builders {
        let node = builder.data(&copy).start()?;
        wait_for(&node, SYNCED)?;
        nodes.push(node);
    }
    fs::remove_dir_all(&copy).map_err(|e| ServerError::io("remove", &copy, e))?;
    Ok(nodes)
}

fn write(folder: &Path, name: &str, script: &str) -> Result<PathBuf, ServerError> {
    let path = folder.join(name);
    let written = fs::write(&path, script);
    written
        .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o755)))
        .map_err(|e| ServerError::io("write", &path, e))?;
    Ok(path)
}
