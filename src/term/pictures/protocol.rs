//! How the terminal takes pictures: as the configuration says, else as the environment does. It is never asked.

/// How a terminal takes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// kitty's graphics protocol.
    Kitty,
    /// Sixel, of DEC's terminals.
    Sixel,
    /// iTerm2's inline images.
    Iterm2,
}

impl Protocol {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kitty => "Kitty",
            Self::Sixel => "Sixel",
            Self::Iterm2 => "iTerm2",
        }
    }
}

/// How pictures are to be drawn, as the configuration says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// As the environment says that the terminal can.
    #[default]
    Auto,
    /// By this protocol, whatever the environment says.
    By(Protocol),
    /// As half blocks.
    Blocks,
}

/// What was chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The protocol; `None`: half blocks.
    pub protocol: Option<Protocol>,
    /// Why, in a few words.
    pub why: String,
}

impl Choice {
    /// Chooses by what is wished and what the environment says, looked up by `variable`.
    pub fn new(way: Way, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let between = multiplexer(&set);
        let none = |why: &str| Self { protocol: None, why: why.to_owned() };
        match (way, between) {
            (Way::Blocks, _) => none("the configuration says so"),
            // It draws Sixel itself, if it was built to (tmux from 3.4 on). The others it would have to pass on unseen,
            // and would not know where they stand.
            (Way::By(Protocol::Sixel), _) | (Way::By(_), None) => Self {
                protocol: if let Way::By(protocol) = way { Some(protocol) } else { None },
                why: "the configuration says so".to_owned(),
            },
            (Way::By(protocol), Some(between)) => none(&format!(
                "the configuration says {}, but {between} doesn't know where its pictures stand",
                protocol.name()
            )),
            (Way::Auto, Some(between)) => none(&format!("inside {between}")),
            (Way::Auto, None) if set("NO_COLOR").is_some() => none("NO_COLOR is set"),
            (Way::Auto, None) => found(&set).map_or_else(
                || none("nothing says that the terminal can do better"),
                |(protocol, why)| Self { protocol: Some(protocol), why },
            ),
        }
    }
}

/// What stands between us and the terminal, and draws only what it knows.
fn multiplexer(set: &impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let term = set("TERM").unwrap_or_default();
    if set("TMUX").is_some() || term.starts_with("tmux") {
        Some("tmux")
    } else if set("STY").is_some() || term.starts_with("screen") {
        Some("screen")
    } else if set("ZELLIJ").is_some() {
        Some("Zellij")
    } else {
        None
    }
}

/// What a terminal that says its name can do; the best of what it can. `TERM` comes along over SSH, the others mostly
/// not.
fn found(set: &impl Fn(&str) -> Option<String>) -> Option<(Protocol, String)> {
    let term = set("TERM").unwrap_or_default();
    let by_term = [
        ("kitty", Protocol::Kitty),
        ("ghostty", Protocol::Kitty),
        ("wezterm", Protocol::Iterm2),
        ("foot", Protocol::Sixel),
        ("mlterm", Protocol::Sixel),
        ("contour", Protocol::Sixel),
        ("yaft", Protocol::Sixel),
        ("sixel", Protocol::Sixel),
    ];
    if let Some((_, protocol)) = by_term.into_iter().find(|(part, _)| term.contains(part)) {
        return Some((protocol, format!("TERM is {term}")));
    }
    let program = set("TERM_PROGRAM").unwrap_or_default();
    let by_program = [
        ("kitty", Protocol::Kitty),
        ("ghostty", Protocol::Kitty),
        ("iTerm.app", Protocol::Iterm2),
        ("WezTerm", Protocol::Iterm2),
        ("mintty", Protocol::Iterm2),
        ("rio", Protocol::Iterm2),
    ];
    if let Some((_, protocol)) = by_program.into_iter().find(|(name, _)| program == *name) {
        return Some((protocol, format!("TERM_PROGRAM is {program}")));
    }
    // Variables are inherited: a terminal that was started from another one has that one's, too.
    let another = !program.is_empty()
        || ["XTERM_VERSION", "VTE_VERSION", "KONSOLE_VERSION"].iter().any(|name| set(name).is_some());
    let by_variable = [
        ("KITTY_WINDOW_ID", Protocol::Kitty),
        ("GHOSTTY_RESOURCES_DIR", Protocol::Kitty),
        ("WEZTERM_PANE", Protocol::Iterm2),
        ("ITERM_SESSION_ID", Protocol::Iterm2),
    ];
    if let Some((name, protocol)) = by_variable.into_iter().find(|(name, _)| !another && set(name).is_some())
    {
        return Some((protocol, format!("{name} is set")));
    }
    if set("LC_TERMINAL").as_deref() == Some("iTerm2") {
        return Some((Protocol::Iterm2, "LC_TERMINAL is iTerm2".to_owned()));
    }
    // Konsole draws Sixel since 22.04.
    let konsole = set("KONSOLE_VERSION").and_then(|version| version.parse::<u32>().ok());
    konsole
        .filter(|version| *version >= 220_400)
        .map(|version| (Protocol::Sixel, format!("KONSOLE_VERSION is {version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(way: Way, variables: &[(&str, &str)]) -> Option<Protocol> {
        let choice = Choice::new(way, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        assert!(!choice.why.is_empty());
        choice.protocol
    }

    /// What stands in the environment.
    type Variables = &'static [(&'static str, &'static str)];

    #[test]
    fn the_environment_tells_what_the_terminal_can() {
        let table: &[(Variables, Option<Protocol>)] = &[
            (&[("TERM", "xterm-256color")], None),
            (&[("TERM", "xterm-kitty")], Some(Protocol::Kitty)),
            (&[("TERM", "xterm-ghostty")], Some(Protocol::Kitty)),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Some(Protocol::Kitty)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Some(Protocol::Iterm2)),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Some(Protocol::Iterm2)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Some(Protocol::Iterm2)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], None),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1"), ("TERM_PROGRAM", "vscode")], None),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1"), ("VTE_VERSION", "7600")], None),
            (&[("TERM", "foot")], Some(Protocol::Sixel)),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230804")], Some(Protocol::Sixel)),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "210400")], None),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], None),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default,1,0")], None),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], None),
            (&[("TERM", "screen-256color")], None),
        ];
        for (variables, protocol) in table {
            assert_eq!(chosen(Way::Auto, variables), *protocol, "{variables:?}");
            assert_eq!(chosen(Way::Blocks, variables), None, "{variables:?}");
        }
    }

    #[test]
    fn the_configuration_goes_before_it_but_not_through_tmux() {
        let plain = &[("TERM", "xterm-256color")][..];
        let tmux = &[("TERM", "tmux-256color"), ("TMUX", "x")][..];
        for protocol in [Protocol::Kitty, Protocol::Iterm2] {
            assert_eq!(chosen(Way::By(protocol), plain), Some(protocol));
            assert_eq!(chosen(Way::By(protocol), tmux), None);
        }
        assert_eq!(chosen(Way::By(Protocol::Sixel), tmux), Some(Protocol::Sixel), "tmux draws it itself");
        assert_eq!(chosen(Way::By(Protocol::Kitty), &[("NO_COLOR", "1")]), Some(Protocol::Kitty));
    }
}
