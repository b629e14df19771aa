//! What befalls head office's PostgreSQL.

use std::time::Duration;

use postgres::{Client, NoTls};
use testkit::Postgres;

use super::Misfortune;
use crate::dice::Dice;
use crate::wire::Wires;

/// A database's misfortune.
#[derive(Debug, Clone, Copy)]
pub enum OfPostgres {
    /// The power is cut; until it comes back, connections are refused.
    PowerCut,
    /// Somebody's shell holds what every batch needs.
    Locked,
    /// And for longer than a node waits.
    LockedLong,
}

impl OfPostgres {
    /// All of them.
    pub const ANY: &[Self] = &[Self::PowerCut, Self::PowerCut, Self::Locked, Self::LockedLong];
}

/// The database, and what leads to its nodes.
pub struct Cluster {
    /// The database.
    pub postgres: Postgres,
    /// From the outlets to the nodes.
    pub wires: Wires,
}

impl Misfortune<Cluster> for OfPostgres {
    fn words(&self) -> &'static str {
        match self {
            Self::PowerCut => "PostgreSQL's power cut",
            Self::Locked => "PostgreSQL locked",
            Self::LockedLong => "PostgreSQL locked beyond the time-out",
        }
    }

    fn befall(&self, whom: &Cluster, dice: &mut Dice) -> bool {
        match self {
            Self::PowerCut => whom.wires.commands_during(|| cut_power(&whom.postgres, dice.ms(300, 3_000))),
            Self::Locked => whom.wires.commands_during(|| lock(&whom.postgres, dice.ms(300, 3_000))),
            Self::LockedLong => whom.wires.commands_during(|| lock(&whom.postgres, dice.ms(6_000, 9_000))),
        }
    }
}

fn cut_power(postgres: &Postgres, time: Duration) {
    postgres.cut_power();
    std::thread::sleep(time);
    postgres.start_again();
}

fn lock(postgres: &Postgres, time: Duration) {
    let mut shell = Client::connect(&postgres.url(), NoTls).unwrap();
    let mut transaction = shell.transaction().unwrap();
    transaction.batch_execute("lock table chains in share row exclusive mode").unwrap();
    std::thread::sleep(time);
    transaction.rollback().unwrap();
}
