//! The objects of an archive: created, compared and read, never replaced.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};

use crate::error::{ArchiveError, Kind};

/// Access to objects by their paths within the archive.
#[derive(Clone, Debug)]
pub(crate) struct Objects(Arc<dyn ObjectStore>);

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }

    /// Creates an object. One that is there with the same content is a success: an attempt whose answer was lost, or an
    /// earlier run, made it. `what` says what to do about another content.
    pub(crate) async fn create(
        &self,
        path: &str,
        content: Bytes,
        what: &'static str,
    ) -> Result<(), ArchiveError> {
        let (location, options) = (Path::from(path), PutOptions::from(PutMode::Create));
        let put = self.0.put_opts(&location, content.clone().into(), options);
        match put.await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                if self.get(path).await?.is_some_and(|there| there == content) {
                    return Ok(());
                }
                Err(Kind::Other {
                    path: path.to_owned(),
                    what,
                }
                .into())
            }
            Err(error) => Err(Kind::store(error).into()),
        }
    }

    /// Returns the content of an object; `None` if it is not there.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>, ArchiveError> {
        let found = match self.0.get(&Path::from(path)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(content) => Ok(Some(content)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Kind::store(error).into()),
        }
    }

    /// Returns whether an object is there.
    pub(crate) async fn has(&self, path: &str) -> Result<bool, ArchiveError> {
        match self.0.head(&Path::from(path)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(Kind::store(error).into()),
        }
    }

    /// Returns the name of the object in a folder that is last in the order of names, among those that end as a name must.
    pub(crate) async fn last_in(
        &self,
        folder: &str,
        ending: &str,
    ) -> Result<Option<String>, ArchiveError> {
        let folder = Path::from(folder);
        let names = self.0.list(Some(&folder)).try_fold(None, |last, object| {
            let name = object.location.filename().map(str::to_owned);
            let name = name.filter(|name| name.ends_with(ending));
            std::future::ready(Ok(std::cmp::max(last, name)))
        });
        Ok(names.await.map_err(Kind::store)?)
    }
}
