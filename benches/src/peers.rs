//! Other programs for comparison, which `scripts/peers.sh` installs under target/peers. Each runs as a process on a
//! free loopback port, ended by its process id.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A file of an installed program.
pub fn installed(file: &str) -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers").join(file);
    path.canonicalize().with_context(|| format!("{} is missing; 'make bench-peers' installs it", path.display()))
}

/// A script of this repository for these programs.
pub fn script(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(file)
}

/// A free port.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs a command to its end, and returns its output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?} did not start"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?} failed:\n{printed}{}", String::from_utf8_lossy(&output.stderr));
    Ok(printed)
}

/// A server for comparison.
pub struct Peer {
    child: Child,
    pub url: String,
}

impl Peer {
    /// Starts it and waits until it listens at `port`. Its output goes to `log`.
    pub fn start(command: &mut Command, port: u16, log: &Path) -> Result<Self> {
        let out = File::create(log)?;
        let child = command.stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out).spawn();
        let child = child.with_context(|| format!("{command:?} did not start"))?;
        let mut peer = Self { child, url: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if peer.child.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("{command:?} does not listen; it printed:\n{}", std::fs::read_to_string(log)?);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(peer)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
