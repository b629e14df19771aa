//! A PostgreSQL of its own: a throwaway cluster on a free loopback port, whose power can be cut.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A cluster. It is stopped and deleted when dropped.
pub struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    options: String,
    _keeps: tempfile::TempDir,
}

impl Postgres {
    /// Makes and starts one; `options` are the server's, like `-c fsync=off`. Fails where no PostgreSQL is installed.
    #[must_use]
    pub fn start(options: &str) -> Self {
        let keeps = tempfile::tempdir().unwrap();
        let dir = keeps.path().join("cluster");
        std::fs::create_dir(&dir).unwrap();
        if is_root() {
            // A server refuses to run as root; whoever runs it must get there.
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(keeps.path(), open).unwrap();
            ran(&Command::new("chown").arg(owner()).arg(&dir).output().unwrap());
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { bin: bin(), dir, port, options: options.to_owned(), _keeps: keeps };
        let data = cluster.data();
        let made = cluster
            .command("initdb")
            .args(["-U", "gerai", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(data)
            .output();
        ran(&made.unwrap());
        cluster.start_again();
        cluster
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://gerai@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Ends it as a power cut would: nothing is written any more.
    pub fn cut_power(&self) {
        ran(&self.control(&["-m", "immediate", "stop"]));
    }

    /// Starts it after it has ended.
    pub fn start_again(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} {}",
            self.port,
            self.dir.display(),
            self.options
        );
        let log = self.dir.join("server.log");
        ran(&self.control(&["-w", "-t", "60", "-l", &log.display().to_string(), "-o", &options, "start"]));
    }

    fn control(&self, args: &[&str]) -> Output {
        // A server that outlives this program keeps its own standard streams, not those of the output.
        self.command("pg_ctl").arg("-D").arg(self.data()).args(args).output().unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut as_owner = Command::new("runuser");
            as_owner.args(["-u", &owner(), "--"]).arg(program);
            as_owner
        } else {
            Command::new(program)
        };
        command.current_dir(&self.dir);
        command
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.control(&["-m", "immediate", "stop"]);
    }
}

fn ran(output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "PostgreSQL: {said}");
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

fn owner() -> String {
    let exists = Command::new("id").arg("postgres").output().is_ok_and(|id| id.status.success());
    if exists { "postgres" } else { "nobody" }.to_owned()
}

/// Where its programs are: the newest version.
fn bin() -> PathBuf {
    let has = |bin: &Path| bin.join("initdb").exists();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).filter(|bin| has(bin)).collect();
    found.sort();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let found = found.pop().or_else(|| std::env::split_paths(&on_path).find(|bin| has(bin)));
    found.expect("no PostgreSQL is installed; scripts/setup.sh test installs it")
}
