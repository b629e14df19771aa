//! The small disk of one server: it can be filled up and made read-only, as nobody would do to a disk that others use.
//!
//! It is a tmpfs in a mount namespace of its own, held by a process that waits in it: when that goes, the disk goes,
//! whatever happened to the test. Root may mount one; others need a kernel that gives them user namespaces.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use sqlite::free_bytes;
use testkit::program;

/// More than `gerai doctor` calls little. It takes no memory before it is used.
const SIZE: u64 = 4 << 30;

/// A disk; see above.
pub struct Disk {
    keeper: Child,
    folder: PathBuf,
    /// Before a program, so that it sees the disk.
    inside: Vec<String>,
}

impl Disk {
    /// Mounts one at this folder, which is and stays empty for everyone outside.
    pub fn mount(folder: &Path) -> Self {
        std::fs::create_dir(folder).unwrap();
        let is_root = program("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let as_whom: &[&str] = if is_root { &[] } else { &["--user", "--map-root-user"] };
        // It ends when its input does.
        let script = format!("mount -t tmpfs -o size={SIZE} torture \"$0\" && echo mounted && exec cat");
        let mut keeper = program("unshare")
            .args(as_whom)
            .args(["--mount", "sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare cannot be run; it is in util-linux");
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(
            said, "mounted\n",
            "the torture needs a small disk of its own to fill up, and this user may not mount one (the reason stands \
             above): run it as root, or let users have namespaces: sysctl user.max_user_namespaces, and \
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

    /// The words of a command that sees the disk.
    pub fn words(&self, command: &[&str]) -> Vec<String> {
        self.inside.iter().cloned().chain(command.iter().map(|&word| word.to_owned())).collect()
    }

    /// A command that sees the disk.
    pub fn command(&self, command: &[&str]) -> Command {
        let words = self.words(command);
        let mut command = program(&words[0]);
        command.args(&words[1..]);
        command
    }

    /// Leaves room for so many pages and no more.
    pub fn fill(&self, pages: usize) {
        // Somebody may write meanwhile; the kernel makes no disk smaller than what is on it.
        for _ in 0..100 {
            let used = SIZE - free_bytes(&self.seen_from_outside()).unwrap();
            if self.remount(&format!("size={}", used + 4_096 * pages as u64)) {
                return;
            }
        }
        panic!("the disk {} does not get full", self.folder.display());
    }

    /// Makes room again.
    pub fn free(&self) {
        assert!(self.remount(&format!("size={SIZE}")));
    }

    /// Lets nobody write, or everybody again. The kernel refuses the first while a file is open for writing.
    pub fn set_read_only(&self, read_only: bool) {
        assert!(self.remount(if read_only { "ro" } else { "rw" }));
    }

    fn remount(&self, option: &str) -> bool {
        // Named in full, else mount repeats options that only the system's own root may give.
        let folder = self.folder.display().to_string();
        let words = ["mount", "-t", "tmpfs", "-o", &format!("remount,{option}"), "torture", &folder];
        self.command(&words).output().unwrap().status.success()
    }

    /// Every file: when it was written last, and what is in it.
    pub fn contents(&self) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
        let files = std::fs::read_dir(self.seen_from_outside()).unwrap().map(|entry| entry.unwrap().path());
        let content = |path: &Path| (path.metadata().unwrap().modified().unwrap(), std::fs::read(path).unwrap());
        files.filter(|path| path.is_file()).map(|path| (path.clone(), content(&path))).collect()
    }

    /// Copies all that is on it to where others see it too.
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
