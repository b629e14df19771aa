//! The environment of every program that a test or bench starts: what the developer has set changes no result.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Variables that every program inherits: where programs are found, and where coverage data goes.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LLVM_PROFILE_FILE"];

/// A command with an empty environment, except for the variables that every program needs. Tests and benches start
/// every process through it; a lint bans `Command::new`.
pub fn program(path: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is emptied")]
    let mut command = Command::new(path);
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// Gives a [`program`] this directory to work in and for its temporary files.
pub fn isolated<'c>(command: &'c mut Command, dir: &Path) -> &'c mut Command {
    command.env("TMPDIR", dir).current_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "isolated::tests::a_caller_with_a_full_environment";

    #[test]
    fn a_program_inherits_nothing_of_the_callers_environment() {
        // A process whose environment links it to a hub starts one through `program`.
        let mut caller = program(std::env::current_exe().unwrap());
        caller.env("CLOUD_API_KEY", "secret").env("SYNC_ENABLED", "true").env("DB_PATH", "other.db");
        let output = caller.args(["--exact", CALLER, "--ignored", "--nocapture"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    #[test]
    #[ignore = "started by the test above, with variables in its environment"]
    fn a_caller_with_a_full_environment() {
        assert_eq!(std::env::var("CLOUD_API_KEY").as_deref(), Ok("secret"), "the test above sets it");
        let dir = tempfile::tempdir().unwrap();
        let output = isolated(program("env").env("DB_PATH", "pos.db"), dir.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut names: Vec<_> = said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        names.retain(|name| !INHERITED.contains(name));
        names.sort_unstable();
        assert_eq!(names, ["DB_PATH", "TMPDIR"], "{said}");
        assert!(said.contains("DB_PATH=pos.db"), "{said}");
    }
}
