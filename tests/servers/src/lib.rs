//! Real MySQL and MariaDB servers, a real Prometheus and a real browser, for the tests, the benches and the fault suite. The project provisions
//! them, runs them privately, and ends them reliably.
//!
//! # One shared server
//!
//! Most tests need *a* server, not their own. [`Server::shared`] is the shared server of this test process. The environment
//! can name it (`BEHAVIOR_TRACE_TEST_MYSQL_URL`, `BEHAVIOR_TRACE_TEST_MARIADB_URL`; `cargo xtask test` sets both). Otherwise
//! it starts on first use. Give every test its own database there:
//!
//! ```no_run
//! use behavior_trace_servers::{Kind, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = Server::shared(Kind::MariaDb)?.database("a_failed_call_leaves_no_row")?;
//! # let _ = url; Ok(()) }
//! ```
//!
//! # A private server
//!
//! A test that kills, stops or configures a server starts one, which takes about a second:
//!
//! ```no_run
//! use behavior_trace_servers::{Kind, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::builder(Kind::MySql).arg("--max-connections=1").start()?;
//! let url = server.database("orders")?;         // TCP; MySQL over TLS, MariaDB in plain text
//! server.kill()?;                               // SIGKILL, as a crash
//! server.restart()?;                            // same data, same port: `url` is good again
//! server.pause()?;                              // accepts connections and answers nothing
//! server.resume()?;
//! server.sql("SET GLOBAL read_only = ON")?;     // as root, through the server's own client
//! # let _ = url; Ok(()) }
//! ```
//!
//! # Sources of the servers
//!
//! A server comes from the first of these sources that has one:
//!
//! 1. an installed server;
//! 2. on Debian and Ubuntu the distribution's packages, which a private `apt` fetches into a cache directory, without root
//!    and without touching the system (on Debian, MySQL comes from the `sid` suite with its own C library);
//! 3. a container engine that works;
//! 4. the URL in the environment.
//!
//! Without any of them the error lists the packages to install. The cache is `$BEHAVIOR_TRACE_TEST_CACHE`, by default
//! `$XDG_CACHE_HOME/behavior-trace` or `~/.cache/behavior-trace`; delete it to fetch again.
//!
//! # A cluster
//!
//! [`Cluster`] is three servers with Group Replication or Galera, whose nodes are killed, paused and restarted like any other
//! server. Group Replication is a plugin of MySQL's own. [`provision_galera`] returns Galera's library: an installed one, or the
//! one of the distribution's packages, as above.
//!
//! # NATS
//!
//! [`NatsServer`] is a server of NATS with JetStream, and [`NatsCluster`] is three of them. The binary is the one that
//! `BEHAVIOR_TRACE_TEST_NATS_SERVER` names, or an installed one, or comes from the distribution's packages, as above.
//!
//! # Prometheus
//!
//! [`Prometheus`] scrapes an application under test, and [`PrometheusBinaries`] checks and tests rules. Both come from an
//! installed Prometheus or from the distribution's packages, as above.
//!
//! # PHP
//!
//! Tests of the way from PHP run recorders in PHP. [`Php::find`] returns an installed `php` with its MySQL driver, or fetches
//! Debian's packages `php-cli` and `php-mysql` in the same way.
//!
//! # DuckDB
//!
//! Tests of Parquet files read them by DuckDB. [`DuckDb::find`] returns an installed `duckdb`, or pip fetches the program from PyPI.
//!
//! # S3
//!
//! [`Moto`] speaks the protocol of S3. pip fetches it from PyPI.
//!
//! # A browser
//!
//! [`Browser`] is a Chromium without a window, driven through WebDriver: pages, keys, messages of the console, reports of the
//! Content-Security-Policy, pictures, and the rules of axe-core. It is an installed Chromium or Chrome with its `chromedriver`,
//! or comes from Debian's packages `chromium` and `chromium-driver`, as above. axe-core comes from npm's registry.
//!
//! # The end of a server
//!
//! Each server runs on a free port of 127.0.0.1 and a Unix socket, in its own temporary directory. Dropping [`Server`]
//! ends it by its process id and removes the directory. If the test process dies without dropping it (`SIGKILL`, Ctrl-C,
//! `abort`, a `static`), a small watchdog shell does the same. A browser ends in the same way, with its process group.

mod address;
mod browser;
mod cache;
mod cluster;
mod command;
mod container;
mod error;
mod external;
mod kind;
mod local;
mod moto;
mod nats;
mod prometheus;
mod provision;
mod server;

pub use browser::{Browser, ColorScheme, Element, Key, Media, Message, Violation};
pub use cluster::{Cluster, ClusterKind, Isolation};
pub use error::ServerError;
pub use kind::Kind;
pub use moto::Moto;
pub use nats::{NatsCluster, NatsServer};
pub use prometheus::Prometheus;
pub use provision::{
    ChromiumBinaries, DuckDb, Installation, NatsBinary, Php, PrometheusBinaries, Terminal,
    Valgrind, provision, provision_axe, provision_chromium, provision_galera, provision_moto,
    provision_nats, provision_prometheus,
};
pub use server::{Server, ServerBuilder};
