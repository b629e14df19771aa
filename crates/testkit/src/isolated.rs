//! Starts programs of tests and benches with an empty environment, so that a developer's variables do not change a
//! result.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Variables that every program inherits: the search path, and the destination of coverage data.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LLVM_PROFILE_FILE"];

/// A command with an empty environment, except for the variables that every program needs. Tests and benches start
/// every process through it; a lint bans `Command::new`.
pub fn program(path: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this function empties the environment")]
    let mut command = Command::new(path);
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// Runs a [`program`] in this directory, also for its temporary files.
pub fn isolated<'c>(command: &'c mut Command, dir: &Path) -> &'c mut Command {
    command.env("TMPDIR", dir).current_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "isolated::tests::a_caller_with_a_full_environment";

    #[test]
    fn a_program_inherits_nothing_of_the_callers_environment() {
        // A process whose environment links it to a hub starts another one with `program`.
        let mut caller = program(std::env::current_exe().unwrap());
        caller.env("CLOUD_API_KEY", "secret").env("SYNC_ENABLED", "true").env("DB_PATH", "other.db");
        let output = caller.args(["--exact", CALLER, "--ignored", "--nocapture"]).output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
    }

    #[test]
    #[ignore = "started by the test above, with variables in its environment"]
    fn a_caller_with_a_full_environment() {
        assert_eq!(std::env::var("CLOUD_API_KEY").as_deref(), Ok("secret"), "the test above sets it");
        let dir = tempfile::tempdir().unwrap();
        let output = isolated(program("env").env("DB_PATH", "pos.db"), dir.path()).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let mut names: Vec<_> = stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        names.retain(|name| !INHERITED.contains(name));
        names.sort_unstable();
        assert_eq!(names, ["DB_PATH", "TMPDIR"], "{stdout}");
        assert!(stdout.contains("DB_PATH=pos.db"), "{stdout}");
    }
}
