//! The tables specify their format, so no default of a server decides it.

use behavior_trace_servers::{Kind, Server};

use super::{Shelf, rows};
use crate::retention::Partitions;

/// The query for the engine, collation and row format of each table.
const LOOKS: &str = "SELECT table_name, engine, table_collation, row_format, create_options FROM \
     information_schema.tables WHERE table_schema = 'a_table_inherits_nothing' ORDER BY table_name";

async fn a_table_inherits_nothing(kind: Kind) {
    const NAME: &str = "a_table_inherits_nothing";
    // A compact row limits index prefixes to 767 bytes, and a name of 255 characters takes 1020.
    let server = Server::builder(kind)
        .arg("--innodb-default-row-format=compact")
        .arg("--default-storage-engine=MyISAM")
        .arg("--character-set-server=latin1")
        .arg("--collation-server=latin1_german1_ci")
        .start()
        .expect("a server of its own");
    let shelf = Shelf::on(&server, NAME).await;
    let partitions = Partitions::daily(&shelf.url);
    let looks = || server.sql(LOOKS).expect("an answer");
    let said = |looks: &str| {
        assert_eq!(looks.trim().lines().count(), 3, "{looks}");
        for table in looks.trim().lines() {
            for word in ["InnoDB", "utf8mb4_bin", "Dynamic", "row_format=DYNAMIC"] {
                assert!(
                    table.to_lowercase().contains(&word.to_lowercase()),
                    "{word}: {table}"
                );
            }
        }
    };
    said(&looks());
    assert!(partitions.convert().await.expect("adopted"));
    partitions.create_ahead(2).await.expect("made");
    said(&looks());
    shelf
        .connect()
        .await
        .insert(&rows(3))
        .await
        .expect("stored");
}

#[tokio::test]
async fn a_table_inherits_nothing_on_mariadb() {
    a_table_inherits_nothing(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_table_inherits_nothing_on_mysql() {
    a_table_inherits_nothing(Kind::MySql).await;
}

/// An earlier release created the table without a row format, and the server's default has changed since.
#[tokio::test]
async fn a_table_that_said_nothing_says_it_when_it_is_cut() {
    for kind in Kind::ALL {
        let server = Server::start(kind).expect("a server of its own");
        let shelf = Shelf::on(&server, "a_table_that_said_nothing").await;
        shelf
            .sql("ALTER TABLE operational_activity ROW_FORMAT=DEFAULT")
            .await;
        let compact = "SET GLOBAL innodb_default_row_format = compact";
        server.sql(compact).expect("set");
        let partitions = Partitions::daily(&shelf.url);
        assert!(partitions.convert().await.expect("adopted"));
        partitions.create_ahead(2).await.expect("made");
    }
}
