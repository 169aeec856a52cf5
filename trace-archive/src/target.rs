//! The place of an archive: a folder, or a bucket of S3 with a prefix.

use std::path::{self, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::error::{ArchiveError, Kind};

/// A place that was read of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveTarget {
    Folder(PathBuf),
    S3 { bucket: String, prefix: ObjectPath },
}

impl ArchiveTarget {
    pub(crate) fn parse(text: &str) -> Result<Self, ArchiveError> {
        if let Some(folder) = text.strip_prefix("parquet:") {
            if folder.is_empty() || folder.contains("://") {
                return Err(Kind::target(text, "write `parquet:` and the path of a folder").into());
            }
            let folder = path::absolute(folder);
            let folder = folder.map_err(|error| Kind::target(text, &error.to_string()))?;
            return Ok(Self::Folder(folder));
        }
        if text.starts_with("s3://") {
            return s3(text);
        }
        Err(Kind::target(
            "the text",
            "write `parquet:PATH` for a folder, or `s3://BUCKET/PREFIX`",
        )
        .into())
    }

    /// Returns whether it can be an archive already. Only of a folder it is known at once.
    pub(crate) fn may_exist(&self) -> bool {
        match self {
            Self::Folder(folder) => folder.is_dir(),
            Self::S3 { .. } => true,
        }
    }

    /// Opens the place. A folder is created, its owner's alone. What S3 needs besides comes from the environment.
    pub(crate) fn open(&self) -> Result<Arc<dyn ObjectStore>, ArchiveError> {
        match self {
            Self::Folder(folder) => {
                create_private(folder).map_err(|error| Kind::Folder(folder.clone(), error))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(Kind::store)?;
                // A manifest must not be on the disk before its files.
                Ok(Arc::new(store.with_fsync(true)))
            }
            Self::S3 { bucket, prefix } => {
                provide_cryptography();
                let store = AmazonS3Builder::from_env().with_bucket_name(bucket.as_str());
                let store = store.build().map_err(Kind::store)?;
                Ok(Arc::new(PrefixStore::new(store, prefix.clone())))
            }
        }
    }
}

impl std::fmt::Display for ArchiveTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "parquet:{}", folder.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

fn s3(text: &str) -> Result<ArchiveTarget, ArchiveError> {
    // An unread text may have a secret in it.
    let refused = |why: &str| ArchiveError::from(Kind::target("an `s3://` address", why));
    let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(refused(
            "it has credentials or options; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL \
             in the environment",
        ));
    }
    let bucket = url.host_str().unwrap_or_default().to_owned();
    if bucket.is_empty() || url.port().is_some() {
        return Err(refused("write `s3://BUCKET/PREFIX`"));
    }
    let prefix = ObjectPath::from_url_path(url.path().trim_matches('/'));
    let prefix = prefix.map_err(|error| refused(&error.to_string()))?;
    Ok(ArchiveTarget::S3 { bucket, prefix })
}

/// Gives rustls its cryptography where the application has not. Without any, the client of S3 would panic.
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

fn create_private(folder: &path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_a_bucket_are_read_and_shown() {
        for text in ["parquet:/var/lib/app/archive", "s3://activity/shop/2026"] {
            let target = ArchiveTarget::parse(text).expect("a target");
            assert_eq!(target.to_string(), text);
        }
        let bare = ArchiveTarget::parse("s3://activity").expect("a bucket");
        assert_eq!(
            bare,
            ArchiveTarget::parse("s3://activity/").expect("a bucket")
        );
    }

    #[test]
    fn a_secret_in_an_address_is_refused_and_not_repeated() {
        for text in [
            "s3://key:hunter2@bucket/prefix",
            "s3://bucket/prefix?secret=hunter2",
            "s3://:hunter2@",
            "https://key:hunter2@host/bucket",
            "parquet:",
        ] {
            let error = ArchiveTarget::parse(text).expect_err(text).to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(
                error.contains("write `") || error.contains("AWS_") || error.contains("host"),
                "{error}"
            );
        }
    }
}
