//! `gerai user`: an outlet's users, for people with access to the machine who cannot log in.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use outlet::SyncEnv;
use outlet::local_admin::LocalAdmin;
use serde_json::json;
use shop::staff;
use web::Notice;

use crate::args::db_path;
use crate::out::{say, tell};
use crate::refusals::Refusal;
use crate::table;

/// Users of an outlet.
#[derive(Args)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
    /// The outlet's database file [env: DB_PATH] [default: ./pos.db]
    #[arg(long, value_name = "FILE", global = true)]
    pub db: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Lists all users
    List,
    /// Sets a user's PIN and enables the user; a server may run; their sessions end
    ResetPin {
        #[arg(long)]
        username: String,
        /// Make the user an admin as well, if no admin is left
        #[arg(long)]
        admin: bool,
        /// Read the PIN from standard input
        #[arg(long, required = true)]
        pin_stdin: bool,
    },
}

/// Runs the subcommand.
pub async fn run(args: UserArgs) -> Result<ExitCode> {
    let local = LocalAdmin::open(&db_path(args.db.as_ref()), SyncEnv::default())?;
    match args.command {
        UserCommand::List => {
            let users = local.users()?;
            if args.json {
                say!("{}", serde_json::to_string(&users)?)?;
            } else {
                let rows = users.iter().map(|user| json!(user)).collect::<Vec<_>>();
                table::print(&["username", "name", "role", "active", "id"], &rows)?;
            }
        }
        UserCommand::ResetPin { username, admin, pin_stdin: _ } => {
            let mut pin = String::new();
            std::io::stdin().read_to_string(&mut pin).context("cannot read the PIN from standard input")?;
            let hash = staff::hash(pin.trim_end_matches(['\r', '\n'])).await;
            let pin_hash = hash.map_err(Refusal::from)?;
            let user = local.reset_pin(&username, &pin_hash, admin)?;
            if args.json {
                say!("{}", serde_json::to_string(&user)?)?;
            } else {
                let reset = Notice::PinReset.with("username", user.username.as_str());
                tell(reset.with("role", user.role.to_string()))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
