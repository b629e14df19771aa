//! What befalls a server, its disk and its clock.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::Misfortune;
use crate::dice::Dice;
use crate::server::{Server, sentence};

/// A server's misfortune.
#[derive(Debug, Clone, Copy)]
pub enum OfServer {
    /// SIGKILL, and started again.
    Killed,
    /// SIGKILL, and again before it is ready.
    KilledStarting,
    /// Somebody's sqlite3 shell holds a transaction.
    Locked,
    /// And for longer than a write waits.
    LockedLong,
    /// The disk is full, and perhaps the power goes then.
    DiskFull,
    /// The power goes, and the disk comes back read-only.
    DiskReadOnly,
    /// The clock is set wrong, and perhaps right again.
    ClockStepped,
}

use OfServer::{ClockStepped, DiskFull, DiskReadOnly, Killed, KilledStarting, Locked, LockedLong};

impl OfServer {
    /// Of one whose database is a file.
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
    /// Of a node whose database is elsewhere.
    pub const NODES: &[Self] = &[Killed, Killed, Killed, KilledStarting, ClockStepped];
}

impl Misfortune<Server> for OfServer {
    fn words(&self) -> &'static str {
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

    fn befall(&self, server: &Server, dice: &mut Dice) -> bool {
        match self {
            // It must keep nobody waiting.
            ClockStepped => self.strike(server, dice),
            trouble => server.trouble.during(|| trouble.strike(server, dice)),
        }
    }
}

impl OfServer {
    fn strike(self, server: &Server, dice: &mut Dice) -> bool {
        match self {
            Killed => killed_and(server, dice, |_| {}),
            KilledStarting => killed_and(server, dice, |dice| server.start_in_vain(dice.ms(0, 150))),
            DiskReadOnly => killed_and(server, dice, |_| refuse_read_only_disk(server)),
            Locked => server.wires.commands_during(|| lock(server, dice.ms(200, 3_000))),
            LockedLong => server.wires.refusals_during(|| lock(server, dice.ms(6_000, 9_000))),
            DiskFull => server.wires.refusals_during(|| fill_disk(server, dice)),
            ClockStepped => server.wires.commands_during(|| step_clock(server, dice)),
        }
    }
}

/// Is killed, and started again after what comes on top. Mostly it waits for a command first: that is what it is for.
fn killed_and(server: &Server, dice: &mut Dice, then: impl FnOnce(&mut Dice)) -> bool {
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

/// As a sqlite3 shell that somebody has left open.
fn lock(server: &Server, time: Duration) {
    let file = server.database.display().to_string();
    let mut shell = server
        .disk
        .command(&["sqlite3", "-bail", "-cmd", ".timeout 20000", &file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut said) = (shell.stdin.take().unwrap(), String::new());
    // The shell keeps what it prints itself until the end.
    input.write_all(b"begin immediate;\n.system echo held\n").unwrap();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "held\n", "the sqlite3 shell could not begin at {file}");
    std::thread::sleep(time);
    drop(input);
    assert!(shell.wait().unwrap().success());
}

fn fill_disk(server: &Server, dice: &mut Dice) {
    // What the log has taken already would do for a while.
    let fold = "pragma wal_checkpoint(truncate)";
    let _ = server.disk.command(&["sqlite3", &server.database.display().to_string(), fold]).output();
    server.disk.fill(dice.below(64));
    std::thread::sleep(dice.ms(1_000, 4_000));
    let dies = dice.one_in(2);
    if dies {
        server.kill();
    }
    let runs = !dies || starts_on_full_disk(server);
    server.disk.free();
    if !runs {
        server.start();
    }
}

/// It may; else it says why not.
fn starts_on_full_disk(server: &Server) -> bool {
    let started = server.try_start();
    if let Err(said) = &started {
        assert!(sentence(said).contains("full"), "{}: {said}", server.name);
    }
    started.is_ok()
}

/// The first start of a server: on a disk that cannot be written, killed in it, without room for all of it, and then well.
pub fn begin_badly(server: &Server, dice: &mut Dice) {
    if server.is_on_file {
        refuse_read_only_disk(server);
    }
    server.start_in_vain(dice.ms(0, 150));
    server.disk.fill(dice.below(300));
    if starts_on_full_disk(server) {
        server.kill();
    }
    server.disk.free();
    server.start_in_vain(dice.ms(0, 150));
    server.start();
}

/// While a file is open for writing the kernel makes no disk read-only: it happens to disks that come back so.
fn refuse_read_only_disk(server: &Server) {
    server.disk.set_read_only(true);
    let before = server.disk.contents();
    let said = server.try_start().err();
    let after = server.disk.contents();
    server.disk.set_read_only(false);
    let said = said.expect("it must not serve from a disk that it cannot write to");
    assert!(sentence(&said).contains("is read-only"), "{}: {said}", server.name);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(after == before, "{}: it has changed a file on a read-only disk", server.name);
}

/// By minutes, hours or days, forward or back; sometimes it stays wrong until the next step.
fn step_clock(server: &Server, dice: &mut Dice) {
    let unit = [60, 3_600, 86_400][dice.below(3)];
    let far = unit * i64::try_from(1 + dice.below(24)).unwrap();
    server.clock.set_wrong_by(if dice.one_in(2) { far } else { -far });
    std::thread::sleep(dice.ms(1_000, 4_000));
    if dice.one_in(2) {
        server.clock.set_wrong_by(0);
    }
}
