//! Text and source code, and how anything else begins.

use encoding_rs::WINDOWS_1252;

use super::{Job, TEXT_KEPT};
use crate::domain::{Head, Inside, SafeText, TextBody};

/// Bytes that are shown of what is no text.
const HEAD: usize = 256;

/// Bytes that are looked at to tell text from anything else.
const LOOKED_AT: usize = 16 << 10;

/// Whether these bytes are text: UTF-8 but for a few bytes, or UTF-16 that says so.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if has_utf16_mark(bytes) {
        return true;
    }
    let looked = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if looked.contains(&0) {
        return false;
    }
    let wrong: usize = looked.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    let control = looked.iter().filter(|byte| **byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(byte)).count();
    // Latin-1 has a few such bytes in each line; compressed data has them everywhere.
    (wrong + control) * 6 <= looked.len()
}

fn has_utf16_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// Said of text that is read so.
const WINDOWS: &str = "it is not UTF-8: read as Windows-1252, as Latin-1 is";

/// Bytes as text: UTF-16 where it says so, else UTF-8, else what Western machines wrote before it; that is said. Marks
/// stand in place of what is none of them.
pub(super) fn decoded(bytes: &[u8], remarks: &mut Vec<SafeText>) -> String {
    if !has_utf16_mark(bytes) && is_windows_1252(bytes) {
        remarks.push(WINDOWS.into());
        return WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    }
    unicode(bytes)
}

/// Text of old: bytes that are no UTF-8, and more of them than of what would be a letter beyond ASCII in it. What is cut
/// in two at the end says nothing.
fn is_windows_1252(bytes: &[u8]) -> bool {
    let (mut letters, mut wrong) = (0_usize, 0_usize);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        letters += chunk.valid().chars().filter(|sign| !sign.is_ascii()).count();
        wrong += if chunks.peek().is_some() { chunk.invalid().len() } else { 0 };
    }
    wrong > letters
}

fn unicode(bytes: &[u8]) -> String {
    let swapped = match bytes.get(..2) {
        Some(b"\xff\xfe") => false,
        Some(b"\xfe\xff") => true,
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            return String::from_utf8_lossy(bytes).into_owned();
        }
    };
    let units = bytes
        .get(2..)
        .unwrap_or_default()
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| if swapped { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')).collect()
}

/// Text as it is, as much as is kept.
pub(super) fn plain(job: &Job, bytes: &[u8], remarks: &mut Vec<SafeText>) -> Inside {
    let kept = bytes.get(..TEXT_KEPT).unwrap_or(bytes);
    if kept.len() < bytes.len() {
        remarks
            .push(SafeText::line(&format!("the first {} are shown", super::size_words(kept.len() as u64))));
    }
    // A character that was cut in two at the end is no character.
    let text = decoded(kept, remarks);
    let text = if kept.len() < bytes.len() { text.trim_end_matches('\u{FFFD}') } else { &text };
    let extension = job.extension();
    Inside::Text(TextBody {
        text: SafeText::block(text.trim_end()),
        language: language(&extension, &job.name).map(SafeText::line),
        markdown: matches!(extension.as_str(), "md" | "markdown"),
    })
}

/// How something begins that can't be shown otherwise.
pub(super) fn head(guess: Option<&'static str>, bytes: &[u8]) -> Inside {
    Inside::Bytes(Head {
        guess: guess.map(SafeText::from),
        bytes: bytes.get(..HEAD).unwrap_or(bytes).to_vec(),
    })
}

/// The language of a file by its name, as code blocks name it.
fn language(extension: &str, name: &str) -> Option<&'static str> {
    let language = match extension {
        "py" => "python",
        "rs" => "rust",
        "js" | "mjs" | "cjs" | "jsx" => "javascript",
        "ts" | "tsx" => "typescript",
        "c" | "h" => "c",
        "cc" | "cpp" | "cxx" | "hpp" => "cpp",
        "go" => "go",
        "java" => "java",
        "jl" => "julia",
        "r" => "r",
        "rb" => "ruby",
        "sh" | "bash" | "zsh" => "bash",
        "sql" => "sql",
        "f" | "f90" | "f95" => "fortran",
        "m" => "matlab",
        "html" | "htm" => "html",
        "xml" | "svg" => "xml",
        "css" => "css",
        "toml" => "toml",
        "yaml" | "yml" => "yaml",
        "ini" | "cfg" | "conf" => "ini",
        "json" | "geojson" | "ipynb" | "jsonl" | "ndjson" => "json",
        "tex" => "latex",
        "lua" => "lua",
        "cif" => "cif",
        _ if name.eq_ignore_ascii_case("Dockerfile") => "dockerfile",
        _ if name.eq_ignore_ascii_case("Makefile") => "make",
        _ => return None,
    };
    Some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_anything_else() {
        assert!(
            is_text(b"") && is_text("temperature in °C".as_bytes()) && is_text(b"caf\xe9 au lait, na\xefve")
        );
        assert!(is_text(b"\xff\xfea\0b\0"));
        assert!(!is_text(b"a\0b") && !is_text(&[0x80, 0x91, 0xfe, 0x02, 0x41]));
    }

    #[test]
    fn encodings_are_read() {
        assert_eq!(decoded(b"\xef\xbb\xbfa", &mut Vec::new()), "a");
        assert_eq!(decoded(b"\xff\xfea\0\xe9\0", &mut Vec::new()), "aé");
        assert_eq!(decoded(b"\xfe\xff\0a", &mut Vec::new()), "a");
        assert_eq!(decoded(b"a\xff", &mut Vec::new()), "a\u{FFFD}", "cut in two, maybe");
        let mut remarks = Vec::new();
        assert_eq!(decoded(b"na\xefve \x93x\x94", &mut remarks), "naïve “x”");
        assert_eq!(remarks, [SafeText::from(WINDOWS)]);
        assert_eq!(decoded("é ü \u{1F600} \u{FFFD}".as_bytes(), &mut Vec::new()), "é ü \u{1F600} \u{FFFD}");
        assert_eq!(decoded(b"\xc3\xa9\xc3\xbc \xff x", &mut Vec::new()), "éü \u{FFFD} x");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let job = Job { name: "a.py".to_owned(), mime: None, whole: true, compared: false };
        let mut remarks = Vec::new();
        let Inside::Text(body) = plain(&job, &"é".repeat(TEXT_KEPT).into_bytes(), &mut remarks) else {
            panic!()
        };
        assert!(body.text.as_str().len() <= TEXT_KEPT && !body.text.as_str().contains('\u{FFFD}'));
        assert_eq!(remarks.len(), 1);
        assert_eq!(body.language.unwrap().as_str(), "python");
    }
}
