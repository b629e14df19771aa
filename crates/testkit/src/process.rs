//! Real servers: the binary as a child process, killed by its process id when dropped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::{PATIENCE, isolated, program};

/// A running `gerai`.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    /// Lines that it printed on standard output until it was ready.
    pub printed: Vec<String>,
    /// Its URL: the end of its ready line.
    pub url: String,
}

impl Process {
    /// Starts the program at `path` with these arguments in `dir`, [`isolated`], and waits for its ready line. Its log
    /// goes to `{name}.log` in `dir`.
    pub fn start(path: &str, dir: &Path, name: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::try_start(path, dir, name, args, env)
            .unwrap_or_else(|output| panic!("{name} did not become ready: {output}"))
    }

    /// Like [`Process::start`], for a program that may refuse to start.
    ///
    /// # Errors
    /// Its output and log.
    pub fn try_start(path: &str, dir: &Path, name: &str, args: &[&str], env: &[(&str, &str)]) -> Result<Self, String> {
        let log = std::fs::File::options().create(true).append(true).open(dir.join(format!("{name}.log"))).unwrap();
        let logged_before = log.metadata().unwrap().len();
        let mut child = isolated(program(path).args(args).envs(env.iter().copied()), dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut process = Self { child, lines, printed: Vec::new(), url: String::new() };
        while process.url.is_empty() {
            let Ok(line) = process.lines.recv_timeout(PATIENCE) else {
                process.kill();
                let log = std::fs::read(dir.join(format!("{name}.log"))).unwrap_or_default();
                let log = log.get(usize::try_from(logged_before).unwrap()..).unwrap_or_default();
                return Err(format!("{}\n{}", process.printed.join("\n"), String::from_utf8_lossy(log)));
            };
            if let Some((_, url)) = line.split_once(" listening on ") {
                process.url = url.to_owned();
            }
            process.printed.push(line);
        }
        Ok(process)
    }

    /// Kills it with SIGKILL, like a power cut.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends SIGTERM; waits for its end and returns the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(program("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
