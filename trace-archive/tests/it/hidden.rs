//! What the files do not have.

use std::fs;

use behavior_trace_store::HiddenFields;

use crate::place::{Place, paths};

#[tokio::test]
async fn hidden_columns_and_fields_are_in_no_byte_of_the_archive() {
    let place = Place::sqlite().await;
    place.fill(30).await;
    let names = ["ip_address", "user_agent", "actor_label", "email"];
    let hidden = HiddenFields::new(names).expect("names");
    let publication = place.publication().hide(hidden).once();
    publication
        .run(std::future::pending(), |_| {})
        .await
        .expect("published");
    // Columns are compressed, so they are looked at through a reader; statistics and names are not.
    let text = place
        .duckdb("SELECT * FROM activity")
        .iter()
        .map(ToString::to_string)
        .collect::<String>();
    assert_eq!(text.matches("[hidden]").count(), 60);
    for canary in ["canary", "192.0.2."] {
        assert!(!text.contains(canary), "{canary}");
        for folder in ["dt=2026-11-30", "dt=2026-12-01", "manifests", "plans"] {
            for path in paths(&place.path().join(folder)) {
                let bytes = fs::read(&path).expect("a file");
                assert!(!contains(&bytes, canary), "{canary} in {}", path.display());
            }
        }
    }
    assert_eq!(
        place.manifests()[0].hidden,
        ["ip_address", "user_agent", "actor_label", "email"]
    );
}

#[tokio::test]
async fn without_masks_the_same_search_finds_them() {
    let place = Place::sqlite().await;
    place.fill(30).await;
    place.publish().await.expect("published");
    let text = place
        .duckdb("SELECT * FROM activity")
        .iter()
        .map(ToString::to_string)
        .collect::<String>();
    assert!(text.contains("canary@example.org") && text.contains("192.0.2.1"));
    let file = fs::read(place.path().join(&place.files()[0])).expect("a file");
    assert!(contains(&file, "canary-agent"), "the statistics have it");
}

#[tokio::test]
async fn an_archive_that_hides_a_field_is_refused_without_it_and_may_hide_more() {
    let place = Place::sqlite().await;
    place.fill(3).await;
    let hide = |names: &'static [&'static str]| {
        let hidden = HiddenFields::new(names).expect("names");
        place
            .publication()
            .hide(hidden)
            .once()
            .run(std::future::pending(), |_| {})
    };
    hide(&["ip_address"]).await.expect("published");
    place.fill(0).await;
    let error = hide(&["user_agent"]).await.expect_err("shows it");
    assert!(
        error.is_usage() && error.to_string().contains("hide ip_address too"),
        "{error}"
    );
    hide(&["ip_address", "user_agent"])
        .await
        .expect("published");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}
