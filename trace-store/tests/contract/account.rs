//! Accounts whose password the server requires encrypted.

use behavior_trace_servers::{Kind, Server};

use crate::store::{DatabaseUrl, ErrorClass, Purpose, Store};

/// The server keeps a digest of each password it has seen. Without one, it asks for the password itself.
#[tokio::test]
async fn a_password_that_the_server_has_not_seen_is_no_wrong_one() {
    const NAME: &str = "a_password_not_seen";
    let server = Server::start(Kind::MySql).expect("a server");
    let plain: url::Url = server
        .database(NAME)
        .expect("a database")
        .parse()
        .expect("a URL");
    server
        .sql(&format!(
            "CREATE USER 'cold'@'%' IDENTIFIED WITH caching_sha2_password BY 'canary-7f3a'; \
             GRANT ALL PRIVILEGES ON {NAME}.* TO 'cold'@'%'"
        ))
        .expect("an account");
    let socket: url::Url = server
        .socket_url(NAME)
        .expect("a socket")
        .parse()
        .expect("a URL");
    let mut tcp = plain.clone();
    tcp.set_query(Some("ssl-mode=disabled"));
    let mut tls = plain;
    tls.set_query(Some("ssl-mode=required"));
    // Over a socket the server expects the plain password, but the driver asks for a key.
    let over_socket = false;
    let over_plain_tcp = cfg!(feature = "mysql-rsa");
    for (mut url, works) in [(socket, over_socket), (tcp, over_plain_tcp), (tls, true)] {
        url.set_username("cold").expect("a name");
        url.set_password(Some("canary-7f3a")).expect("a password");
        let url: DatabaseUrl = url.as_str().parse().expect("a good URL");
        server.sql("FLUSH PRIVILEGES").expect("a cold cache");
        match Store::open(&url).connect(Purpose::Maintainer).await {
            Ok(_) => assert!(works, "{url}"),
            Err(error) => {
                assert!(!works, "{url}: {error}");
                assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
                let text = error.to_string();
                assert!(
                    text.contains("caching_sha2_password") && text.contains("?ssl-mode=required"),
                    "{text}"
                );
            }
        }
    }
}
