//! PDF: its text, page by page. The library may panic or run away on hostile files; whoever calls this in another
//! process, with limits, is none the worse for it.

use super::TEXT_KEPT;
use crate::domain::{Pages, SafeText};

/// Pages that are kept to be shown.
const PAGES: usize = 50;

/// The text of a document's pages.
pub(super) fn pages(bytes: &[u8], remarks: &mut Vec<SafeText>) -> Result<Pages, SafeText> {
    let found = pdf_extract::extract_text_from_mem_by_pages(bytes)
        .map_err(|error| SafeText::line(&format!("the PDF can't be read: {error}")))?;
    let count = found.len() as u64;
    let mut room = TEXT_KEPT;
    let mut pages = Vec::new();
    for page in found.iter().take(PAGES) {
        if room == 0 {
            break;
        }
        let text = tidied(page);
        let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let kept = text.get(..end).unwrap_or_default();
        room = if end < text.len() { 0 } else { room - end };
        pages.push(SafeText::block(kept));
    }
    if (pages.len() as u64) < count {
        remarks.push(SafeText::line(&format!("the first {} of {count} pages", pages.len())));
    }
    if pages.iter().all(SafeText::is_empty) {
        remarks.push("there is no text in it: its pages may be pictures".into());
    }
    Ok(Pages { pages, count })
}

/// Without the empty lines and the blanks at line ends that come out between the pieces of a page.
fn tidied(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut empty = 0;
    for line in page.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 && !(text.is_empty() && line.is_empty()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// A document of so many pages, each with one line of text.
    pub(in crate::preview) fn document(lines: &[&str]) -> Vec<u8> {
        let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
        let kids: Vec<String> = (0..lines.len()).map(|n| format!("{} 0 R", 4 + n * 2)).collect();
        objects.push(format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), lines.len()));
        objects.push(
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        );
        for (n, line) in lines.iter().enumerate() {
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
                 /Resources << /Font << /F1 3 0 R >> >> >>",
                5 + n * 2
            ));
            let stream = format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET");
            objects.push(format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()));
        }
        let mut file = String::from("%PDF-1.4\n");
        let mut places = Vec::new();
        for (n, object) in objects.iter().enumerate() {
            places.push(file.len());
            write!(file, "{} 0 obj\n{object}\nendobj\n", n + 1).unwrap();
        }
        let table = file.len();
        write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
        for place in places {
            writeln!(file, "{place:010} 00000 n ").unwrap();
        }
        write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1)
            .unwrap();
        file.into_bytes()
    }

    #[test]
    fn text_comes_page_by_page() {
        let mut remarks = Vec::new();
        let pages = pages(&document(&["Curie temperatures", "Second page"]), &mut remarks).unwrap();
        assert_eq!(pages.count, 2);
        assert_eq!(pages.pages, ["Curie temperatures".into(), "Second page".into()]);
        assert!(remarks.is_empty());
    }

    #[test]
    fn a_long_document_is_cut_and_says_so() {
        let lines = vec!["line"; PAGES + 10];
        let mut remarks = Vec::new();
        let pages = pages(&document(&lines), &mut remarks).unwrap();
        assert_eq!((pages.pages.len(), pages.count), (PAGES, PAGES as u64 + 10));
        assert_eq!(remarks, ["the first 50 of 60 pages".into()]);
    }
}
