//! Failures of head office's PostgreSQL.

use std::time::Duration;

use postgres::{Client, NoTls};
use testkit::Postgres;

use super::Failure;
use crate::dice::Dice;
use crate::wire::Wires;

/// A failure of a database.
#[derive(Debug, Clone, Copy)]
pub enum PostgresFailure {
    /// The power is cut; until it comes back, connections are refused.
    PowerCut,
    /// A shell locks rows of every batch.
    Locked,
    /// Like [`Self::Locked`], for longer than a node waits.
    LockedLong,
}

impl PostgresFailure {
    /// All of them.
    pub const ANY: &[Self] = &[Self::PowerCut, Self::PowerCut, Self::Locked, Self::LockedLong];
}

/// The database, and the wires to its nodes.
pub struct Cluster {
    /// The database.
    pub postgres: Postgres,
    /// Wires from the outlets to the nodes.
    pub wires: Wires,
}

impl Failure<Cluster> for PostgresFailure {
    fn name(&self) -> &'static str {
        match self {
            Self::PowerCut => "PostgreSQL's power cut",
            Self::Locked => "PostgreSQL locked",
            Self::LockedLong => "PostgreSQL locked beyond the time-out",
        }
    }

    fn inject(&self, target: &Cluster, dice: &mut Dice) -> bool {
        match self {
            Self::PowerCut => target.wires.commands_during(|| cut_power(&target.postgres, dice.ms(300, 3_000))),
            Self::Locked => target.wires.commands_during(|| lock(&target.postgres, dice.ms(300, 3_000))),
            Self::LockedLong => target.wires.commands_during(|| lock(&target.postgres, dice.ms(6_000, 9_000))),
        }
    }
}

fn cut_power(postgres: &Postgres, time: Duration) {
    postgres.cut_power();
    std::thread::sleep(time);
    postgres.restart();
}

fn lock(postgres: &Postgres, time: Duration) {
    let mut shell = Client::connect(&postgres.url(), NoTls).unwrap();
    let mut transaction = shell.transaction().unwrap();
    transaction.batch_execute("lock table chains in share row exclusive mode").unwrap();
    std::thread::sleep(time);
    transaction.rollback().unwrap();
}
