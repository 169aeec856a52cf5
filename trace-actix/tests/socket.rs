//! A real server behind the middleware, in a process of its own, since the subscriber is the whole process's.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use actix_web::{App, HttpResponse, HttpServer, web};
use behavior_trace::test::Capture;
use behavior_trace::{Actor, Context, record};
use behavior_trace_actix::{ContextMiddleware, block};
use tracing_actix_web::TracingLogger;
use tracing_subscriber::prelude::*;

async fn rename(id: web::Path<u64>) -> HttpResponse {
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(5));
    }
    record!(action = "user.update", resource = "User", resource_id = *id);
    HttpResponse::NoContent().finish()
}

/// The application, and around it what `$layer` is.
macro_rules! app {
    ($layer:expr) => {
        App::new()
            .service(web::scope("/api").route("/users/{id}", web::patch().to(rename)))
            .wrap($layer)
    };
}

/// Sends a request over a socket; returns the whole answer.
fn send(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(
        stream,
        "{head}\r\nconnection: close\r\nhost: tests\r\ncontent-length: 0\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Serves the application that `$app` makes, and checks the row of one call.
macro_rules! serve {
    ($capture:expr, $app:expr) => {{
        let server = HttpServer::new(|| $app).workers(1);
        let server = server.bind(("127.0.0.1", 0)).expect("a free port");
        let address = server.addrs()[0];
        let server = server.disable_signals().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let sent = "PATCH /api/users/7 HTTP/1.1\r\nx-request-id: r-1";
        let answer = block(move || send(address, sent)).await.expect("an answer");
        assert!(answer.contains("x-request-id: r-1"), "{answer}");
        handle.stop(true).await;
        let rows = $capture.activities();
        $capture.clear();
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        assert_eq!(row.request_id.as_deref(), Some("r-1"));
        assert_eq!(row.actor_id, Some(5));
        assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(row.route_name.as_deref(), Some("/api/users/{id}"));
    }};
}

#[actix_web::test]
async fn it_works_over_a_socket_and_beside_tracing_actix_web_in_either_order() {
    let capture = Capture::new();
    // The workers of the server are threads of their own.
    tracing_subscriber::registry().with(capture.layer()).init();
    serve!(
        capture,
        app!(ContextMiddleware::new()).wrap(TracingLogger::default())
    );
    serve!(
        capture,
        app!(TracingLogger::default()).wrap(ContextMiddleware::new())
    );
}
