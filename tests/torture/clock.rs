//! The clock of one server, which can be stepped while it runs: a preloaded library (`clock.c`) adds the offset in a file to
//! the time of day.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use testkit::program;

/// A clock that may be wrong.
pub struct Clock {
    path: PathBuf,
    file: File,
    library: PathBuf,
    stepped: AtomicBool,
}

impl Clock {
    /// Compiles the preloaded library.
    pub fn library(folder: &Path) -> PathBuf {
        let library = folder.join("clock.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/torture/clock.c");
        let flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"];
        let built = program("cc").args(flags).arg(&library).arg(source).status().unwrap();
        assert!(built.success(), "cc could not compile {source}");
        library
    }

    /// A right clock with its offset in this file.
    pub fn new(path: PathBuf, library: &Path) -> Self {
        std::fs::write(&path, 0_i64.to_ne_bytes()).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        Self { path, file, library: library.to_owned(), stepped: AtomicBool::new(false) }
    }

    /// The environment that makes a program use it.
    pub fn env(&self) -> [(&'static str, String); 2] {
        [("LD_PRELOAD", self.library.display().to_string()), ("TORTURE_CLOCK", self.path.display().to_string())]
    }

    /// Sets it this much ahead of the right time, at once.
    pub fn set_wrong_by(&self, seconds: i64) {
        self.stepped.store(true, Ordering::Relaxed);
        // In place: processes have it mapped.
        self.file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }

    /// Whether it was ever wrong: sessions may have ended then.
    pub fn was_stepped(&self) -> bool {
        self.stepped.load(Ordering::Relaxed)
    }
}
