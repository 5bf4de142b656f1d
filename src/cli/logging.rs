//! The log: a file in the state folder, its owner's alone, at most 5 MiB and one old one of the same size. The
//! terminal never gets a line of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::config::{LogLevel, make_private_dir};

use super::exit::{Exit, Failure};

/// When the file is this long, it becomes the old one; in bytes.
const LIMIT: u64 = 5 * 1024 * 1024;

/// Starts the log. Its folder is made if it isn't there; a state folder that can't be written ends the command.
pub(super) fn start(file: &Path, state_dir: &Path, level: LogLevel) -> Result<(), Failure> {
    let log = LogFile::open(file.to_owned()).map_err(|why| cannot_write(state_dir, &why))?;
    // Other crates say nothing here: they don't know our rules about keys and foreign text.
    let filter = EnvFilter::new(format!("off,questdesk={}", level.word()));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // A line that can't be written (full disk) is left out: its complaint would tear the screen.
        .log_internal_errors(false)
        .with_writer(Mutex::new(log))
        .finish();
    // Only tests start the log more than once in a process, and the first one serves them all.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// The failure of a state folder that can't be written.
pub(super) fn cannot_write(state_dir: &Path, why: &io::Error) -> Failure {
    let what = format!("the state folder {} can't be written: {why}", state_dir.display());
    let mend = match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space on its disk, or name another with --state-dir"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands where a folder is needed: move it away, or name another with --state-dir"
        }
        _ => "make it yours and writable, or name another with --state-dir",
    };
    Failure::new(Exit::Usage, &what, mend)
}

/// A file that makes room for itself when it is full.
struct LogFile {
    path: PathBuf,
    file: File,
    /// Bytes in the file, as far as this process knows.
    written: u64,
}

impl LogFile {
    fn open(path: PathBuf) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            make_private_dir(dir)?;
        }
        let mut log = Self { file: open(&path)?, written: fs::metadata(&path)?.len(), path };
        log.make_room()?;
        Ok(log)
    }

    fn make_room(&mut self) -> io::Result<()> {
        if self.written > LIMIT {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            self.file = open(&self.path)?;
            self.written = 0;
        }
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room()?;
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Opens the file at its end; others may not read it, even if an older one was wider.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_full_log_becomes_the_old_one_and_the_new_one_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log/questdesk.log");
        let mut log = LogFile::open(path.clone()).unwrap();
        let piece = vec![b'x'; 1024 * 1024];
        for _ in 0..13 {
            log.write_all(&piece).unwrap();
        }
        let names: Vec<_> =
            fs::read_dir(dir.path().join("log")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(fs::metadata(&path).unwrap().len() <= LIMIT + 1024 * 1024);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_that_is_too_long_is_put_away_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("questdesk.log");
        fs::write(&path, vec![b'x'; LIMIT as usize + 1]).unwrap();
        let log = LogFile::open(path.clone()).unwrap();
        assert_eq!((log.written, fs::metadata(&path).unwrap().len()), (0, 0));
        assert_eq!(fs::metadata(path.with_extension("log.1")).unwrap().len(), LIMIT + 1);
    }
}
