//! Saving an asset to the disk: streamed, never over anything that is there, nothing left behind when it fails or is
//! stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::engine::Sink;
use super::news::{News, Saving};
use crate::clock;
use crate::domain::SafeText;
use crate::ouro::Client;
use crate::preview::size_words;

/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Saves; answers in words: how much was saved where, or what went wrong and how to mend it. Dropped on the way, it
/// leaves nothing behind.
pub(super) async fn save(client: Client, saving: Saving, tell: Sink) -> Result<SafeText, SafeText> {
    let (file, partial) = claim(&saving.to, saving.private)?;
    let bytes = fill(client, &saving, file, &tell).await?;
    partial.keep();
    Ok(SafeText::line(&format!("saved {} as {}", size_words(bytes), saving.to.display())))
}

/// A file of ours that is not whole yet. Half a file is worse than none: it looks whole.
struct Partial(Option<PathBuf>);

impl Partial {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// A new, empty file. What is there already, a link to somewhere included, is left alone.
fn claim(path: &Path, private: bool) -> Result<(File, Partial), SafeText> {
    let mode = if private { 0o600 } else { 0o666 };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(|error| {
        let shown = path.display();
        let words = match error.kind() {
            ErrorKind::AlreadyExists => format!("{shown} is there already: choose another name"),
            ErrorKind::NotFound => format!("{shown}: there is no such folder"),
            ErrorKind::PermissionDenied => format!("{shown}: you may not write there; choose another folder"),
            _ => format!("{shown}: {error}"),
        };
        SafeText::line(&words)
    })?;
    Ok((file, Partial(Some(path.to_owned()))))
}

async fn fill(client: Client, saving: &Saving, mut file: File, tell: &Sink) -> Result<u64, SafeText> {
    let failed = |words: &dyn std::fmt::Display| SafeText::line(&format!("not saved: {words}"));
    let mut download =
        client.download(saving.asset, saving.kind.as_str()).await.map_err(|error| failed(&error))?;
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
        return Err(failed(&format!("it broke off after {}", size_words(bytes))));
    }
    file.flush().map_err(|error| failed(&error))?;
    Ok(bytes)
}
