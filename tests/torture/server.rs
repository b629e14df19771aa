//! A server with its disk and clock, restarted many times on the same files and port.

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
    /// Used in logs and file names.
    pub name: &'static str,
    /// The disk of its files.
    pub disk: Disk,
    /// Its clock.
    pub clock: Clock,
    /// Its database, if that is a file.
    pub database: PathBuf,
    /// Its failures that keep it from answering.
    pub outage: Outage,
    /// The wires of its clients.
    pub wires: Wires,
    /// Its database is a file.
    pub is_on_file: bool,
    /// The folder of its log.
    folder: PathBuf,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    process: Mutex<Option<Process>>,
}

/// How to run a server.
pub struct Run {
    /// Arguments of `gerai`.
    pub args: Vec<String>,
    /// Environment, without the clock's.
    pub env: Vec<(&'static str, String)>,
    /// The wires of its clients.
    pub wires: Wires,
    /// Its database is a file.
    pub is_on_file: bool,
}

impl Server {
    /// A server that does not run yet.
    pub fn new(folder: &Path, name: &'static str, disk: Disk, clock: Clock, run: Run) -> Self {
        let Run { args, mut env, wires, is_on_file } = run;
        env.extend(clock.env());
        Self {
            name,
            database: disk.file(&format!("{name}.db")),
            disk,
            clock,
            outage: Outage::default(),
            wires,
            folder: folder.to_owned(),
            is_on_file,
            args,
            env,
            process: Mutex::default(),
        }
    }

    /// Starts it and waits until it is ready. A node that refuses to start without PostgreSQL is restarted, as by a
    /// service manager.
    pub fn start(&self) {
        let since = Instant::now();
        while let Err(message) = self.try_start() {
            let is_database_unreachable = !self.is_on_file && last_message(&message).contains("the database");
            assert!(
                is_database_unreachable && since.elapsed() < PATIENCE,
                "{} did not become ready: {message}",
                self.name
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Like [`Self::start`], once; an error is the output of a server that ended.
    pub fn try_start(&self) -> Result<(), String> {
        let command_line = self.command_line();
        let command_line: Vec<_> = command_line.iter().map(String::as_str).collect();
        let env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let process = Process::try_start(command_line[0], &self.folder, self.name, &command_line[1..], &env)?;
        *self.process() = Some(process);
        Ok(())
    }

    /// Starts it and kills it before it is ready, perhaps during a migration.
    pub fn start_and_kill(&self, lifetime: Duration) {
        let command_line = self.command_line();
        let mut child = isolated(&mut program(&command_line[0]), &self.folder)
            .args(&command_line[1..])
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(lifetime);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Kills it, like a power cut.
    pub fn kill(&self) {
        *self.process() = None;
    }

    /// Shuts it down; returns its exit code.
    pub fn stop(&self) -> Option<i32> {
        self.process().as_mut().and_then(Process::terminate)
    }

    /// Runs a command with its settings and returns the output; panics unless it succeeds.
    pub fn run(&self, args: &[&str], input: &str) -> String {
        let output = self.output(args, input);
        assert!(output.status.success(), "{}: gerai {args:?} failed: {output:?}", self.name);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command with its settings to its end.
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

    /// A variable of its environment.
    pub fn env(&self, variable: &str) -> &str {
        &self.env.iter().find(|(name, _)| *name == variable).unwrap().1
    }

    fn command_line(&self) -> Vec<String> {
        let args = self.args.iter().map(String::as_str);
        self.disk.command_line(&[GERAI].into_iter().chain(args).collect::<Vec<_>>())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Failures that keep an outlet from answering its tills, which failures of head office must not.
#[derive(Default)]
pub struct Outage {
    count: AtomicUsize,
    now: AtomicUsize,
}

impl Outage {
    /// Marks an outage while this runs.
    pub fn during<T>(&self, action: impl FnOnce() -> T) -> T {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.now.fetch_add(1, Ordering::SeqCst);
        let result = action();
        self.now.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// The number of outages so far, if none is in progress.
    pub fn count_if_over(&self) -> Option<usize> {
        let count = self.count.load(Ordering::SeqCst);
        (self.now.load(Ordering::SeqCst) == 0).then_some(count)
    }
}

/// The last message for people in the output of a server.
pub fn last_message(message: &str) -> &str {
    message.lines().rfind(|line| line.starts_with("gerai: ")).unwrap_or_default()
}
