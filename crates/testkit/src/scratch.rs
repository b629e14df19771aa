//! A temporary folder that is deleted when it is dropped.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::PATIENCE;

/// A new folder, deleted when dropped, even if a stopping server still writes into it or a test fails.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self { path: tempfile::tempdir().unwrap().keep() }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let started = Instant::now();
        // A file created meanwhile makes one attempt fail; in a deleted folder no file can be created.
        while let Err(error) = std::fs::remove_dir_all(&self.path)
            && error.kind() != ErrorKind::NotFound
            && started.elapsed() < PATIENCE
        {
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_folder_is_deleted_during_concurrent_writes() {
        let scratch = Scratch::new();
        let path = scratch.path().to_owned();
        let gone = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0.. {
                    let _ = std::fs::write(path.join(n.to_string()), "x");
                    if gone.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
            drop(scratch);
            assert!(!path.exists());
            gone.store(true, Ordering::SeqCst);
        });
        assert!(!path.exists());
    }
}
