//! Stores with rows.

use behavior_trace_core::{Activity, Timestamp, activity};
use behavior_trace_servers::{Kind, Server};
use behavior_trace_store::testing::insert_rows;
use behavior_trace_store::{DatabaseUrl, Migrations, Reader};
use tempfile::TempDir;
use uuid::Uuid;

/// A database of a test.
pub(crate) struct Place {
    pub(crate) url: DatabaseUrl,
    _folder: Option<TempDir>,
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self {
            url: DatabaseUrl::memory(),
            _folder: None,
        }
    }

    /// Returns an empty database on each store.
    pub(crate) async fn each(test: &str) -> Vec<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = format!("sqlite:{}", folder.path().join("activity.db").display());
        let mut places = vec![Self::memory(), Self::of(&sqlite, Some(folder))];
        for kind in [Kind::MariaDb, Kind::MySql] {
            let server = Server::shared(kind).expect("a server");
            places.push(Self::of(&server.database(test).expect("a database"), None));
        }
        for place in &places[1..] {
            Migrations::new(&place.url).run().await.expect("migrated");
        }
        places
    }

    /// Returns an empty database on a server of the test.
    pub(crate) async fn on(server: &Server, test: &str) -> Self {
        let place = Self::of(&server.database(test).expect("a database"), None);
        Migrations::new(&place.url).run().await.expect("migrated");
        place
    }

    fn of(url: &str, folder: Option<TempDir>) -> Self {
        Self {
            url: url.parse().expect("a URL"),
            _folder: folder,
        }
    }

    pub(crate) async fn with(self, rows: &[Activity<'_>]) -> Self {
        self.insert(rows).await;
        self
    }

    pub(crate) async fn insert(&self, rows: &[Activity<'_>]) {
        insert_rows(&self.url, rows).await.expect("stored");
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(&self.url)
    }
}

/// The correlation of all rows.
pub(crate) const STORY: &str = "01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8";

/// Returns a row of a moment ago with every column filled. A larger number is later.
pub(crate) fn row(number: u32) -> Activity<'static> {
    let now = Timestamp::now().as_micros() - 60_000_000;
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::from_micros(now + i64::from(number)),
        actor_type: "ADMIN".into(),
        actor_id: Some(1),
        action: "user.update".into(),
        resource: "User".into(),
        resource_id: Some(number.to_string().into()),
        payload: r#"{"actor_label":"Grace","diff":{"email":{"from":"a@x","to":"b@x"}}}"#.into(),
        correlation_id: Some(STORY.into()),
        request_id: Some(format!("r-{number}").into()),
        route_name: Some("/users/{id}".into()),
        ip_address: Some("203.0.113.24".into()),
        user_agent: Some("curl/8".into()),
    }
}

/// Returns a row with another action and payload.
pub(crate) fn event(number: u32, action: &'static str, payload: &str) -> Activity<'static> {
    let mut row = row(number);
    row.action = action.into();
    row.payload = payload.to_owned().into();
    row
}
