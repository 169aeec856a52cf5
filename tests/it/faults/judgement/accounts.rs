//! H11: an account that MySQL accepts without TLS only after a login over TLS.

use std::time::Duration;

use behavior_trace_servers::Kind;
use serde_json::json;
use sqlx::{Connection as _, MySqlConnection};

use super::trial::Trial;
use crate::faults::site::{DATABASE, Site};

#[test]
fn a_cold_account_over_a_socket_is_explained_or_let_in() {
    let site = Site::new(Kind::MySql);
    let socket = site.server.socket_url(DATABASE).expect("its socket");
    let url = socket.replacen("trace@", "cold:secret@", 1);
    cold(site, url, "H11 caching_sha2_password over a socket");
}

#[test]
fn a_cold_account_without_tls_is_explained_or_let_in() {
    let site = Site::new(Kind::MySql).plain();
    let url = site.url.replacen("trace:trace@", "cold:secret@", 1);
    cold(site, url, "H11 caching_sha2_password without TLS");
}

fn cold(mut site: Site, url: String, fault: &'static str) {
    // The server caches the account for all connections, so one account serves both ways.
    let made = format!(
        "CREATE USER 'cold'@'%' IDENTIFIED WITH caching_sha2_password BY 'secret'; \
         GRANT ALL ON {DATABASE}.* TO 'cold'@'%'; FLUSH PRIVILEGES"
    );
    site.server.sql(&made).expect("an account");
    site.url = url;
    let mut trial = Trial::on(&site, 111, fault);
    for number in 0..100 {
        trial.record(&format!("cold-{number}"));
    }
    let stored = trial.wait(Duration::from_secs(4), |trial| {
        trial.in_table().len() == trial.acked()
    });
    if !stored {
        trial.promise_cause(&["caching_sha2_password"]);
        trial.promise_cause(&["tls", "ssl-mode"]);
        warm(&site);
    }
    trial.row.extra = json!({"stored_at_once": stored});
    trial.recover();
    trial.conclude();
}

/// Logs the account in over TLS. After that the server accepts it without TLS too.
fn warm(site: &Site) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tls = site
        .server
        .url(DATABASE)
        .replacen("trace:trace@", "cold:secret@", 1);
    let connected = runtime.block_on(MySqlConnection::connect(&tls));
    connected.expect("it is let in over TLS");
}
