//! Resolves database paths, and opens and protects the files beside a database.
//!
//! A database is identified by its file, not by its path: [`resolve`] follows links once, and the files beside the
//! database are named after the result. Files that root creates beside a database belong to the owner of the folder,
//! whose server must be able to use them.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::OpenError;

/// Maximum number of links to follow to a file that does not exist yet.
const MAX_LINKS: u32 = 8;

/// The file at a path, as an absolute path without links. The file need not exist; its folder must.
///
/// # Errors
/// [`OpenError`]: the path is not a file, or the system reports an error.
pub fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let not_a_file = || OpenError::NotAFile { path: path.to_owned() };
    // SQLite interprets both as something other than a file of this name.
    let special = path.to_str().is_some_and(|name| name == ":memory:" || name.starts_with("file:"));
    if path.as_os_str().is_empty() || special {
        return Err(not_a_file());
    }
    let found = follow(path, 0).map_err(|error| OpenError::from_system(path, &error))?;
    match std::fs::metadata(&found) {
        Ok(info) if info.is_dir() => Err(OpenError::Folder { path: path.to_owned() }),
        Ok(info) if !info.is_file() => Err(not_a_file()),
        Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            Err(OpenError::Folder { path: path.to_owned() })
        }
        _ => Ok(found),
    }
}

fn follow(path: &Path, links: u32) -> io::Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && links < MAX_LINKS => {
            let folder = folder_of(path);
            match std::fs::read_link(path) {
                Ok(target) => follow(&folder.join(target), links + 1),
                Err(_) => Ok(std::fs::canonicalize(folder)?.join(path.file_name().ok_or(error)?)),
            }
        }
        found => found,
    }
}

/// Whether two paths lead to the same file.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let of = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    of(one).is_ok_and(|one| of(other).is_ok_and(|other| one == other))
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path of a file beside the database: its path with a suffix.
#[must_use]
pub fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens one of our files with `options`. A new file is readable by its owner only and belongs to the folder's owner.
///
/// # Errors
/// The error from the system. A link is not followed, and a named pipe does not block.
pub fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = options.mode(0o600).custom_flags(flags).open(path).map_err(|error| {
        let found = std::fs::symlink_metadata(path);
        if found.as_ref().is_ok_and(Metadata::is_symlink) && error.kind() != io::ErrorKind::AlreadyExists {
            return io::Error::other("it is a link to another file; remove the link");
        }
        // Opening a pipe without a reader for writing fails with another error.
        if found.is_ok_and(|found| found.file_type().is_fifo()) { not_a_file() } else { error }
    })?;
    refuse_other_than_file(&file)?;
    // Through the open file: another process may rename or remove the path meanwhile.
    if let Some((user, group)) = new_owner(&file.metadata()?, path)? {
        std::os::unix::fs::fchown(&file, Some(user), Some(group))?;
    }
    Ok(file)
}

/// Opens a file for reading.
///
/// # Errors
/// The error from the system. Anything but a file, such as a named pipe, is rejected without blocking.
pub fn open_file(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    refuse_other_than_file(&file)?;
    Ok(file)
}

fn refuse_other_than_file(file: &File) -> io::Result<()> {
    if file.metadata()?.is_file() { Ok(()) } else { Err(not_a_file()) }
}

fn not_a_file() -> io::Error {
    io::Error::other("it is not a file")
}

/// The files of an open database: the database, its WAL and the WAL's index.
#[must_use]
pub fn files_of(db: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| sibling(db, suffix))
}

/// Removes all permissions of other users from a database, because it contains keys. Returns the files that other users
/// could access until now; a file of another owner does not change.
#[must_use]
pub fn restrict_to_owner(db: &Path) -> Vec<PathBuf> {
    let mut closed = Vec::new();
    for file in files_of(db) {
        let Ok(found) = std::fs::metadata(&file) else { continue };
        let mode = found.permissions().mode() & 0o7777;
        if mode & 0o007 != 0 && std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode & !0o007)).is_ok()
        {
            closed.push(file);
        }
    }
    closed
}

/// Makes the owner of the folder the owner of a file that root created.
///
/// # Errors
/// The error from the system.
pub fn adopt(path: &Path) -> io::Result<()> {
    match new_owner(&std::fs::symlink_metadata(path)?, path)? {
        Some((user, group)) => std::os::unix::fs::lchown(path, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// Owner and group of the folder, if root created the file and the folder belongs to somebody else.
fn new_owner(file: &Metadata, path: &Path) -> io::Result<Option<(u32, u32)>> {
    let folder = std::fs::metadata(folder_of(path))?;
    Ok((file.uid() == 0 && folder.uid() != 0).then(|| (folder.uid(), folder.gid())))
}

/// Sets owner, group and mode of a replacement to those of the old file; without an old file, owner and group to those
/// of the folder.
///
/// # Errors
/// The error from the system.
pub(crate) fn make_like(new: &Path, old: &Path) -> io::Result<()> {
    let (like, mode) = match std::fs::metadata(old) {
        Ok(old) => {
            let mode = old.permissions().mode() & 0o777;
            (old, mode)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (std::fs::metadata(folder_of(old))?, 0o600),
        Err(error) => return Err(error),
    };
    let info = std::fs::metadata(new)?;
    // The group of a folder can differ from its owner's group.
    let gid = if like.is_dir() && like.uid() == info.uid() { info.gid() } else { like.gid() };
    // Only root can change the owner. In a folder of another user, a new file keeps this user as its owner.
    let can_chown = info.uid() == 0 || like.is_file();
    if can_chown && (info.uid(), info.gid()) != (like.uid(), gid) {
        std::os::unix::fs::chown(new, Some(like.uid()), Some(gid)).map_err(|error| {
            let reason = "its owner and group cannot be set; run this command as that user or as root";
            io::Error::new(error.kind(), format!("{reason} ({error})"))
        })?;
    }
    std::fs::set_permissions(new, std::fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn all_names_of_a_file_resolve_to_one_path() {
        let dir = tempfile::tempdir().unwrap();
        let (real, at) = (dir.path().canonicalize().unwrap(), |name: &str| dir.path().join(name));
        std::fs::create_dir(at("sub")).unwrap();
        symlink("../pos.db", at("sub/link.db")).unwrap();
        symlink(at("sub/link.db"), at("twice.db")).unwrap();
        for exists in [false, true] {
            if exists {
                std::fs::write(at("pos.db"), "").unwrap();
            }
            for name in ["pos.db", "./pos.db", "sub/../pos.db", "sub/link.db", "twice.db"] {
                assert_eq!(resolve(&at(name)).unwrap(), real.join("pos.db"), "{name}, exists: {exists}");
            }
        }
        symlink("round.db", at("round.db")).unwrap();
        assert!(resolve(&at("round.db")).is_err());
    }

    #[test]
    fn a_named_pipe_as_database_is_rejected_without_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pos.db.lock");
        #[expect(clippy::disallowed_methods, reason = "testkit builds on this crate")]
        let mut mkfifo = std::process::Command::new("mkfifo");
        assert!(mkfifo.env_clear().arg(&pipe).status().unwrap().success());
        let for_writing = open_private(&pipe, OpenOptions::new().create(true).truncate(false).write(true));
        for opened in [for_writing, open_file(&pipe)] {
            assert_eq!(opened.unwrap_err().to_string(), "it is not a file");
        }
    }

    #[test]
    fn only_owner_and_group_keep_their_rights_to_a_database() {
        let dir = tempfile::tempdir().unwrap();
        let (db, wal) = (dir.path().join("pos.db"), dir.path().join("pos.db-wal"));
        let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        for (file, mode) in [(&db, 0o666), (&wal, 0o644)] {
            std::fs::write(file, "").unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        assert_eq!(restrict_to_owner(&db), [db.clone(), wal.clone()]);
        assert_eq!((mode(&db), mode(&wal)), (0o660, 0o640));
        assert!(restrict_to_owner(&db).is_empty());
    }

    #[test]
    fn a_path_that_is_not_a_file_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["", ":memory:", "file:pos.db", "file::memory:?cache=shared", "/dev/null"] {
            assert!(matches!(resolve(Path::new(name)), Err(OpenError::NotAFile { .. })), "{name}");
        }
        for folder in [dir.path().to_owned(), dir.path().join("new/"), PathBuf::from("."), PathBuf::from("/")] {
            assert!(matches!(resolve(&folder), Err(OpenError::Folder { .. })), "{}", folder.display());
        }
        assert!(resolve(&dir.path().join("no/pos.db")).is_err());
    }

    #[test]
    fn a_file_beside_a_database_is_private_and_no_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (file, victim, link) = (dir.path().join("a"), dir.path().join("victim"), dir.path().join("link"));
        let options = || OpenOptions::new().write(true).create(true).truncate(true).to_owned();
        drop(open_private(&file, &mut options()).unwrap());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        let refused = open_private(&link, &mut options()).unwrap_err().to_string();
        assert!(refused.contains("it is a link"), "{refused}");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }
}
