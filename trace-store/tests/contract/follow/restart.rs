//! A server that ends and starts again while its table is followed.

use behavior_trace_servers::{Kind, Server};

use super::in_flight::begun;
use super::{Shelf, events, follow, ids_of, rows, until, until_settled};

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
        let begin = std::time::Instant::now();
        until(&mut follow, |_| begin.elapsed() > super::SETTLE * 3).await;
        server.restart().expect("there again");
        let mut connection = shelf.connect().await;
        connection.insert(&sent[15..]).await.expect("stored");
        assert_eq!(events(&mut follow, 5).await, ids_of(&sent[15..]));
        until_settled(&mut follow).await;
        drop(lost);
    }
    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
}

#[tokio::test]
async fn a_follower_survives_the_server_on_mariadb() {
    a_follower_survives_the_server(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_follower_survives_the_server_on_mysql() {
    a_follower_survives_the_server(Kind::MySql).await;
}
