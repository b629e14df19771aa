//! The folder of a test: database, schema files as in the repository, a shell.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::{Http, Process, Scratch, isolated, program};

/// The program.
pub const GERAI: &str = env!("CARGO_BIN_EXE_gerai");

/// A folder for one test; removed at the end.
pub struct Folder {
    dir: Scratch,
}

/// The result of a command.
#[derive(Debug)]
pub struct CommandResult {
    /// The exit code; `None` if a signal ended the command.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl CommandResult {
    /// Standard output; fails unless the command succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Standard output as JSON; fails unless the command succeeded.
    #[track_caller]
    pub fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("not JSON ({error}): {out}"))
    }

    /// Asserts a failure in the promised form: exit code 1 and one sentence for people on stderr.
    #[track_caller]
    pub fn refused(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        let message = self.err.lines().rfind(|line| line.starts_with("gerai: ")).unwrap_or_default();
        assert!(message.split_whitespace().count() > 4, "no message on stderr: {self:?}");
        for word in ["panicked", "RUST_BACKTRACE", "Err(", "Os {"] {
            assert!(!self.err.contains(word), "not for people: {self:?}");
        }
        message
    }
}

impl Folder {
    /// A folder with `sql/schema`.
    pub fn new() -> Self {
        let dir = Scratch::new();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::create_dir_all(dir.path().join("sql/schema")).unwrap();
        for file in ["sql/schema/001_init.sql", "sql/schema/002_sync_system.sql"] {
            std::fs::copy(repository.join(file), dir.path().join(file)).unwrap();
        }
        Self { dir }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.file(name), content).unwrap();
    }

    /// Starts the outlet's server as in the document: no arguments, `./pos.db`; on a free port.
    pub fn outlet(&self, env: &[(&str, &str)]) -> Process {
        let mut all = vec![("SERVER_PORT", "0")];
        all.extend_from_slice(env);
        Process::start(GERAI, self.path(), "outlet", &[], &all)
    }

    /// Starts head office's server on a free port.
    pub fn hub(&self) -> Process {
        self.hub_at("127.0.0.1:0")
    }

    /// Starts head office's server at this address.
    pub fn hub_at(&self, listen: &str) -> Process {
        Process::start(GERAI, self.path(), "hub", &["hub"], &[("HUB_LISTEN", listen)])
    }

    /// Adds an outlet at head office.
    pub fn add_outlet(&self, code: &str) -> Value {
        self.gerai(&["hub", "outlet", "add", "--code", code, "--name", "Outlet Jakarta Pusat", "--json"]).json()
    }

    /// Adds the user `boss` at head office.
    pub fn add_boss(&self) {
        let args = ["hub", "user", "add", "--username", "boss", "--role", "admin", "--password-stdin"];
        self.run(&mut gerai(&args), "rahasia-sekali\n").ok();
    }

    /// Runs the program to its end.
    pub fn gerai(&self, args: &[&str]) -> CommandResult {
        self.run(&mut gerai(args), "")
    }

    /// Runs the program to its end, with these settings in its environment.
    pub fn gerai_with(&self, args: &[&str], env: &[(&str, &str)]) -> CommandResult {
        self.run(gerai(args).envs(env.iter().copied()), "")
    }

    /// Runs a text in bash, in this folder; its exit code is that of the last command.
    pub fn bash(&self, script: &str) -> CommandResult {
        self.run(program("bash").args(["-c", script]), "")
    }

    /// Runs SQL in the sqlite3 shell on `pos.db`; waits for other transactions.
    pub fn sqlite(&self, sql: &str) -> String {
        self.sqlite_on("pos.db", sql)
    }

    /// Like [`Self::sqlite`], on another file.
    pub fn sqlite_on(&self, file: &str, sql: &str) -> String {
        let mut shell = program("sqlite3");
        let result = self.run(shell.args(["-bail", "-cmd", ".timeout 10000", file]), sql);
        assert_eq!(result.err, "", "{sql}");
        result.ok().trim_end().to_owned()
    }

    /// The content of a database as SQL.
    pub fn dump(&self, file: &str) -> String {
        self.sqlite_on(file, ".dump")
    }

    /// Runs a command to its end in this folder, [`isolated`].
    pub fn run(&self, command: &mut Command, stdin: &str) -> CommandResult {
        let mut child = isolated(command, self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        CommandResult { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// The program with these arguments, under a time-out with code 124: a server that should refuse to start might never end.
fn gerai(args: &[&str]) -> Command {
    let mut command = program("timeout");
    command.args(["60", GERAI]).args(args);
    command
}

/// The port at the end of a server's address.
pub fn port(server: &Process) -> &str {
    server.url.rsplit(':').next().unwrap()
}

/// The outlet's admin, logged in.
pub async fn admin(server: &Process) -> Http {
    Http::new(&server.url).log_in("admin", "1234").await
}

/// Head office's `boss`, logged in.
pub async fn boss(hub: &Process) -> Http {
    let http = Http::new(&hub.url);
    let answer = http.post("/v1/hq/auth/login", &json!({"username": "boss", "password": "rahasia-sekali"})).await;
    http.with_token(answer.data()["token"].as_str().unwrap())
}

/// Ids and totals of the orders that head office has, in order.
pub async fn orders_at(hub: &Http) -> Vec<(String, i64)> {
    totals(&hub.all("/v1/hq/orders?limit=500").await)
}

/// Ids and totals of these orders, in order.
pub fn totals(orders: &[Value]) -> Vec<(String, i64)> {
    let of = |order: &Value| (order["id"].as_str().unwrap().to_owned(), order["total"].as_i64().unwrap());
    let mut totals: Vec<_> = orders.iter().map(of).collect();
    totals.sort();
    totals
}

/// Makes a product and returns its id.
pub async fn product(admin: &Http, name: &str, price: i64) -> String {
    let answer = admin.post("/api/v1/products", &json!({"name": name, "price": price})).await;
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// Sells one piece of a product, paid exactly by card; returns the order.
pub async fn sell(till: &Http, product: &str, price: i64) -> Value {
    let body = json!({
        "lines": [{"product_id": product, "qty": 1}],
        "payments": [{"method": "card", "amount": price}],
    });
    till.post("/api/v1/orders", &body).await.data().clone()
}

/// `data` of the sync status.
pub async fn status(admin: &Http) -> Value {
    admin.get("/api/v1/sync/status").await.data().clone()
}

/// Head office, running, with one outlet added; outlets are started in the same folder.
pub struct Office {
    /// Head office's server; dropped before its folder.
    pub hub: Process,
    /// Contains `hub.db`, and `pos.db` once an outlet runs.
    pub folder: Folder,
    /// The output of `gerai hub outlet add --json`.
    pub added: Value,
}

impl Office {
    /// Starts the hub with the outlet JKT-001 and the user `boss`.
    pub fn open() -> Self {
        let folder = Folder::new();
        let added = folder.add_outlet("JKT-001");
        folder.add_boss();
        let hub = folder.hub();
        Self { folder, hub, added }
    }

    /// A new enrollment code for its outlet.
    pub fn new_code(&self) -> String {
        let output = self.folder.gerai(&["hub", "outlet", "enroll-code", "--code", "JKT-001", "--json"]).json();
        output["enroll_code"].as_str().unwrap().to_owned()
    }

    /// The address for outlets, with `/v1`.
    pub fn url(&self) -> String {
        format!("{}/v1", self.hub.url)
    }

    /// Shuts head office's server down; returns its address for the next one.
    pub fn close_hub(&mut self) -> String {
        assert_eq!(self.hub.terminate(), Some(0));
        self.hub.url.trim_start_matches("http://").to_owned()
    }

    /// A field of the output of `outlet add`.
    pub fn of(&self, field: &str) -> &str {
        self.added[field].as_str().unwrap()
    }

    /// Starts the outlet's server, linked by its environment.
    pub fn outlet(&self) -> Process {
        self.outlet_through(&self.url())
    }

    /// Like [`Self::outlet`], with another address for head office.
    pub fn outlet_through(&self, url: &str) -> Process {
        self.folder.outlet(&self.link(url))
    }

    /// The environment that links an outlet.
    pub fn link<'a>(&'a self, url: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("SYNC_ENABLED", "true"),
            ("CLOUD_API_URL", url),
            ("CLOUD_API_KEY", self.of("api_key")),
            ("OUTLET_ID", self.of("outlet_id")),
            ("OUTLET_CODE", self.of("outlet_code")),
        ]
    }
}

/// Waits until the worker has looked at the queue twice more, so that it has sent everything it would send now.
pub async fn looked(outlet: &Http) {
    let looks = async || outlet.figure("gerai_sync_looks_total").await.unwrap_or_default();
    let until = looks().await + 2;
    testkit::eventually("the worker looks", || async { looks().await >= until }).await;
}

/// Waits until nothing is pending.
pub async fn synced(admin: &Http) {
    testkit::eventually("nothing is pending", || async { status(admin).await["pending_count"] == 0 }).await;
}
