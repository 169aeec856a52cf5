//! moto, a server that speaks the protocol of S3.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tempfile::TempDir;

use crate::local::child::Child;
use crate::local::free_port;
use crate::local::watchdog::Watchdog;
use crate::provision::provision_moto;
use crate::{ServerError, command};

/// Time limit of a start.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit of one request.
const LOOK: Duration = Duration::from_secs(5);
const LOG_SHOWN: usize = 3000;
/// Access that a request names and moto does not check: an object is private.
const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// Running moto with an empty bucket. Dropping it ends the process and forgets the objects.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Moto {
    address: SocketAddr,
    // The order of the fields is the order of the end: the process, its watchdog, its directory.
    child: Child,
    _watchdog: Watchdog,
    _home: TempDir,
}

impl Moto {
    /// Starts a server on a free port and creates a bucket. pip fetches moto into the cache directory, once.
    ///
    /// # Errors
    ///
    /// No Python or no pip, a package that cannot be fetched, and a start that fails, with the end of its log.
    pub fn start(bucket: &str) -> Result<Self, ServerError> {
        let packages = provision_moto()?;
        let home = tempfile::Builder::new()
            .prefix("behavior-trace-moto-")
            .tempdir();
        let home =
            home.map_err(|e| ServerError::io("create a directory in", &std::env::temp_dir(), e))?;
        let moto = Self {
            address: (Ipv4Addr::LOCALHOST, free_port()?).into(),
            child: Child::new(home.path()),
            _watchdog: Watchdog::over_directory(home.path())?,
            _home: home,
        };
        let port = moto.address.port().to_string();
        let path = format!("PYTHONPATH={}", packages.display());
        let words = [
            "env",
            &path,
            "python3",
            "-m",
            "moto.server",
            "-H",
            "127.0.0.1",
            "-p",
            &port,
        ];
        let started = moto.child.start(&words.map(str::to_owned), PATIENCE, || {
            moto.has_made(bucket)
        });
        started.map_err(|what| {
            let log = fs::read(moto.child.log()).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).into_owned();
            let log = command::tail(&log, LOG_SHOWN);
            ServerError::unusable("moto", format!("it {what}; the end of its log:\n{log}"))
        })?;
        Ok(moto)
    }

    /// Returns the address of the service.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the environment by which a program reaches it. moto takes any credentials.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }

    /// Returns the content of an object; `None` if it cannot be read.
    pub fn object(&self, bucket: &str, path: &str) -> Option<Vec<u8>> {
        let address = format!("{}/{bucket}/{path}", self.endpoint());
        let request = agent().get(address).header("Authorization", CREDENTIAL);
        let mut answer = request.call().ok()?;
        answer.body_mut().read_to_vec().ok()
    }

    fn has_made(&self, bucket: &str) -> bool {
        let address = format!("{}/{bucket}", self.endpoint());
        agent().put(address).send_empty().is_ok()
    }
}

fn agent() -> ureq::Agent {
    let agent = ureq::Agent::config_builder().timeout_global(Some(LOOK));
    ureq::Agent::new_with_config(agent.build())
}
