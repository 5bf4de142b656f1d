//! The file that keeps a profile's API key: two lines, the key and the server it was checked against. The second
//! line is there so that a key is never sent to another server because a flag or variable changed.
//!
//! The file belongs to its owner alone (0600) from its first byte on: it is made under another name and renamed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::SafeText;
use crate::ouro::BaseUrl;

use super::key::read_key;
use super::places::make_private_dir;

/// Only the owner reads and writes.
const OWNER_ONLY: u32 = 0o600;
/// The permission bits of everybody else.
const OTHERS: u32 = 0o077;
/// More than a key and an address never take.
const LONGEST: u64 = 16 * 1024;

/// What the file holds.
#[derive(Debug)]
pub struct KeptKey {
    /// The key.
    pub key: SecretString,
    /// Others could read the file; that was ended when it was loaded.
    pub tightened: bool,
}

/// What can be wrong with the key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It can't be read or written.
    #[error("the key file {file} can't be {doing}: {why}")]
    Io {
        /// The file.
        file: SafeText,
        /// `read`, `written`, …
        doing: &'static str,
        /// What the system said.
        why: io::Error,
    },
    /// Others can read it and it can't be tightened.
    #[error("the key file {0} can be read by others")]
    Open(SafeText),
    /// Its content is not ours.
    #[error("the key file {0} holds no key")]
    NoKey(SafeText),
    /// Its key was checked against another server.
    #[error("the key that is kept for this profile belongs to {kept_for}, not to {asked}")]
    OtherServer {
        /// The server it was checked against.
        kept_for: SafeText,
        /// The server this run is for.
        asked: SafeText,
    },
}

impl KeyFileError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Io { .. } => "make the state folder yours, or name another with --state-dir".to_owned(),
            Self::Open(file) => format!("chmod 600 {file}, as the file's owner"),
            Self::NoKey(_) => "`questdesk login` writes it anew".to_owned(),
            Self::OtherServer { .. } => {
                "give the other server a profile of its own and sign in with `questdesk --profile NAME login`"
                    .to_owned()
            }
        }
    }
}

/// The key in a file, if there is one and it is for this server. A file that others can read is tightened first.
pub fn load_key(file: &Path, server: &BaseUrl) -> Result<Option<KeptKey>, KeyFileError> {
    let unreadable = |why| KeyFileError::Io { file: shown(file), doing: "read", why };
    let open = match File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(unreadable(why)),
    };
    let tightened = open.metadata().map_err(unreadable)?.mode() & OTHERS != 0;
    if tightened {
        open.set_permissions(Permissions::from_mode(OWNER_ONLY))
            .map_err(|_| KeyFileError::Open(shown(file)))?;
    }
    let mut text = Zeroizing::new(String::new());
    open.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    let mut lines = text.lines();
    let key = lines.next().and_then(read_key).ok_or_else(|| KeyFileError::NoKey(shown(file)))?;
    let (kept_for, asked) = (lines.next().unwrap_or_default().trim(), server.to_string());
    if kept_for != asked {
        let (kept_for, asked) = (SafeText::line(kept_for), SafeText::line(&asked));
        return Err(KeyFileError::OtherServer { kept_for, asked });
    }
    Ok(Some(KeptKey { key, tightened }))
}

/// Writes the key and its server; a key that was there is replaced whole or not at all.
pub fn keep_key(file: &Path, key: &SecretString, server: &BaseUrl) -> Result<(), KeyFileError> {
    let write = || -> io::Result<()> {
        let dir = file.parent().unwrap_or(Path::new("."));
        make_private_dir(dir)?;
        let new = unfinished(file);
        let _ = fs::remove_file(&new);
        let mut open = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&new)?;
        let text = Zeroizing::new(format!("{}\n{server}\n", key.expose_secret()));
        let written = open.write_all(text.as_bytes()).and_then(|()| open.sync_all());
        let done = written.and_then(|()| fs::rename(&new, file));
        if done.is_err() {
            let _ = fs::remove_file(&new);
        }
        done.and_then(|()| File::open(dir)?.sync_all())
    };
    write().map_err(|why| KeyFileError::Io { file: shown(file), doing: "written", why })
}

/// Removes the key. `false`: there was none.
pub fn forget_key(file: &Path) -> Result<bool, KeyFileError> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(KeyFileError::Io { file: shown(file), doing: "removed", why }),
    }
}

/// The name the file has while it is written.
fn unfinished(file: &Path) -> PathBuf {
    file.with_extension(format!("new-{}", std::process::id()))
}

fn shown(file: &Path) -> SafeText {
    SafeText::line(&file.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> BaseUrl {
        BaseUrl::parse("http://127.0.0.1:8003").unwrap()
    }

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().mode() & 0o777
    }

    #[test]
    fn a_kept_key_is_the_owners_alone_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profiles/default/key");
        keep_key(&file, &SecretString::from("pat-1"), &here()).unwrap();
        keep_key(&file, &SecretString::from("pat-2"), &here()).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        assert_eq!(load_key(&file, &here()).unwrap().unwrap().key.expose_secret(), "pat-2");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing half-written is left");
        assert!(forget_key(&file).unwrap());
        assert!(!forget_key(&file).unwrap());
        assert!(load_key(&file, &here()).unwrap().is_none());
    }

    #[test]
    fn a_file_others_can_read_is_tightened_and_that_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        keep_key(&file, &SecretString::from("pat-1"), &here()).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(load_key(&file, &here()).unwrap().unwrap().tightened);
        assert_eq!(mode(&file), 0o600);
        assert!(!load_key(&file, &here()).unwrap().unwrap().tightened);
    }

    #[test]
    fn a_key_is_not_handed_to_another_server() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        keep_key(&file, &SecretString::from("pat-secret"), &here()).unwrap();
        let error = load_key(&file, &BaseUrl::parse("https://example.org").unwrap()).unwrap_err();
        assert!(matches!(error, KeyFileError::OtherServer { .. }));
        assert!(!format!("{error} {error:?}").contains("pat-secret"));
    }

    #[test]
    fn a_file_with_something_else_in_it_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        fs::write(&file, "two words\n").unwrap();
        assert!(matches!(load_key(&file, &here()), Err(KeyFileError::NoKey(_))));
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(matches!(load_key(&file, &here()), Err(KeyFileError::Io { .. })));
    }
}
