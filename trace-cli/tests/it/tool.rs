//! Running the tool, and the databases it runs against.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::Migrations;
use behavior_trace::{Actor, BehaviorTrace, Context, record};
use behavior_trace_servers::{Kind, Server};
use tempfile::TempDir;
use tracing_subscriber::prelude::*;

/// A database of a test, and the folder in which the tool runs.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    pub(crate) store: &'static str,
}

impl Place {
    /// Returns an empty database on each store, whose tables are migrated.
    pub(crate) async fn each(test: &str) -> Vec<Self> {
        let mut places = vec![Self::sqlite()];
        places.extend(Self::servers(test));
        for place in &places {
            place.migrate().await;
        }
        places
    }

    /// Returns the place of a database on a server of the test.
    pub(crate) fn on(url: String) -> Self {
        Self {
            url,
            folder: tempfile::tempdir().expect("a temporary directory"),
            store: "own",
        }
    }

    /// Creates the tables.
    pub(crate) async fn migrate(&self) {
        let url: DatabaseUrl = self.url.parse().expect("a URL");
        Migrations::new(&url).run().await.expect("migrated");
    }

    /// Returns a SQLite file without tables.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite:{}", folder.path().join("activity.db").display());
        Self {
            url,
            folder,
            store: "SQLite",
        }
    }

    /// Returns a database without tables on each server.
    pub(crate) fn servers(test: &str) -> [Self; 2] {
        [(Kind::MariaDb, "MariaDB"), (Kind::MySql, "MySQL")].map(|(kind, store)| {
            let server = Server::shared(kind).expect("a server");
            Self {
                url: server.database(test).expect("a database"),
                folder: tempfile::tempdir().expect("a temporary directory"),
                store,
            }
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a command of the tool with the database in its environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = tool(self.path());
        command
            .env("BEHAVIOR_TRACE_DATABASE_URL", &self.url)
            .args(words);
        command
    }

    /// Runs the tool to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().expect("the tool runs"))
    }

    /// Starts the tool, with pipes for its input and outputs.
    pub(crate) fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("the tool runs")
    }

    /// Records events through the real recorder.
    pub(crate) async fn record(&self, events: impl AsyncFnOnce()) {
        let recorder = BehaviorTrace::builder()
            .database_url(self.url.as_str())
            .build();
        let recorder = recorder.expect("a sound configuration");
        let subscriber = tracing_subscriber::registry().with(recorder.layer());
        let guard = subscriber.set_default();
        events().await;
        drop(guard);
        let report = recorder.shutdown(Duration::from_secs(20)).await;
        assert!(report.is_complete(), "{report:?}");
    }

    /// Records three orders by Ada and one by the system.
    pub(crate) async fn with_orders(&self) {
        self.record(async || {
            let ada = Context::new()
                .actor(Actor::user(7).with_label("Ada"))
                .correlation_id("c-1")
                .request_id("r-1")
                .route_name("/orders/{id}");
            ada.scope(async {
                for (id, action) in [
                    (1, "order.create"),
                    (1, "order.approve"),
                    (2, "order.create"),
                ] {
                    record!(
                        action = action,
                        resource = "Order",
                        resource_id = id,
                        payload = serde_json::json!({"total": id})
                    );
                }
            })
            .await;
            record!(
                action = "invoice.delete",
                resource = "Invoice",
                resource_id = "x"
            );
        })
        .await;
    }
}

/// Returns a command of the tool with an environment of its own.
pub(crate) fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_behavior-trace"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("LANG", "C.UTF-8");
    command
}

/// What the tool did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Returns what was printed, after it succeeded.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Returns the JSON of each line, after it succeeded.
    pub(crate) fn lines(self) -> Vec<serde_json::Value> {
        let lines = self.ok();
        let line = |line: &str| serde_json::from_str(line).expect("JSON");
        lines.lines().map(line).collect()
    }
}

/// Holds a text against the kept one of this name, in `tests/it/shown`. Times and the texts that differ between runs are
/// replaced first. With `BLESS=1` in the environment the text is kept instead.
pub(crate) fn shown(name: &str, text: &str, differing: &[&str]) {
    let mut text = text.trim_end().to_owned() + "\n";
    for part in differing {
        text = text.replace(part, "…");
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| without_times(line.trim_end()))
        .collect();
    let text = lines.join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/shown/{name}.txt"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("kept");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{}; BLESS=1 keeps the new one", path.display());
}

/// Replaces the digits of each `2026-11-30 08:15:00.000`.
fn without_times(line: &str) -> String {
    const FORM: &str = "0000-00-00 00:00:00.000";
    let mut line = line.to_owned();
    let is_time = |text: &str| {
        let mut pairs = text.chars().zip(FORM.chars());
        pairs.all(|(char, form)| char == form || (form == '0' && char.is_ascii_digit()))
    };
    for at in 0..line.len() {
        let end = at + FORM.len();
        if line.get(at..end).is_some_and(is_time) {
            line.replace_range(at..end, FORM);
        }
    }
    line
}
