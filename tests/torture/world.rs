//! A chain of shops under test: head office's nodes, outlets, the wires between them and to the tills, and a disk and a clock
//! for each server.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use testkit::Postgres;

use crate::clock::Clock;
use crate::dice::{self, Dice};
use crate::disk::Disk;
use crate::event_log::EventLog;
use crate::failures::Cluster;
use crate::server::{Run, Server};
use crate::wire::{Wire, Wires};

/// The codes of the outlets.
const OUTLETS: [&str; 3] = ["JKT-001", "BDG-002", "SBY-003"];

/// A chain; see the module. If the test fails it prints the last failures, and keeps every file.
pub struct World {
    /// The kind of its head office.
    pub name: &'static str,
    /// The injected failures.
    pub events: Arc<EventLog>,
    /// The seed of all choices.
    pub seed: u64,
    /// Head office.
    pub nodes: Vec<Arc<Server>>,
    /// The ports of the nodes.
    pub ports: Vec<u16>,
    /// The shops.
    pub outlets: Vec<Arc<Server>>,
    /// Wires from the outlets to head office, in the same order.
    pub to_head_office: Wires,
    /// Head office's PostgreSQL, if it has one.
    pub cluster: Option<Arc<Cluster>>,
    folder: Option<tempfile::TempDir>,
}

impl World {
    /// Creates a world; nothing runs yet. Without a PostgreSQL head office has one node, on a file.
    pub async fn create(postgres: Option<Postgres>) -> Self {
        let seed = dice::seed();
        let name = if postgres.is_some() { "two nodes on PostgreSQL" } else { "a hub on a file" };
        println!("{name}: GERAI_SEED={seed}");
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let library = Clock::library(dir);
        let names: &[&str] = if postgres.is_some() { &["node-1", "node-2"] } else { &["hub"] };
        let mut free = free_ports(names.len() + 3 * OUTLETS.len(), &mut Dice::of(seed, "ports")).into_iter();
        let mut next_port = || free.next().unwrap();
        let ports: Vec<_> = names.iter().map(|_| next_port()).collect();
        let mut wires = Vec::new();
        for (number, code) in OUTLETS.iter().enumerate() {
            let to = ports[number % ports.len()];
            let wire_name = format!("{code} to head office");
            wires.push(Arc::new(Wire::start(wire_name, next_port(), to, seed).await));
        }
        let to_head_office = Wires(wires);
        let machine = |name: &str| {
            let clock = Clock::new(dir.join(format!("{name}.clock")), &library);
            (Disk::mount(&dir.join(name)), clock)
        };
        let mut nodes = Vec::new();
        for (&name, port) in names.iter().zip(&ports) {
            let (disk, clock) = machine(name);
            let file = format!("sqlite:{}", disk.file("hub.db").display());
            let database = postgres.as_ref().map_or(file, Postgres::url);
            let listen = format!("127.0.0.1:{port}");
            let args = ["hub", "--database", &database, "--listen", &listen].map(str::to_owned).to_vec();
            let env = vec![("HUB_DATABASE_URL", database)];
            let run = Run { args, env, wires: to_head_office.clone(), is_on_file: postgres.is_none() };
            nodes.push(Arc::new(Server::new(dir, name, disk, clock, run)));
        }
        let user = ["hub", "user", "add", "--username", "boss", "--role", "admin", "--password-stdin"];
        nodes[0].run(&user, "secret-secret");
        let mut outlets = Vec::new();
        for (code, wire) in OUTLETS.into_iter().zip(&to_head_office.0) {
            let (disk, clock) = machine(code);
            let (port, tills_port) = (next_port(), next_port());
            let tills = Wire::start(format!("tills to {code}"), tills_port, port, seed).await;
            let db = disk.file(&format!("{code}.db")).display().to_string();
            let args = ["outlet", "--db", &db, "--host", "127.0.0.1", "--port", &port.to_string()];
            let env = link(&nodes[0], code, wire);
            let run = Run {
                args: args.map(str::to_owned).to_vec(),
                env,
                wires: Wires(vec![Arc::new(tills)]),
                is_on_file: true,
            };
            outlets.push(Arc::new(Server::new(dir, code, disk, clock, run)));
        }
        let cluster = postgres.map(|postgres| Arc::new(Cluster { postgres, wires: to_head_office.clone() }));
        let events = Arc::new(EventLog::new());
        Self { name, events, seed, nodes, ports, outlets, to_head_office, cluster, folder: Some(folder) }
    }

    /// The address of a node.
    pub fn url(&self, node: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[node])
    }

    fn keep(&mut self) -> PathBuf {
        for server in self.nodes.iter().chain(&self.outlets) {
            server.kill();
            server.disk.keep();
        }
        let folder = self.folder.take().unwrap().keep();
        std::fs::write(folder.join("failures.txt"), self.events.text()).unwrap();
        folder
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.events.end();
        if std::thread::panicking() {
            let text = self.events.text();
            let last: Vec<_> = text.lines().rev().take(40).collect();
            eprintln!("GERAI_SEED={}; the last failures, the latest first:\n{}", self.seed, last.join("\n"));
            eprintln!("databases, logs and all failures are in {}", self.keep().display());
        }
    }
}

/// Adds an outlet at head office, and returns the environment of its link.
fn link(head_office: &Server, code: &str, wire: &Wire) -> Vec<(&'static str, String)> {
    let added = head_office.run(&["hub", "outlet", "add", "--code", code, "--name", code, "--json"], "");
    let added: Value = serde_json::from_str(&added).unwrap();
    let text = |field: &str| added[field].as_str().unwrap().to_owned();
    vec![
        ("SYNC_ENABLED", "true".to_owned()),
        ("CLOUD_API_URL", format!("{}/v1", wire.url())),
        ("CLOUD_API_KEY", text("api_key")),
        ("OUTLET_ID", text("outlet_id")),
        ("OUTLET_CODE", text("outlet_code")),
    ]
}

/// Free ports below those of outgoing connections, so that a server can reuse its port after each kill.
fn free_ports(count: usize, dice: &mut Dice) -> Vec<u16> {
    let mut ports = BTreeSet::new();
    while ports.len() < count {
        let port = 15_000 + u16::try_from(dice.below(15_000)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            ports.insert(port);
        }
    }
    ports.into_iter().collect()
}
