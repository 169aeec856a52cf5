//! The cache directory, which outlives a build: fetched servers and initialised data directories of all test processes.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::ServerError;

/// Returns the cache directory, which may not exist yet.
pub(crate) fn root() -> PathBuf {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("BEHAVIOR_TRACE_TEST_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("behavior-trace")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/behavior-trace")))
        .unwrap_or_else(|| env::temp_dir().join("behavior-trace-cache"))
}

/// Returns the directory `name` of the cache, created once by `make`.
///
/// `make` receives the directory to fill, and its final path. It runs under a lock, and the complete result appears
/// atomically. Neither parallel processes nor one that dies half-way leave an incomplete directory.
pub(crate) fn once<F>(name: &str, make: F) -> Result<PathBuf, ServerError>
where
    F: FnOnce(&Path, &Path) -> Result<(), ServerError>,
{
    once_in(&root(), name, make)
}

fn once_in<F>(root: &Path, name: &str, make: F) -> Result<PathBuf, ServerError>
where
    F: FnOnce(&Path, &Path) -> Result<(), ServerError>,
{
    let ready = root.join(name);
    if ready.is_dir() {
        return Ok(ready);
    }
    create(root)?;
    let lock_path = root.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(|e| ServerError::io("create", &lock_path, e))?;
    lock.lock()
        .map_err(|e| ServerError::io("lock", &lock_path, e))?;
    if ready.is_dir() {
        return Ok(ready);
    }
    let partial = root.join(format!("{name}.partial"));
    // A process that died here may have left it.
    let _ = fs::remove_dir_all(&partial);
    create(&partial)?;
    make(&partial, &ready)?;
    fs::rename(&partial, &ready).map_err(|e| ServerError::io("rename", &partial, e))?;
    Ok(ready)
}

/// Creates `path` and its parent directories.
pub(crate) fn create(path: &Path) -> Result<(), ServerError> {
    fs::create_dir_all(path).map_err(|e| ServerError::io("create", path, e))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn parallel_askers_make_a_directory_once() {
        let root = tempfile::tempdir().unwrap();
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    once_in(root.path(), "prefix", |partial, _| {
                        made.fetch_add(1, Ordering::Relaxed);
                        fs::write(partial.join("complete"), "")
                            .map_err(|e| ServerError::io("write", partial, e))
                    })
                    .unwrap();
                    assert!(root.path().join("prefix/complete").exists());
                });
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_failed_half_way_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        once_in(root.path(), "prefix", |_, _| {
            Err(ServerError::unsupported("try", "first time"))
        })
        .unwrap_err();
        assert!(!root.path().join("prefix").exists());
        once_in(root.path(), "prefix", |_, _| Ok(())).unwrap();
    }
}
