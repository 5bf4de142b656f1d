//! The folder of a temporary database: made for one backend, removed with it, and swept up after a killed one.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// How our folders' names begin, so that the sweep touches nothing else. The process id follows.
const PREFIX: &str = "questdesk-backend-";

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder that only this user can enter.
    pub(crate) fn make() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let name = format!("{PREFIX}{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
        let path = temporary.join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a temporary database stays behind");
        }
    }
}

/// Removes what killed backends of this user left behind. Failing to is no fault: it is tried again next time.
fn sweep(temporary: &Path) {
    let Ok(found) = fs::read_dir(temporary) else { return };
    for entry in found.flatten() {
        let name = entry.file_name();
        let owner =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|rest| rest.split('-').next());
        if owner.and_then(|pid| pid.parse().ok()).is_some_and(is_gone) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// Whether no process has that id any more. Not allowed to ask means somebody else's: leave it alone.
fn is_gone(pid: i32) -> bool {
    rustix::process::Pid::from_raw(pid)
        .is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_owner_and_a_dead_ones_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let dead = home.path().join(format!("{PREFIX}{}-x", i32::MAX));
        let alive = home.path().join(format!("{PREFIX}{}-x", std::process::id()));
        let other = home.path().join("somebody-elses");
        for folder in [&dead, &alive, &other] {
            fs::create_dir(folder).unwrap();
        }
        sweep(home.path());
        assert!(!dead.exists() && alive.exists() && other.exists());

        let folder = Folder::make().unwrap();
        let path = folder.path().to_owned();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
