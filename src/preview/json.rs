//! JSON, set line by line without being read into memory as a tree: depth and size cost nothing, and numbers stay as
//! they were written.

use serde::de::IgnoredAny;

use super::{TEXT_KEPT, text};
use crate::domain::{SafeText, TextBody};

/// Lists and objects this short stay on one line, if nothing is nested in them.
const ON_ONE_LINE: usize = 72;

/// What is nested deeper is not moved further to the right.
const INDENTED: usize = 24;

/// Says what is wrong with JSON that is whole; `lines`: with the lines of it that a file is made of.
pub(super) fn check(bytes: &[u8], lines: bool, remarks: &mut Vec<SafeText>) {
    let source = text::decoded(bytes, &mut Vec::new());
    let mut values = serde_json::Deserializer::from_str(&source).into_iter::<IgnoredAny>();
    let mut count = 0_u64;
    let wrong = loop {
        match values.next() {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => break Some(error.to_string()),
            None => break None,
        }
    };
    if let Some(wrong) = wrong {
        remarks.push(SafeText::line(&format!("it is no valid JSON: {wrong}")));
    } else if count > 1 && !lines {
        remarks.push(SafeText::line(&format!("it holds {count} values of JSON, one after the other")));
    }
}

/// JSON set line by line; none if it is not JSON.
pub(super) fn pretty(bytes: &[u8], whole: bool, remarks: &mut Vec<SafeText>) -> Option<TextBody> {
    let source = text::decoded(bytes, remarks);
    let mut setting = Setting { source: source.as_bytes(), at: 0, open: Vec::new(), out: String::new() };
    let end = setting.run()?;
    match end {
        End::Over if !setting.open.is_empty() && whole => return None,
        End::Over => {}
        End::Full => {
            let words = format!("the first {} are shown", super::size_words(setting.at as u64));
            remarks.push(SafeText::line(&words));
        }
    }
    Some(TextBody { text: SafeText::block(&setting.out), language: Some("json".into()), markdown: false })
}

/// How the setting ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The text is over.
    Over,
    /// Enough is set.
    Full,
}

struct Setting<'t> {
    source: &'t [u8],
    at: usize,
    /// What is open, innermost last.
    open: Vec<u8>,
    out: String,
}

impl Setting<'_> {
    /// `None`: this is no JSON.
    fn run(&mut self) -> Option<End> {
        let mut anything = false;
        while let Some(&byte) = self.source.get(self.at) {
            if self.out.len() >= TEXT_KEPT {
                return Some(End::Full);
            }
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                // Lines of JSON, one value after another.
                _ if anything && self.open.is_empty() => {
                    self.out.push('\n');
                    anything = false;
                }
                b'{' | b'[' => {
                    anything = true;
                    self.opened(byte)?;
                }
                b'}' | b']' => {
                    if self.open.pop() != Some(if byte == b'}' { b'{' } else { b'[' }) {
                        return None;
                    }
                    self.line();
                    self.put(1);
                }
                b',' if !self.open.is_empty() => {
                    self.put(1);
                    self.line();
                }
                b':' if self.open.last() == Some(&b'{') => {
                    self.put(1);
                    self.out.push(' ');
                }
                _ => {
                    anything = true;
                    let length = token(self.source.get(self.at..)?)?;
                    self.put(length);
                }
            }
        }
        (anything || !self.out.is_empty()).then_some(End::Over)
    }

    fn opened(&mut self, byte: u8) -> Option<()> {
        if let Some(length) = flat(self.source.get(self.at..)?) {
            let text = String::from_utf8_lossy(self.source.get(self.at..self.at + length)?).into_owned();
            self.out.push_str(&text);
            self.at += length;
            return Some(());
        }
        self.open.push(byte);
        self.put(1);
        self.line();
        Some(())
    }

    fn put(&mut self, length: usize) {
        let bytes = self.source.get(self.at..self.at + length).unwrap_or_default();
        self.out.push_str(&String::from_utf8_lossy(bytes));
        self.at += length;
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.open.len().min(INDENTED)));
    }
}

/// The length of the string, number or word at the beginning. `None`: it is none of these.
fn token(rest: &[u8]) -> Option<usize> {
    if rest.first() == Some(&b'"') {
        let mut escaped = false;
        for (at, &byte) in rest.iter().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return Some(at + 1),
                _ => {}
            }
        }
        // Cut off in the middle.
        return Some(rest.len());
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    let word = rest.get(..length)?;
    let known = [&b"true"[..], b"false", b"null", b"NaN", b"Infinity", b"-Infinity"];
    let number = word.first().is_some_and(|first| first.is_ascii_digit() || *first == b'-');
    // A part may end in the middle of a word.
    let cut = length == rest.len();
    let fits = number || known.contains(&word) || (cut && known.iter().any(|whole| whole.starts_with(word)));
    (length > 0 && fits).then_some(length)
}

/// The length of a short list or object at the beginning with nothing nested in it.
fn flat(rest: &[u8]) -> Option<usize> {
    let is_object = rest.first() == Some(&b'{');
    let mut at = 1;
    while at < rest.len().min(ON_ONE_LINE) {
        at += match rest.get(at)? {
            b'}' => return is_object.then_some(at + 1),
            b']' => return (!is_object).then_some(at + 1),
            b' ' | b',' => 1,
            b':' if is_object => 1,
            _ => token(rest.get(at..)?)?,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(json: &str, whole: bool) -> Option<String> {
        pretty(json.as_bytes(), whole, &mut Vec::new()).map(|body| body.text.to_string())
    }

    #[test]
    fn json_is_set_line_by_line_and_stays_as_it_was_written() {
        let json = r#"{"run":7.10,"cell":[1.0,2,3],"notes":{"a":"x, {y}","b":[{"c":null,"long":"a text that does not fit on one line with the rest of it"}]}}"#;
        insta::assert_snapshot!(set(json, true).unwrap(), @r#"
        {
          "run": 7.10,
          "cell": [1.0,2,3],
          "notes": {
            "a": "x, {y}",
            "b": [
              {
                "c": null,
                "long": "a text that does not fit on one line with the rest of it"
              }
            ]
          }
        }
        "#);
    }

    #[test]
    fn lines_of_json_and_parts_of_it_are_set_too() {
        assert_eq!(set("{\"a\":1}\n{\"a\":2}\n", true).as_deref(), Some("{\"a\":1}\n{\"a\":2}"));
        assert!(set(r#"{"a": {"b": [1, tr"#, false).is_some());
        assert!(set(r#"{"a": "cut of"#, false).is_some());
    }

    #[test]
    fn what_is_no_json_is_left_to_others() {
        for other in ["hello", "{]", "", "{\"a\": oops}", "]"] {
            assert_eq!(set(other, true), None, "{other}");
        }
        assert_eq!(set("{\"a\": {\"b\": 1}", true), None, "broken off");
    }

    #[test]
    fn what_is_wrong_with_it_is_said_where() {
        let said = |json: &str, lines| {
            let mut remarks = Vec::new();
            check(json.as_bytes(), lines, &mut remarks);
            remarks.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(said("{\"a\": [1, 2]}\n", false), "");
        assert_eq!(said("", false), "");
        assert_eq!(
            said("{\"a\": [1, 2", false),
            "it is no valid JSON: EOF while parsing a list at line 1 column 11"
        );
        assert_eq!(
            said("{\n  \"a\": NaN\n}", false),
            "it is no valid JSON: expected value at line 2 column 8"
        );
        assert_eq!(
            said("{\"a\": 1,}", false),
            "it is no valid JSON: key must be a string at line 1 column 9"
        );
        assert_eq!(said("{}\n{}\n", false), "it holds 2 values of JSON, one after the other");
        assert_eq!(said("{}\n{}\n", true), "");
        assert_eq!(said("{}\n{}\nnot\n", true), "it is no valid JSON: expected ident at line 3 column 2");
        let deep = |close: &str| format!("{}{}", "[".repeat(100_000), close.repeat(100_000));
        assert_eq!(said(&deep("]"), false), "", "however deep it is");
        assert!(said(&deep(""), false).starts_with("it is no valid JSON: EOF"));
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
        let mut remarks = Vec::new();
        let body = pretty(deep.as_bytes(), true, &mut remarks).unwrap();
        assert!(body.text.as_str().len() < TEXT_KEPT + 1_000);
        assert_eq!(remarks.len(), 1);
        let wide = format!("[{}0]", "1234567,".repeat(1_250_000));
        assert!(pretty(wide.as_bytes(), true, &mut remarks).unwrap().text.as_str().len() < TEXT_KEPT + 1_000);
    }
}
