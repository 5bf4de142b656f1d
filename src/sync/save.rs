//! Saving an asset to the disk: streamed, never over anything that is there, nothing left behind when it fails.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::news::Saving;
use crate::domain::SafeText;
use crate::ouro::Client;
use crate::preview::size_words;

/// Saves; answers in words: how much was saved where, or what went wrong and how to mend it.
pub(super) async fn save(client: Client, saving: Saving) -> Result<SafeText, SafeText> {
    let path = saving.to.clone();
    let file = claim(&path, saving.private)?;
    match fill(client, &saving, file).await {
        Ok(bytes) => Ok(SafeText::line(&format!("saved {} as {}", size_words(bytes), path.display()))),
        Err(words) => {
            // Half a file is worse than none: it looks whole.
            let _ = fs::remove_file(&path);
            Err(words)
        }
    }
}

/// A new, empty file. What is there already, a link to somewhere included, is left alone.
fn claim(path: &Path, private: bool) -> Result<File, SafeText> {
    let mode = if private { 0o600 } else { 0o666 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(|error| {
        let shown = path.display();
        let words = match error.kind() {
            ErrorKind::AlreadyExists => format!("{shown} is there already: choose another name"),
            ErrorKind::NotFound => format!("{shown}: there is no such folder"),
            ErrorKind::PermissionDenied => format!("{shown}: you may not write there; choose another folder"),
            _ => format!("{shown}: {error}"),
        };
        SafeText::line(&words)
    })
}

async fn fill(client: Client, saving: &Saving, mut file: File) -> Result<u64, SafeText> {
    let failed = |words: &dyn std::fmt::Display| SafeText::line(&format!("not saved: {words}"));
    let mut download =
        client.download(saving.asset, saving.kind.as_str()).await.map_err(|error| failed(&error))?;
    let mut bytes = 0_u64;
    while let Some(chunk) = download.chunk().await.map_err(|error| failed(&error))? {
        file.write_all(&chunk).map_err(|error| failed(&error))?;
        bytes += chunk.len() as u64;
    }
    if download.size.is_some_and(|size| size != bytes) {
        return Err(failed(&format!("it broke off after {}", size_words(bytes))));
    }
    file.flush().map_err(|error| failed(&error))?;
    Ok(bytes)
}
