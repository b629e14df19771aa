//! A throwaway PostgreSQL cluster on a free loopback port, which can lose power.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::program;

/// A cluster. Dropping it stops and deletes it.
pub struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    options: String,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// Creates and starts a cluster; `options` are the server's, like `-c fsync=off`. Fails if PostgreSQL is not
    /// installed.
    #[must_use]
    pub fn start(options: &str) -> Self {
        let cluster = Self::make(options);
        cluster.restart();
        cluster
    }

    /// Creates and starts a cluster with WAL archiving, so that it can be restored to any moment after
    /// [`Postgres::back_up`].
    #[must_use]
    pub fn start_with_archive() -> Self {
        let mut cluster = Self::make("-c fsync=off");
        let archive = cluster.archive();
        assert_success(&cluster.command(Path::new("mkdir")).arg(&archive).output().unwrap());
        let archive_command = format!("test ! -f {0}/%f && cp %p {0}/%f", archive.display());
        cluster.options += &format!(" -c archive_mode=on -c archive_command='{archive_command}'");
        cluster.restart();
        cluster
    }

    /// Creates and starts a cluster with TLS, whose certificate is valid for `localhost` only.
    #[must_use]
    pub fn start_with_tls() -> Self {
        let mut cluster = Self::make("-c fsync=off");
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        for args in [
            format!("req -x509 {key} -subj /CN=authority -days 2 -keyout authority.key -out authority.pem"),
            format!(
                "req {key} -subj /CN=server -addext subjectAltName=DNS:localhost -keyout server.key -out server.csr"
            ),
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -copy_extensions copy \
             -days 2 -out server.pem"
                .to_owned(),
        ] {
            assert_success(&cluster.command(Path::new("openssl")).args(args.split_whitespace()).output().unwrap());
        }
        let file = |name| cluster.dir.join(name).display().to_string();
        let tls = format!(" -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}", file("server.pem"), file("server.key"));
        cluster.options += &tls;
        cluster.restart();
        cluster
    }

    /// The certificate of the authority that signed the server's.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.dir.join("authority.pem")
    }

    /// A standby of this cluster, which is read-only until [`Postgres::promote`].
    #[must_use]
    pub fn start_standby(&self) -> Self {
        let standby = Self::create_folder("-c fsync=off");
        assert_success(&self.base_backup(&standby.data()).arg("-R").output().unwrap());
        standby.restart();
        standby
    }

    /// Waits until `standby` has replayed everything.
    pub fn wait_for_standby(&self, standby: &Self) {
        let position = self.ask("select pg_current_wal_lsn()");
        let replayed = format!("select pg_last_wal_replay_lsn() >= '{position}'");
        wait("the standby lags", || standby.ask(&replayed) == "t");
    }

    fn make(options: &str) -> Self {
        let cluster = Self::create_folder(options);
        let data = cluster.data();
        let output = cluster
            .command(&cluster.bin.join("initdb"))
            .args(["-U", "gerai", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(data)
            .output();
        assert_success(&output.unwrap());
        cluster
    }

    /// A folder for a cluster, and a free port.
    fn create_folder(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("cluster");
        std::fs::create_dir(&dir).unwrap();
        if is_root() {
            // The server refuses to run as root; its user needs access.
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(folder.path(), open).unwrap();
            assert_success(&program("chown").arg(owner()).arg(&dir).output().unwrap());
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { bin: bin(), dir, port, options: options.to_owned(), _folder: folder }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_as("127.0.0.1", "sslmode=disable")
    }

    /// Its URL with this host name and these parameters.
    #[must_use]
    pub fn url_as(&self, host: &str, parameters: &str) -> String {
        format!("postgres://gerai@{host}:{}/postgres?{parameters}", self.port)
    }

    /// A URL of both clusters that connects to the writable one.
    #[must_use]
    pub fn url_with(&self, standby: &Self) -> String {
        let (primary, secondary) = (self.port, standby.port);
        format!("postgres://gerai@127.0.0.1:{primary},127.0.0.1:{secondary}/postgres?sslmode=disable")
    }

    /// Stops it like a power cut: nothing more is written.
    pub fn cut_power(&self) {
        assert_success(&self.control(&["-m", "immediate", "stop"]));
    }

    /// Starts it again.
    pub fn restart(&self) {
        self.start_as("");
    }

    fn start_as(&self, more: &str) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} {} {more}",
            self.port,
            self.dir.display(),
            self.options
        );
        let log = self.dir.join("server.log");
        assert_success(&self.control(&["-w", "-t", "60", "-l", &log.display().to_string(), "-o", &options, "start"]));
    }

    /// Starts it again such that the start never completes: clients receive the error that it is starting up.
    pub fn start_endlessly(&self) {
        assert_success(&self.command(Path::new("touch")).arg(self.data().join("standby.signal")).output().unwrap());
        self.start_as("-c hot_standby=off");
    }

    /// Makes a standby or a starting cluster writable.
    pub fn promote(&self) {
        assert_success(&self.control(&["-w", "-t", "60", "promote"]));
    }

    /// Copies the running cluster, for [`Postgres::restore`].
    pub fn back_up(&self) {
        assert_success(&self.base_backup(&self.dir.join("backup")).output().unwrap());
    }

    fn base_backup(&self, to: &Path) -> Command {
        let mut copy = self.command(&self.bin.join("pg_basebackup"));
        copy.args(["-h", "127.0.0.1", "-U", "gerai", "-c", "fast", "-p", &self.port.to_string(), "-D"]).arg(to);
        copy
    }

    /// Switches to a new WAL segment and waits until the old one is archived.
    pub fn wait_for_archive(&self) {
        let piece = self.archive().join(self.ask("select pg_walfile_name(pg_switch_wal())"));
        wait("the WAL is not archived", || piece.exists());
    }

    /// Restores the stopped cluster from [`Postgres::back_up`] and replays the archive up to that moment.
    pub fn restore(&self, moment: &str) {
        let script = format!(
            "mv data lost && cp -a backup data && touch data/recovery.signal && cat >> data/postgresql.auto.conf << END
restore_command = 'cp {}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
END",
            self.archive().display()
        );
        assert_success(&self.command(Path::new("sh")).args(["-c", &script]).output().unwrap());
        self.restart();
        wait("it does not restart", || self.ask("select pg_is_in_recovery()") == "f");
    }

    /// The single value of a query, as psql prints it.
    #[must_use]
    pub fn ask(&self, sql: &str) -> String {
        let mut shell = self.command(&self.bin.join("psql"));
        let output = shell.args(["-X", "-A", "-t", "-c", sql, &self.url()]).output().unwrap();
        assert_success(&output);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn archive(&self) -> PathBuf {
        self.dir.join("archive")
    }

    fn control(&self, args: &[&str]) -> Output {
        // A server that outlives this program keeps its own standard streams.
        self.command(&self.bin.join("pg_ctl")).arg("-D").arg(self.data()).args(args).output().unwrap()
    }

    fn command(&self, path: &Path) -> Command {
        let mut command = if is_root() {
            let mut as_owner = program("runuser");
            as_owner.args(["-u", &owner(), "--"]).arg(path);
            as_owner
        } else {
            program(path)
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

fn wait(failure: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < crate::PATIENCE, "{failure}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn assert_success(output: &Output) {
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "PostgreSQL: {text}");
}

fn is_root() -> bool {
    program("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

fn owner() -> String {
    let exists = program("id").arg("postgres").output().is_ok_and(|id| id.status.success());
    if exists { "postgres" } else { "nobody" }.to_owned()
}

/// The programs of the newest installed version.
fn bin() -> PathBuf {
    let has = |bin: &Path| bin.join("initdb").exists();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).filter(|bin| has(bin)).collect();
    found.sort();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let found = found.pop().or_else(|| std::env::split_paths(&on_path).find(|bin| has(bin)));
    found.expect("no PostgreSQL is installed; scripts/setup.sh test installs it")
}
