//! The errors of a first setup name a remedy.

use std::net::TcpListener;
use std::thread;

use behavior_trace_servers::{Kind, Server};
use url::Url;

use crate::store::{DatabaseUrl, Purpose, Store};

/// Returns the error message of a connection to this URL.
async fn refused(url: &Url) -> String {
    let of_url: DatabaseUrl = url.as_str().parse().expect("a good URL");
    let connected = Store::open(&of_url).connect(Purpose::Maintainer).await;
    connected.expect_err("no connection").to_string()
}

async fn each_says_what_to_do(kind: Kind) {
    let server = Server::shared(kind).expect("a server");
    let good: Url = server.url("").parse().expect("a URL");
    let account = format!("stranger_{}", kind.name());
    server
        .sql(&format!(
            "DROP USER IF EXISTS '{account}'@'%'; CREATE USER '{account}'@'%' IDENTIFIED BY 'canary-7f3a'"
        ))
        .expect("an account");

    let mut nowhere = good.clone();
    nowhere.set_path("/of_nobody");
    assert_holds(&refused(&nowhere).await, "CREATE DATABASE");

    let mut wrong = good.clone();
    wrong.set_path("/of_nobody");
    wrong
        .set_password(Some("canary-wrong"))
        .expect("a password");
    assert_holds(&refused(&wrong).await, "`@` as `%40`");

    let mut without_rights = good.clone();
    without_rights.set_path("/mysql");
    without_rights.set_username(&account).expect("a name");
    without_rights
        .set_password(Some("canary-7f3a"))
        .expect("a password");
    assert_holds(&refused(&without_rights).await, "schema::grants");

    let mut closed = good.clone();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    closed.set_port(Some(port)).expect("a port");
    closed.set_path("/shop");
    assert_holds(&refused(&closed).await, "3306");

    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = other.local_addr().expect("an address").port();
    let answering = thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = other.accept().expect("a client");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    closed.set_port(Some(port)).expect("a port");
    assert_holds(&refused(&closed).await, "check the port");
    answering.join().expect("it answered");
}

#[track_caller]
fn assert_holds(text: &str, remedy: &str) {
    assert!(text.contains(remedy), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn each_says_what_to_do_on_mysql() {
    each_says_what_to_do(Kind::MySql).await;
}

#[tokio::test]
async fn each_says_what_to_do_on_mariadb() {
    each_says_what_to_do(Kind::MariaDb).await;
}
