//! What is known of the terminal without asking it: its size, its kind, the locale. Used by `doctor` and to start
//! the desk; the terminal itself is never queried.

use std::io::{self, IsTerminal};

/// What the environment says about the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TerminalFacts {
    /// Whether input and output are a terminal.
    pub(super) is_terminal: bool,
    /// `TERM`.
    pub(super) kind: Option<String>,
    /// Columns and rows.
    pub(super) size: Option<(u16, u16)>,
    /// Whether `COLORTERM` promises all colours.
    pub(super) true_color: bool,
    /// Whether `NO_COLOR` asks for none.
    pub(super) no_color: bool,
    /// The locale that decides about characters, if any is set.
    pub(super) locale: Option<String>,
}

impl TerminalFacts {
    /// Reads the environment and asks the system for the size.
    pub(super) fn read() -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal() && io::stdin().is_terminal();
        let size = rustix::termios::tcgetwinsize(&stdout).ok().map(|size| (size.ws_col, size.ws_row));
        let color = variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        Self {
            is_terminal,
            kind: variable("TERM"),
            size: size.filter(|(columns, rows)| *columns > 0 && *rows > 0),
            true_color: color,
            no_color: no_color_asked(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable),
        }
    }

    /// Whether the locale says UTF-8. Without a locale it is not known, and taken for no.
    pub(super) fn speaks_unicode(&self) -> bool {
        self.locale.as_ref().is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }

    /// How many colours can be hoped for.
    pub(super) fn colors(&self) -> &'static str {
        match self.kind.as_deref() {
            _ if self.no_color => "none (NO_COLOR)",
            None | Some("dumb") => "none",
            _ if self.true_color => "all",
            Some(kind) if kind.contains("256color") || kind.contains("direct") => "256",
            Some(_) => "16",
        }
    }
}

/// Whether `NO_COLOR` is set, to anything but nothing.
pub(super) fn no_color_asked() -> bool {
    variable("NO_COLOR").is_some()
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_and_characters_are_read_from_names() {
        let facts = |kind: &str, locale: &str| TerminalFacts {
            kind: Some(kind.to_owned()),
            locale: Some(locale.to_owned()),
            ..TerminalFacts::default()
        };
        assert_eq!(facts("xterm-256color", "C").colors(), "256");
        assert_eq!(facts("dumb", "C").colors(), "none");
        assert_eq!(facts("linux", "C").colors(), "16");
        assert!(facts("xterm", "de_DE.UTF-8").speaks_unicode() && facts("xterm", "C.utf8").speaks_unicode());
        assert!(!facts("xterm", "POSIX").speaks_unicode() && !TerminalFacts::default().speaks_unicode());
    }
}
