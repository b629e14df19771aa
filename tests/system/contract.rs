//! Published commands, options and environment variables never change: `tests/contract.txt` compared with the help of the
//! program. Values, tables and both APIs are compared in `crates/outlet/tests/outlet/contract.rs`.

use std::collections::BTreeSet;

use crate::folder::Folder;

const CONTRACT: &str = include_str!("../contract.txt");

#[test]
fn the_help_names_each_published_command_option_and_variable() {
    let folder = Folder::new();
    let mut commands = 0;
    for line in CONTRACT.lines().filter_map(|line| line.strip_prefix("command")) {
        let (command, names) = line.split_once(": ").unwrap();
        let mut args: Vec<_> = command.split_whitespace().collect();
        args.push("--help");
        let help = folder.gerai(&args).ok();
        let words: BTreeSet<_> = help.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).collect();
        for name in names.split(' ') {
            assert!(words.contains(name), "gerai{command} --help does not name {name}: {help}");
        }
        commands += 1;
    }
    assert!(commands > 20, "{commands}");
}
