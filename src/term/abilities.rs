//! What the terminal can show, from the environment alone. The terminal itself is never asked: answers race with
//! keys and get lost on slow lines.

use super::error::TermError;
use super::pictures::Protocol;

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colors {
    /// None; bold, dim, underlined and reversed text only.
    NoColor,
    /// The sixteen of the terminal's own palette.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Colours.
    pub colors: Colors,
    /// Characters beyond ASCII. Without them, lines become `+-|` and other characters `?`.
    pub unicode: bool,
    /// Text that leads to a web page (OSC 8).
    pub hyperlinks: bool,
    /// How it draws pictures; `None`: not at all.
    pub pictures: Option<Protocol>,
    /// Pixels of a cell, across and down, if somebody said so; else the terminal may.
    pub cell: Option<(u16, u16)>,
    /// It is at the other end of a network: every byte counts.
    pub far: bool,
}

impl Abilities {
    /// What most terminals can: 256 colours and Unicode, and nothing that only some have.
    pub const COMMON: Self = Self {
        colors: Colors::Ansi256,
        unicode: true,
        hyperlinks: false,
        pictures: None,
        cell: None,
        far: false,
    };

    /// Reads `TERM`, `COLORTERM`, `NO_COLOR`, and `LC_ALL`, `LC_CTYPE`, `LANG`, looked up by `variable`. How pictures
    /// are drawn is the configuration's to say first: [`Choice`](super::pictures::protocol::Choice).
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, TermError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        if matches!(term.as_str(), "" | "dumb" | "unknown") {
            return Err(TermError::Dumb(term));
        }
        let colors = if set("NO_COLOR").is_some() {
            Colors::NoColor
        } else {
            colors_of(&term, set("COLORTERM").as_deref().unwrap_or_default())
        };
        // An unset locale says nothing, and terminals without UTF-8 are rare; a set one is believed.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        Ok(Self {
            colors,
            unicode: locale.is_none_or(|locale| is_utf8(&locale)),
            hyperlinks: has_hyperlinks(&term, &set),
            pictures: None,
            cell: None,
            far: is_far(set),
        })
    }
}

/// Whether we were reached over SSH.
pub fn is_far(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| variable(name).is_some())
}

fn colors_of(term: &str, colorterm: &str) -> Colors {
    const MANY: &[&str] =
        &["256color", "kitty", "alacritty", "foot", "ghostty", "wezterm", "tmux", "direct", "truecolor"];
    const NONE: &[&str] = &["vt100", "vt102", "vt220", "-mono", "-m"];
    if matches!(colorterm, "truecolor" | "24bit") || MANY.iter().any(|part| term.contains(part)) {
        Colors::Ansi256
    } else if NONE.iter().any(|end| term.ends_with(end)) {
        Colors::NoColor
    } else {
        Colors::Ansi16
    }
}

/// Whether text can be made to lead to a page. Terminals that don't know of it mostly ignore it, some print it: only
/// those that are known are given any. `FORCE_HYPERLINK` decides, as elsewhere. Not inside of tmux and screen, where
/// it depends on their version and settings.
fn has_hyperlinks(term: &str, set: &impl Fn(&str) -> Option<String>) -> bool {
    if let Some(forced) = set("FORCE_HYPERLINK") {
        return forced != "0";
    }
    if ["TMUX", "STY"].iter().any(|name| set(name).is_some())
        || term.starts_with("screen")
        || term.starts_with("tmux")
    {
        return false;
    }
    let vte = set("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let program = set("TERM_PROGRAM").unwrap_or_default();
    vte.is_some_and(|version| version >= 5_000)
        || ["kitty", "foot", "ghostty", "wezterm", "alacritty"].iter().any(|part| term.contains(part))
        || matches!(program.as_str(), "iTerm.app" | "WezTerm" | "vscode" | "ghostty")
        || ["KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"]
            .iter()
            .any(|name| set(name).is_some())
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Abilities, TermError> {
        Abilities::from_env(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colours_follow_the_terminal_and_no_color() {
        let table: &[(&[(&str, &str)], Colors)] = &[
            (&[("TERM", "xterm-256color")], Colors::Ansi256),
            (&[("TERM", "xterm")], Colors::Ansi16),
            (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], Colors::Ansi256),
            (&[("TERM", "linux")], Colors::Ansi16),
            (&[("TERM", "vt220")], Colors::NoColor),
            (&[("TERM", "xterm-kitty")], Colors::Ansi256),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Colors::NoColor),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Colors::Ansi256),
        ];
        for (variables, colors) in table {
            assert_eq!(read(variables).unwrap().colors, *colors, "{variables:?}");
        }
    }

    #[test]
    fn the_locale_tells_about_unicode() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("TERM", "xterm")], true),
            (&[("TERM", "xterm"), ("LANG", "C.UTF-8")], true),
            (&[("TERM", "xterm"), ("LANG", "de_DE.utf8")], true),
            (&[("TERM", "xterm"), ("LANG", "C.UTF-8"), ("LC_ALL", "C")], false),
            (&[("TERM", "xterm"), ("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8")], true),
            (&[("TERM", "xterm"), ("LANG", "POSIX")], false),
        ];
        for (variables, unicode) in table {
            assert_eq!(read(variables).unwrap().unicode, *unicode, "{variables:?}");
        }
    }

    #[test]
    fn links_are_given_to_terminals_that_are_known_to_take_them() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("TERM", "xterm-256color")], false),
            (&[("TERM", "xterm-kitty")], true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "4200")], false),
            (&[("TERM", "tmux-256color"), ("VTE_VERSION", "7600"), ("TMUX", "/tmp/x")], false),
            (&[("TERM", "xterm"), ("FORCE_HYPERLINK", "1")], true),
            (&[("TERM", "xterm-kitty"), ("FORCE_HYPERLINK", "0")], false),
        ];
        for (variables, hyperlinks) in table {
            assert_eq!(read(variables).unwrap().hyperlinks, *hyperlinks, "{variables:?}");
        }
    }

    #[test]
    fn a_terminal_that_cannot_move_its_cursor_is_refused() {
        for variables in [&[][..], &[("TERM", "")], &[("TERM", "dumb")]] {
            let error = read(variables).unwrap_err();
            assert!(error.to_string().contains("xterm-256color"), "{error}");
        }
    }
}
