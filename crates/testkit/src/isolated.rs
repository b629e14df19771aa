//! The environment of every program that a test starts.

use std::path::Path;
use std::process::Command;

/// What a program keeps of the test's own environment: what finds programs, and where coverage goes.
const KEPT: [&str; 3] = ["PATH", "HOME", "LLVM_PROFILE_FILE"];

/// Gives a command `dir` as its folder and for its temporary files, and of the environment nothing but what it was given
/// itself and what every program needs: whatever the developer has set changes no test.
pub fn isolated<'c>(command: &'c mut Command, dir: &Path) -> &'c mut Command {
    let given: Vec<_> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let kept = KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.env_clear().envs(kept).env("TMPDIR", dir).envs(given).current_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_nothing_of_the_developers_environment() {
        // Cargo sets variables of its own for every test.
        assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")), "this test cannot fail");
        let dir = tempfile::tempdir().unwrap();
        let mut env = Command::new("env");
        let output = isolated(env.env("DB_PATH", "lain.db"), dir.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut names: Vec<_> = said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        names.retain(|name| !KEPT.contains(name));
        names.sort_unstable();
        assert_eq!(names, ["DB_PATH", "TMPDIR"], "{said}");
    }
}
