//! `gerai hub`: the hub's server, its outlets and its users.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use hub::outlets::{self, Added, NewCode, Rotated, SilentAfter};
use hub::staff::{self, NewUser, SaveRefused};
use hub::{Config, FirstAdmin, Hub, reports};
use serde_json::json;
use store::{PostgresDefaults, Store, Tx};
use web::Notice;
use web::messages::Message;
use web::server::Listeners;
use web::tls::Authority;

use crate::out::{self, NotWritten, say, tell};
use crate::progress::Progress;
use crate::refusals::Refusal;
use crate::shown::shown;
use crate::tls::{self, HubTlsArgs, TlsOptions};
use crate::{args, hub_backup_cmd, hub_migrate_cmd, hub_verify_cmd, logging, signal, table, variables, webhook_cmd};

/// The hub: its server, outlets and users.
#[derive(Args)]
pub struct HubArgs {
    #[command(subcommand)]
    command: Option<HubCommand>,
    #[command(flatten)]
    database: DatabaseArg,
    /// Address and port to listen on; port 0 selects a free one [env: HUB_LISTEN] [default: 127.0.0.1:9090]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Allows webhook URLs with private addresses, for a hub in one network with its outlets [env:
    /// HUB_WEBHOOK_ALLOW_PRIVATE]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    webhook_allow_private: Option<String>,
    #[command(flatten)]
    silent: SilentArg,
    #[command(flatten)]
    tls: HubTlsArgs,
    #[command(flatten)]
    edge: HubEdgeArgs,
}

/// Who can reach the hub.
#[derive(Args)]
struct HubEdgeArgs {
    /// Reverse proxies whose X-Forwarded-For is trusted, separated by commas [env: HUB_TRUSTED_PROXIES]
    #[arg(long, value_name = "ADDRESSES")]
    trusted_proxies: Option<String>,
    /// Origins of other pages that may call the API, separated by commas [env: HUB_ALLOWED_ORIGINS]
    #[arg(long, value_name = "ORIGINS")]
    allowed_origins: Option<String>,
    /// Public names of the hub, separated by commas; it then answers only to these, to addresses and to local names
    /// [env: HUB_ALLOWED_HOSTS]
    #[arg(long, value_name = "NAMES")]
    allowed_hosts: Option<String>,
}

impl HubEdgeArgs {
    /// Reads flags and variables.
    fn read(self) -> Result<web::Edge> {
        let proxies = args::value(self.trusted_proxies, "HUB_TRUSTED_PROXIES")?;
        let hosts = args::value(self.allowed_hosts, "HUB_ALLOWED_HOSTS")?;
        args::edge(proxies, args::value(self.allowed_origins, "HUB_ALLOWED_ORIGINS")?, hosts.as_deref())
    }
}

#[derive(Args)]
struct SilentArg {
    /// Minutes without contact after which an outlet counts as silent [env: HUB_SILENT_AFTER_MINUTES] [default: 60]
    #[arg(long, value_name = "MINUTES")]
    silent_after_minutes: Option<String>,
}

impl SilentArg {
    /// The value of the flag or of the variable.
    fn read(self) -> Result<SilentAfter> {
        let Some(minutes) = args::value(self.silent_after_minutes, "HUB_SILENT_AFTER_MINUTES")? else {
            return Ok(SilentAfter::default());
        };
        minutes
            .parse()
            .ok()
            .and_then(SilentAfter::minutes)
            .with_context(|| format!("HUB_SILENT_AFTER_MINUTES must be a number from 5 to 43200, not '{minutes}'"))
    }
}

#[derive(Args)]
struct DatabaseArg {
    /// The hub's database: sqlite:FILE, or postgres://USER:PASSWORD@HOST/NAME, optionally with ?sslmode=verify-full and
    /// &sslrootcert=FILE; several hubs can share one PostgreSQL database [env: HUB_DATABASE_URL] [default:
    /// sqlite:hub.db]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl DatabaseArg {
    /// The value of the flag or of the variable.
    fn url(self) -> Result<String> {
        complete(args::value(self.database, "HUB_DATABASE_URL")?.unwrap_or_else(|| "sqlite:hub.db".to_owned()))
    }
}

/// A PostgreSQL URL, completed by libpq's variables.
fn complete(url: String) -> Result<String> {
    let defaults = PostgresDefaults {
        password: variables::exact("PGPASSWORD")?,
        sslmode: variables::get("PGSSLMODE")?,
        sslrootcert: variables::get("PGSSLROOTCERT")?,
    };
    Ok(store::complete(&url, defaults))
}

#[derive(Subcommand)]
enum HubCommand {
    /// Outlets and their keys
    Outlet {
        #[command(subcommand)]
        command: OutletCommand,
    },
    /// Users of the hub
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Copies the hub's database into a new file and checks the copy; the hub may run
    Backup {
        /// The file to create; existing files are not overwritten
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Replaces the hub's database by a backup (stop the hub first); keeps the old file
    Restore {
        /// The backup
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Compares sales and daily figures with their order documents; the hub may run
    Verify {
        /// Recalculate what differs
        #[arg(long)]
        repair: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Migrates the hub's data to an empty PostgreSQL database (stop the hub first). Run it again to continue an
    /// interrupted migration
    Migrate {
        /// The hub's SQLite file
        #[arg(long, value_name = "sqlite:FILE")]
        from: String,
        /// The new database: postgres://USER:PASSWORD@HOST/NAME [env: HUB_DATABASE_URL]
        #[arg(long, value_name = "URL")]
        to: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum OutletCommand {
    /// Creates an outlet and prints its id, key and enrollment code, once
    Add {
        /// Short and unique, for example JKT-001; the prefix of the outlet's order numbers
        #[arg(long)]
        code: String,
        /// Display name
        #[arg(long)]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Lists all outlets with contact, sync position and open problems
    List {
        #[command(flatten)]
        silent: SilentArg,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Creates a one-time code for an outlet whose machine was restored or replaced
    EnrollCode {
        /// The outlet's code or id
        #[arg(long = "code", value_name = "OUTLET")]
        outlet: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Creates a new key for an outlet; the old one is valid until the new one is used, at most 7 days
    RotateKey {
        /// The outlet's code or id
        outlet: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Shows or sets an outlet's webhook; without --url, --rotate-secret and --remove it is shown
    Webhook {
        /// The outlet's code or id
        #[arg(long = "code", value_name = "OUTLET")]
        outlet: String,
        /// Address of the outlet as seen from the hub, ending in /api/v1/webhooks/cloud
        #[arg(long)]
        url: Option<String>,
        /// Create a new secret; the old one stays valid for seven days
        #[arg(long)]
        rotate_secret: bool,
        /// Remove the webhook
        #[arg(long, conflicts_with_all = ["url", "rotate_secret"])]
        remove: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Saves everything that an outlet may see as one file, for example for a USB stick
    Snapshot {
        /// The outlet's code or id
        #[arg(long = "code", value_name = "OUTLET")]
        outlet: String,
        /// The file to create; existing files are not overwritten
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Revokes an outlet's key at once, after a theft; enroll the outlet again to let it send
    RevokeKey {
        /// The outlet's code or id
        #[arg(long = "code", value_name = "OUTLET")]
        outlet: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Revokes an outlet; its sales are kept
    Revoke {
        /// The outlet's code or id
        outlet: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Creates a user, or sets the password and role of an existing one
    Add {
        #[arg(long)]
        username: String,
        /// admin or viewer
        #[arg(long)]
        role: String,
        /// Display name
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Lists all users
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Disables a user: they cannot log in, and their sessions end
    Disable(OneUser),
    /// Enables a user again, with the previous password
    Enable(OneUser),
    /// Ends all sessions of a user
    EndSessions(OneUser),
}

#[derive(Args)]
struct OneUser {
    #[arg(long)]
    username: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Serves, or runs the subcommand.
pub async fn run(args: HubArgs) -> Result<ExitCode> {
    match args.command {
        None => {
            let allow_private = args::value(args.webhook_allow_private, "HUB_WEBHOOK_ALLOW_PRIVATE")?;
            let allow_private = args::switch("HUB_WEBHOOK_ALLOW_PRIVATE", allow_private.as_deref())?;
            let listen = args::value(args.listen, "HUB_LISTEN")?.unwrap_or_else(|| "127.0.0.1:9090".to_owned());
            let (host, port) = args::host_and_port("--listen", &listen, 9090)?;
            let tls = args.tls.read(&host)?;
            let config = Config {
                database_url: args.database.url()?,
                webhook_allow_private: allow_private.unwrap_or(false),
                silent_after: args.silent.read()?,
                edge: args.edge.read()?,
                snapshots: None,
            };
            serve(config, (&host, port), tls).await
        }
        Some(HubCommand::Outlet { command }) => outlet(command).await,
        Some(HubCommand::User { command }) => user(command).await,
        Some(HubCommand::Backup { file, json, database }) => {
            hub_backup_cmd::back_up(&database.url()?, &file, json).map(|()| ExitCode::SUCCESS)
        }
        Some(HubCommand::Restore { file, json, database }) => {
            hub_backup_cmd::restore(&database.url()?, &file, json).map(|()| ExitCode::SUCCESS)
        }
        Some(HubCommand::Verify { repair, json, database }) => {
            hub_verify_cmd::run(open(database).await?, repair, json).await
        }
        Some(HubCommand::Migrate { from, to, json }) => {
            let to = args::value(to, "HUB_DATABASE_URL")?.context(
                "the target is missing; write --to postgres://USER:PASSWORD@HOST/NAME, or set HUB_DATABASE_URL",
            )?;
            hub_migrate_cmd::run(from, complete(to)?, json).await.map(|()| ExitCode::SUCCESS)
        }
    }
}

/// Opens the hub's database for a subcommand; the first user's password is printed on standard error, apart from
/// `--json`.
async fn open(database: DatabaseArg) -> Result<Hub> {
    let config = Config { database_url: database.url()?, ..Config::default() };
    open_and(config, |message| out::must_note(out::words(&message))).await
}

async fn open_and(config: Config, print: fn(Message) -> Result<(), NotWritten>) -> Result<Hub> {
    let show = move |FirstAdmin { username, password }: &FirstAdmin| {
        let message = Notice::FirstUser.with("username", username).with("password", password);
        print(message).map_err(std::io::Error::other)
    };
    Ok(Hub::open_showing(&config, web::time::now(), show).await?.0)
}

async fn serve(config: Config, (host, port): (&str, u16), tls: Option<TlsOptions>) -> Result<ExitCode> {
    logging::start("info");
    let stop = signal::stop_token()?;
    // The server locks the database before it changes it; commands beside the server do not lock it.
    let mut lock = Store::lock(&config.database_url)?;
    let hub = open_and(config, out::line).await?;
    hub.store().hold(&mut lock)?;
    let http = web::server::listen(host, port).await?;
    let address = http.local_addr().context("the listener has no address")?;
    let https = match tls {
        Some(tls) => Some(tls.open(async || authority(hub.store()).await).await?),
        None => None,
    };
    let listeners = Listeners { http, https };
    tls::announce(&listeners)?;
    out::announce(format_args!("Gerai hub listening on http://{address}"));
    hub.serve(listeners, stop).await.context("the server failed")?;
    Ok(ExitCode::SUCCESS)
}

/// The hub's own authority, which all nodes of a PostgreSQL database share.
async fn authority(store: &Store) -> Result<Authority> {
    let made = || Authority::create(web::time::now()).map_err(std::io::Error::other);
    Ok(Authority::load(&store.authority(made).await?)?)
}

async fn outlet(command: OutletCommand) -> Result<ExitCode> {
    let now = web::time::now();
    match command {
        OutletCommand::Add { code, name, json, database } => {
            let hub = open(database).await?;
            let add = move |tx: &mut Tx<'_>| outlets::add(tx, &code, &name, now);
            let print = move |added: &Added| {
                if json {
                    return say!(
                        "{}",
                        json!({"outlet_id": added.outlet_id, "outlet_code": added.outlet_code, "api_key": added.api_key,
                            "enroll_code": added.enroll_code})
                    );
                }
                let message = Notice::OutletAdded.with("outlet_code", &added.outlet_code);
                let message = message.with("outlet_id", &added.outlet_id).with("key", &added.api_key);
                tell(message.with("enroll_code", &added.enroll_code))
            };
            shown(hub.store(), add, print).await?;
        }
        OutletCommand::List { silent, json, database } => {
            let silent_after = silent.read()?;
            list(open(database).await?, silent_after, json).await?;
        }
        OutletCommand::EnrollCode { outlet, json, database } => {
            let hub = open(database).await?;
            let make = move |tx: &mut Tx<'_>| outlets::enroll_code(tx, &outlet, now);
            let print = move |code: &NewCode| {
                if json {
                    return say!(
                        "{}",
                        json!({"outlet_id": code.outlet_id, "outlet_code": code.outlet_code,
                            "enroll_code": code.enroll_code, "enroll_code_expires_at": code.enroll_code_expires_at})
                    );
                }
                let message = Notice::OutletEnrollCode.with("outlet_code", &code.outlet_code);
                tell(message.with("enroll_code", &code.enroll_code))
            };
            shown(hub.store(), make, print).await?;
        }
        OutletCommand::RotateKey { outlet, json, database } => {
            let hub = open(database).await?;
            let rotate = move |tx: &mut Tx<'_>| outlets::rotate_key(tx, &outlet, now);
            let print = move |rotated: &Rotated| {
                if json {
                    return say!(
                        "{}",
                        json!({"outlet_id": rotated.outlet_id, "outlet_code": rotated.outlet_code,
                            "api_key": rotated.api_key, "previous_key_until": rotated.previous_key_until})
                    );
                }
                let message = Notice::OutletKeyRotated.with("outlet_code", &rotated.outlet_code);
                tell(message.with("until", &rotated.previous_key_until).with("key", &rotated.api_key))
            };
            shown(hub.store(), rotate, print).await?;
        }
        OutletCommand::Webhook { outlet, url, rotate_secret, remove, json, database } => {
            let change = webhook_cmd::Change { outlet, url, rotate_secret, remove };
            webhook_cmd::run(open(database).await?, change, json, now).await?;
        }
        OutletCommand::Snapshot { outlet, file, json, database } => {
            let hub = open(database).await?;
            let mut progress = Progress::of("written");
            let saved = hub::snapshots::save(hub.store(), &outlet, &file, now, move |n| progress.at(n, 0)).await;
            hub.store().close().await;
            let saved = saved?;
            if json {
                say!(
                    "{}",
                    json!({"file": file, "outlet_id": saved.outlet_id, "outlet_code": saved.outlet_code,
                        "entities": saved.entities, "bytes": saved.bytes, "sha256": saved.sha256})
                )?;
            } else {
                let message = Notice::SnapshotMade.with("outlet_code", saved.outlet_code);
                let message = message.with("file", file.display().to_string()).with("entities", saved.entities);
                tell(message.with("kib", saved.bytes.div_ceil(1_024)).with("sha256", saved.sha256))?;
                tell(Notice::PrivateFile.with("content", "snapshot"))?;
            }
        }
        OutletCommand::RevokeKey { outlet, json, database } => {
            let hub = open(database).await?;
            let revoked = hub.store().write(move |tx| outlets::revoke_key(tx, &outlet, now)).await?;
            hub.store().close().await;
            if json {
                say!("{}", json!({"outlet_id": revoked.outlet_id, "outlet_code": revoked.code}))?;
            } else {
                tell(Notice::OutletKeyRevoked.with("outlet_code", revoked.code))?;
            }
        }
        OutletCommand::Revoke { outlet, database } => {
            let hub = open(database).await?;
            let revoked = hub.store().write(move |tx| outlets::revoke(tx, &outlet, now)).await?;
            hub.store().close().await;
            tell(Notice::OutletWasRevoked.with("outlet_code", revoked.code))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

const COLUMNS: [&str; 13] = [
    "code",
    "name",
    "state",
    "presence",
    "last_contact_at",
    "acked_through",
    "pending",
    "quarantined",
    "conflicts",
    "dead_letters",
    "duplicate_servers",
    "webhook",
    "id",
];

async fn list(hub: Hub, silent_after: SilentAfter, json: bool) -> Result<()> {
    let now = web::time::now();
    let found = hub.store().read(move |tx| reports::list_outlets(tx, ("", ""), 10_000, silent_after, now)).await?;
    hub.store().close().await;
    if json {
        say!("{}", serde_json::to_string(&found)?)?;
        return Ok(());
    }
    let row = |outlet: &reports::OutletSummary| {
        json!({"code": outlet.code, "name": outlet.name, "state": outlet.state, "presence": outlet.presence,
            "last_contact_at": outlet.last_contact_at, "acked_through": outlet.acked_through,
            "pending": outlet.pending, "quarantined": outlet.quarantined.len(), "conflicts": outlet.open_conflict_count,
            "dead_letters": outlet.dead_letter_count, "duplicate_servers": outlet.duplicate_servers,
            "webhook": outlet.webhook, "id": outlet.id})
    };
    Ok(table::print(&COLUMNS, &found.iter().map(row).collect::<Vec<_>>())?)
}

async fn user(command: UserCommand) -> Result<ExitCode> {
    match command {
        UserCommand::Add { username, role, name, password_stdin: _, database } => {
            let Some(role) = staff::Role::parse(&role) else { bail!("--role must be admin or viewer, not '{role}'") };
            let mut password = String::new();
            std::io::stdin().read_to_string(&mut password).context("cannot read the password from standard input")?;
            let hash = staff::hash(password.trim_end_matches(['\r', '\n']), &username).await;
            let password_hash = hash.map_err(Refusal::from)?;
            let user = NewUser { name: name.unwrap_or_default(), username: username.clone(), role, password_hash };
            let now = web::time::now();
            change_users(database, move |tx| staff::save(tx, &user, now)).await?;
            tell(changed("saved", &username))?;
        }
        UserCommand::List { json, database } => {
            let hub = open(database).await?;
            let users = hub.store().read(|tx| staff::list(tx, "", 10_000)).await?;
            hub.store().close().await;
            if json {
                say!("{}", serde_json::to_string(&users)?)?;
            } else {
                let rows = users.iter().map(|user| json!(user)).collect::<Vec<_>>();
                table::print(&["username", "name", "role", "active", "created_at", "id"], &rows)?;
            }
        }
        UserCommand::Disable(OneUser { username, database }) => {
            switch(&username, false, database).await?;
            tell(changed("disabled", &username))?;
        }
        UserCommand::Enable(OneUser { username, database }) => {
            switch(&username, true, database).await?;
            tell(changed("enabled", &username))?;
        }
        UserCommand::EndSessions(OneUser { username, database }) => {
            let name = username.clone();
            change_users(database, move |tx| staff::end_sessions(tx, &name)).await?;
            tell(changed("logged_out", &username))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn changed(reason: &str, username: &str) -> Message {
    Notice::HubUserChanged.with("reason", reason).with("username", username)
}

async fn switch(username: &str, on: bool, database: DatabaseArg) -> Result<()> {
    let (name, to) = (username.to_owned(), staff::Change { active: Some(on), ..staff::Change::default() });
    change_users(database, move |tx| staff::change(tx, &name, to.clone())).await.map(|_| ())
}

/// Changes a user of the hub.
async fn change_users<T: Send + 'static>(
    database: DatabaseArg,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, SaveRefused> + Send + 'static,
) -> Result<T> {
    let hub = open(database).await?;
    let done = hub.store().write(work).await;
    hub.store().close().await;
    Ok(done?)
}
