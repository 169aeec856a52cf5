//! A group of servers that takes no large transactions.

use std::net::TcpListener;
use std::time::Duration;

use behavior_trace_servers::{Kind, Server};

use super::{ErrorClass, Shelf, row};
use crate::store::{Purpose, Store};

/// A group of one, whose transactions have at most 4 KiB.
fn group() -> Server {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let address = port.expect("a port");
    let server = Server::builder(Kind::MySql)
        .arg("--server-id=1")
        .arg("--log-bin=binlog")
        .arg("--gtid-mode=ON")
        .arg("--enforce-gtid-consistency=ON")
        .arg("--report-host=127.0.0.1")
        .arg("--plugin-load-add=group_replication.so")
        .arg("--loose-group-replication-group-name=b7acea00-0000-4000-8000-000000004096")
        .arg(format!("--loose-group-replication-local-address={address}"))
        .arg(format!("--loose-group-replication-group-seeds={address}"))
        .arg("--loose-group-replication-start-on-boot=OFF")
        .start()
        .expect("a server of its own");
    let form = "SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION; \
                SET GLOBAL group_replication_bootstrap_group = OFF";
    server.sql(form).expect("a group");
    server
}

#[tokio::test]
async fn a_transaction_too_large_for_a_group_is_halved_and_one_that_is_not_says_nothing_of_its_rows()
 {
    const NAME: &str = "group_limit";
    let server = group();
    let shelf = Shelf::on(&server, NAME).await;
    let limit = "SET GLOBAL group_replication_transaction_size_limit = 4096";
    server.sql(limit).expect("set");
    let store = Store::open(&shelf.url);
    let purpose = Purpose::Writer {
        statement_timeout: Duration::from_secs(5),
    };
    let large = |number, bytes| {
        let mut row = row(number);
        row.payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes)).into();
        row
    };
    let mut session = store.connect(purpose).await.expect("a session");
    let [one, two] = [large(1, 2_000), large(2, 2_500)];
    let error = session.insert(&[one.clone(), two.clone()]).await;
    let error = error.expect_err("4,500 bytes");
    assert_eq!(error.class(), ErrorClass::TooBig, "{error}");
    assert!(error.to_string().contains("at most 4096 bytes"), "{error}");
    let sifted = session.sift(&[one.clone(), two.clone()]).await;
    assert_eq!(sifted.expect_err("as well").class(), ErrorClass::TooBig);
    for row in [one, two] {
        session.insert(&[row]).await.expect("half of it");
    }
    let error = session.insert(&[large(3, 5_000)]).await.expect_err("alone");
    assert_eq!(error.class(), ErrorClass::TooBig, "{error}");
    session
        .insert(&[row(3)])
        .await
        .expect("without its payload");
    assert_eq!(shelf.stored().await.len(), 3);

    // A limit below each transaction is proof of nothing where the rows are smaller than it.
    server
        .sql("SET GLOBAL group_replication_transaction_size_limit = 400")
        .expect("set");
    let mut small = row(4);
    (small.payload, small.user_agent) = ("{}".into(), None);
    let error = session
        .insert(&[small])
        .await
        .expect_err("too large, a little");
    assert_eq!(error.class(), ErrorClass::ReadOnly, "{error}");
    // Nor is a long text that is stored as a short one.
    let limit = "SET GLOBAL group_replication_transaction_size_limit = 2400";
    server.sql(limit).expect("set");
    let mut escaped = row(5);
    escaped.payload = format!(r#"{{"text":"{}"}}"#, r"\u00e9".repeat(1_000)).into();
    let size = format!("SELECT JSON_STORAGE_SIZE('{}')", escaped.payload);
    let size = server.sql(&size.replace('\\', r"\\")).expect("an answer");
    assert_eq!(size.trim(), "2018", "of a text of 6,011 bytes");
    let error = session.insert(&[escaped]).await;
    let error = error.expect_err("too large, with what is around it");
    assert_eq!(error.class(), ErrorClass::ReadOnly, "{error}");
}
