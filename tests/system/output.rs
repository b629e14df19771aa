//! Output that cannot be written: commands end without a panic, keys that could not be shown are not made, servers continue.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeWriter, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

use testkit::{Http, eventually, isolated, program};

use crate::folder::{Folder, GERAI, admin};

/// A pipe without a reader.
fn closed_pipe() -> PipeWriter {
    std::io::pipe().unwrap().1
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// Runs the program with this standard output; returns its exit code and standard error.
fn run(folder: &Folder, args: &[&str], out: impl Into<Stdio>) -> (Option<i32>, String) {
    let mut command = program(GERAI);
    let output =
        isolated(&mut command, folder.path()).args(args).stdin(Stdio::null()).stdout(out.into()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with an outlet's and a hub's database.
fn folder_with_databases() -> Folder {
    let folder = Folder::new();
    assert_eq!(folder.outlet(&[]).terminate(), Some(0));
    folder.add_outlet("JKT-001");
    folder
}

#[test]
fn a_command_with_a_closed_output_ends_quietly() {
    let folder = folder_with_databases();
    for args in [
        &["sync", "status"][..],
        &["sync", "failed"],
        &["sync", "queue", "--json"],
        &["sync", "settings"],
        &["doctor"],
        &["backup", "pipe.db"],
        &["hub", "outlet", "list"],
        &["hub", "backup", "hub-pipe.db"],
        &["openapi", "outlet"],
    ] {
        assert_eq!(run(&folder, args, closed_pipe()), (Some(141), String::new()), "{args:?}");
    }
}

#[test]
fn a_full_standard_output_fails_with_a_message() {
    let folder = folder_with_databases();
    for args in [&["sync", "status"][..], &["doctor"], &["hub", "outlet", "list", "--json"]] {
        let (code, message) = run(&folder, args, full());
        assert!(
            code == Some(1) && message.starts_with("gerai: standard output cannot be written"),
            "{args:?}: {message}"
        );
    }
}

#[test]
fn a_key_that_could_not_be_shown_is_not_made() {
    let folder = folder_with_databases();
    let url = "https://jkt-001.example.com/api/v1/webhooks/cloud";
    folder.gerai(&["hub", "outlet", "webhook", "--code", "JKT-001", "--url", url]).ok();
    let before = folder.dump("hub.db");
    for args in [
        &["hub", "outlet", "add", "--code", "BDG-001", "--name", "Bandung"][..],
        &["hub", "outlet", "add", "--code", "BDG-001", "--name", "Bandung", "--json"],
        &["hub", "outlet", "enroll-code", "--code", "JKT-001"],
        &["hub", "outlet", "rotate-key", "JKT-001", "--json"],
        &["hub", "outlet", "webhook", "--code", "JKT-001", "--rotate-secret"],
    ] {
        let (code, message) = run(&folder, args, full());
        assert!(code == Some(1) && message.contains("nothing was changed"), "{args:?}: {message}");
        assert_eq!(run(&folder, args, closed_pipe()).0, Some(141), "{args:?}");
        assert_eq!(folder.dump("hub.db"), before, "{args:?}");
    }
}

#[test]
fn a_first_password_that_could_not_be_shown_is_invalid() {
    let users = |folder: &Folder| folder.sqlite_on("hub.db", "select count(*) from hq_users");
    let folder = Folder::new();
    let (code, message) = run(&folder, &["hub", "--listen", "127.0.0.1:0"], full());
    assert!(code == Some(1) && message.contains("password cannot be shown"), "{message}");
    assert_eq!(users(&folder), "0");
    let mut command = program(GERAI);
    let listed = isolated(&mut command, folder.path()).args(["hub", "outlet", "list"]).stderr(full()).output().unwrap();
    assert_eq!((listed.status.code(), users(&folder).as_str()), (Some(1), "0"));
    assert!(folder.hub().printed.iter().any(|line| line.starts_with("First user")), "the next start makes it");
}

/// Starts a server with this standard error and waits until it listens; returns it and its address.
fn serve(folder: &Folder, args: &[&str], err: impl Into<Stdio>) -> (Child, String) {
    let mut command = program(GERAI);
    let command = isolated(&mut command, folder.path()).args(args).env("RUST_LOG", "trace").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(err.into()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 && !line.contains("listening on ") {
        line.clear();
    }
    let url = line.trim().split_once("listening on ").map(|(_, url)| url.to_owned()).unwrap();
    // Standard output has no reader either.
    drop(out);
    (child, url)
}

async fn signal_and_wait(child: &mut Child, signal: &str, target: &str) {
    assert!(program("kill").args([signal, "--", target]).status().unwrap().success());
    let child = std::sync::Mutex::new(child);
    eventually("the server ends", || async { child.lock().unwrap().try_wait().unwrap().is_some() }).await;
}

/// The log has no reader, or a reader that lets the pipe fill: requests are answered, and the signal works.
#[tokio::test(flavor = "multi_thread")]
async fn an_unread_log_breaks_neither_answers_nor_shutdown() {
    let (stalled, pipe) = std::io::pipe().unwrap();
    for (err, lost) in [(closed_pipe(), true), (pipe, false)] {
        let folder = Folder::new();
        let outlet = serve(&folder, &["outlet", "--port", "0"], err.try_clone().unwrap());
        let hub = serve(&folder, &["hub", "--listen", "127.0.0.1:0"], err);
        for (mut child, url) in [outlet, hub] {
            let http = Http::new(&url);
            for _ in 0..300 {
                assert_eq!(http.get("/healthz").await.status, 200);
            }
            let counted = http.get("/metrics").await.text;
            let counted = counted.lines().find_map(|line| line.strip_prefix("gerai_log_lines_lost_total "));
            assert!(!lost || counted.is_some_and(|lines| lines != "0"), "{counted:?}");
            let id = child.id().to_string();
            signal_and_wait(&mut child, "-TERM", &id).await;
            assert_eq!(child.wait().unwrap().code(), Some(0));
        }
    }
    drop(stalled);
}

/// Ctrl-C reaches `tee`, too, which often ends before the server has logged its shutdown.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_server_whose_output_goes_through_tee() {
    let folder = Folder::new();
    let mut command = program("bash");
    let command = command.args(["-c", &format!("{GERAI} outlet --port 0 2>&1 | tee log.txt")]).process_group(0);
    let mut child = isolated(command, folder.path()).stdout(Stdio::null()).spawn().unwrap();
    let log = || std::fs::read_to_string(folder.file("log.txt")).unwrap_or_default();
    eventually("the server is ready", || async { log().contains("listening on") }).await;
    let group = format!("-{}", child.id());
    signal_and_wait(&mut child, "-INT", &group).await;
    // The server has closed the database.
    let mut next = folder.outlet(&[]);
    admin(&next).await;
    assert_eq!(next.terminate(), Some(0));
}

#[test]
fn the_last_log_lines_are_written_before_exit() {
    let folder = Folder::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let (mut child, _) = serve(&folder, &["outlet", "--port", "0"], writer);
    assert!(program("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let mut log = String::new();
    reader.read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(log.contains("stopping") && log.contains("SIGTERM"), "{log}");
}
