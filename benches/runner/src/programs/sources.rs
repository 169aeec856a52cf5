//! The programs: a service, and what is added to it.

use std::path::Path;

/// A service with some crates more.
pub(super) struct Program {
    pub(super) name: &'static str,
    dependencies: &'static [&'static str],
    /// What its `main` does before it serves, so that the linker keeps what a service uses. The first one sets the subscriber.
    statements: &'static [&'static str],
}

const LOGS: &str = "tracing_subscriber::fmt::init();";
/// The facade, from its folder.
const OURS: &str = r#"behavior-trace = { path = "{workspace}" }"#;
const RECORDS: &str = r#"
    let recorder = behavior_trace::BehaviorTrace::builder()
        .database_url(std::env::var("DATABASE_URL")?.parse()?)
        .build()?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer())
        .with(recorder.layer())
        .init();
    #[behavior_trace::behavior_trace(action = "user.rename", resource = "User", resource_id = id)]
    fn rename(id: u64) {}
    rename(7);"#;
const SQLX: &str = r#"sqlx = { version = "0.9", features = ["runtime-tokio", "mysql", "sqlite", "tls-rustls-ring"] }"#;
const QUERIES: &str = r#"
    let url = std::env::var("DATABASE_URL")?;
    let pool = sqlx::MySqlPool::connect(&url).await?;
    sqlx::query("DELETE FROM users WHERE id = ?").bind(7).execute(&pool).await?;
    let pool = sqlx::SqlitePool::connect(&url).await?;
    sqlx::query("DELETE FROM users WHERE id = ?").bind(7).execute(&pool).await?;"#;
const TRACES: &str = r#"
    use opentelemetry::trace::TracerProvider as _;
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build()?;
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer())
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("service")))
        .init();"#;

pub(super) const BARE: Program = Program {
    name: "a service: axum, tokio, tracing-subscriber",
    dependencies: &[],
    statements: &[LOGS],
};

pub(super) const PROGRAMS: [Program; 4] = [
    Program {
        name: "with behavior-trace, default features",
        dependencies: &[OURS],
        statements: &[RECORDS],
    },
    Program {
        name: "with sqlx, for MySQL and SQLite over rustls",
        dependencies: &[SQLX],
        statements: &[LOGS, QUERIES],
    },
    Program {
        name: "with both",
        dependencies: &[SQLX, OURS],
        statements: &[RECORDS, QUERIES],
    },
    Program {
        name: "with tracing-opentelemetry and an exporter by gRPC",
        dependencies: &[
            r#"opentelemetry = "0.33""#,
            r#"opentelemetry_sdk = "0.33""#,
            r#"opentelemetry-otlp = { version = "0.33", features = ["grpc-tonic"] }"#,
            r#"tracing-opentelemetry = "0.34""#,
        ],
        statements: &[TRACES],
    },
];

impl Program {
    pub(super) fn manifest(&self, workspace: &Path) -> String {
        let dependencies = self.dependencies.join("\n");
        let dependencies = dependencies.replace("{workspace}", &workspace.display().to_string());
        format!(
            r#"[package]
name = "service"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[profile.release]
strip = true

[dependencies]
axum = "0.8"
tokio = {{ version = "1", features = ["macros", "net", "rt-multi-thread"] }}
tracing-subscriber = "0.3"
{dependencies}
"#
        )
    }

    pub(super) fn source(&self) -> String {
        format!(
            r#"#[allow(unused_imports)]
use tracing_subscriber::{{layer::SubscriberExt as _, util::SubscriberInitExt as _}};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {{
    {}
    let app = axum::Router::new().route("/", axum::routing::get(|| async {{ "served" }}));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, app).await?;
    Ok(())
}}
"#,
            self.statements.concat()
        )
    }
}
