//! A server that ends and starts again while its table is followed.

use std::time::Instant;

use behavior_trace_servers::{Kind, Server};

use super::in_flight::begun;
use super::{SETTLE, Shelf, events, follow, ids_of, rows, until, until_settled};

async fn a_follower_survives_the_server(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let shelf = Shelf::on(&server, "a_follower_survives_the_server").await;
    let sent = rows(60);
    let mut follow = follow(&shelf).after_id(0);
    for (number, sent) in sent.chunks(20).enumerate() {
        let mut connection = shelf.connect().await;
        connection.insert(&sent[..9]).await.expect("stored");
        assert_eq!(events(&mut follow, 9).await, ids_of(&sent[..9]));
        let lost = begun(&shelf, &sent[9..10]).await;
        connection.insert(&sent[10..15]).await.expect("stored");
        assert_eq!(events(&mut follow, 5).await, ids_of(&sent[10..15]));
        if number == 1 {
            server.stop().expect("stopped");
        } else {
            server.kill().expect("killed");
        }
        let begin = Instant::now();
        until(&mut follow, |_| begin.elapsed() > SETTLE * 3).await;
        server.restart().expect("there again");
        let mut connection = shelf.connect().await;
        connection.insert(&sent[15..]).await.expect("stored");
        assert_eq!(events(&mut follow, 5).await, ids_of(&sent[15..]));
        until_settled(&mut follow).await;
        drop(lost);
    }
    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
}

/// A crash takes rows that were shown before their commits were on disk, and their ids are used again.
async fn a_row_with_the_id_of_a_lost_one_comes(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let shelf = Shelf::on(&server, "a_row_with_the_id_of_a_lost_one_comes").await;
    let sent = rows(6);
    let mut all = follow(&shelf).after_id(0);
    let mut filtered = follow(&shelf).action("user.update").after_id(0);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..4]).await.expect("stored");
    for follow in [&mut all, &mut filtered] {
        assert_eq!(events(follow, 4).await, ids_of(&sent[..4]));
    }
    server.kill().expect("killed");
    for follow in [&mut all, &mut filtered] {
        let begin = Instant::now();
        until(follow, |_| begin.elapsed() > SETTLE).await;
    }
    server.restart().expect("there again");
    let mut connection = shelf.connect().await;
    shelf
        .sql("DELETE FROM operational_activity WHERE actor_id >= 2")
        .await;
    connection.insert(&sent[4..5]).await.expect("stored");
    shelf
        .sql("UPDATE operational_activity SET id = 4 WHERE actor_id = 4")
        .await;
    for follow in [&mut all, &mut filtered] {
        assert_eq!(events(follow, 1).await, ids_of(&sent[4..5]));
    }
    connection.insert(&sent[5..]).await.expect("stored");
    shelf
        .sql("UPDATE operational_activity SET id = 3 WHERE actor_id = 5")
        .await;
    for follow in [&mut all, &mut filtered] {
        assert_eq!(events(follow, 1).await, ids_of(&sent[5..]));
        until_settled(follow).await;
    }
}

#[tokio::test]
async fn a_row_with_the_id_of_a_lost_one_comes_on_mariadb() {
    a_row_with_the_id_of_a_lost_one_comes(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_row_with_the_id_of_a_lost_one_comes_on_mysql() {
    a_row_with_the_id_of_a_lost_one_comes(Kind::MySql).await;
}

#[tokio::test]
async fn a_follower_survives_the_server_on_mariadb() {
    a_follower_survives_the_server(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_follower_survives_the_server_on_mysql() {
    a_follower_survives_the_server(Kind::MySql).await;
}
