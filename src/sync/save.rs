//! Saving an asset to the disk: streamed, never over anything that is there, nothing left behind when it fails or is
//! stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::backoff::Failure;
use super::engine::Sink;
use super::news::{News, Saving};
use crate::clock;
use crate::domain::SafeText;
use crate::ouro::Client;
use crate::preview::size_words;

/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Why a file was not saved.
#[derive(Debug)]
pub(super) struct NotSaved {
    /// What went wrong, and how to mend it.
    pub(super) words: SafeText,
    /// The server did not answer.
    pub(super) unheard: bool,
}

impl From<SafeText> for NotSaved {
    fn from(words: SafeText) -> Self {
        Self { words, unheard: false }
    }
}

/// Saves; answers in words: how much was saved where, or what went wrong and how to mend it. Dropped on the way, it
/// leaves nothing behind.
pub(super) async fn save(client: Client, saving: Saving, tell: Sink) -> Result<SafeText, NotSaved> {
    let (file, partial) = claim(&saving.to, saving.private)?;
    let bytes = fill(client, &saving, file, &tell).await?;
    partial.becomes(&saving.to)?;
    Ok(SafeText::line(&format!("saved {} as {}", size_words(bytes), saving.to.display())))
}

/// A file of ours that is not whole yet, under a name that says so: whatever ends the desk, half a file never stands
/// where a whole one is expected.
struct Partial(PathBuf);

impl Partial {
    /// It is whole and takes its name, over nothing that is there.
    fn becomes(self, to: &Path) -> Result<(), SafeText> {
        match fs::hard_link(&self.0, to) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists || is_there(to) => Err(taken(to)),
            // Not every file system knows links.
            Err(_) => fs::rename(&self.0, to)
                .map_err(|error| SafeText::line(&format!("not saved: {}: {error}", to.display()))),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Something stands there, be it a link to nowhere.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn taken(path: &Path) -> SafeText {
    SafeText::line(&format!("{} is there already: choose another name", path.display()))
}

/// What a file is called that is not whole yet.
fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// A new, empty file beside the one that is meant. What is there already, a link to somewhere included, is left alone.
fn claim(to: &Path, private: bool) -> Result<(File, Partial), SafeText> {
    if is_there(to) {
        return Err(taken(to));
    }
    let mode = if private { 0o600 } else { 0o666 };
    let path = partial_path(to);
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).map_err(|error| {
        let shown = to.display();
        let words = match error.kind() {
            ErrorKind::AlreadyExists => format!(
                "{} is there, of a file that was never whole: remove it, or choose another name",
                path.display()
            ),
            ErrorKind::NotFound => format!("{shown}: there is no such folder"),
            ErrorKind::PermissionDenied => format!("{shown}: you may not write there; choose another folder"),
            _ => format!("{shown}: {error}"),
        };
        SafeText::line(&words)
    })?;
    Ok((file, Partial(path)))
}

async fn fill(client: Client, saving: &Saving, mut file: File, tell: &Sink) -> Result<u64, NotSaved> {
    let failed = |words: &dyn std::fmt::Display| SafeText::line(&format!("not saved: {words}"));
    let mut download =
        client.download(saving.asset, saving.kind.as_str()).await.map_err(|error| NotSaved {
            words: failed(&error),
            unheard: !error.elsewhere && matches!(Failure::of(&error), Failure::Offline | Failure::Failing),
        })?;
    let mut bytes = 0_u64;
    let mut next = clock::monotonic();
    while let Some(chunk) = download.chunk().await.map_err(|error| failed(&error))? {
        file.write_all(&chunk).map_err(|error| failed(&error))?;
        bytes += chunk.len() as u64;
        let now = clock::monotonic();
        if now >= next {
            next = now + TELL_EVERY;
            tell(News::SaveProgress { to: saving.to.clone(), bytes, of: download.size });
        }
    }
    if download.size.is_some_and(|size| size != bytes) {
        return Err(failed(&format!("it broke off after {}", size_words(bytes))).into());
    }
    file.flush().map_err(|error| failed(&error))?;
    Ok(bytes)
}
