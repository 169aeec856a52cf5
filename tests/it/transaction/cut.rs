//! Connections that break at COMMIT.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use behavior_trace::transaction;
use behavior_trace_servers::Kind;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{MySql, MySqlPool};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::shop::{self, Found, Shop, create};

/// Point at which the connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Before the server receives the COMMIT.
    Request,
    /// After the commit: the response is lost with the connection.
    Answer,
    /// After the commit: the connection stays open, but the response never arrives.
    Silence,
}

/// Proxy that forwards everything until the client sends COMMIT.
#[derive(Debug)]
struct Proxy {
    address: SocketAddr,
    committed: Arc<Notify>,
}

impl Proxy {
    async fn before(shop: &Shop<MySql>, cut: Cut) -> Self {
        let options: MySqlConnectOptions = shop.url().parse().expect("a good URL");
        let server = format!("{}:{}", options.get_host(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let committed = Arc::new(Notify::new());
        let seen = Arc::clone(&committed);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("the server");
                tokio::spawn(relay(client, server, cut, Arc::clone(&seen)));
            }
        });
        Self { address, committed }
    }

    /// Opens a pool through the proxy, without TLS so that the proxy can read the packets.
    async fn pool(&self, url: &str) -> MySqlPool {
        let options: MySqlConnectOptions = url.parse().expect("a good URL");
        let options = options
            .host(&self.address.ip().to_string())
            .port(self.address.port())
            .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled);
        let pool = MySqlPoolOptions::new().max_connections(1);
        pool.connect_with(options).await.expect("a pool")
    }
}

async fn relay(client: TcpStream, server: TcpStream, cut: Cut, committed: Arc<Notify>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers_lost = Arc::new(AtomicBool::new(false));
    let lost = Arc::clone(&answers_lost);
    let requests = async move {
        let mut buffer = [0; 8192];
        while let Some(packet) = read(&mut from_client, &mut buffer).await {
            if packet.windows(6).any(|word| word == b"COMMIT") {
                if cut == Cut::Request {
                    return;
                }
                lost.store(true, Ordering::SeqCst);
            }
            write(&mut to_server, packet).await;
        }
    };
    let answers = async move {
        let mut buffer = [0; 8192];
        while let Some(packet) = read(&mut from_server, &mut buffer).await {
            if answers_lost.load(Ordering::SeqCst) {
                committed.notify_one();
                match cut {
                    Cut::Silence => std::future::pending().await,
                    _ => return,
                }
            }
            write(&mut to_client, packet).await;
        }
    };
    // The first direction to end closes both.
    tokio::select! {
        () = requests => {}
        () = answers => {}
    }
}

async fn read<'a>(from: &mut (impl AsyncRead + Unpin), buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    match from.read(buffer).await {
        Ok(count @ 1..) => Some(&buffer[..count]),
        _ => None,
    }
}

async fn write(to: &mut (impl AsyncWrite + Unpin), packet: &[u8]) {
    // The next read detects a closed peer.
    let _ = to.write_all(packet).await;
}

async fn cut_at_commit(shop: &Shop<MySql>, cut: Cut, stores: bool) -> Found {
    let proxy = Proxy::before(shop, cut).await;
    let pool = proxy.pool(shop.url()).await;
    let trade: sqlx::Result<()> = transaction::run(&pool, async |tx| {
        create(tx, 1).await?;
        if stores {
            tx.store_activity().await?;
        }
        Ok(())
    })
    .await;
    trade.expect_err("the answer was lost");
    assert_eq!(shop.stats().commit_unknown, 1);
    assert_eq!(shop.stats().rolled_back, 0);
    shop.found().await
}

async fn an_unanswered_commit_leaves_a_marked_row(shop: &Shop<MySql>) {
    let found = cut_at_commit(shop, Cut::Answer, false).await;
    let expected = Found {
        items: vec![1],
        told: vec![1],
        doubted: vec![1],
    };
    assert_eq!(found, expected);
}

async fn an_unheard_commit_leaves_a_marked_row_too(shop: &Shop<MySql>) {
    let found = cut_at_commit(shop, Cut::Request, false).await;
    let expected = Found {
        items: vec![],
        told: vec![1],
        doubted: vec![1],
    };
    assert_eq!(found, expected);
}

async fn a_row_stored_in_the_transaction_is_there_if_the_change_is(shop: &Shop<MySql>) {
    let found = cut_at_commit(shop, Cut::Answer, true).await;
    let expected = Found {
        items: vec![1],
        told: vec![1],
        doubted: vec![],
    };
    assert_eq!(found, expected);
}

async fn a_row_stored_in_the_transaction_is_gone_if_the_change_is(shop: &Shop<MySql>) {
    let found = cut_at_commit(shop, Cut::Request, true).await;
    assert_eq!(found, Found::default());
}

async fn a_future_dropped_at_commit_leaves_a_marked_row(shop: &Shop<MySql>) {
    let proxy = Proxy::before(shop, Cut::Silence).await;
    let pool = proxy.pool(shop.url()).await;
    let trade = transaction::run(&pool, async |tx| create(tx, 1).await);
    tokio::select! {
        _ = trade => unreachable!("the answer never comes"),
        () = proxy.committed.notified() => {}
    }
    let expected = Found {
        items: vec![1],
        told: vec![1],
        doubted: vec![1],
    };
    assert_eq!(shop.found().await, expected);
    assert_eq!(shop.stats().commit_unknown, 1);
}

/// Runs each test on MariaDB and MySQL.
macro_rules! on_every_server {
    ($($test:ident)*) => {
        mod on_mariadb {$(
            #[tokio::test]
            async fn $test() {
                super::$test(&super::shop::server(super::Kind::MariaDb, stringify!($test)).await).await;
            }
        )*}

        mod on_mysql {$(
            #[tokio::test]
            async fn $test() {
                super::$test(&super::shop::server(super::Kind::MySql, stringify!($test)).await).await;
            }
        )*}
    };
}

on_every_server! {
    an_unanswered_commit_leaves_a_marked_row
    an_unheard_commit_leaves_a_marked_row_too
    a_future_dropped_at_commit_leaves_a_marked_row
    a_row_stored_in_the_transaction_is_there_if_the_change_is
    a_row_stored_in_the_transaction_is_gone_if_the_change_is
}
