//! The manifests and plans of an archive, one after the other.
//!
//! A seal is a plan, its files, and its manifest, in this order. The plan has the bytes of the manifest, so that a run that
//! finds a plan without a manifest knows which files a killed run was about to write.

use bytes::Bytes;
use serde::Deserialize;

use crate::day_file::{FinishedFile, sha256};
use crate::error::{ArchiveError, Kind};
use crate::manifest::{ArchiveFile, Manifest, SCHEMA};
use crate::objects::Objects;

const MANIFESTS: &str = "manifests";
const PLANS: &str = "plans";
const ENDING: &str = ".json";

/// Remedy where another run wrote the same seal.
const ANOTHER_RUN: &str =
    "another run publishes to this archive; run one at a time, and then run this one again";
/// Remedy where a file is in the way.
const FOREIGN_FILE: &str =
    "no manifest names it, and it is of no killed run; remove it, and run again";

/// The last seal of an archive, which the next one follows.
pub(crate) struct Ledger {
    objects: Objects,
    last: Option<Manifest>,
}

/// The part of a manifest that every release has.
#[derive(Deserialize)]
struct ManifestForm {
    schema: u32,
}

impl Ledger {
    /// Finds the last seal. One that a killed run left is completed, or takes none of its files.
    pub(crate) async fn open(objects: Objects) -> Result<Self, ArchiveError> {
        let manifest = last(&objects, MANIFESTS).await?;
        let plan = last(&objects, PLANS).await?;
        let mut ledger = Self {
            last: match &manifest {
                Some(number) => Some(ledger_entry(&objects, MANIFESTS, *number).await?.0),
                None => None,
            },
            objects,
        };
        if plan > manifest
            && let Some(number) = plan
        {
            ledger.settle(number).await?;
        }
        ledger.forget_removed().await?;
        Ok(ledger)
    }

    /// Forgets orphans that were removed meanwhile.
    async fn forget_removed(&mut self) -> Result<(), ArchiveError> {
        let mut there = Vec::new();
        for orphan in self.orphans() {
            if self.objects.has(&orphan).await? {
                there.push(orphan);
            }
        }
        if let Some(last) = &mut self.last {
            last.orphans = there;
        }
        Ok(())
    }

    pub(crate) fn last(&self) -> Option<&Manifest> {
        self.last.as_ref()
    }

    fn next_seal(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.seal) + 1
    }

    fn orphans(&self) -> Vec<String> {
        self.last
            .as_ref()
            .map_or_else(Vec::new, |last| last.orphans.clone())
    }

    /// Settles a plan without a manifest: with all of its files it becomes the manifest, and otherwise an empty one takes its
    /// place, and names the files as orphans.
    async fn settle(&mut self, number: u64) -> Result<(), ArchiveError> {
        let (plan, content) = ledger_entry(&self.objects, PLANS, number).await?;
        let mut present = Vec::new();
        for file in &plan.files {
            if self.has(file).await? {
                present.push(file.path.clone());
            }
        }
        if present.len() == plan.files.len() {
            return self.commit(plan, content).await;
        }
        let mut orphans = self.orphans();
        orphans.extend(
            present
                .into_iter()
                .filter(|path| !self.orphans().contains(path)),
        );
        let position = self
            .last
            .as_ref()
            .map_or_else(String::new, |last| last.position.clone());
        let empty = Manifest {
            rows: 0,
            files: Vec::new(),
            position,
            orphans,
            ..plan
        };
        let content = Bytes::from(serde_json::to_vec(&empty)?);
        self.commit(empty, content).await
    }

    async fn has(&self, file: &ArchiveFile) -> Result<bool, ArchiveError> {
        let found = self.objects.get(&file.path).await?;
        Ok(found.is_some_and(|content| sha256(&content) == file.sha256))
    }

    /// Publishes files as the next seal: the plan, the files, the manifest.
    pub(crate) async fn seal(
        &mut self,
        mut files: Vec<FinishedFile>,
        sealed: SealedPlace,
    ) -> Result<&Manifest, ArchiveError> {
        let mut orphans = self.orphans();
        for finished in &mut files {
            self.make_way(finished, &mut orphans).await?;
        }
        let manifest = Manifest {
            schema: SCHEMA,
            seal: self.next_seal(),
            sealed_at: sealed.at,
            written_by: crate::columns::written_by(),
            hidden: sealed.hidden,
            rows: files.iter().map(|finished| finished.file.rows).sum(),
            files: files.iter().map(|finished| finished.file.clone()).collect(),
            position: sealed.position,
            orphans,
        };
        let content = Bytes::from(serde_json::to_vec(&manifest)?);
        let plan = path_of(PLANS, manifest.seal);
        self.objects
            .create(&plan, content.clone(), ANOTHER_RUN)
            .await?;
        for finished in files {
            let FinishedFile { file, content } = finished;
            self.objects
                .create(&file.path, content, FOREIGN_FILE)
                .await?;
        }
        self.commit(manifest, content).await?;
        self.last.as_ref().ok_or_else(|| no_manifest().into())
    }

    /// Takes an orphan of the same name into the seal if it is the same file, and otherwise names the file after its seal too.
    async fn make_way(
        &self,
        finished: &mut FinishedFile,
        orphans: &mut Vec<String>,
    ) -> Result<(), ArchiveError> {
        let file = &mut finished.file;
        if !orphans.contains(&file.path) {
            return Ok(());
        }
        match self.objects.get(&file.path).await? {
            Some(content) if content != finished.content => {
                let stem = file.path.trim_end_matches(".parquet");
                file.path = format!("{stem}.{}.parquet", self.next_seal());
            }
            _ => orphans.retain(|orphan| *orphan != file.path),
        }
        Ok(())
    }

    async fn commit(&mut self, manifest: Manifest, content: Bytes) -> Result<(), ArchiveError> {
        let path = path_of(MANIFESTS, manifest.seal);
        self.objects.create(&path, content, ANOTHER_RUN).await?;
        self.last = Some(manifest);
        Ok(())
    }
}

/// Statements of a seal besides its files.
pub(crate) struct SealedPlace {
    pub(crate) at: String,
    pub(crate) hidden: Vec<String>,
    pub(crate) position: String,
}

fn no_manifest() -> Kind {
    Kind::Unreadable {
        path: MANIFESTS.to_owned(),
        why: "there is none".to_owned(),
    }
}

/// Returns the path of a manifest or plan. The order of the names is that of the numbers.
fn path_of(folder: &str, number: u64) -> String {
    format!("{folder}/{number:012}{ENDING}")
}

/// Returns whether there is a manifest, or the plan of the first.
pub(crate) async fn has_begun(objects: &Objects) -> Result<bool, ArchiveError> {
    Ok(last(objects, PLANS).await?.is_some() || last(objects, MANIFESTS).await?.is_some())
}

/// Returns the highest number in a folder.
async fn last(objects: &Objects, folder: &str) -> Result<Option<u64>, ArchiveError> {
    let Some(name) = objects.last_in(folder, ENDING).await? else {
        return Ok(None);
    };
    let number = name.trim_end_matches(ENDING).parse().ok();
    let number = number.filter(|number| path_of(folder, *number) == format!("{folder}/{name}"));
    let number = number.ok_or_else(|| Kind::Unreadable {
        path: format!("{folder}/{name}"),
        why: "its name is no number of a seal".to_owned(),
    })?;
    Ok(Some(number))
}

/// Reads a manifest or a plan, and its bytes.
async fn ledger_entry(
    objects: &Objects,
    folder: &str,
    number: u64,
) -> Result<(Manifest, Bytes), ArchiveError> {
    let path = path_of(folder, number);
    let unreadable = |why: String| Kind::Unreadable {
        path: path.clone(),
        why,
    };
    let content = objects.get(&path).await?;
    let content = content.ok_or_else(|| unreadable("it is gone".to_owned()))?;
    let form: ManifestForm =
        serde_json::from_slice(&content).map_err(|error| unreadable(error.to_string()))?;
    if form.schema != SCHEMA {
        let schema = form.schema;
        return Err(Kind::Later { path, schema }.into());
    }
    let manifest: Manifest =
        serde_json::from_slice(&content).map_err(|error| unreadable(error.to_string()))?;
    if manifest.seal != number {
        return Err(unreadable(format!("it is the one of the seal {}", manifest.seal)).into());
    }
    Ok((manifest, content))
}
