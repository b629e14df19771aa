//! The small disk of one server, which can be filled and made read-only without affecting others.
//!
//! It is a tmpfs in a mount namespace, which exists as long as the process that waits in it, so it disappears with the
//! test. Root may mount one; other users need a kernel with user namespaces.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use sqlite::free_bytes;
use testkit::program;

/// More than the limit of `gerai doctor`. Unused pages need no memory.
const SIZE: u64 = 4 << 30;

/// A disk; see the module.
pub struct Disk {
    keeper: Child,
    folder: PathBuf,
    /// Precedes a program, so that it sees the disk.
    inside: Vec<String>,
}

impl Disk {
    /// Mounts a disk at this folder, which stays empty for processes outside.
    pub fn mount(folder: &Path) -> Self {
        std::fs::create_dir(folder).unwrap();
        let is_root = program("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let user_options: &[&str] = if is_root { &[] } else { &["--user", "--map-root-user"] };
        // The process ends with its input.
        let script = format!("mount -t tmpfs -o size={SIZE} torture \"$0\" && echo mounted && exec cat");
        let mut keeper = program("unshare")
            .args(user_options)
            .args(["--mount", "sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare cannot be run; it is in util-linux");
        let mut message = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut message).unwrap();
        assert_eq!(
            message, "mounted\n",
            "the torture needs a small disk of its own to fill up, and this user may not mount one (the reason is \
             printed above): run it as root, or let users have namespaces: sysctl user.max_user_namespaces, and \
             kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0 where they exist"
        );
        let mut inside = vec!["nsenter".to_owned(), format!("--target={}", keeper.id()), "--mount".to_owned()];
        if !is_root {
            inside.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        Self { keeper, folder: folder.to_owned(), inside }
    }

    /// A file on it, for programs that see it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The command line of a program that sees the disk.
    pub fn command_line(&self, command: &[&str]) -> Vec<String> {
        self.inside.iter().cloned().chain(command.iter().map(|&word| word.to_owned())).collect()
    }

    /// A command that sees the disk.
    pub fn command(&self, command: &[&str]) -> Command {
        let words = self.command_line(command);
        let mut command = program(&words[0]);
        command.args(&words[1..]);
        command
    }

    /// Leaves exactly this many pages free.
    pub fn fill(&self, pages: usize) {
        // A process may write meanwhile; the kernel makes no disk smaller than its content.
        for _ in 0..100 {
            let used = SIZE - free_bytes(&self.seen_from_outside()).unwrap();
            if self.remount(&format!("size={}", used + 4_096 * pages as u64)) {
                return;
            }
        }
        panic!("the disk {} cannot be filled", self.folder.display());
    }

    /// Frees the disk.
    pub fn free(&self) {
        assert!(self.remount(&format!("size={SIZE}")));
    }

    /// Makes the disk read-only or writable. The kernel rejects the former while a file is open for writing.
    pub fn set_read_only(&self, read_only: bool) {
        assert!(self.remount(if read_only { "ro" } else { "rw" }));
    }

    fn remount(&self, option: &str) -> bool {
        // With all options, otherwise mount repeats some that only the system's root may set.
        let folder = self.folder.display().to_string();
        let words = ["mount", "-t", "tmpfs", "-o", &format!("remount,{option}"), "torture", &folder];
        self.command(&words).output().unwrap().status.success()
    }

    /// Every file with its modification time and content.
    pub fn contents(&self) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
        let files = std::fs::read_dir(self.seen_from_outside()).unwrap().map(|entry| entry.unwrap().path());
        let content = |path: &Path| (path.metadata().unwrap().modified().unwrap(), std::fs::read(path).unwrap());
        files.filter(|path| path.is_file()).map(|path| (path.clone(), content(&path))).collect()
    }

    /// Copies its content to the folder, where processes outside see it.
    pub fn keep(&self) {
        let _ = program("cp").arg("-a").arg(self.seen_from_outside().join(".")).arg(&self.folder).status();
    }

    fn seen_from_outside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(self.folder.strip_prefix("/").unwrap())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
