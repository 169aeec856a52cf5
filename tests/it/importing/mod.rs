//! Tables of the PHP recorders come along, beside live writers of both sides, through a kill in the middle.

mod interrupted;
mod live;
mod oracle;

use std::collections::HashMap;

use behavior_trace::import::{Import, ImportReport};
use behavior_trace::query::Reader;
use behavior_trace::schema::Migrations;
use behavior_trace_servers::Kind;
use sqlx::query_as;
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use crate::database::Database;
use crate::php::{G1, G2, G3, Generation, SPATIE_V4, SPATIE_V5, run};
use live::Live;
use oracle::Expected;

/// Rows that are in the old table before the import, and rows that PHP records beside it.
const ROWS: u32 = 20_000;
const BESIDE: u32 = 1_000;

/// An old table, and the database of the recorder.
pub(crate) struct Move {
    old: Database,
    new: Database,
    generation: Generation,
}

impl Move {
    /// Records the old rows, and creates the new table.
    async fn begin(kind: Kind, generation: Generation) -> Self {
        let test = format!("importing_{}", generation.name().replace('-', "_"));
        let one = Self {
            old: Database::on(kind, &format!("{test}_old")),
            new: Database::on(kind, &test),
            generation,
        };
        generation.create_table(&one.old).await;
        run(one.recorder(ROWS).arg("--transaction=500"));
        Migrations::new(one.new.url())
            .run()
            .await
            .expect("migrates");
        one
    }

    /// Returns a recorder of the old generation. One of Laravel's applications has a zone of its own.
    fn recorder(&self, rows: u32) -> std::process::Command {
        let mut recorder = self.generation.recorder(&self.old, rows);
        if self.generation.name() == "spatie-v5" {
            recorder.arg("--zone=Europe/Berlin");
        }
        recorder
    }

    fn import(&self) -> Import {
        import(self.generation.name(), self.old.text(), self.new.text())
    }

    /// Returns the number of rows, the highest id and a checksum of the new table.
    async fn contents(&self) -> (i64, i64, i64) {
        query_as(
            "SELECT COUNT(*), CAST(MAX(id) AS SIGNED), CAST(SUM(CRC32(CONCAT_WS('|', id, event_id, occurred_at, actor_id, \
             action, payload))) AS SIGNED) FROM operational_activity",
        )
        .fetch_one(&mut self.new.mysql().await)
        .await
        .expect("the contents")
    }
}

/// Returns the import of a generation as its users write it.
fn import(generation: &str, old: &str, new: &str) -> Import {
    let import = Import::new(&old.parse().expect("a URL"), &new.parse().expect("a URL"));
    match generation {
        "g3" => import.zone("Europe/Berlin"),
        "spatie-v4" => import.zone("UTC").session_zone("+00:00"),
        "spatie-v5" => import.zone("Europe/Berlin").session_zone("+00:00"),
        _ => import,
    }
}

/// Checks that each old row is in the new table once and as the rules say, beside the rows of the live recorder.
async fn assert_moved(one: &Move, recorded: usize) {
    let old = oracle::read(&one.old, one.generation).await;
    assert_eq!(old.len(), (ROWS + BESIDE) as usize);
    let mut expected: HashMap<Uuid, Expected> = old.iter().map(oracle::Old::expected).collect();
    let reader = Reader::new(one.new.url());
    let mut rows = std::pin::pin!(reader.query().oldest_first().stream());
    let mut others = 0;
    while let Some(row) = rows.next().await {
        let row = row.expect("a row");
        assert!(row.damaged.is_empty(), "{row:?}");
        match expected.remove(&row.activity.event_id) {
            Some(expected) => assert_eq!(Expected::of(&row), expected),
            None => others += 1,
        }
    }
    assert!(
        expected.is_empty(),
        "{} missing: {:?}",
        expected.len(),
        expected.iter().next()
    );
    assert_eq!(
        others, recorded,
        "every other row is of the live recorder, and none is there twice"
    );
}

async fn moves(kind: Kind, generation: Generation) {
    let one = Move::begin(kind, generation).await;
    let dry = one
        .import()
        .pause_factor(0)
        .dry_run(|_| ())
        .await
        .expect("a dry run");
    assert_eq!((dry.read, dry.stored), (u64::from(ROWS), 0));

    let live = Live::begin(&one);
    let position = interrupted::killed(&one);
    let resumed = one
        .import()
        .resume(position.clone())
        .run(|_| ())
        .await
        .expect("resumes");
    assert!(
        resumed.read < u64::from(ROWS + BESIDE) - position.last_id() + 1,
        "{resumed:?}"
    );
    let recorded = live.end();

    // The old application has stopped; rows that were committed late are found by one more run.
    let all: ImportReport = one
        .import()
        .pause_factor(0)
        .run(|_| ())
        .await
        .expect("runs again");
    assert_eq!(
        (all.read, all.refused),
        (u64::from(ROWS + BESIDE), 0),
        "{all:?}"
    );
    assert_eq!(all.stored, all.read);
    for note in &dry.notes {
        assert!(all.rows_with(note.reason) >= note.rows, "{note:?}");
    }
    assert_moved(&one, recorded).await;

    let before = one.contents().await;
    let again = one
        .import()
        .pause_factor(0)
        .run(|_| ())
        .await
        .expect("a run that changes nothing");
    assert_eq!(again.notes, all.notes);
    assert_eq!(one.contents().await, before);
}

macro_rules! on_both {
    ($($generation:ident => $mariadb:ident, $mysql:ident;)*) => {$(
        #[tokio::test]
        async fn $mariadb() {
            moves(Kind::MariaDb, $generation).await;
        }

        #[tokio::test]
        async fn $mysql() {
            moves(Kind::MySql, $generation).await;
        }
    )*};
}

on_both! {
    G1 => the_first_generation_moves_on_mariadb, the_first_generation_moves_on_mysql;
    G2 => the_second_generation_moves_on_mariadb, the_second_generation_moves_on_mysql;
    G3 => the_third_generation_moves_on_mariadb, the_third_generation_moves_on_mysql;
    SPATIE_V4 => spatie_version_4_moves_on_mariadb, spatie_version_4_moves_on_mysql;
    SPATIE_V5 => spatie_version_5_moves_on_mariadb, spatie_version_5_moves_on_mysql;
}
