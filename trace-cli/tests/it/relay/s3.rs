//! `relay publish` to S3.

use behavior_trace_servers::Moto;
use serde_json::Value;

use super::publish::{record_ids, stored_ids};
use crate::tool::{Place, Ran};

fn run(place: &Place, moto: &Moto, words: &[&str]) -> Ran {
    let mut command = place.command(words);
    command.envs(moto.environment());
    Ran::of(command.output().expect("the tool runs"))
}

const PUBLISH: [&str; 7] = [
    "relay",
    "publish",
    "--to",
    "s3://activity/shop",
    "--settle",
    "0s",
    "--once",
];

#[tokio::test]
async fn a_bucket_gets_the_objects_of_a_folder_and_none_is_replaced() {
    let place = Place::sqlite();
    place.migrate().await;
    let moto = Moto::start("activity").unwrap_or_else(|error| panic!("{error}"));
    record_ids(&place, 0..300).await;
    assert_eq!(run(&place, &moto, &PUBLISH).lines()[0]["rows"], 300);
    assert_eq!(run(&place, &moto, &PUBLISH).lines().len(), 0);
    record_ids(&place, 300..310).await;
    assert_eq!(run(&place, &moto, &PUBLISH).lines()[0]["rows"], 10);

    let erase = [
        "erase",
        "user:7",
        "--yes",
        "--tombstone-to",
        "s3://activity/shop",
    ];
    let erased = run(&place, &moto, &erase).lines().remove(0);
    assert!(
        erased["tombstones"][0]
            .as_str()
            .expect("a place")
            .starts_with("s3://activity/shop/erased/")
    );

    // Another table: its seal would have the number of one that is there.
    let other = Place::sqlite();
    other.migrate().await;
    record_ids(&other, 0..5).await;
    let refused = run(&other, &moto, &PUBLISH);
    assert_ne!(refused.code, Some(0), "{refused:?}");

    assert_eq!(ids_in(&place, &moto), stored_ids(&place));
}

/// Returns the ids of the files that the manifests of the bucket name, which are copied into a folder first: DuckDB reads S3
/// by an extension of its own only.
fn ids_in(place: &Place, moto: &Moto) -> Vec<u64> {
    let folder = place.path().join("archive");
    for seal in 1.. {
        let path = format!("manifests/{seal:012}.json");
        if !copied(moto, &path, &folder) {
            break;
        }
        let manifest = std::fs::read(folder.join(&path)).expect("a manifest");
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        for file in manifest["files"].as_array().expect("files") {
            assert!(copied(
                moto,
                file["path"].as_str().expect("a path"),
                &folder
            ));
        }
    }
    super::publish::published_ids(place.path())
}

fn copied(moto: &Moto, path: &str, folder: &std::path::Path) -> bool {
    let Some(content) = moto.object("activity", &format!("shop/{path}")) else {
        return false;
    };
    let file = folder.join(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("created");
    std::fs::write(file, content).expect("written");
    true
}
