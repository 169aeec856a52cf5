//! An archive and its place.

use std::fmt;

use crate::error::{ArchiveError, Kind};
use crate::ledger;
use crate::objects::Objects;
use crate::target::ArchiveTarget;
use crate::tombstone::Tombstone;

/// A folder or a bucket with the files of an archive.
///
/// Its text is `parquet:PATH` for a folder, and `s3://BUCKET/PREFIX` for S3 and what speaks its protocol. Credentials, region
/// and the address of another service come from the environment alone: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_REGION`, `AWS_ENDPOINT_URL`, and for a service without TLS `AWS_ALLOW_HTTP=true`. The service must take puts that
/// replace nothing (`If-None-Match`), as S3 does.
///
/// A new folder is its owner's alone. Objects are created and never replaced or removed, so the rights to create, read and list
/// suffice.
#[derive(Clone)]
pub struct Archive {
    target: ArchiveTarget,
    pub(crate) objects: Objects,
}

impl Archive {
    /// Opens the archive of a text. It connects to nothing yet. A folder is created.
    ///
    /// In a process without a default provider of cryptography for `rustls`, an address of S3 installs the one of `ring`.
    ///
    /// # Errors
    ///
    /// Fails for a text that names no place, for credentials in it, and for a folder that cannot be created.
    pub fn open(target: &str) -> Result<Self, ArchiveError> {
        let target = ArchiveTarget::parse(target)?;
        Ok(Self {
            objects: Objects::new(target.open()?),
            target,
        })
    }

    /// Opens an archive as [`open`](Self::open) does, and creates no folder.
    ///
    /// # Errors
    ///
    /// Fails like [`open`](Self::open), and for a folder that is not there.
    pub fn open_existing(target: &str) -> Result<Self, ArchiveError> {
        let read = ArchiveTarget::parse(target)?;
        if !read.may_exist() {
            return Err(Kind::NoArchive(read.to_string()).into());
        }
        Self::open(target)
    }

    /// Publishes a tombstone, as a new object under `erased/`. Returns its path within the archive.
    ///
    /// # Errors
    ///
    /// Fails if nothing was published to the place, which is probably another one than was meant, or if the object cannot be
    /// created.
    pub async fn publish_tombstone(&self, tombstone: &Tombstone) -> Result<String, ArchiveError> {
        if !ledger::has_begun(&self.objects).await? {
            return Err(Kind::NoArchive(self.to_string()).into());
        }
        let path = tombstone.path();
        let content = serde_json::to_vec(tombstone)?.into();
        let taken = "it has the name of this tombstone; publish it again";
        self.objects.create(&path, content, taken).await?;
        Ok(path)
    }
}

impl fmt::Display for Archive {
    /// Writes the place as it is opened, with the whole path of a folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Archive")
            .field(&self.target.to_string())
            .finish()
    }
}
