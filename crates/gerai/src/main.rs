//! Gerai: an offline-first point of sale. One program is the outlet's server, head office's server, and the tools.

mod backup_cmd;
mod cli;
mod demo;
mod doctor;
mod enroll_cmd;
mod hub_backup_cmd;
mod hub_cmd;
mod hub_migrate_cmd;
mod logging;
mod outlet_cmd;
mod progress;
mod signal;
mod sync_cmd;
mod table;
mod webhook_cmd;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::load_env_file() {
        Ok(()) => {}
        Err(error) => return fail(&error),
    }
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(cli.run()) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

/// One core is the writer's: on a small machine more workers only take turns with it.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).clamp(1, 8))
}

/// A sentence on standard error, and exit code 1.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("gerai: {}", sentence(error));
    ExitCode::FAILURE
}

/// What went wrong and why, each once: some errors name their cause themselves.
fn sentence(error: &anyhow::Error) -> String {
    let causes = error.chain().skip(1).map(ToString::to_string);
    causes.fold(error.to_string(), |said, cause| if said.contains(&cause) { said } else { format!("{said}: {cause}") })
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    #[test]
    fn a_cause_is_said_once() {
        let error = anyhow!("refused").context("the hub cannot be reached (refused)").context("nothing was sent");
        assert_eq!(super::sentence(&error), "nothing was sent: the hub cannot be reached (refused)");
    }
}
