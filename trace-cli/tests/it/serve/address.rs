//! The address: names, paths and ports that are answered.

use std::net::TcpListener;

use super::browser::Served;
use crate::tool::Place;

async fn served() -> (Place, Served) {
    let place = Place::sqlite();
    place.migrate().await;
    place.with_orders().await;
    let served = Served::start(&place, &[]);
    (place, served)
}

#[tokio::test]
async fn a_request_for_another_name_is_refused_and_learns_nothing() {
    let (_place, served) = served().await;
    let (path, port) = (&served.path, served.port);
    let refused = |request: String| {
        let (status, answer) = served.answer(&request);
        assert_eq!(status, 421, "{request}{answer}");
        let learned = answer.contains(&path[1..]) || answer.contains("order.");
        assert!(!learned, "{request}{answer}");
    };
    for host in [
        format!("evil.example:{port}"),
        "evil.example".to_owned(),
        "127.0.0.1".to_owned(),
        "localhost:1".to_owned(),
        format!("127.0.0.1.evil.example:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::1]:{port}"),
        String::new(),
    ] {
        for target in [path.as_str(), "/", &format!("{path}/tail")] {
            refused(format!(
                "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ));
        }
    }
    let own = served.host();
    refused(format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n"));
    refused(format!("GET {path} HTTP/1.0\r\n\r\n"));
    refused(format!(
        "GET {path} HTTP/1.1\r\nHost: {own}\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n"
    ));
    refused(format!(
        "GET http://evil.example:{port}{path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n"
    ));
    refused(format!(
        "GET http://{own}{path} HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n"
    ));
}

#[tokio::test]
async fn each_name_of_this_machine_is_answered_in_each_form() {
    let (_place, served) = served().await;
    let (path, port) = (&served.path, served.port);
    let localhost = format!("localhost:{port}");
    for host in [served.host(), localhost] {
        for target in [path.clone(), format!("http://{host}{path}")] {
            for version in ["1.0", "1.1"] {
                let (status, page) = served.answer(&format!(
                    "GET {target} HTTP/{version}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                ));
                assert_eq!(status, 200, "{version} {target} {page}");
                assert!(page.ends_with("</html>"), "{page}");
            }
        }
    }
    let (status, _) = served.answer(&format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ));
    assert_eq!(status, 405);
}

#[tokio::test]
async fn every_other_path_is_not_found_and_looks_the_same() {
    let (_place, served) = served().await;
    let path = served.path.as_str();
    assert_eq!(path.len(), 33, "{path}");
    let last = if path.ends_with('0') { "1" } else { "0" };
    let almost = format!("{}{last}", &path[..32]);
    let without_date = |answer: String| {
        let lines = answer.lines().filter(|line| !line.starts_with("date:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (status, nowhere) = served.get("/");
    assert_eq!(status, 404);
    let nowhere = without_date(nowhere);
    assert!(nowhere.ends_with(&[String::new()]), "{nowhere:?}");
    for other in [
        "/x",
        "/favicon.ico",
        "/assets/x.css",
        &almost,
        &path[..32],
        &format!("{path}0"),
        &path.to_uppercase(),
        &format!("/{path}"),
        &format!("{path}/"),
        "/00000000000000000000000000000000",
    ] {
        let (status, answer) = served.get(other);
        assert_eq!(status, 404, "{other} {answer}");
        assert_eq!(without_date(answer), nowhere, "{other}");
    }
}

#[tokio::test]
async fn the_path_is_another_one_at_each_start() {
    let (place, first) = served().await;
    let second = Served::start(&place, &[]);
    assert_ne!((first.port, &first.path), (second.port, &second.path));
    assert_eq!(first.get(&second.path).0, 404);
}

#[tokio::test]
async fn a_port_in_use_is_an_error_with_a_remedy_and_a_free_one_can_be_chosen() {
    let place = Place::sqlite();
    place.migrate().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let ran = place.run(&["serve", "--port", &port]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let expected = format!("127.0.0.1:{port} is in use; pass another --port");
    assert!(ran.err.contains(&expected), "{ran:?}");
    drop(taken);
    let served = Served::start(&place, &["--port", &port]);
    assert_eq!(served.port.to_string(), port);
    assert_eq!(served.get(&served.path).0, 200);
}

#[tokio::test]
async fn only_this_machine_reaches_the_port() {
    let (_place, served) = served().await;
    let listening = std::fs::read_to_string("/proc/net/tcp").expect("the ports");
    let port = format!(":{:04X} ", served.port);
    let of_port =
        |line: &&str| line.split_whitespace().nth(3) == Some("0A") && line.contains(&port);
    let lines: Vec<_> = listening.lines().filter(of_port).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("0100007F:"), "{lines:?}");
    let wide = std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    assert_eq!(wide.lines().find(of_port), None);
}
