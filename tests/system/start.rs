//! Start, shutdown, and refusal to start: with a message, the right exit code, and without changing existing files.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Http, Process, program};

use crate::folder::{Folder, GERAI, admin, port, product, sell};

/// The time within which a server must stop.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

// Ready

#[tokio::test(flavor = "multi_thread")]
async fn ready_lines_name_the_address_and_port_0_picks_free_ones() {
    let (one, two) = (Folder::new(), Folder::new());
    let servers = [one.outlet(&[]), two.outlet(&[]), one.hub(), two.hub()];
    for (server, name) in servers.iter().zip(["outlet", "outlet", "hub", "hub"]) {
        let line = format!("Gerai {name} listening on http://127.0.0.1:{}", port(server));
        assert_eq!(server.printed.last(), Some(&line));
        // The first request after the ready line is answered.
        assert_eq!(Http::new(&server.url).get("/readyz").await.status, 200);
    }
    let flag = Process::start(GERAI, one.path(), "flag", &["outlet", "--port", "0", "--db", "lain.db"], &[]);
    assert_eq!(Http::new(&flag.url).get("/readyz").await.status, 200);
    if TcpListener::bind("[::1]:0").is_ok() {
        let six = Process::start(GERAI, one.path(), "six", &["--port", "0", "--host", "::1", "--db", "enam.db"], &[]);
        assert!(six.url.starts_with("http://[::1]:"), "{}", six.url);
        assert_eq!(Http::new(&six.url).get("/readyz").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_first_user_gets_a_random_password_shown_once() {
    let (one, two) = (Folder::new(), Folder::new());
    let password = |hub: &Process| {
        let line = hub.printed.iter().find(|line| line.starts_with("First user: admin"))?;
        line.split(' ').nth(6).map(str::to_owned)
    };
    let mut hub = one.hub();
    let shown = password(&hub).unwrap();
    assert!(shown.len() >= 20 && Some(&shown) != password(&two.hub()).as_ref(), "random: {:?}", hub.printed);
    let body = json!({"username": "admin", "password": shown});
    Http::new(&hub.url).post("/v1/hq/auth/login", &body).await.data();
    hub.terminate();
    assert_eq!(password(&one.hub()), None, "the password is printed once");
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = Folder::new();
    folder.write(".env", "DB_PATH=dari-berkas.db\nSERVER_PORT=0\n");
    let databases = || {
        let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).filter(|n| n.ends_with(".db")).collect();
        names.sort();
        names.join(" ")
    };
    drop(Process::start(GERAI, folder.path(), "file", &[], &[]));
    assert_eq!(databases(), "dari-berkas.db");
    drop(folder.outlet(&[("DB_PATH", "dari-lingkungan.db")]));
    assert_eq!(databases(), "dari-berkas.db dari-lingkungan.db");
    let args = ["--db", "dari-baris.db"];
    drop(Process::start(GERAI, folder.path(), "flag", &args, &[("DB_PATH", "dari-lingkungan-2.db")]));
    assert_eq!(databases(), "dari-baris.db dari-berkas.db dari-lingkungan.db");
}

#[test]
fn database_and_secret_are_private_and_secrets_differ() {
    let (one, two) = (Folder::new(), Folder::new());
    let secret = |folder: &Folder| std::fs::read_to_string(folder.file("pos.db.secret")).unwrap();
    let mut outlet = one.outlet(&[]);
    drop(two.outlet(&[]));
    for file in ["pos.db", "pos.db.secret"] {
        let mode = std::fs::metadata(one.file(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file} is {mode:o}; it holds keys");
    }
    assert!(secret(&one).trim().len() >= 32);
    assert_ne!(secret(&one), secret(&two));
    // The secret persists: sessions survive a restart.
    let before = secret(&one);
    outlet.terminate();
    drop(one.outlet(&[]));
    assert_eq!(secret(&one), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_and_opens_no_other_server() {
    let (one, two) = (Folder::new(), Folder::new());
    let mut outlet = one.outlet(&[]);
    let log_in = json!({"username": "admin", "password": "1234"});
    let answer = Http::new(&outlet.url).post("/api/v1/auth/login", &log_in).await;
    let token = answer.data()["token"].as_str().unwrap();
    outlet.terminate();
    let again = one.outlet(&[]);
    assert_eq!(Http::new(&again.url).with_token(token).get("/api/v1/sync/status").await.status, 200);
    let other = two.outlet(&[]);
    let refused = Http::new(&other.url).with_token(token).get("/api/v1/sync/status").await;
    assert_eq!(refused.refusal(), (401, "unauthorized"));
}

// Stopping

#[tokio::test(flavor = "multi_thread")]
async fn signals_stop_both_servers_with_0_and_checkpoint_the_database() {
    let folder = Folder::new();
    for signal in ["-TERM", "-INT", "-HUP"] {
        let mut outlet = folder.outlet(&[]);
        let admin = admin(&outlet).await;
        let kopi = product(&admin, "Kopi Susu", 22_000).await;
        sell(&admin, &kopi, 22_000).await;
        let mut hub = folder.hub();
        for server in [&mut outlet, &mut hub] {
            let began = Instant::now();
            send(signal, server.id());
            assert_eq!(server.terminate(), Some(0), "{signal}");
            assert!(began.elapsed() < STOPS_WITHIN, "{signal}: {:?}", began.elapsed());
        }
        for file in ["pos.db-wal", "hub.db-wal"] {
            let bytes = std::fs::metadata(folder.file(file)).map_or(0, |found| found.len());
            assert_eq!(bytes, 0, "{signal}: {file} is not empty");
        }
    }
    // A copy of the one file has everything.
    std::fs::copy(folder.file("pos.db"), folder.file("salinan.db")).unwrap();
    assert_eq!(folder.sqlite_on("salinan.db", "select count(*) from orders; pragma integrity_check;"), "3\nok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nohup_started_outlives_its_terminal() {
    let folder = Folder::new();
    let mut outlet = Process::start("nohup", folder.path(), "outlet", &[GERAI, "outlet", "--port", "0"], &[]);
    send("-HUP", outlet.id());
    let admin = admin(&outlet).await;
    product(&admin, "Kopi Susu", 22_000).await;
    assert_eq!(outlet.terminate(), Some(0));
}

fn send(signal: &str, process: u32) {
    assert!(program("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

/// A sale as bytes with `Expect: 100-continue`: once the server asks for the body, the request is in progress.
fn begin_sale(address: &str, token: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         expect: 100-continue\r\n\r\n"
    )
    .unwrap();
    let mut stream = BufReader::new(stream);
    let mut reply = String::new();
    stream.read_line(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 100"), "{reply}");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_under_way_is_finished_before_the_server_ends() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let log_in = json!({"username": "admin", "password": "1234"});
    let answer = Http::new(&outlet.url).post("/api/v1/auth/login", &log_in).await;
    let token = answer.data()["token"].as_str().unwrap();
    let body = json!({"lines": [{"product_id": kopi, "qty": 1}], "payments": [{"method": "card", "amount": 22_000}]});
    let (body, address) = (body.to_string(), outlet.url.trim_start_matches("http://"));

    let mut till = begin_sale(address, token, &body);
    send("-TERM", outlet.id());
    // A rejected connection shows that the server has received the signal before the sale continues.
    testkit::eventually("new connections are rejected", || async { TcpStream::connect(address).is_err() }).await;
    till.get_mut().write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    till.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 201"), "{answer}");
    assert_eq!(outlet.terminate(), Some(0));
    assert_eq!(folder.sqlite("select status, total from orders"), "paid|22000");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_request_does_not_block_shutdown() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    let log_in = json!({"username": "admin", "password": "1234"});
    let answer = Http::new(&outlet.url).post("/api/v1/auth/login", &log_in).await;
    let token = answer.data()["token"].as_str().unwrap();
    let address = outlet.url.trim_start_matches("http://").to_owned();
    let half = begin_sale(&address, token, &"x".repeat(1_000));
    let mut begun = TcpStream::connect(&address).unwrap();
    begun.write_all(b"POST /api/v1/orders HTTP/1.1\r\nhost: ").unwrap();
    let began = Instant::now();
    assert_eq!(outlet.terminate(), Some(0));
    assert!(began.elapsed() < STOPS_WITHIN, "{:?}", began.elapsed());
    assert_eq!(folder.sqlite("pragma integrity_check; select count(*) from orders"), "ok\n0");
    drop((half, begun));
}

// Refusing to start

/// Starts an outlet that must refuse to start; returns its message.
#[track_caller]
fn refused(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> String {
    let mut all = vec![("SERVER_PORT", "0")];
    all.extend_from_slice(env);
    let result = folder.gerai_with(args, &all);
    assert_eq!(result.out, "", "no ready line");
    result.refused().to_owned()
}

/// Like [`refused`]; also asserts that the database file is unchanged, byte for byte, and that no file was added beside
/// it.
#[track_caller]
fn refused_untouched(folder: &Folder, file: &str) -> String {
    let path = folder.file(file);
    let before = (std::fs::read(&path).unwrap(), files_of(&path));
    let message = refused(folder, &["--db", file], &[]);
    assert!(before == (std::fs::read(&path).unwrap(), files_of(&path)), "{file} or its folder was changed: {message}");
    assert!(message.contains(file), "the message names the file: {message}");
    message
}

/// The names of the files that belong to a database.
fn files_of(path: &Path) -> Vec<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let all = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = all.map(|n| n.into_string().unwrap()).filter(|n| n.starts_with(name)).collect();
    names.sort();
    names
}

/// Lets a server create a database with this name in the folder; removes the other files of the server.
fn create_database(folder: &Folder, name: &str) {
    assert_eq!(folder.outlet(&[("DB_PATH", name)]).terminate(), Some(0));
    for extra in ["-wal", "-shm", ".lock", ".secret"] {
        let _ = std::fs::remove_file(folder.file(&format!("{name}{extra}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_database_is_rejected() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let message = refused(&folder, &[], &[]);
    assert!(message.contains("another Gerai server runs") && message.contains("pos.db"), "{message}");
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;
}

/// A link opens the same file under another name, with other lock files: without a lock on the file itself both would write.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_linked_database_name_is_rejected() {
    let folder = Folder::new();
    let (outlet, hub) = (folder.outlet(&[]), folder.hub());
    std::fs::create_dir(folder.file("lain")).unwrap();
    for file in ["pos.db", "hub.db"] {
        std::os::unix::fs::symlink(folder.file(file), folder.file(&format!("lain/sym-{file}"))).unwrap();
        std::fs::hard_link(folder.file(file), folder.file(&format!("lain/hard-{file}"))).unwrap();
    }
    for name in ["./pos.db", "lain/../pos.db", "lain/sym-pos.db", "lain/hard-pos.db"] {
        let message = refused(&folder, &["--db", name], &[]);
        assert!(message.contains("another Gerai server runs on"), "{name}: {message}");
    }
    for name in ["hub.db", "lain/sym-hub.db", "lain/hard-hub.db"] {
        let result = folder.gerai(&["hub", "--listen", "127.0.0.1:0", "--database", &format!("sqlite:{name}")]);
        assert!(result.refused().contains("another Gerai server runs on"), "{name}: {result:?}");
    }
    let files = std::fs::read_dir(folder.file("lain")).unwrap().count();
    assert_eq!(files, 4, "no files beside the links");
    // Commands beside the server, by any name of the file.
    folder.gerai(&["sync", "status", "--db", "lain/sym-pos.db"]).ok();
    folder.gerai(&["hub", "outlet", "list", "--database", "sqlite:lain/sym-hub.db"]).ok();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;
    assert_eq!(Http::new(&hub.url).get("/readyz").await.status, 200);
}

#[test]
fn a_database_path_that_is_no_file_is_rejected_with_its_reason() {
    let folder = Folder::new();
    std::fs::create_dir(folder.file("data")).unwrap();
    for (name, expected) in [
        (":memory:", "does not name a file"),
        ("file:pos.db", "does not name a file"),
        ("file:pos.db?mode=memory", "does not name a file"),
        ("/dev/null", "does not name a file"),
        ("data", "is a folder; give the path of the database file in it"),
        ("data/", "is a folder; give the path of the database file in it"),
    ] {
        let message = refused(&folder, &[], &[("DB_PATH", name)]);
        assert!(message.contains(expected) && message.contains(name), "{message}");
        let hub = folder.gerai(&["hub", "--listen", "127.0.0.1:0", "--database", &format!("sqlite:{name}")]);
        assert!(hub.refused().contains("sqlite:") || hub.refused().contains(expected), "{name}: {hub:?}");
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 2, "no file was created");
}

#[test]
fn a_readable_or_invalid_secret_is_rejected() {
    let folder = Folder::new();
    folder.outlet(&[]).terminate();
    let secret = folder.file("pos.db.secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let message = refused(&folder, &[], &[]);
    assert!(message.contains("pos.db.secret") && message.contains("chmod 600"), "{message}");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&secret, [0; 64]).unwrap();
    assert!(refused(&folder, &[], &[]).contains("delete it to create a new one"));
}

#[test]
fn a_file_that_is_no_database_is_rejected_unchanged() {
    let folder = Folder::new();
    for (name, content) in [
        ("belanja.db", "kopi, susu, gula aren\n".repeat(500)),
        ("pendek.db", "halo\n".to_owned()),
        ("rusak.db", format!("SQLite format 3\0{}", "x".repeat(9_000))),
    ] {
        folder.write(name, content);
        let message = refused_untouched(&folder, name);
        assert!(message.contains("not an SQLite database"), "{name}: {message}");
    }
    std::fs::create_dir(folder.file("folder.db")).unwrap();
    assert!(refused(&folder, &["--db", "folder.db"], &[]).contains("folder.db"));
    assert!(refused(&folder, &["--db", "tidak/ada/pos.db"], &[]).contains("tidak/ada/pos.db"));
    assert!(!folder.file("tidak").exists());
}

#[test]
fn a_database_of_another_program_is_rejected_unchanged() {
    let folder = Folder::new();
    folder.sqlite_on("lain.db", "create table notes (text); insert into notes values ('bukan punya Gerai');");
    let message = refused_untouched(&folder, "lain.db");
    assert!(message.contains("another program"), "{message}");
}

#[test]
fn outlet_and_hub_reject_each_others_databases() {
    let folder = Folder::new();
    folder.hub().terminate();
    let before = folder.dump("hub.db");
    let outlet = refused(&folder, &["--db", "hub.db"], &[]);
    assert_eq!(folder.dump("hub.db"), before);
    // A complete database, and one with half a schema: neither is a hub's.
    create_database(&folder, "pos.db");
    folder.bash("sqlite3 baru.db < sql/schema/001_init.sql").ok();
    let hub = |file: &str| {
        let before = folder.dump(file);
        let result = folder.gerai(&["hub", "--database", &format!("sqlite:{file}"), "--listen", "127.0.0.1:0"]);
        assert_eq!(folder.dump(file), before);
        result.refused().to_owned()
    };
    let messages = [outlet, hub("pos.db"), hub("baru.db")];
    assert!(
        messages.iter().all(|message| message.contains("another program") || message.contains("outlet")),
        "{messages:#?}"
    );
}

#[test]
fn a_damaged_database_is_reported_unchanged() {
    let folder = Folder::new();
    create_database(&folder, "pos.db");
    // Truncated, as by an interrupted copy.
    let file = std::fs::File::options().write(true).open(folder.file("pos.db")).unwrap();
    file.set_len(100_000).unwrap();
    let message = refused_untouched(&folder, "pos.db");
    // The message must not advise to move a shop's sales away.
    assert!(message.contains("damaged"), "{message}");
}

#[test]
fn a_database_of_a_newer_version_is_rejected_unchanged() {
    let folder = Folder::new();
    create_database(&folder, "pos.db");
    folder.sqlite("insert into schema_migrations (version, name) values (999, 'besok');");
    let message = refused_untouched(&folder, "pos.db");
    assert!(message.contains("newer version") && message.contains("999"), "{message}");

    // After a power cut, with changes that are only in the log: they stay.
    folder.sqlite(
        ".dbconfig no_ckpt_on_close on\npragma journal_mode = wal;\ninsert into categories (id, name) values ('c', 'Kopi');",
    );
    assert!(folder.file("pos.db-wal").metadata().unwrap().len() > 0);
    assert!(refused(&folder, &[], &[]).contains("newer version"));
    assert_eq!(folder.sqlite("select name from categories; select max(version) from schema_migrations;"), "Kopi\n999");
}

#[test]
fn a_read_only_database_is_rejected_unchanged() {
    let folder = Folder::new();
    create_database(&folder, "pos.db");
    std::fs::set_permissions(folder.file("pos.db"), std::fs::Permissions::from_mode(0o444)).unwrap();
    let message = refused_untouched(&folder, "pos.db");
    assert!(message.contains("read-only") && message.contains("chmod"), "{message}");
}

/// A small disk, unmounted when dropped.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts one in the folder, if this user is allowed to.
    fn mount(folder: &Folder, kib: u32) -> Option<Self> {
        let path = folder.file("disk");
        std::fs::create_dir_all(&path).unwrap();
        let mut mount = program("mount");
        let result = folder.run(mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(&path), "");
        if result.code != Some(0) {
            println!("this user may not mount a disk of its own: {}", result.err.trim());
            return None;
        }
        Some(Self { path })
    }

    /// The path of the database on it.
    fn database(&self) -> String {
        self.path.join("pos.db").to_str().unwrap().to_owned()
    }

    /// Fills the disk completely.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path.join("penuh")).unwrap();
        let block = [b'x'; 1_024];
        while file.write_all(&block).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.path.join("penuh")).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let all = std::fs::read_dir(&self.path).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        all.collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a server left by a failed test ends only after this.
        let _ = program("umount").arg("--lazy").arg(&self.path).status();
    }
}

#[test]
fn a_full_disk_at_creation_is_reported_and_leaves_no_file() {
    let folder = Folder::new();
    if let Some(disk) = Disk::mount(&folder, 64) {
        let message = refused(&folder, &[], &[("DB_PATH", &disk.database())]);
        assert!(message.contains("full"), "{message}");
        assert_eq!(disk.names(), [""; 0]);
        return;
    }
    // Without a disk: a limit on file sizes, which SQLite cannot distinguish from a broken disk.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec {GERAI} --port 0");
    let result = folder.bash(&limited);
    result.refused();
    assert!(!folder.file("pos.db").exists(), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_a_later_start_is_reported() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder, 1_024) else { return };
    create_database(&folder, "pos.db");
    std::fs::copy(folder.file("pos.db"), disk.database()).unwrap();
    disk.fill();
    let message = refused(&folder, &[], &[("DB_PATH", &disk.database())]);
    assert!(std::fs::read(disk.database()).unwrap() == std::fs::read(folder.file("pos.db")).unwrap());
    disk.free();
    let outlet = folder.outlet(&[("DB_PATH", &disk.database())]);
    admin(&outlet).await;
    assert!(message.contains("full"), "the sentence says what to do: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_rejects_sales_until_space_is_free() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder, 2_048) else { return };
    let mut outlet = folder.outlet(&[("DB_PATH", &disk.database())]);
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;
    disk.fill();
    let order = json!({"lines": [{"product_id": kopi, "qty": 1, "note": "x".repeat(500)}]});
    let mut accepted = 1;
    // The last page of the log may have space for one more.
    let refused = loop {
        let answer = admin.post("/api/v1/orders", &order).await;
        if answer.status != 201 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 20, "a full disk accepts sale after sale");
    };
    assert_eq!(refused.refusal(), (503, "disk_full"), "{}", refused.text);
    assert!(refused.body["message"].as_str().unwrap().contains("Free some space"), "{}", refused.text);
    // Reads still work, and nothing of the rejected sale was written.
    let list = admin.get("/api/v1/orders").await;
    assert_eq!(list.data().as_array().map(Vec::len), Some(accepted));
    disk.free();
    sell(&admin, &kopi, 22_000).await;
    assert_eq!(outlet.terminate(), Some(0));
    let counted = folder.sqlite_on(&disk.database(), "pragma integrity_check; select count(*) from orders");
    assert_eq!(counted, format!("ok\n{}", accepted + 1));
}

#[test]
fn a_read_only_disk_is_reported() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder, 1_024) else { return };
    create_database(&folder, "pos.db");
    std::fs::copy(folder.file("pos.db"), disk.database()).unwrap();
    let mut remount = program("mount");
    folder.run(remount.args(["-o", "remount,ro"]).arg(&disk.path), "").ok();
    let message = refused(&folder, &[], &[("DB_PATH", &disk.database())]);
    assert!(std::fs::read(disk.database()).unwrap() == std::fs::read(folder.file("pos.db")).unwrap());
    assert_eq!(disk.names(), ["pos.db"]);
    assert!(message.contains("read-only"), "the sentence says what to do: {message}");
}

#[test]
fn a_port_in_use_is_reported_with_advice() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let message = refused(&folder, &["--port", &port], &[]);
    assert!(message.contains(&port) && message.contains("choose another port"), "{message}");
    let hub = folder.gerai(&["hub", "--listen", &format!("127.0.0.1:{port}")]);
    assert!(hub.refused().contains("choose another port"), "{hub:?}");
    assert!(refused(&folder, &["--host", "bukan.alamat.invalid"], &[]).contains("bukan.alamat.invalid"));
}

#[test]
fn an_invalid_env_line_is_reported_without_its_value() {
    let folder = Folder::new();
    for line in ["SYNC_ENABLED", "CLOUD_API_KEY=kunci rahasia", "CLOUD_API_KEY=\"rahasia", "=1", "a b=1"] {
        folder.write(".env", format!("# Gerai\nOUTLET_CODE=JKT-001\n{line}\n"));
        for args in [&[][..], &["sync", "status"], &["hub"]] {
            let message = refused(&folder, args, &[]);
            assert!(message.contains("line 3 of .env"), "{line}: {message}");
            assert!(!message.contains("rahasia"), "no key is written to a log: {message}");
        }
    }
    std::fs::remove_file(folder.file(".env")).unwrap();
    std::fs::create_dir(folder.file(".env")).unwrap();
    assert!(refused(&folder, &[], &[]).contains(".env"));
    assert!(!folder.file("pos.db").exists(), "no file was created");
}

#[test]
fn an_invalid_setting_is_rejected_by_name() {
    let folder = Folder::new();
    for (name, values) in [
        ("SYNC_INTERVAL_MINUTES", &["0", "-5", "lima", "5.5", "1441", "99999999999999999999"][..]),
        ("SYNC_ENABLED", &["mungkin", "2", "truefalse"]),
        ("SERVER_PORT", &["delapan", "-1", "65536"]),
    ] {
        for value in values {
            let message = refused(&folder, &[], &[(name, value)]);
            assert!(message.contains(name) && message.contains(value), "{message}");
        }
    }
    assert!(!folder.file("pos.db").exists(), "no file was created");
    // An empty value is not an error.
    let empty = ["SYNC_INTERVAL_MINUTES", "CLOUD_API_URL", "DB_PATH", "SERVER_HOST", "OUTLET_CODE", "WEBHOOK_SECRET"];
    let empty = empty.map(|name| (name, ""));
    drop(folder.outlet(&[&empty[..], &[("SYNC_ENABLED", " "), ("RUST_LOG", ""), ("GERAI_LOG_FORMAT", "")]].concat()));
    folder.write(".env", "SERVER_PORT=0\n");
    drop(Process::start(GERAI, folder.path(), "empty", &[], &[("SERVER_PORT", "")]));
    std::fs::remove_file(folder.file(".env")).unwrap();
    assert!(folder.file("pos.db").exists(), "its default");
    let hub = ["HUB_DATABASE_URL", "HUB_WEBHOOK_ALLOW_PRIVATE", "HUB_SILENT_AFTER_MINUTES"].map(|name| (name, ""));
    drop(Process::start(GERAI, folder.path(), "hub", &["hub", "--listen", "127.0.0.1:0"], &hub));
    for file in ["hub.db", "hub.db.secret"] {
        std::fs::remove_file(folder.file(file)).unwrap();
    }
    for database in ["mysql://u:hunter2@db/hub", "hub.db", "postgres://u:hunter2@db/hub"] {
        let result = folder.gerai_with(&["hub", "--listen", "127.0.0.1:0"], &[("HUB_DATABASE_URL", database)]);
        assert!(!result.refused().contains("hunter2"), "{result:?}");
    }
    assert!(folder.gerai(&["hub", "--listen", "9090"]).refused().contains("HOST:PORT"));
    for args in [&["hub", "--listen", "127.0.0.1:0"][..], &["hub", "outlet", "list"]] {
        for value in ["0", "4", "43201", "sejam"] {
            let result = folder.gerai_with(args, &[("HUB_SILENT_AFTER_MINUTES", value)]);
            assert!(result.refused().contains("HUB_SILENT_AFTER_MINUTES") && result.err.contains(value), "{result:?}");
        }
    }
    assert!(!folder.file("hub.db").exists(), "no file was created");
}

#[test]
fn wrong_usage_ends_with_2_and_points_to_the_help() {
    let folder = Folder::new();
    for args in [
        &["--tidak-ada"][..],
        &["jualan"],
        &["--port", "70000"],
        &["--port", "delapan"],
        &["hub", "outlet", "add", "--code", "JKT-001"],
        &["hub", "outlet"],
        &["hub", "user", "add", "--username", "boss", "--role", "admin"],
        &["sync"],
        &["sync", "retry"],
        &["sync", "retry", "ORD-001"],
        &["sync", "discard", "ORD-001", "--reason", "salah"],
        &["openapi"],
        &["openapi", "kasir"],
        &["demo", "--for", "sebentar"],
    ] {
        let result = folder.gerai(args);
        assert_eq!(result.code, Some(2), "{args:?}: {result:?}");
        assert!(result.err.contains("--help") && result.out.is_empty(), "{args:?}: {result:?}");
    }
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["sql"], "no file was created");
}

// Help and description

#[test]
fn help_names_every_environment_variable_and_shows_no_secret() {
    let folder = Folder::new();
    let secret = [("CLOUD_API_KEY", "kunci-rahasia"), ("HUB_DATABASE_URL", "postgres://u:kunci-rahasia@db/hub")];
    let outlet = [
        "DB_PATH",
        "SERVER_PORT",
        "SERVER_HOST",
        "SYNC_ENABLED",
        "CLOUD_API_URL",
        "CLOUD_API_KEY",
        "OUTLET_ID",
        "OUTLET_CODE",
        "SYNC_INTERVAL_MINUTES",
    ];
    for (args, names) in [
        (&["--help"][..], &outlet[..]),
        (&["outlet", "--help"], &outlet[..]),
        (&["hub", "--help"], &["HUB_DATABASE_URL", "HUB_LISTEN", "HUB_SILENT_AFTER_MINUTES"][..]),
    ] {
        let help = folder.gerai_with(args, &secret).ok();
        // The help is wrapped to the terminal's width.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for name in names {
            assert!(help.contains(&format!("[env: {name}")), "{args:?} does not name {name}:\n{help}");
        }
        assert!(!help.contains("kunci-rahasia"), "{help}");
    }
    let help = folder.gerai(&["--help"]).ok();
    for default in ["./pos.db", "8080", "127.0.0.1"] {
        assert!(help.contains(&format!("[default: {default}]")), "{default}:\n{help}");
    }
    for command in ["hub", "demo", "sync", "doctor", "openapi"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}:\n{help}");
    }
    let version = folder.gerai(&["--version"]).ok();
    assert_eq!(version.trim(), concat!("gerai ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn openapi_prints_the_description_of_each_api_as_json() {
    let folder = Folder::new();
    let describes = |name: &str, paths: &[&str]| {
        let api: Value = folder.gerai(&["openapi", name]).json();
        assert!(api["openapi"].as_str().unwrap().starts_with("3."), "{name}");
        for path in paths {
            assert!(api["paths"].get(path).is_some(), "{name} does not describe {path}");
        }
    };
    describes(
        "outlet",
        &[
            "/api/v1/auth/login",
            "/api/v1/orders",
            "/api/v1/sync/status",
            "/api/v1/sync/trigger",
            "/api/v1/sync/logs",
            "/api/v1/sync/failed",
            "/api/v1/sync/retry/{id}",
            "/healthz",
        ],
    );
    describes("hub", &["/v1/ping", "/v1/outlets/{outlet_id}/sync/batch", "/v1/hq/auth/login", "/v1/hq/orders"]);
    assert!(!folder.file("pos.db").exists(), "the description opens no database");
}
