//! Failures of a server, its disk and its clock.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::Failure;
use crate::dice::Dice;
use crate::server::{Server, last_message};

/// A failure of a server.
#[derive(Debug, Clone, Copy)]
pub enum ServerFailure {
    /// SIGKILL, and a restart.
    Killed,
    /// SIGKILL, and again before it is ready.
    KilledStarting,
    /// A sqlite3 shell holds a transaction.
    Locked,
    /// Like [`Self::Locked`], for longer than a write waits.
    LockedLong,
    /// The disk is full, perhaps with a power cut.
    DiskFull,
    /// A power cut, after which the disk is read-only.
    DiskReadOnly,
    /// The clock is set wrong, and perhaps corrected.
    ClockStepped,
}

use ServerFailure::{ClockStepped, DiskFull, DiskReadOnly, Killed, KilledStarting, Locked, LockedLong};

impl ServerFailure {
    /// For a server whose database is a file.
    pub const ON_FILES: &[Self] = &[
        Killed,
        Killed,
        Killed,
        KilledStarting,
        Locked,
        LockedLong,
        DiskFull,
        DiskReadOnly,
        ClockStepped,
        ClockStepped,
    ];
    /// For a node on PostgreSQL.
    pub const NODES: &[Self] = &[Killed, Killed, Killed, KilledStarting, ClockStepped];
}

impl Failure<Server> for ServerFailure {
    fn name(&self) -> &'static str {
        match self {
            Killed => "killed",
            KilledStarting => "killed while starting",
            Locked => "database locked",
            LockedLong => "database locked beyond the time-out",
            DiskFull => "disk full",
            DiskReadOnly => "disk read-only",
            ClockStepped => "clock stepped",
        }
    }

    fn inject(&self, server: &Server, dice: &mut Dice) -> bool {
        match self {
            // A stepped clock is no outage.
            ClockStepped => self.apply(server, dice),
            outage => server.outage.during(|| outage.apply(server, dice)),
        }
    }
}

impl ServerFailure {
    fn apply(self, server: &Server, dice: &mut Dice) -> bool {
        match self {
            Killed => kill_and(server, dice, |_| {}),
            KilledStarting => kill_and(server, dice, |dice| server.start_and_kill(dice.ms(0, 150))),
            DiskReadOnly => kill_and(server, dice, |_| refuse_read_only_disk(server)),
            Locked => server.wires.commands_during(|| lock(server, dice.ms(200, 3_000))),
            LockedLong => server.wires.refusals_during(|| lock(server, dice.ms(6_000, 9_000))),
            DiskFull => server.wires.refusals_during(|| fill_disk(server, dice)),
            ClockStepped => server.wires.commands_during(|| step_clock(server, dice)),
        }
    }
}

/// Kills and restarts a server, with another failure in between. It mostly waits for a command first, to meet work.
fn kill_and(server: &Server, dice: &mut Dice, then: impl FnOnce(&mut Dice)) -> bool {
    let (patience, within) = (dice.ms(0, 1_000), Duration::from_micros(dice.below(5_000) as u64));
    let since = Instant::now();
    while !server.wires.are_at_work() && since.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(within);
    let at_work = server.wires.are_at_work();
    server.kill();
    then(dice);
    server.start();
    at_work
}

/// Locks the database, like a sqlite3 shell that somebody has left open.
fn lock(server: &Server, time: Duration) {
    let file = server.database.display().to_string();
    let mut shell = server
        .disk
        .command(&["sqlite3", "-bail", "-cmd", ".timeout 20000", &file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut message) = (shell.stdin.take().unwrap(), String::new());
    // The shell buffers its output until the end.
    input.write_all(b"begin immediate;\n.system echo held\n").unwrap();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut message).unwrap();
    assert_eq!(message, "held\n", "the sqlite3 shell could not begin at {file}");
    std::thread::sleep(time);
    drop(input);
    assert!(shell.wait().unwrap().success());
}

fn fill_disk(server: &Server, dice: &mut Dice) {
    // Existing pages of the log would accept more writes.
    let checkpoint = "pragma wal_checkpoint(truncate)";
    let _ = server.disk.command(&["sqlite3", &server.database.display().to_string(), checkpoint]).output();
    server.disk.fill(dice.below(64));
    std::thread::sleep(dice.ms(1_000, 4_000));
    let is_killed = dice.one_in(2);
    if is_killed {
        server.kill();
    }
    let is_running = !is_killed || starts_on_full_disk(server);
    server.disk.free();
    if !is_running {
        server.start();
    }
}

/// Starts the server on a full disk; if it refuses, the message must say so.
fn starts_on_full_disk(server: &Server) -> bool {
    let started = server.try_start();
    if let Err(message) = &started {
        assert!(last_message(message).contains("full"), "{}: {message}", server.name);
    }
    started.is_ok()
}

/// The first start of a server: on a read-only disk, killed, on a full disk, killed again, and then without a failure.
pub fn first_start(server: &Server, dice: &mut Dice) {
    if server.is_on_file {
        refuse_read_only_disk(server);
    }
    server.start_and_kill(dice.ms(0, 150));
    server.disk.fill(dice.below(300));
    if starts_on_full_disk(server) {
        server.kill();
    }
    server.disk.free();
    server.start_and_kill(dice.ms(0, 150));
    server.start();
}

/// Starts on a read-only disk. The kernel makes no disk read-only while a file is open for writing, so a restart precedes.
fn refuse_read_only_disk(server: &Server) {
    server.disk.set_read_only(true);
    let before = server.disk.contents();
    let message = server.try_start().err();
    let after = server.disk.contents();
    server.disk.set_read_only(false);
    let message = message.expect("it must not start on a read-only disk");
    assert!(last_message(&message).contains("is read-only"), "{}: {message}", server.name);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(after == before, "{}: a file on a read-only disk changed", server.name);
}

/// Steps the clock by minutes, hours or days, either way; sometimes it stays wrong until the next step.
fn step_clock(server: &Server, dice: &mut Dice) {
    let unit = [60, 3_600, 86_400][dice.below(3)];
    let offset = unit * i64::try_from(1 + dice.below(24)).unwrap();
    server.clock.set_wrong_by(if dice.one_in(2) { offset } else { -offset });
    std::thread::sleep(dice.ms(1_000, 4_000));
    if dice.one_in(2) {
        server.clock.set_wrong_by(0);
    }
}
