//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::OutletArgs;
use crate::language::Lang;
use crate::out::say;
use crate::{audit_cmd, backup_cmd, demo, doctor, enroll_cmd, hub_cmd, outlet_cmd, sync_cmd, user_cmd};

/// An offline-first point of sale: the outlet's server, the hub's server, and their tools.
///
/// Without a command it is the outlet's server. Each option can also be set by the environment variable listed beside
/// it, or in a file `.env` in the working directory; an empty one counts as not set.
#[derive(Parser)]
#[command(name = "gerai", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    outlet: OutletArgs,
    /// Language of what is printed for people [default: the locale's, else en]
    #[arg(long, value_enum, global = true)]
    pub lang: Option<Lang>,
}

#[derive(Subcommand)]
enum Command {
    /// The outlet's server (what `gerai` alone does)
    Outlet(OutletArgs),
    /// The hub: its server, outlets and users
    Hub(hub_cmd::HubArgs),
    /// A hub and outlets in one process, with a sample café that sells
    Demo(demo::DemoArgs),
    /// Head office and an outlet with a sample café and their pages, until Ctrl-C
    Try(demo::trial::TryArgs),
    /// Enrolls this outlet at the hub with a one-time code; again after a restore or on a new machine
    Enroll(enroll_cmd::EnrollArgs),
    /// Shows and controls sync with the hub
    Sync(sync_cmd::SyncArgs),
    /// Lists an outlet's users, and resets the PIN of one who cannot log in
    User(user_cmd::UserArgs),
    /// Lists who did what at an outlet, and verifies the log of it
    Audit(audit_cmd::AuditArgs),
    /// Checks an outlet's database and its link to the hub
    Doctor(doctor::DoctorArgs),
    /// Copies an outlet's database into a new file and checks the copy; the server may run
    Backup(backup_cmd::BackupArgs),
    /// Replaces an outlet's database by a backup (stop the server first); keeps the old file
    Restore(backup_cmd::RestoreArgs),
    /// Prints the API's description (OpenAPI, JSON)
    Openapi {
        /// Whose API
        #[arg(value_enum)]
        of: Api,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Api {
    Outlet,
    Hub,
}

impl Cli {
    /// Parses the command line; prints help and errors of clap itself, and exits.
    pub fn of_process() -> (Self, ArgMatches) {
        Self::of(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    fn of(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<(Self, ArgMatches), clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(words)?;
        reject_server_options(&mut command, &matches)?;
        Ok((Self::from_arg_matches(&matches)?, matches))
    }

    /// Runs the command.
    pub async fn run(self) -> Result<ExitCode> {
        match self.command {
            None => outlet_cmd::run(self.outlet).await,
            Some(Command::Outlet(args)) => outlet_cmd::run(args).await,
            Some(Command::Hub(args)) => hub_cmd::run(args).await,
            Some(Command::Demo(args)) => demo::run(args).await,
            Some(Command::Try(args)) => demo::trial::run(args).await,
            Some(Command::Enroll(args)) => enroll_cmd::run(args).await,
            Some(Command::Sync(args)) => sync_cmd::run(args).await,
            Some(Command::User(args)) => user_cmd::run(args).await,
            Some(Command::Audit(args)) => audit_cmd::run(&args),
            Some(Command::Doctor(args)) => doctor::run(args).await,
            Some(Command::Backup(args)) => backup_cmd::back_up(&args),
            Some(Command::Restore(args)) => backup_cmd::restore(&args),
            Some(Command::Openapi { of }) => {
                let api = match of {
                    Api::Outlet => outlet::routes::api(),
                    Api::Hub => hub::api(),
                };
                say!("{}", api.to_pretty_json()?)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// `gerai` and `gerai hub` are servers with options of their own, which a subcommand would ignore, except those that it
/// declares as global. clap's `args_conflicts_with_subcommands` would reject `--lang` before a subcommand as well.
fn reject_server_options(server: &mut clap::Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, of_subcommand)) = matches.subcommand() else { return Ok(()) };
    let is_set = |arg: &&clap::Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    // clap copies the value of a global option to all levels.
    let globals =
        server.get_arguments().chain(server.find_subcommand(name).into_iter().flat_map(|c| c.get_arguments()));
    let globals: Vec<_> = globals.filter(|arg| arg.is_global_set()).map(clap::Arg::get_id).collect();
    let of_server = server.get_arguments().filter(|arg| !globals.contains(&arg.get_id()));
    let option = of_server.filter(is_set).map(ToString::to_string).next();
    if let Some(option) = option {
        let message = format!("the subcommand '{name}' cannot be used with '{option}'");
        return Err(server.error(ErrorKind::ArgumentConflict, message));
    }
    match server.find_subcommand_mut(name) {
        Some(hub) if name == "hub" => reject_server_options(hub, of_subcommand),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{language, variables};

    fn walk(command: &clap::Command, visit: &mut impl FnMut(&clap::Arg)) {
        command.get_arguments().for_each(&mut *visit);
        command.get_subcommands().for_each(|command| walk(command, visit));
    }

    #[test]
    fn the_language_is_accepted_before_and_after_each_command() {
        for line in [
            "gerai --lang id",
            "gerai --lang id doctor",
            "gerai doctor --lang id",
            "gerai --lang id hub outlet list",
            "gerai hub --lang id outlet list",
            "gerai hub outlet list --lang id",
            "gerai sync --lang id status",
        ] {
            let (cli, matches) = Cli::of(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(language::of_command(cli.lang, &matches), web::Language::Indonesian, "{line}");
        }
    }

    #[test]
    fn the_database_is_accepted_before_and_after_commands_that_share_it() {
        for line in ["gerai --db a.db user list", "gerai user --db a.db list", "gerai user list --db a.db"] {
            let (cli, _) = Cli::of(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
            let Some(Command::User(args)) = cli.command else { panic!("{line}") };
            assert_eq!(args.db.as_deref(), Some(std::path::Path::new("a.db")), "{line}");
        }
    }

    #[test]
    fn an_option_of_a_server_is_rejected_before_a_subcommand() {
        for line in ["gerai --port 1 doctor", "gerai --db a.db doctor", "gerai hub --listen 127.0.0.1:1 outlet list"] {
            let error = Cli::of(line.split(' ')).err().unwrap_or_else(|| panic!("{line} is accepted"));
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{line}");
        }
    }

    /// Only `variables` reads variables, so that an empty one counts as not set and `.env` applies. The help lists
    /// each.
    #[test]
    fn options_read_no_variables_and_all_variables_are_known() {
        let mut listed = Vec::new();
        walk(&Cli::command(), &mut |arg| {
            assert!(arg.get_env().is_none(), "--{} reads its variable without 'variables'", arg.get_id());
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            listed.extend(help.split("[env: ").skip(1).filter_map(|rest| Some(rest.split_once(']')?.0.to_owned())));
        });
        for name in &listed {
            assert!(variables::KNOWN.contains(&name.as_str()), "{name} is missing in KNOWN");
        }
        for name in variables::KNOWN.iter().filter(|name| !name.starts_with("PG")) {
            let elsewhere = ["RUST_LOG", "GERAI_LOG_FORMAT"].contains(name);
            assert!(elsewhere || listed.iter().any(|known| known == name), "no help text lists {name}");
        }
    }
}
