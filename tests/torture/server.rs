//! A server with a disk and a clock of its own, started again and again on the same files and at the same port.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use testkit::{PATIENCE, Process, isolated, program};

use crate::clock::Clock;
use crate::disk::Disk;
use crate::wire::Wires;

const GERAI: &str = env!("CARGO_BIN_EXE_gerai");

/// An outlet, or a node of head office.
pub struct Server {
    /// In logs and file names.
    pub name: &'static str,
    /// Where its files are.
    pub disk: Disk,
    /// What it goes by.
    pub clock: Clock,
    /// Its database, where that is a file.
    pub database: PathBuf,
    /// What of its own keeps it from answering.
    pub trouble: Trouble,
    /// Through which its clients come.
    pub wires: Wires,
    /// Its database is a file.
    pub is_on_file: bool,
    /// Where its log goes.
    folder: PathBuf,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    process: Mutex<Option<Process>>,
}

/// How a server is run.
pub struct Run {
    /// Of `gerai`.
    pub args: Vec<String>,
    /// Beside its clock's.
    pub env: Vec<(&'static str, String)>,
    /// Through which its clients come.
    pub wires: Wires,
    /// Its database is a file.
    pub is_on_file: bool,
}

impl Server {
    /// One that does not run yet.
    pub fn new(folder: &Path, name: &'static str, disk: Disk, clock: Clock, run: Run) -> Self {
        let Run { args, mut env, wires, is_on_file } = run;
        env.extend(clock.env());
        Self {
            name,
            database: disk.file(&format!("{name}.db")),
            disk,
            clock,
            trouble: Trouble::default(),
            wires,
            folder: folder.to_owned(),
            is_on_file,
            args,
            env,
            process: Mutex::default(),
        }
    }

    /// Starts it and waits until it is ready. While a node's PostgreSQL is away it refuses, and is started again, as
    /// service managers do.
    pub fn start(&self) {
        let since = Instant::now();
        while let Err(said) = self.try_start() {
            let is_away = !self.is_on_file && sentence(&said).contains("the database");
            assert!(is_away && since.elapsed() < PATIENCE, "{} did not become ready: {said}", self.name);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The same, or what it said before it ended.
    pub fn try_start(&self) -> Result<(), String> {
        let words = self.words();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let process = Process::try_start(words[0], &self.folder, self.name, &words[1..], &env)?;
        *self.process() = Some(process);
        Ok(())
    }

    /// Is killed before it is ready, perhaps in the middle of a migration.
    pub fn start_in_vain(&self, lives: Duration) {
        let words = self.words();
        let mut child = isolated(&mut program(&words[0]), &self.folder)
            .args(&words[1..])
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(lives);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// As a power cut.
    pub fn kill(&self) {
        *self.process() = None;
    }

    /// As its service manager; its exit code.
    pub fn stop(&self) -> Option<i32> {
        self.process().as_mut().and_then(Process::terminate)
    }

    /// Runs one of its commands to its end and returns what it printed; panics unless it succeeds.
    pub fn run(&self, args: &[&str], input: &str) -> String {
        let output = self.output(args, input);
        assert!(output.status.success(), "{}: gerai {args:?} failed: {output:?}", self.name);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs one of its commands to its end, however that is.
    pub fn output(&self, args: &[&str], input: &str) -> Output {
        let mut child = isolated(&mut self.disk.command(&[&["timeout", "60", GERAI], args].concat()), &self.folder)
            .envs(self.env.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// An environment variable that it is given.
    pub fn env(&self, of: &str) -> &str {
        &self.env.iter().find(|(name, _)| *name == of).unwrap().1
    }

    fn words(&self) -> Vec<String> {
        let args = self.args.iter().map(String::as_str);
        self.disk.words(&[GERAI].into_iter().chain(args).collect::<Vec<_>>())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What keeps an outlet from answering its tills: its own misfortunes, never head office's.
#[derive(Default)]
pub struct Trouble {
    ever: AtomicUsize,
    now: AtomicUsize,
}

impl Trouble {
    /// There is some for as long as this takes.
    pub fn during<T>(&self, happen: impl FnOnce() -> T) -> T {
        self.ever.fetch_add(1, Ordering::SeqCst);
        self.now.fetch_add(1, Ordering::SeqCst);
        let happened = happen();
        self.now.fetch_sub(1, Ordering::SeqCst);
        happened
    }

    /// How often there was some, if there is none now.
    pub fn none_since(&self) -> Option<usize> {
        let ever = self.ever.load(Ordering::SeqCst);
        (self.now.load(Ordering::SeqCst) == 0).then_some(ever)
    }
}

/// What a server said at its end, for people.
pub fn sentence(said: &str) -> &str {
    said.lines().rfind(|line| line.starts_with("gerai: ")).unwrap_or_default()
}
