//! A look at the first bytes of the database and its log, before SQLite opens them: finding them damaged, it may
//! delete a log that still holds decisions.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How every SQLite database begins.
const DATABASE: &[u8] = b"SQLite format 3\0";

/// How the log begins, but for the last bit, which says how its checksums are made.
const LOG: [u8; 4] = [0x37, 0x7f, 0x06, 0x82];

/// A log with at least one page in it: its head, a head of the page, the page.
const LOG_OF_A_PAGE: u64 = 32 + 24 + 4_096;

/// What is wrong with the files, in words that follow the database's name; `None`: SQLite may open it.
pub(super) fn damage(file: &Path) -> io::Result<Option<&'static str>> {
    let (database, length) = head(file)?;
    let (log, log_length) = head(&beside(file, "-wal"))?;
    let log_is_sound = log.len() == 16 && log[..3] == LOG[..3] && log[3] | 1 == LOG[3] | 1;
    Ok(if length > 0 && database != DATABASE {
        Some("is damaged (it does not begin like a database)")
    } else if log_length >= LOG_OF_A_PAGE && !log_is_sound {
        Some("is damaged (its log does not begin like one)")
    } else if length == 0 && log_length >= LOG_OF_A_PAGE {
        Some("is damaged (it is empty, but its log is not)")
    } else {
        None
    })
}

/// Makes the file with its mode before SQLite does, which gives the same mode to what it puts beside it.
pub(super) fn make(file: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        // So that the file itself survives a power cut.
        Ok(_) => file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file that lies beside the database under its name and a suffix.
pub(super) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The first 16 bytes of a file and its length; of a file that is not there, nothing.
fn head(file: &Path) -> io::Result<(Vec<u8>, u64)> {
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        other => other?,
    };
    let length = opened.metadata()?.len();
    let mut head = Vec::new();
    opened.take(16).read_to_end(&mut head)?;
    Ok((head, length))
}
