//! What is sent beside the screen: the clipboard, links. Only [`SafeText`] goes in, so that no text can
//! end its sequence and begin another.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::SafeText;

/// Longer texts are not copied: terminals cut or refuse them (xterm from about 75,000 bytes of base64 on).
pub const COPY_LIMIT: usize = 48 * 1024;

const END: &str = "\x1b\\";

/// Puts a text into the clipboard (OSC 52), also over SSH. `None` if it is too long for that.
#[must_use]
pub fn copy(text: &SafeText) -> Option<Vec<u8>> {
    let bytes = text.as_str().as_bytes();
    (bytes.len() <= COPY_LIMIT).then(|| format!("\x1b]52;c;{}{END}", STANDARD.encode(bytes)).into_bytes())
}

/// From here on text leads to a web page, or no longer: what is neither http nor https leads nowhere.
#[must_use]
pub(super) fn leading_to(target: Option<&SafeText>) -> String {
    let target = target.map(SafeText::as_str).unwrap_or_default();
    if !(target.starts_with("https://") || target.starts_with("http://")) {
        return format!("\x1b]8;;{END}");
    }
    let mut encoded = String::with_capacity(target.len());
    for byte in target.bytes() {
        if (b'!'..=b'~').contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("\x1b]8;;{encoded}{END}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_base64_and_not_too_long() {
        assert_eq!(copy(&SafeText::line("hi")).unwrap(), b"\x1b]52;c;aGk=\x1b\\");
        assert_eq!(copy(&SafeText::block(&"x".repeat(COPY_LIMIT + 1))), None);
    }

    #[test]
    fn links_are_encoded_and_lead_to_the_web_only() {
        let target = SafeText::line("https://ouro.example/a b/é");
        assert_eq!(leading_to(Some(&target)), "\u{1b}]8;;https://ouro.example/a%20b/%C3%A9\u{1b}\\");
        let nowhere = leading_to(None);
        assert_eq!(
            (nowhere.as_str(), leading_to(Some(&SafeText::line("file:///etc/passwd")))),
            ("\u{1b}]8;;\u{1b}\\", nowhere.clone())
        );
    }
}
