//! A server of fixed pages.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Policy that allows a page nothing besides itself.
pub(crate) const STRICT: &str = "default-src 'none'";

/// Serves one page at `/` on a thread of its own, under a Content-Security-Policy, and nothing at any other path. Returns
/// its address.
pub(crate) fn serve(page: &str, policy: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-security-policy: {policy}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The browser opens connections in advance, and sends nothing over some of them.
            let answer = answer.clone();
            std::thread::spawn(move || give(&stream.unwrap(), &answer));
        }
    });
    address
}

fn give(mut stream: &TcpStream, page: &str) {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    while lines
        .next()
        .and_then(Result::ok)
        .is_some_and(|line| !line.is_empty())
    {}
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let answer = if first.starts_with("GET / ") {
        page
    } else {
        missing
    };
    // A browser that ends hears no answer.
    let _ = stream.write_all(answer.as_bytes());
}

/// Returns a page with this content of its body, and this content of its head.
pub(crate) fn page(head: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>A page</title>\
         <meta name=\"viewport\" content=\"width=device-width\">{head}</head>\
         <body><main><h1>A page</h1>{body}</main></body></html>"
    )
}
