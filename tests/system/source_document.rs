//! The source document to the letter: one group of tests per row of the table in `mission.md`, in its order. Shell and
//! SQL lines are quoted unchanged, except the port number in the shell lines.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::{Fault, Http, Process, Proxy, eventually, program};

use crate::folder::{
    CommandResult, Folder, GERAI, Office, admin, boss, orders_at, port, product, sell, status, synced, totals,
};

const SCHEMA_LINE: &str = "sqlite3 pos.db < sql/schema/002_sync_system.sql";

const UPDATE_OUTLET_CONFIG: &str = "\
UPDATE outlet_config SET
  outlet_id = 'your-outlet-uuid-from-cloud',
  outlet_name = 'Outlet Jakarta Pusat',
  outlet_code = 'JKT-001',
  cloud_api_url = 'https://api.yourcloud.com/v1',
  cloud_api_key = 'your-api-key',
  sync_enabled = 1
WHERE id = 1;
";

const ENV_FILE: &str = "\
SYNC_ENABLED=true
CLOUD_API_URL=https://api.yourcloud.com/v1
CLOUD_API_KEY=your-api-key-here
OUTLET_ID=your-outlet-uuid
OUTLET_CODE=JKT-001
SYNC_INTERVAL_MINUTES=5
";

const LOG_LINES: [&str; 2] =
    ["Cloud sync enabled: https://api.yourcloud.com/v1 (Outlet: JKT-001)", "Sync management endpoints registered"];

const LOG_IN: &str = r#"
# Login sebagai admin
TOKEN=$(curl -s -X POST http://localhost:8080/api/v1/auth/login \
  -H "Content-Type: application/json" \
  -d '{"username":"admin","password":"1234"}' \
  | jq -r '.data.token')
"#;

const STATUS: &str = r#"
# Cek status
curl http://localhost:8080/api/v1/sync/status \
  -H "Authorization: Bearer $TOKEN"
"#;

const TRIGGER: &str = r#"
# Trigger manual sync
curl -X POST http://localhost:8080/api/v1/sync/trigger \
  -H "Authorization: Bearer $TOKEN"
"#;

const LOGS: &str = r#"
# Lihat logs
curl http://localhost:8080/api/v1/sync/logs?limit=10 \
  -H "Authorization: Bearer $TOKEN"
"#;

const STATUS_IN_ONE_LINE: &str = r#"curl http://localhost:8080/api/v1/sync/status -H "Authorization: Bearer $TOKEN""#;

const TRIGGER_IN_ONE_LINE: &str =
    r#"curl -X POST http://localhost:8080/api/v1/sync/trigger -H "Authorization: Bearer $TOKEN""#;

const FAILED: &str = r#"curl http://localhost:8080/api/v1/sync/failed -H "Authorization: Bearer $TOKEN""#;

const RETRY: &str = r#"curl -X POST http://localhost:8080/api/v1/sync/retry/123 -H "Authorization: Bearer $TOKEN""#;

const PENDING_QUEUE: &str = "
SELECT 
  entity_type,
  COUNT(*) as count,
  status
FROM sync_queue
GROUP BY entity_type, status;
";

const RECENT_LOGS: &str = "
SELECT 
  sync_type,
  entity_type,
  status,
  entity_count,
  duration_ms,
  started_at
FROM sync_logs
ORDER BY started_at DESC
LIMIT 10;
";

const FAILED_ITEMS: &str = "
SELECT 
  id,
  entity_type,
  entity_id,
  operation,
  retry_count,
  error_message,
  created_at
FROM sync_queue
WHERE status = 'failed'
ORDER BY created_at DESC;
";

const COUNT_PENDING: &str = "SELECT COUNT(*) FROM sync_queue WHERE status = 'pending';";

/// Runs the document's log-in and then these lines, all in one bash, and returns the answers.
#[track_caller]
fn shell(folder: &Folder, server: &Process, lines: &[&str]) -> Vec<Value> {
    let document = format!("{LOG_IN}{}", lines.join("\n"));
    let script = document.replace("localhost:8080", &format!("localhost:{}", port(server)));
    let result = folder.bash(&script);
    assert_eq!(result.code, Some(0), "{result:?}");
    let answers: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&result.out).into_iter().collect();
    let answers = answers.unwrap_or_else(|error| panic!("not JSON ({error}): {result:?}"));
    assert_eq!(answers.len(), lines.len(), "{result:?}");
    answers
}

/// Asserts that `value` has these fields, each of this type: `text`, `number`, `flag`, `time`, or `time?` where it may
/// be null. More fields are allowed.
#[track_caller]
fn assert_shape(value: &Value, fields: &[(&str, &str)]) {
    for (name, kind) in fields {
        let field = value.get(name).unwrap_or_else(|| panic!("no field {name} in {value}"));
        let is_time =
            |field: &Value| field.as_str().is_some_and(|text| text.ends_with('Z') && text.parse::<Timestamp>().is_ok());
        let fits = match *kind {
            "text" => field.is_string(),
            "number" => field.is_i64(),
            "flag" => field.is_boolean(),
            "time" => is_time(field),
            "time?" => field.is_null() || is_time(field),
            other => panic!("no such kind: {other}"),
        };
        assert!(fits, "{name} is not a {kind}: {value}");
    }
}

/// Starts an outlet for which the document's `api.yourcloud.com` is this machine, where nothing listens: tests send nothing to
/// the internet.
struct Home {
    unshare: Option<&'static str>,
}

/// Precedes the program and its arguments: only this process and its children see the other `/etc/hosts`.
const OWN_HOSTS: &str = "mount --bind hosts /etc/hosts && exec \"$@\"";

impl Home {
    fn make(folder: &Folder) -> Self {
        folder.write("hosts", "127.0.0.1 localhost api.yourcloud.com\n");
        let works = |flags: &&str| {
            let mut attempt = program("unshare");
            folder.run(attempt.args([*flags, "sh", "-c", OWN_HOSTS, "sh", "true"]), "").code == Some(0)
        };
        let unshare = ["-m", "-rm"].into_iter().find(works);
        if unshare.is_none() {
            println!("this machine does not allow unshare: the document's host is replaced by api.yourcloud.invalid");
        }
        Self { unshare }
    }

    /// A text of the document; changed only if the host's name cannot be redirected.
    fn text(&self, document: &str) -> String {
        match self.unshare {
            Some(_) => document.to_owned(),
            None => document.replace("api.yourcloud.com", "api.yourcloud.invalid"),
        }
    }

    fn outlet(&self, folder: &Folder, env: &[(&str, &str)]) -> Process {
        let Some(flags) = self.unshare else { return folder.outlet(env) };
        let mut all = vec![("SERVER_PORT", "0")];
        all.extend_from_slice(env);
        Process::start("unshare", folder.path(), "outlet", &[flags, "sh", "-c", OWN_HOSTS, "sh", GERAI], &all)
    }
}

/// The output from the document's two lines to the ready line is exact.
#[track_caller]
fn assert_announced(home: &Home, server: &Process) {
    let ready = format!("Gerai outlet listening on {}", server.url);
    assert_eq!(server.printed, [home.text(LOG_LINES[0]), LOG_LINES[1].to_owned(), ready]);
}

// Components: Models, Repository, Cloud Client, Sync Service, Sync Handler, Database Schema

#[test]
fn each_component_of_the_document_exists() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(repository.join("ARCHITECTURE.md")).unwrap();
    for component in ["Models", "Repository", "Cloud Client", "Sync Service", "Sync Handler", "Database Schema"] {
        let starts = |line: &&str| line.starts_with(&format!("| {component} |"));
        let line = text.lines().find(starts).unwrap_or_else(|| panic!("no row for {component}"));
        let paths: Vec<&str> = line.split('`').skip(1).step_by(2).filter(|word| word.contains('/')).collect();
        assert!(!paths.is_empty(), "no path for {component}: {line}");
        for path in &paths {
            // Relative to the repository, or to the folder of a previous path.
            let mut from = paths.iter().flat_map(|other| Path::new(other).ancestors());
            let exists = from.any(|folder| repository.join(folder).join(path).exists());
            assert!(exists, "{component} is not at {path}");
        }
    }
}

// sqlite3 pos.db < sql/schema/002_sync_system.sql

/// Runs the document's line; it must succeed without output.
#[track_caller]
fn assert_schema_line_loads(folder: &Folder) {
    let result = folder.bash(SCHEMA_LINE);
    assert_eq!((result.code, result.out.as_str(), result.err.as_str()), (Some(0), "", ""), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_line_changes_nothing_on_the_database_of_a_running_server() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;

    let before = folder.dump("pos.db");
    assert_schema_line_loads(&folder);
    assert_schema_line_loads(&folder);
    assert_eq!(folder.dump("pos.db"), before);

    // The server, whose prepared statements may read the schema again, keeps working.
    sell(&admin, &kopi, 22_000).await;
    assert_eq!(folder.sqlite("select count(*) from orders"), "2");
}

/// One row of each synced table, with its children, as someone would type them.
const ONE_OF_EACH: &str = "
    insert into users (id, username, name, role, pin_hash) values ('u', 'dewi', 'Dewi', 'kitchen', 'x');
    insert into categories (id, name) values ('c', 'Kopi');
    insert into products (id, name, price) values ('p', 'Kopi Susu', 22000);
    insert into charges (id, name, kind, rate_bp) values ('t', 'PBJT', 'tax', 1000);
    insert into tables (id, name) values ('m', '7');
    insert into customers (id, name) values ('b', 'Budi');
    update settings set phone = '021-555' where id = 'outlet';
    insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
      values ('o', 'l', 1, 'p', 'Kopi Susu', 22000, 2, 44000, 'pbjt', 'bar');
    insert into order_charges (order_id, id, position, charge_id, name, kind, rate_bp, base, amount)
      values ('o', 'k', 1, 't', 'PBJT', 'tax', 1000, 44000, 4400);
    insert into payments (order_id, id, method, amount, tendered, created_at)
      values ('o', 'y', 'card', 48400, 48400, '2026-11-22T10:00:00.000Z');
    insert into orders (id, order_number, business_date, status, order_type, subtotal, tax, total, paid, created_at)
      values ('o', 'JKT-001-20261122-0001', '2026-11-22', 'paid', 'dine_in', 44000, 4400, 48400, 48400,
        '2026-11-22T10:00:00.000Z');
";

/// The entities that are pending after [`ONE_OF_EACH`], by type.
const EACH_PENDING: &str = "category c create|charge t create|customer b create|order o create|product p create|\
    setting outlet create|table m create|user u create";

fn pending(folder: &Folder) -> String {
    let sql = "select entity_type, entity_id, operation from sync_queue where status = 'pending' order by 1, 2";
    folder.sqlite(&format!(".separator ' '\n{sql};")).replace('\n', "|")
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_line_queues_the_rows_that_are_older_than_the_triggers() {
    let folder = Folder::new();
    folder.bash("sqlite3 pos.db < sql/schema/001_init.sql").ok();
    folder.sqlite(ONE_OF_EACH);
    let rows = "select * from orders; select * from products; select * from payments; select * from settings;";
    let before = folder.sqlite(rows);

    assert_schema_line_loads(&folder);
    assert_eq!(pending(&folder), EACH_PENDING);
    assert_eq!(folder.sqlite(rows), before, "existing rows changed");
    assert_eq!(folder.sqlite("select id from outlet_config"), "1");

    let after = folder.dump("pos.db");
    assert_schema_line_loads(&folder);
    assert_eq!(folder.dump("pos.db"), after, "the second run changes something");

    // From now on triggers queue changes, and the server accepts the database.
    folder.sqlite("update products set price = 23000 where id = 'p'");
    assert_eq!(folder.sqlite("select version from entity_versions where entity_id = 'p'"), "2");
    let outlet = folder.outlet(&[]);
    assert_eq!(Http::new(&outlet.url).get("/readyz").await.status, 200);
    assert_eq!(pending(&folder), EACH_PENDING);
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_files_are_applied_at_the_start() {
    let folder = Folder::new();
    folder.bash("sqlite3 pos.db < sql/schema/001_init.sql").ok();
    folder.sqlite(ONE_OF_EACH);
    let _outlet = folder.outlet(&[]);
    assert_eq!(pending(&folder), EACH_PENDING);
    assert_eq!(folder.sqlite("select name from schema_migrations order by version"), "001_init\n002_sync_system");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_line_run_first_is_completed_by_the_first_start() {
    let folder = Folder::new();
    // The tables of the triggers do not exist yet, so the shell reports errors; half a schema remains.
    assert_ne!(folder.bash(SCHEMA_LINE).code, Some(0));
    let outlet = folder.outlet(&[]);
    product(&admin(&outlet).await, "Kopi Susu", 22_000).await;
    assert_eq!(pending(&folder).matches("product").count(), 1);
}

// UPDATE outlet_config SET … WHERE id = 1

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_update_statement_applies_at_start() {
    let folder = Folder::new();
    let home = Home::make(&folder);
    let mut first = home.outlet(&folder, &[]);
    assert_eq!(first.terminate(), Some(0));

    folder.sqlite(&home.text(UPDATE_OUTLET_CONFIG));
    assert_eq!(folder.sqlite("select count(*), outlet_code from outlet_config"), "1|JKT-001");
    let second = home.outlet(&folder, &[]);
    assert_announced(&home, &second);
    let status = status(&admin(&second).await).await;
    assert_eq!(status["outlet_id"], "your-outlet-uuid-from-cloud");
    assert_eq!((&status["outlet_code"], &status["sync_enabled"]), (&json!("JKT-001"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn update_outlet_config_is_in_force_within_seconds_without_a_restart() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let sold = sell(&admin, &kopi, 22_000).await;
    let hub = boss(&office.hub).await;
    assert!(orders_at(&hub).await.is_empty(), "head office's address is not set");

    // The document's block with this head office's values.
    let update = UPDATE_OUTLET_CONFIG
        .replace("your-outlet-uuid-from-cloud", office.of("outlet_id"))
        .replace("https://api.yourcloud.com/v1", &office.url())
        .replace("your-api-key", office.of("api_key"));
    let began = std::time::Instant::now();
    folder.sqlite(&update);
    eventually("the sale is at head office", || async { orders_at(&hub).await.len() == 1 }).await;
    assert!(began.elapsed().as_secs() < 10, "a few seconds, not {:?}", began.elapsed());
    assert_eq!(orders_at(&hub).await, totals(&[sold]));

    // Off again: the next sale is not sent.
    synced(&admin).await;
    folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    sell(&admin, &kopi, 22_000).await;
    let status = status(&admin).await;
    assert_eq!((&status["sync_enabled"], &status["pending_count"]), (&json!(false), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn update_outlet_config_always_finds_the_row_with_id_1() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    assert_eq!(folder.sqlite("select id from outlet_config"), "1");
    outlet.terminate();
    folder.sqlite("delete from outlet_config");
    let outlet = folder.outlet(&[]);
    assert_eq!(folder.sqlite("update outlet_config set outlet_code = 'JKT-001' where id = 1; select changes();"), "1");
    assert_eq!(status(&admin(&outlet).await).await["outlet_code"], "JKT-001");
}

#[tokio::test(flavor = "multi_thread")]
async fn update_outlet_config_gone_wrong_stops_no_sale() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    folder.sqlite("delete from outlet_config");
    sell(&admin, &kopi, 22_000).await;
    assert_eq!(admin.get("/readyz").await.status, 200);
    assert_eq!(status(&admin).await["sync_enabled"], false);
    // The admin can set it again without the shell.
    let set = admin.call("PUT", "/api/v1/config/outlet", &json!({"outlet_code": "JKT-001"})).await;
    assert_eq!(set.data()["outlet_code"], "JKT-001");
    let number = sell(&admin, &kopi, 22_000).await["order_number"].clone();
    assert!(number.as_str().unwrap().starts_with("JKT-001-"), "{number}");
}

// The six variables in .env

#[tokio::test(flavor = "multi_thread")]
async fn env_file_with_the_six_variables_is_read_verbatim() {
    let folder = Folder::new();
    let home = Home::make(&folder);
    folder.write(".env", home.text(ENV_FILE));
    let outlet = home.outlet(&folder, &[]);
    assert_announced(&home, &outlet);
    let admin = admin(&outlet).await;
    let config = admin.get("/api/v1/config/outlet").await;
    let config = config.data();
    assert_eq!(config["cloud_api_url"], home.text("https://api.yourcloud.com/v1"));
    assert_eq!((&config["outlet_id"], &config["outlet_code"]), (&json!("your-outlet-uuid"), &json!("JKT-001")));
    assert_eq!((&config["sync_enabled"], &config["sync_interval_minutes"]), (&json!(true), &json!(5)));
    assert_eq!(config["cloud_api_key_set"], true);
    assert!(!config.to_string().contains("your-api-key-here"), "the key is never shown: {config}");
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let number = sell(&admin, &kopi, 22_000).await["order_number"].clone();
    assert!(number.as_str().unwrap().starts_with("JKT-001-"), "{number}");
}

#[tokio::test(flavor = "multi_thread")]
async fn env_file_carries_sales_to_head_office() {
    let office = Office::open();
    let file = ENV_FILE
        .replace("https://api.yourcloud.com/v1", &office.url())
        .replace("your-api-key-here", office.of("api_key"))
        .replace("your-outlet-uuid", office.of("outlet_id"));
    office.folder.write(".env", file);
    let outlet = office.folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let sold = sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;
    assert_eq!(orders_at(&boss(&office.hub).await).await, totals(&[sold]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_overrides_the_env_file() {
    let folder = Folder::new();
    // As editors on Windows write it, with comments, quotes and a value that was not filled in.
    let file = "# Gerai\r\nexport OUTLET_ID=\"dari-berkas\"\r\nOUTLET_CODE='JKT-001'\r\nCLOUD_API_KEY=\r\nSYNC_ENABLED=false\r\n";
    folder.write(".env", file);
    let outlet = folder.outlet(&[("OUTLET_ID", "dari-lingkungan")]);
    let status = status(&admin(&outlet).await).await;
    assert_eq!((&status["outlet_id"], &status["outlet_code"]), (&json!("dari-lingkungan"), &json!("JKT-001")));
}

#[tokio::test(flavor = "multi_thread")]
async fn outlet_config_overrides_the_environment() {
    let folder = Folder::new();
    let unreachable = "http://127.0.0.1:1/v1";
    let outlet = folder.outlet(&[
        ("SYNC_ENABLED", "false"),
        ("CLOUD_API_URL", unreachable),
        ("CLOUD_API_KEY", "kunci"),
        ("OUTLET_ID", "id-dari-env"),
        ("OUTLET_CODE", "ENV-001"),
        ("SYNC_INTERVAL_MINUTES", "7"),
    ]);
    let admin = admin(&outlet).await;
    let read = || async {
        let config = admin.get("/api/v1/config/outlet").await.data().clone();
        ["outlet_id", "outlet_code", "cloud_api_url", "sync_enabled", "sync_interval_minutes", "cloud_api_key_set"]
            .map(|field| config[field].clone())
    };
    let from_env = [json!("id-dari-env"), json!("ENV-001"), json!(unreachable), json!(false), json!(7), json!(true)];
    assert_eq!(read().await, from_env);
    assert_eq!(
        folder.sqlite("select * from outlet_config"),
        "1||||||||",
        "the environment is not written into the database: it could not be changed there any more"
    );

    // One column after the other: each wins by itself.
    let columns = ["outlet_id", "outlet_code", "cloud_api_url", "sync_enabled", "sync_interval_minutes"];
    let values = [json!("id-dari-db"), json!("DB-001"), json!("http://127.0.0.1:2/v1"), json!(true), json!(9)];
    let mut expected = from_env.clone();
    for (number, (column, value)) in columns.iter().zip(&values).enumerate() {
        let sql_value = value.to_string().replace('"', "'");
        folder.sqlite(&format!("update outlet_config set {column} = {sql_value} where id = 1"));
        expected[number] = value.clone();
        assert_eq!(read().await, expected, "{column}");
    }

    // Empty again, whether as null or as a text without letters.
    folder.sqlite("update outlet_config set outlet_id = null, sync_enabled = null, sync_interval_minutes = null");
    folder.sqlite("update outlet_config set outlet_code = '', cloud_api_url = '  ', cloud_api_key = ''");
    assert_eq!(read().await, from_env);
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let number = sell(&admin, &kopi, 22_000).await["order_number"].clone();
    assert!(number.as_str().unwrap().starts_with("ENV-001-"), "{number}");
}

#[tokio::test(flavor = "multi_thread")]
async fn env_sync_enabled_counts_until_someone_sets_the_column() {
    let folder = Folder::new();
    // Nothing listens at head office's address; sync is enabled even while offline.
    let link = [("CLOUD_API_URL", "http://127.0.0.1:1/v1"), ("CLOUD_API_KEY", "kunci"), ("OUTLET_ID", "id")];
    let enabled = |on: &'static str| [&link[..], &[("SYNC_ENABLED", on)]].concat();
    let sync_enabled_with = async |env: &[(&str, &str)]| {
        let mut outlet = folder.outlet(env);
        let answer = status(&admin(&outlet).await).await["sync_enabled"].clone();
        let announced = outlet.printed.iter().any(|line| line.starts_with("Cloud sync enabled: "));
        assert_eq!(json!(announced), answer, "the log line says the same: {:?}", outlet.printed);
        assert_eq!(outlet.terminate(), Some(0));
        answer
    };
    assert_eq!(sync_enabled_with(&link).await, false, "off by default");
    assert_eq!(folder.sqlite("select sync_enabled is null from outlet_config"), "1");
    assert_eq!(sync_enabled_with(&enabled("true")).await, true);
    assert_eq!(folder.sqlite("select sync_enabled is null from outlet_config"), "1", "the column is still null");
    assert_eq!(sync_enabled_with(&enabled("false")).await, false);
    folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    assert_eq!(sync_enabled_with(&enabled("true")).await, false, "the column wins");
    folder.sqlite("update outlet_config set sync_enabled = 1 where id = 1");
    assert_eq!(sync_enabled_with(&enabled("false")).await, true, "the column wins");
}

// The two log lines

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_are_printed_when_sync_is_enabled_and_only_then() {
    let folder = Folder::new();
    let home = Home::make(&folder);
    let mut silent = home.outlet(&folder, &[]);
    assert_eq!(silent.printed, [format!("Gerai outlet listening on {}", silent.url)]);
    silent.terminate();
    folder.write(".env", home.text(ENV_FILE));
    assert_announced(&home, &home.outlet(&folder, &[]));
}

#[test]
fn cargo_run_replaces_go_run() {
    // `cargo run` alone, in the repository, builds and starts the one binary of the default members.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let homes = ["CARGO_HOME", "RUSTUP_HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let output = program(cargo)
        .envs(homes)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let defaults = metadata["workspace_default_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let binaries: Vec<_> = packages
        .iter()
        .filter(|package| defaults.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"] == json!(["bin"]))
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(binaries, ["gerai"]);
}

// Five endpoints

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_answer_the_documents_lines_with_its_fields() {
    let office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;

    let answers = shell(&office.folder, &outlet, &[STATUS, TRIGGER, LOGS]);
    let [status, trigger, logs] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(status["success"], true);
    let fields = [
        ("outlet_id", "text"),
        ("outlet_code", "text"),
        ("sync_enabled", "flag"),
        ("last_sync_at", "time"),
        ("pending_count", "number"),
        ("failed_count", "number"),
        ("conflict_count", "number"),
        ("total_synced", "number"),
    ];
    assert_shape(&status["data"], &fields);
    assert_eq!(status["data"]["outlet_id"], office.added["outlet_id"]);
    assert_eq!((&status["data"]["outlet_code"], &status["data"]["sync_enabled"]), (&json!("JKT-001"), &json!(true)));
    // The admin, the outlet's settings, the product, the order.
    assert_eq!((&status["data"]["pending_count"], &status["data"]["total_synced"]), (&json!(0), &json!(4)));

    assert_eq!(trigger, &json!({"success": true, "message": "Sync triggered successfully"}));

    assert_eq!(logs["success"], true);
    let rounds = logs["data"].as_array().unwrap();
    assert!(!rounds.is_empty() && rounds.len() <= 10, "{logs}");
    for round in rounds {
        let fields = [
            ("id", "number"),
            ("sync_type", "text"),
            ("entity_type", "text"),
            ("entity_count", "number"),
            ("status", "text"),
            ("started_at", "time"),
            ("completed_at", "time"),
            ("duration_ms", "number"),
        ];
        assert_shape(round, &fields);
        assert_eq!((&round["sync_type"], &round["status"]), (&json!("push"), &json!("success")), "{round}");
    }
    let sent: i64 = rounds.iter().map(|round| round["entity_count"].as_i64().unwrap()).sum();
    assert_eq!(sent, 4, "{logs}");

    let answers = shell(&office.folder, &outlet, &[STATUS_IN_ONE_LINE, TRIGGER_IN_ONE_LINE, FAILED]);
    assert_shape(&answers[0]["data"], &fields);
    assert_eq!(answers[1]["message"], "Sync triggered successfully");
    assert_eq!(
        (&answers[2]["success"], &answers[2]["count"], &answers[2]["data"]),
        (&json!(true), &json!(0), &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_logs_returns_the_requested_rounds_newest_first() {
    let office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    for _ in 0..12 {
        admin.post("/api/v1/sync/trigger?wait=true", &json!({})).await;
    }
    let logs = shell(&office.folder, &outlet, &[LOGS]).remove(0);
    let ids: Vec<i64> = logs["data"].as_array().unwrap().iter().map(|round| round["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), 10, "limit=10: {logs}");
    assert!(ids.is_sorted_by(|newer, older| newer > older), "newest first: {ids:?}");
    let all = admin.get("/api/v1/sync/logs?limit=50").await;
    assert!(all.data().as_array().unwrap().len() > 10, "a higher limit returns more");
}

/// The document's five, as method and path.
const ENDPOINTS: [(&str, &str); 5] = [
    ("GET", "/api/v1/sync/status"),
    ("POST", "/api/v1/sync/trigger"),
    ("GET", "/api/v1/sync/logs?limit=50"),
    ("GET", "/api/v1/sync/failed"),
    ("POST", "/api/v1/sync/retry/123"),
];

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_for_admins_only() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let anybody = Http::new(&outlet.url);
    // A token without a signature.
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ1Iiwicm9sZSI6ImFkbWluIiwiZ2VuZXJhdGlvbiI6MSwiZXhwIjo5OTk5OTk5OTk5fQ.";
    for (method, path) in ENDPOINTS {
        for (who, http) in [
            ("nobody", anybody.clone()),
            ("a forger", anybody.with_token(unsigned)),
            ("noise", anybody.with_token("x")),
        ] {
            let answer = Http::send(http.request(method, path)).await;
            assert_eq!(answer.refusal(), (401, "unauthorized"), "{who}: {method} {path}");
            assert_eq!(answer.body["success"], false);
            assert!(answer.body["message"].as_str().is_some_and(|message| message.len() > 10), "{}", answer.text);
        }
    }
    for role in ["manager", "cashier", "waiter", "kitchen", "bar"] {
        admin.post("/api/v1/users", &json!({"username": role, "role": role, "pin": "2468"})).await.data();
        let member = anybody.log_in(role, "2468").await;
        for (method, path) in ENDPOINTS {
            let answer = Http::send(member.request(method, path)).await;
            assert_eq!(answer.refusal(), (403, "forbidden"), "{role}: {method} {path}");
            assert_eq!(answer.body["success"], false);
        }
    }
    assert_eq!(folder.sqlite("select count(*) from sync_requests"), "0", "a rejected trigger makes no request");
}

// Login admin / 1234

#[tokio::test(flavor = "multi_thread")]
async fn login_works_as_written_on_a_fresh_database_from_the_same_machine() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let script = format!("{LOG_IN}echo \"$TOKEN\"").replace("localhost:8080", &format!("localhost:{}", port(&outlet)));
    let token = folder.bash(&script).ok();
    let http = Http::new(&outlet.url).with_token(token.trim());
    assert_eq!(http.get("/api/v1/sync/status").await.status, 200);

    let answer =
        Http::new(&outlet.url).post("/api/v1/auth/login", &json!({"username": "admin", "password": "1234"})).await;
    assert_eq!(answer.body["success"], true);
    assert_eq!(
        (&answer.data()["user"]["username"], &answer.data()["user"]["role"]),
        (&json!("admin"), &json!("admin"))
    );
    assert!(!answer.text.contains("pin_hash") && !answer.text.contains("argon2"), "{}", answer.text);
}

/// This machine's address on its network, if it has one. Connecting a datagram socket sends nothing.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test(flavor = "multi_thread")]
async fn login_with_the_first_pin_from_another_address_is_rejected_with_advice() {
    let Some(address) = own_address() else {
        println!("skipped: this machine has only loopback addresses");
        return;
    };
    let folder = Folder::new();
    let outlet = folder.outlet(&[("SERVER_HOST", "0.0.0.0")]);
    let local = Http::new(&format!("http://127.0.0.1:{}", port(&outlet)));
    let remote = Http::new(&format!("http://{address}:{}", port(&outlet)));
    let first = json!({"username": "admin", "password": "1234"});

    // Repeated attempts get the same explanation, and lock nobody out.
    for _ in 0..7 {
        let answer = remote.post("/api/v1/auth/login", &first).await;
        assert_eq!(answer.refusal(), (403, "change_pin_first"), "{}", answer.text);
        assert!(answer.body["message"].as_str().unwrap().contains("change it"), "{}", answer.text);
        assert!(answer.body.get("data").is_none_or(|data| data.is_null()), "no token: {}", answer.text);
    }
    // A wrong PIN gets another answer, which reveals nothing to a guesser.
    let wrong = remote.post("/api/v1/auth/login", &json!({"username": "admin", "password": "9999"})).await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials"));

    let admin = local.log_in("admin", "1234").await;
    admin.post("/api/v1/auth/pin", &json!({"current_pin": "1234", "new_pin": "86420"})).await.data();
    let admin = remote.log_in("admin", "86420").await;
    assert_eq!(admin.get("/api/v1/sync/status").await.status, 200);
    assert_eq!(remote.post("/api/v1/auth/login", &first).await.refusal(), (401, "invalid_credentials"));
}

// All changes are queued by database triggers

/// Edits of each synced table except orders: type, id, then the shell's SQL.
const EDITS: [(&str, &str, &str, &str, &str); 8] = [
    (
        "user",
        "u1",
        "insert into users (id, username, name, role, pin_hash) values ('u1', 'dewi', 'Dewi', 'kitchen', 'x')",
        "update users set name = 'berubah' where id = 'u1'",
        "delete from users where id = 'u1'",
    ),
    (
        "category",
        "c1",
        "insert into categories (id, name) values ('c1', 'Kopi')",
        "update categories set name = 'berubah' where id = 'c1'",
        "delete from categories where id = 'c1'",
    ),
    (
        "product",
        "p1",
        "insert into products (id, name, price) values ('p1', 'Kopi Susu', 22000)",
        "update products set name = 'berubah' where id = 'p1'",
        "delete from products where id = 'p1'",
    ),
    (
        "charge",
        "t1",
        "insert into charges (id, name, kind, rate_bp, active) values ('t1', 'PBJT', 'tax', 1000, 0)",
        "update charges set name = 'berubah' where id = 't1'",
        "delete from charges where id = 't1'",
    ),
    (
        "tender",
        "n1",
        "insert into tenders (id, name, method) values ('n1', 'BCA EDC', 'card')",
        "update tenders set name = 'berubah' where id = 'n1'",
        "delete from tenders where id = 'n1'",
    ),
    (
        "menu",
        "k1",
        "insert into menus (id, name) values ('k1', 'Sore')",
        "update menus set name = 'berubah' where id = 'k1'",
        "delete from menus where id = 'k1'",
    ),
    (
        "table",
        "m1",
        "insert into tables (id, name) values ('m1', '7')",
        "update tables set name = 'berubah' where id = 'm1'",
        "delete from tables where id = 'm1'",
    ),
    (
        "customer",
        "b1",
        "insert into customers (id, name) values ('b1', 'Budi')",
        "update customers set name = 'berubah' where id = 'b1'",
        "delete from customers where id = 'b1'",
    ),
];

/// Head office's version of an entity: its document, or `deleted`, or nothing.
fn at_head_office(folder: &Folder, entity_type: &str, id: &str) -> String {
    folder.sqlite_on(
        "hub.db",
        &format!(
            "select iif(deleted, 'deleted', document) from documents where (entity_type, entity_id) = ('{entity_type}', '{id}')
             union all
             select iif(deleted, 'deleted', document) from shared_entities where (entity_type, entity_id) = ('{entity_type}', '{id}');"
        ),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_queue_each_edit_made_in_the_shell_and_it_reaches_head_office() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    synced(&admin).await;

    let switch = |on: u8| folder.sqlite(&format!("update outlet_config set sync_enabled = {on} where id = 1"));
    let queued = |entity_type: &str, id: &str| {
        let of = format!("where entity_type = '{entity_type}' and entity_id = '{id}'");
        folder.sqlite(&format!("select operation, status from sync_queue {of}"))
    };
    let arrives = async |operation: &str, edits: fn(&(&str, &str, &str, &str, &str)) -> String, expected: &str| {
        // Sync is off during the edits, so that each is seen pending; then all are sent.
        switch(0);
        for edit in &EDITS {
            folder.sqlite(&edits(edit));
            assert_eq!(queued(edit.0, edit.1), format!("{operation}|pending"), "{}", edits(edit));
        }
        switch(1);
        synced(&admin).await;
        for (entity_type, id, ..) in EDITS {
            let stored = at_head_office(folder, entity_type, id);
            assert!(stored.contains(expected), "{operation} of {entity_type}: head office has {stored:?}");
            assert_eq!(queued(entity_type, id).split('|').nth(1), Some("success"));
        }
    };
    arrives("create", |edit| edit.2.to_owned(), "\"id\":").await;
    arrives("update", |edit| edit.3.to_owned(), "berubah").await;
    arrives("delete", |edit| edit.4.to_owned(), "deleted").await;
    assert_eq!(status(&admin).await["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_queue_shell_orders_and_edits_of_their_rows() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let hub = boss(&office.hub).await;

    let order: String = ONE_OF_EACH.lines().skip_while(|line| !line.contains("order_lines")).collect();
    folder.sqlite(&format!("begin; {order} commit;"));
    eventually("the order is at head office", || async { orders_at(&hub).await == [("o".to_owned(), 48_400)] }).await;
    let whole = hub.get("/v1/hq/orders/o").await;
    assert_eq!(whole.data()["lines"].as_array().map(Vec::len), Some(1), "{}", whole.text);

    // A changed child row alone: the whole order is sent again.
    for (edit, expected) in [
        ("update order_lines set note = 'tanpa gula' where order_id = 'o'", "tanpa gula"),
        ("update order_charges set name = 'Pajak' where order_id = 'o'", "Pajak"),
        ("update payments set created_at = '2026-11-28T01:02:03.000Z' where order_id = 'o'", "01:02:03.000Z"),
        ("update orders set customer_name = 'Bu Siti' where id = 'o'", "Bu Siti"),
    ] {
        let version = "select version from entity_versions where entity_type = 'order'";
        let before: i64 = folder.sqlite(version).parse().unwrap();
        folder.sqlite(edit);
        assert_eq!(folder.sqlite(version).parse::<i64>().unwrap(), before + 1, "{edit}");
        eventually(edit, || async { at_head_office(folder, "order", "o").contains(expected) }).await;
    }

    // The deletion is queued too, and head office keeps the sale. Children first: the shell does not cascade by itself.
    folder.sqlite(
        "begin; delete from order_lines; delete from order_charges; delete from payments; delete from orders; commit;",
    );
    eventually("the deletion is rejected", || async { status(&admin).await["failed_count"] == 1 }).await;
    assert_eq!(orders_at(&hub).await, [("o".to_owned(), 48_400)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_queue_what_users_do_through_the_server() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let before = folder.sqlite(COUNT_PENDING).parse::<i64>().unwrap();
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let order = sell(&admin, &kopi, 22_000).await;
    assert_eq!(folder.sqlite(COUNT_PENDING).parse::<i64>().unwrap(), before + 2);
    admin.call("PATCH", &format!("/api/v1/products/{kopi}"), &json!({"price": 23_000})).await.data();
    assert_eq!(folder.sqlite(COUNT_PENDING).parse::<i64>().unwrap(), before + 2, "one row per entity");
    let id = order["id"].as_str().unwrap();
    let payload: Value =
        serde_json::from_str(&folder.sqlite(&format!("select payload from sync_queue where entity_id = '{id}'")))
            .unwrap();
    assert_eq!((&payload["total"], &payload["lines"][0]["product_id"]), (&json!(22_000), &json!(kopi)));
    assert_eq!(payload["payments"][0]["amount"], 22_000);
}

// GET …/failed; batch push, individual push; POST …/retry/:id

/// Waits for a failed item and sets its id to the document's: its position in the queue, which a shell may change.
async fn failed_item_123(folder: &Folder, admin: &Http, entity_id: &str) {
    eventually("the item has failed", || async { status(admin).await["failed_count"] == 1 }).await;
    folder.sqlite(&format!("update sync_state set seq = 123 where entity_id = '{entity_id}' and status = 'failed'"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failed_item_is_retried_alone_and_at_once() {
    let office = Office::open();
    let proxy = Proxy::before(&office.url()).await;
    let outlet = office.outlet_through(proxy.url());
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    synced(&admin).await;

    proxy.set(Fault::Unplugged);
    let mut sold = Vec::new();
    for _ in 0..6 {
        sold.push(sell(&admin, &kopi, 22_000).await);
    }
    let id = sold[2]["id"].as_str().unwrap().to_owned();
    proxy.set(Fault::Poison(vec![id.clone()]));
    admin.post("/api/v1/sync/trigger", &json!({})).await.data();
    failed_item_123(&office.folder, &admin, &id).await;
    synced(&admin).await;
    let hub = boss(&office.hub).await;
    let others: Vec<_> = sold.iter().filter(|order| order["id"] != id.as_str()).cloned().collect();
    assert_eq!(orders_at(&hub).await, totals(&others), "the rest is sent");

    let failed = shell(&office.folder, &outlet, &[FAILED]).remove(0);
    assert_eq!((&failed["success"], &failed["count"]), (&json!(true), &json!(1)), "{failed}");
    let item = &failed["data"][0];
    let fields = [
        ("id", "number"),
        ("entity_type", "text"),
        ("entity_id", "text"),
        ("operation", "text"),
        ("retry_count", "number"),
        ("error_message", "text"),
        ("created_at", "time"),
    ];
    assert_shape(item, &fields);
    assert_eq!((&item["id"], &item["entity_type"], &item["entity_id"]), (&json!(123), &json!("order"), &json!(id)));
    assert_eq!((&item["operation"], &item["retry_count"]), (&json!("create"), &json!(3)), "{item}");

    // The hub works again: one batch with this item alone, without waiting for an interval.
    proxy.set(Fault::None);
    let retried = shell(&office.folder, &outlet, &[RETRY]).remove(0);
    assert_eq!(retried, json!({"success": true, "message": "Sync retry triggered"}));
    let began = std::time::Instant::now();
    eventually("the sale is at head office", || async { orders_at(&hub).await.len() == sold.len() }).await;
    assert!(began.elapsed().as_secs() < 10, "at once, not after {:?}", began.elapsed());
    assert_eq!(orders_at(&hub).await, totals(&sold));
    let last = "select item_count, state from sync_batches order by id desc limit 1";
    synced(&admin).await;
    assert_eq!(office.folder.sqlite(last), "1|accepted", "an individual push is a batch of one");
    let status = status(&admin).await;
    assert_eq!((&status["failed_count"], &status["pending_count"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_item_fails_with_its_reason_until_corrected() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let wrong = sell(&admin, &kopi, 22_000).await["id"].as_str().unwrap().to_owned();
    synced(&admin).await;

    // A paid order no longer adds up: head office must reject it, and other sales continue.
    folder.sqlite(&format!("update payments set amount = 21999, tendered = 21999 where order_id = '{wrong}'"));
    failed_item_123(folder, &admin, &wrong).await;
    let right = sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;
    let hub = boss(&office.hub).await;
    assert_eq!(orders_at(&hub).await.len(), 2);
    let answers = shell(folder, &outlet, &[FAILED, STATUS_IN_ONE_LINE]);
    let item = &answers[0]["data"][0];
    assert_eq!((&item["id"], &item["operation"]), (&json!(123), &json!("update")), "{item}");
    assert!(item["error_message"].as_str().unwrap().contains("Head office keeps this sale"), "{item}");
    assert_eq!(answers[1]["data"]["failed_count"], 1);

    // A retry without a correction is allowed, and fails again.
    let retried = shell(folder, &outlet, &[RETRY]).remove(0);
    assert_eq!(retried, json!({"success": true, "message": "Sync retry triggered"}));
    eventually("the item is rejected again", || async {
        let failed = admin.get("/api/v1/sync/failed").await;
        failed.body["count"] == 1 && failed.body["data"][0]["id"] != 123
    })
    .await;

    folder.sqlite(&format!("update payments set amount = 22000, tendered = 22000 where order_id = '{wrong}'"));
    synced(&admin).await;
    assert_eq!(status(&admin).await["failed_count"], 0);
    let day = right["business_date"].as_str().unwrap();
    let daily = hub.all(&format!("/v1/hq/sales/daily?from={day}&to={day}")).await;
    assert_eq!((&daily[0]["orders"], &daily[0]["total"]), (&json!(2), &json!(44_000)), "{daily:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_never_lists_items_that_only_wait_for_a_connection() {
    let mut office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    synced(&admin).await;

    let address = office.close_hub();
    let mut sold = Vec::new();
    for _ in 0..4 {
        sold.push(sell(&admin, &kopi, 22_000).await);
    }
    // Offline for longer than an item has retries, which made sales fail for good in the previous program.
    for _ in 0..8 {
        let answer = admin.post("/api/v1/sync/trigger?wait=true", &json!({})).await;
        assert_eq!(answer.refusal(), (502, "sync_failed"), "{}", answer.text);
        assert!(answer.body["message"].as_str().unwrap().contains("cannot be reached"), "{}", answer.text);
    }
    let now = status(&admin).await;
    assert_eq!((&now["pending_count"], &now["failed_count"]), (&json!(4), &json!(0)), "{now}");
    assert!(now["problem"].as_str().unwrap().contains("cannot be reached"), "{now}");
    assert_eq!(admin.get("/api/v1/sync/failed").await.body["count"], 0);
    assert_eq!(office.folder.sqlite("select max(retry_count), max(isolated) from sync_state"), "0|0");

    office.hub = office.folder.hub_at(&address);
    admin.post("/api/v1/sync/trigger", &json!({})).await.data();
    synced(&admin).await;
    assert_eq!(orders_at(&boss(&office.hub).await).await, totals(&sold));
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_of_an_unknown_id_is_404_and_of_one_that_has_not_failed_409() {
    let office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    synced(&admin).await;
    let refused = shell(&office.folder, &outlet, &[RETRY]).remove(0);
    assert_eq!((&refused["success"], &refused["error"]), (&json!(false), &json!("not_found")), "{refused}");
    let retry = async |id: &str| admin.post(&format!("/api/v1/sync/retry/{id}"), &json!({})).await;
    assert_eq!(retry("123").await.refusal(), (404, "not_found"));
    assert_eq!(retry("0").await.refusal(), (404, "not_found"));
    assert_eq!(retry("-1").await.refusal(), (404, "not_found"));
    assert_eq!(retry("ORD-001").await.refusal(), (400, "invalid_path"));

    let sent = office.folder.sqlite("select id from sync_queue where status = 'success' limit 1");
    assert_eq!(retry(&sent).await.refusal(), (409, "not_failed"));
    office.folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    product(&admin, "Kopi Susu", 22_000).await;
    let pending = office.folder.sqlite("select id from sync_queue where status = 'pending' limit 1");
    assert_eq!(retry(&pending).await.refusal(), (409, "not_failed"));
    assert_eq!(office.folder.sqlite("select count(*) from sync_requests"), "0");
}

// Cloud API not configured

#[tokio::test(flavor = "multi_thread")]
async fn cloud_api_not_configured_is_reported_by_all_that_need_the_hub() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[("SYNC_ENABLED", "true")]);
    assert_eq!(outlet.printed.len(), 1, "nothing is announced that does not work: {:?}", outlet.printed);
    let admin = admin(&outlet).await;

    let answer = shell(&folder, &outlet, &[TRIGGER_IN_ONE_LINE]).remove(0);
    assert_eq!((&answer["success"], &answer["error"]), (&json!(false), &json!("cloud_not_configured")), "{answer}");
    assert!(answer["message"].as_str().unwrap().starts_with("Cloud API not configured"), "{answer}");
    let connection_test = admin.post("/api/v1/config/outlet/test", &json!({})).await;
    assert_eq!(connection_test.refusal(), (409, "cloud_not_configured"));
    assert!(connection_test.text.contains("Cloud API not configured"), "{}", connection_test.text);
    assert!(status(&admin).await["problem"].as_str().unwrap().contains("Cloud API not configured"));

    // A failed item, so that a retry has something to do.
    product(&admin, "Kopi Susu", 22_000).await;
    folder.sqlite("update sync_state set status = 'failed', seq = 123 where entity_type = 'product'");
    let answer = shell(&folder, &outlet, &[RETRY]).remove(0);
    assert_eq!(answer["error"], "cloud_not_configured", "{answer}");
    assert_eq!(status(&admin).await["failed_count"], 1, "nothing was done in part");

    for env in [
        &[("SYNC_ENABLED", "true")][..],
        &[("SYNC_ENABLED", "true"), ("CLOUD_API_KEY", "kunci"), ("OUTLET_ID", "id")],
        &[("SYNC_ENABLED", "true"), ("CLOUD_API_URL", "http://127.0.0.1:1/v1"), ("OUTLET_ID", "id")],
    ] {
        for command in [&["sync", "trigger"][..], &["sync", "retry", "123"], &["sync", "trigger", "--json"]] {
            let result: CommandResult = folder.gerai_with(command, env);
            assert!(result.refused().contains("Cloud API not configured"), "{command:?}: {result:?}");
        }
        let doctor = folder.gerai_with(&["doctor"], env);
        assert_eq!(doctor.code, Some(1));
        assert!(doctor.out.contains("Cloud API not configured"), "{doctor:?}");
    }
    assert_eq!(folder.sqlite("select count(*) from sync_requests"), "0");
}

// The monitoring queries

#[tokio::test(flavor = "multi_thread")]
async fn monitoring_queries_run_as_written_in_the_shell() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let wrong = sell(&admin, &kopi, 22_000).await["id"].as_str().unwrap().to_owned();
    synced(&admin).await;
    folder.sqlite(&format!("update payments set amount = 21999, tendered = 21999 where order_id = '{wrong}'"));
    eventually("the item is rejected", || async { status(&admin).await["failed_count"] == 1 }).await;
    folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    sell(&admin, &kopi, 22_000).await;
    sell(&admin, &kopi, 22_000).await;

    // Unchanged, in a shell without options.
    let run = |query: &str| {
        folder.write("query.sql", query);
        let result = folder.bash("sqlite3 pos.db < query.sql");
        assert_eq!(result.err, "", "{query}");
        result.ok().trim_end().to_owned()
    };
    let by_status = run(PENDING_QUEUE);
    for row in ["order|1|failed", "order|2|pending", "product|1|success", "setting|1|success", "user|1|success"] {
        assert!(by_status.lines().any(|line| line == row), "{row} is not in:\n{by_status}");
    }
    assert_eq!(run(COUNT_PENDING), "2");

    let failed = run(FAILED_ITEMS);
    let [id, entity_type, entity_id, operation, retry_count, error_message, created_at] =
        failed.split('|').collect::<Vec<_>>()[..]
    else {
        panic!("{failed}")
    };
    assert_eq!((entity_type, entity_id, operation), ("order", wrong.as_str(), "update"));
    assert!(id.parse::<i64>().is_ok() && retry_count.parse::<i64>().is_ok(), "{failed}");
    assert!(error_message.contains("Head office keeps this sale"), "{failed}");
    assert!(created_at.parse::<Timestamp>().is_ok(), "{failed}");

    let logs = run(RECENT_LOGS);
    let rounds: Vec<Vec<&str>> = logs.lines().map(|line| line.split('|').collect()).collect();
    assert!(!rounds.is_empty() && rounds.len() <= 10, "{logs}");
    assert!(rounds.is_sorted_by(|newer, older| newer[5] >= older[5]), "newest first:\n{logs}");
    for round in &rounds {
        let [sync_type, _, status, entity_count, duration_ms, started_at] = round[..] else { panic!("{logs}") };
        assert!(["push", "pull"].contains(&sync_type) && ["success", "partial", "failed"].contains(&status), "{logs}");
        assert!(entity_count.parse::<i64>().is_ok() && duration_ms.parse::<i64>().is_ok(), "{logs}");
        assert!(started_at.parse::<Timestamp>().is_ok(), "{logs}");
    }
}

// Phase 2

#[tokio::test(flavor = "multi_thread")]
async fn phase_2_worker_back_off_batches_and_health_check_are_built() {
    let mut office = Office::open();
    let outlet = office.outlet();
    for url in [&outlet.url, &office.hub.url] {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(Http::new(url).get(path).await.status, 200, "{url}{path}");
        }
    }

    // Background worker: sends without a request. Batches: fifty sales are not fifty requests.
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    office.folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    for _ in 0..50 {
        sell(&admin, &kopi, 22_000).await;
    }
    let before: i64 = office.folder.sqlite("select count(*) from sync_batches").parse().unwrap();
    office.folder.sqlite("update outlet_config set sync_enabled = 1 where id = 1");
    synced(&admin).await;
    let batches = office.folder.sqlite("select count(*) from sync_batches").parse::<i64>().unwrap() - before;
    assert!(batches <= 2, "50 sales went in {batches} batches");

    // Retry with back-off: automatic, and status shows the wait.
    let address = office.close_hub();
    sell(&admin, &kopi, 22_000).await;
    eventually("the breaker opens after failures", || async { status(&admin).await["breaker"] != "closed" }).await;
    office.hub = office.folder.hub_at(&address);
    synced(&admin).await;
    assert_eq!(orders_at(&boss(&office.hub).await).await.len(), 51);
    eventually("the problem is over", || async { status(&admin).await["problem"].is_null() }).await;
}
