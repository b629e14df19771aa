//! Gerai: an offline-first point of sale. One program contains the outlet's server, the hub's server, and the tools.
#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic if nobody reads standard output; print with `out`"
)]

mod args;
mod audit_cmd;
mod backup_cmd;
mod cli;
mod demo;
mod doctor;
mod enroll_cmd;
mod env_file;
mod hub_backup_cmd;
mod hub_cmd;
mod hub_migrate_cmd;
mod hub_verify_cmd;
mod language;
mod logging;
mod out;
mod outlet_cmd;
mod progress;
mod refusals;
mod shown;
mod signal;
mod sync_cmd;
mod table;
mod tls;
mod user_cmd;
mod variables;
mod webhook_cmd;

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    match variables::load_file() {
        Ok(()) => {}
        Err(error) => return fail(&error),
    }
    let (cli, matches) = cli::Cli::of_process();
    let language = language::of_command(cli.lang, &matches);
    language::choose(language);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let result = runtime.block_on(language.within(cli.run()));
    logging::flush();
    match result {
        Ok(code) => code,
        // Exit quietly, like a program that SIGPIPE ended.
        Err(error) if out::reader_has_gone(&error) => ExitCode::from(141),
        Err(error) => fail(&error),
    }
}

/// One core is for the writer: on a small machine, more workers only compete with it.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).clamp(1, 8))
}

/// Prints the error on standard error; exit code 1.
fn fail(error: &anyhow::Error) -> ExitCode {
    out::note(format_args!("gerai: {}", sentence(error)));
    ExitCode::FAILURE
}

/// The chain of causes, each once: some errors already contain their cause.
fn sentence(error: &anyhow::Error) -> String {
    let mut causes = error.chain().map(refusals::words);
    let first = causes.next().unwrap_or_default();
    causes.fold(first, |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    #[test]
    fn a_cause_is_shown_once() {
        let error = anyhow!("refused").context("the hub cannot be reached (refused)").context("nothing was sent");
        assert_eq!(super::sentence(&error), "nothing was sent: the hub cannot be reached (refused)");
    }
}
