//! Bytes of an asset to what is shown of it, within bounds of time and memory.
//!
//! What contributors submit is hostile until shown otherwise: archives that unpack to terabytes, pictures of a million
//! by a million pixels, documents whose reader panics or never ends. So none of it is read inside the desk: `decoder`
//! starts this program once more (`child`), with limits that the system enforces, hands it the bytes, and takes back
//! plain data, or kills it. What is done in there is pure and bounded all the same: [`extract`].
//!
//! ```text
//!  bytes ─▶ decoder ─▶ child process: kind ─▶ csv · json · text · archive · picture · pages ─▶ domain::Preview
//!                          └ killed when it takes too long, too much memory, or panics
//! ```
//!
//! It must never write a file, speak to the network, or touch the terminal.

mod archive;
mod child;
mod csv;
mod decoder;
mod json;
mod kind;
mod pages;
mod picture;
pub mod table;
mod text;

#[cfg(test)]
mod hostile;

use serde::{Deserialize, Serialize};

pub use child::run as run_child;
pub(crate) use decoder::CHILD;
pub use decoder::Decoder;

use crate::domain::{Asset, Inside, Preview, SafeText};
use kind::Kind;

/// What is read of text, tables and anything unknown, in bytes: the beginning is enough to judge by.
pub const BEGINNING: u64 = 4 << 20;

/// Bytes of text that are shown at most.
const TEXT_KEPT: usize = 256 << 10;

/// What is known of some bytes before they are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The file's name.
    pub name: String,
    /// Its MIME type, if the server said one.
    pub mime: Option<String>,
    /// All of it is there, not just the beginning.
    pub whole: bool,
    /// It is looked into to be compared: of a table, as many rows are kept as are compared.
    #[serde(default)]
    pub compared: bool,
}

impl Job {
    /// The ending of its name: lower case, without the dot.
    fn extension(&self) -> String {
        self.name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
    }
}

/// How much of a file is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Its first bytes.
    Beginning,
    /// All of it: pictures, documents and archives can't be read in part.
    Whole,
}

/// How much of a file is needed to show something of it, going by its name and type.
#[must_use]
pub fn wanted(asset: &Asset) -> Wanted {
    let extension = asset.extension.as_ref().map_or("", SafeText::as_str);
    let mime = asset.mime.as_ref().map_or("", SafeText::as_str);
    if kind::is_picture(extension, mime) || kind::needs_all(extension, mime) {
        Wanted::Whole
    } else {
        Wanted::Beginning
    }
}

/// Whether a file is a picture, going by its name and type: dear to fetch and to show over a slow line.
#[must_use]
pub fn is_picture(asset: &Asset) -> bool {
    let extension = asset.extension.as_ref().map_or("", SafeText::as_str);
    kind::is_picture(extension, asset.mime.as_ref().map_or("", SafeText::as_str))
}

/// Looks into a file. Fails in words for the reviewer.
pub fn extract(job: &Job, bytes: &[u8]) -> Result<Preview, SafeText> {
    let kind = kind::of(job, bytes);
    let mut remarks: Vec<SafeText> = kind::lie(job, &kind).into_iter().collect();
    if !job.whole && kind.needs_all() {
        let words =
            format!("{} can only be read whole, and this is too large: save it instead", kind.words());
        return Err(SafeText::line(&words));
    }
    let lies = remarks.first().cloned();
    let inside = inside(job, &kind, bytes, &mut remarks).map_err(|why| match lies {
        Some(lie) => SafeText::line(&format!("{lie}; {why}")),
        None => why,
    })?;
    let is_part = !job.whole && !matches!(inside, Inside::Bytes(_));
    if is_part {
        remarks.push(SafeText::line(&format!("the first {} only", size_words(bytes.len() as u64))));
    }
    Ok(Preview { inside, remarks })
}

fn inside(job: &Job, kind: &Kind, bytes: &[u8], remarks: &mut Vec<SafeText>) -> Result<Inside, SafeText> {
    match kind {
        Kind::Picture(format) => picture::picture(*format, bytes).map(Inside::Picture),
        Kind::Pdf => pages::pages(bytes, remarks).map(Inside::Pages),
        Kind::Zip => archive::zip(bytes, remarks).map(Inside::Archive),
        Kind::Tar => archive::tar(bytes, job.whole, remarks).map(Inside::Archive),
        Kind::Gzip => archive::gzip(job, bytes, remarks),
        Kind::Csv => {
            Ok(csv::table(job, bytes, remarks)
                .map_or_else(|| text::plain(job, bytes, remarks), Inside::Table))
        }
        Kind::Json => {
            if job.whole {
                json::check(bytes, false, remarks);
            }
            let said = remarks.len();
            Ok(json::pretty(bytes, job.whole, remarks).map_or_else(
                || {
                    // It is read once more, and says again how.
                    remarks.truncate(said);
                    text::plain(job, bytes, remarks)
                },
                Inside::Text,
            ))
        }
        Kind::Text => {
            if job.whole && matches!(job.extension().as_str(), "jsonl" | "ndjson") {
                json::check(bytes, true, remarks);
            }
            Ok(text::plain(job, bytes, remarks))
        }
        Kind::Unknown(guess) => Ok(text::head(*guess, bytes)),
    }
}

/// `380 bytes`, `1.2 MB`: as sizes are written everywhere.
pub(crate) fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
