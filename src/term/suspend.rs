//! Lending the terminal: to the editor of the user's choice, for a note.
//!
//! The text passes through a file that only the user can read, in the folder for temporary files, and is deleted
//! when the editor ends. The editor is started without a shell: its command line is split at white space.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::error::EditError;
use super::signals::Signals;

/// More than this is not read back.
const TEXT_LIMIT: u64 = 1 << 20;

/// The editor to use, from `VISUAL`, then `EDITOR`, then `vi`: program and arguments.
#[must_use]
pub fn editor(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(variable)
        .map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .find(|words| !words.is_empty())
        .unwrap_or_else(|| vec!["vi".to_owned()])
}

/// A file that is gone when this is dropped.
#[derive(Debug)]
struct Note {
    path: PathBuf,
}

impl Note {
    fn with(text: &str) -> io::Result<Self> {
        let name = format!("questdesk-{}.md", uuid::Uuid::new_v4().simple());
        let note = Self { path: std::env::temp_dir().join(name) };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&note.path)?;
        file.write_all(text.as_bytes())?;
        Ok(note)
    }

    /// Editors may replace the file by a new one, so it is opened anew.
    fn read(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(TEXT_LIMIT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Runs the editor on `text`, with the terminal already left, and returns what it made of it.
pub(super) fn edit(editor: &[String], text: &str, signals: &Signals) -> Result<String, EditError> {
    let file = |doing: &'static str| move |source: io::Error| EditError::File { doing, source };
    let note = Note::with(text).map_err(file("written"))?;
    let (program, arguments) =
        editor.split_first().map_or(("vi", &[][..]), |(first, rest)| (first.as_str(), rest));
    let named = || editor.join(" ");
    let missing = |source| EditError::Missing { editor: named(), source };
    let mut child = Command::new(program).args(arguments).arg(&note.path).spawn().map_err(missing)?;
    signals.set_child(Some(child.id()));
    let status = child.wait();
    signals.set_child(None);
    let status = status.map_err(file("given to the editor"))?;
    let text = note.read().map_err(file("read back"))?;
    if status.success() {
        return Ok(text);
    }
    Err(EditError::Failed { editor: named(), status: status.to_string(), text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_editor_is_the_users_choice() {
        let with = |visual: &str, editor: &str| {
            let (visual, editor) = (visual.to_owned(), editor.to_owned());
            super::editor(move |name| Some(if name == "VISUAL" { visual.clone() } else { editor.clone() }))
        };
        assert_eq!(with("code --wait", "vim"), ["code", "--wait"]);
        assert_eq!(with(" ", "vim"), ["vim"]);
        assert_eq!(with("", ""), ["vi"]);
        assert_eq!(super::editor(|_| None), ["vi"]);
    }

    #[test]
    fn the_file_is_the_users_alone_and_gone_afterwards() {
        let note = Note::with("draft").unwrap();
        let path = note.path.clone();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(note.read().unwrap(), "draft");
        drop(note);
        assert!(!path.exists());
    }
}
