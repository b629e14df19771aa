//! Processes of the real program: outlet and hub.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::{Http, Process, program};

/// The program, built with the same profile as this one, in the same folder.
pub fn gerai() -> Result<String> {
    let path: PathBuf = std::env::current_exe()?.with_file_name("gerai");
    ensure!(path.exists(), "{} is missing; 'make bench' builds it", path.display());
    Ok(path.display().to_string())
}

/// The database of a hub in its own folder.
pub const SQLITE: &str = "sqlite:hub.db";
const PASSWORD: &str = "bench-bench-bench";

/// A hub on a new database, with one outlet: the process, and the outlet's environment.
pub fn hub(dir: &Path) -> Result<(Process, Vec<(String, String)>)> {
    let added = add_outlet(dir, "JKT-001")?;
    let hub = node(dir, "hub", SQLITE)?;
    let text = |field: &str| added[field].as_str().map(str::to_owned).context("an outlet without its fields");
    let env = vec![
        ("SYNC_ENABLED".to_owned(), "true".to_owned()),
        ("CLOUD_API_URL".to_owned(), format!("{}/v1", hub.url)),
        ("CLOUD_API_KEY".to_owned(), text("api_key")?),
        ("OUTLET_ID".to_owned(), text("outlet_id")?),
        ("OUTLET_CODE".to_owned(), "JKT-001".to_owned()),
    ];
    Ok((hub, env))
}

/// A hub node on this database.
pub fn node(dir: &Path, name: &str, database: &str) -> Result<Process> {
    node_at(dir, name, database, "127.0.0.1:0")
}

/// A hub node on this database, at this address.
pub fn node_at(dir: &Path, name: &str, database: &str, listen: &str) -> Result<Process> {
    Ok(Process::start(&gerai()?, dir, name, &["hub", "--database", database, "--listen", listen], &[]))
}

/// A hub with an admin: the process, and the admin's client.
pub async fn head_office(dir: &Path, database: &str) -> Result<(Process, Http)> {
    let mut user = program(gerai()?)
        .args(["hub", "user", "add", "--username", "bench", "--role", "admin", "--password-stdin"])
        .args(["--database", database])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    std::io::Write::write_all(&mut user.stdin.take().context("no standard input")?, PASSWORD.as_bytes())?;
    ensure!(user.wait()?.success(), "the user was not added");
    let hub = node(dir, "hub", database)?;
    let http = Http::new(&hub.url);
    let answer = http.post("/v1/hq/auth/login", &serde_json::json!({"username": "bench", "password": PASSWORD})).await;
    let boss = http.with_token(answer.data()["token"].as_str().context("no token")?);
    Ok((hub, boss))
}

/// Adds an outlet to the hub with its database in `dir`: id, key and one-time code.
pub fn add_outlet(dir: &Path, code: &str) -> Result<Value> {
    let added = program(gerai()?)
        .args(["hub", "outlet", "add", "--code", code, "--name", "Bench", "--json", "--database", SQLITE])
        .current_dir(dir)
        .output()?;
    ensure!(added.status.success(), "the outlet was not added: {}", String::from_utf8_lossy(&added.stderr));
    Ok(serde_json::from_slice(&added.stdout)?)
}

/// An outlet on the database `pos.db` in `dir`.
pub fn outlet(dir: &Path, env: &[(String, String)]) -> Result<Process> {
    let env: Vec<_> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Ok(Process::start(&gerai()?, dir, "outlet", &["outlet", "--port", "0", "--db", "pos.db"], &env))
}

/// The admin's client of an outlet, and the token.
pub async fn admin(url: &str) -> Result<(Http, String)> {
    let http = Http::new(url);
    let body = serde_json::json!({"username": "admin", "password": "1234"});
    let token = http.post("/api/v1/auth/login", &body).await.data()["token"].as_str().context("no token")?.to_owned();
    Ok((http.with_token(&token), token))
}
