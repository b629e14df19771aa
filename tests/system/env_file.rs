//! `.env` with arbitrary content: the program starts, or prints why not.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::folder::Folder;

/// Known names, and an unknown one.
const NAMES: [&str; 7] =
    ["SYNC_ENABLED", "CLOUD_API_URL", "CLOUD_API_KEY", "SYNC_INTERVAL_MINUTES", "WEBHOOK_SECRET", "DB_PATH", "ELSE"];

/// A line that is almost valid.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        "[a-z0-9:/._-]{0,40}".prop_map(String::into_bytes),
        "[\"'$\\\\#= \t{}a-z\u{0}\u{e9}]{0,30}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..30),
    ];
    let assignment = (select(&NAMES[..]), "( ?= ?|=|: | |)", value)
        .prop_map(|(name, equals, value)| [name.as_bytes(), equals.as_bytes(), &value].concat());
    prop_oneof![4 => assignment, 1 => vec(any::<u8>(), 0..60)]
}

proptest! {
    // Each case starts a process.
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_env_file_is_read_or_rejected_with_a_message(lines in vec(line(), 0..6)) {
        let folder = Folder::new();
        folder.write(".env", lines.join(&b'\n'));
        // The folder has no database, so every readable file leads to that message.
        folder.gerai(&["doctor", "--db", "pos.db"]).refused();
    }
}

#[test]
fn env_values_are_read_as_written_and_the_last_line_counts() {
    let folder = Folder::new();
    folder.write(
        ".env",
        "\u{feff}# Gerai\r\nSERVER_PORT=0\r\nDB_PATH=lama.db\r\nexport DB_PATH='ba$HOME.db'\r\nDBPATH=x\r\n",
    );
    let mut outlet = testkit::Process::start(crate::folder::GERAI, folder.path(), "outlet", &[], &[]);
    assert_eq!(outlet.terminate(), Some(0));
    assert!(folder.file("ba$HOME.db").exists() && !folder.file("lama.db").exists());
    let log = std::fs::read_to_string(folder.file("outlet.log")).unwrap();
    assert!(log.contains("line 4 of .env sets DB_PATH again") && log.contains("do you mean DB_PATH?"), "{log}");
}

#[test]
fn a_nul_byte_is_reported_by_line_without_the_value() {
    let folder = Folder::new();
    folder.write(".env", "SYNC_ENABLED=true\nCLOUD_API_KEY=kunci\0rahasia\n");
    let ended = folder.gerai(&["doctor"]);
    assert!(ended.refused().contains("line 2 of .env") && !ended.err.contains("rahasia"), "{ended:?}");
}
