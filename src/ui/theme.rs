//! How things look: styles by what they mean. State is never told by colour alone:
//! wherever a colour says something, a mark or a word says it too.
//!
//! At most the 16 ANSI colours are used, so the terminal's own palette decides how they look. Secondary text is dim
//! rather than grey: in some palettes the ANSI grey is the background.

use ratatui::style::{Color, Modifier, Style};

use super::marks::{ASCII, Marks, PLAIN, UNICODE};

/// The themes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ThemeName {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// Bright colours, bold, nothing dim.
    HighContrast,
    /// No colours: bold, dim, underlined.
    Mono,
}

impl ThemeName {
    /// All of them, with the names used in `config.toml`.
    pub const ALL: [(&'static str, Self); 4] = [
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("high-contrast", Self::HighContrast),
        ("mono", Self::Mono),
    ];
}

/// Styles by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Theme {
    /// Running text.
    pub text: Style,
    /// What matters less.
    pub dim: Style,
    /// What matters more.
    pub strong: Style,
    /// Frames and rules.
    pub border: Style,
    /// The frame of the focused pane.
    pub focus: Style,
    /// The title of the focused pane, and the cursor's marker in it.
    pub accent: Style,
    /// It went well; inside the band; paid.
    pub good: Style,
    /// It went wrong; outside the band; refused.
    pub bad: Style,
    /// Look at this.
    pub warn: Style,
    /// On its way.
    pub busy: Style,
    /// A key in the hint line and in help.
    pub key: Style,
    /// Headings in foreign text.
    pub heading: Style,
    /// Code in foreign text.
    pub code: Style,
    /// Keywords in code.
    pub code_keyword: Style,
    /// Texts in quotes in code.
    pub code_text: Style,
    /// Numbers in code.
    pub code_number: Style,
    /// Comments in code.
    pub code_comment: Style,
    /// Links in foreign text.
    pub link: Style,
    /// Quotations in foreign text.
    pub quote: Style,
    /// A row that is decided and can still be taken back.
    pub held: Style,
    /// What was looked for.
    pub found: Style,
    /// The place of it that is looked at.
    pub current: Style,
}

const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;

/// The colours in which themes differ.
struct Palette {
    accent: Color,
    good: Color,
    bad: Color,
    warn: Color,
    busy: Color,
    code: Color,
    link: Color,
    /// For what matters less.
    less: Modifier,
    /// For marks and words that tell a state.
    state: Modifier,
}

impl Theme {
    /// The theme of this name.
    #[must_use]
    pub const fn named(name: ThemeName) -> &'static Self {
        match name {
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::HighContrast => &HIGH_CONTRAST,
            ThemeName::Mono => &MONO,
        }
    }

    const fn from_palette(palette: &Palette) -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            dim: plain.add_modifier(palette.less),
            strong: plain.add_modifier(BOLD),
            border: plain.add_modifier(palette.less),
            focus: plain.fg(palette.accent),
            accent: plain.fg(palette.accent).add_modifier(BOLD),
            good: plain.fg(palette.good).add_modifier(palette.state),
            bad: plain.fg(palette.bad).add_modifier(palette.state),
            warn: plain.fg(palette.warn).add_modifier(palette.state),
            busy: plain.fg(palette.busy).add_modifier(palette.state),
            key: plain.fg(palette.accent).add_modifier(BOLD),
            heading: plain.fg(palette.accent).add_modifier(BOLD),
            code: plain.fg(palette.code),
            code_keyword: plain.fg(palette.code).add_modifier(BOLD),
            code_text: plain.fg(palette.good),
            code_number: plain.fg(palette.accent),
            code_comment: plain.add_modifier(palette.less).add_modifier(Modifier::ITALIC),
            link: plain.fg(palette.link).add_modifier(Modifier::UNDERLINED),
            quote: plain.add_modifier(Modifier::ITALIC),
            held: plain.add_modifier(palette.less).add_modifier(Modifier::CROSSED_OUT),
            found: plain.add_modifier(Modifier::REVERSED),
            current: plain
                .add_modifier(Modifier::REVERSED)
                .add_modifier(BOLD)
                .add_modifier(Modifier::UNDERLINED),
        }
    }

    const fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(BOLD);
        let dim = plain.add_modifier(DIM);
        Self {
            text: plain,
            dim,
            strong: bold,
            border: dim,
            focus: plain,
            accent: bold,
            good: plain,
            bad: bold,
            warn: bold,
            busy: plain,
            key: bold,
            heading: bold,
            code: plain,
            code_keyword: bold,
            code_text: plain,
            code_number: plain,
            code_comment: dim.add_modifier(Modifier::ITALIC),
            link: plain.add_modifier(Modifier::UNDERLINED),
            quote: plain.add_modifier(Modifier::ITALIC),
            held: dim.add_modifier(Modifier::CROSSED_OUT),
            found: plain.add_modifier(Modifier::REVERSED),
            current: bold.add_modifier(Modifier::REVERSED).add_modifier(Modifier::UNDERLINED),
        }
    }
}

static DARK: Theme = Theme::from_palette(&Palette {
    accent: Color::Cyan,
    good: Color::Green,
    bad: Color::LightRed,
    warn: Color::Yellow,
    busy: Color::LightBlue,
    code: Color::Yellow,
    link: Color::LightBlue,
    less: DIM,
    state: Modifier::empty(),
});
static LIGHT: Theme = Theme::from_palette(&Palette {
    accent: Color::Blue,
    good: Color::Green,
    bad: Color::Red,
    warn: Color::Magenta,
    busy: Color::Blue,
    code: Color::Magenta,
    link: Color::Blue,
    less: DIM,
    state: Modifier::empty(),
});
static HIGH_CONTRAST: Theme = Theme::from_palette(&Palette {
    accent: Color::LightYellow,
    good: Color::LightGreen,
    bad: Color::LightRed,
    warn: Color::LightYellow,
    busy: Color::LightCyan,
    code: Color::LightCyan,
    link: Color::LightCyan,
    less: Modifier::empty(),
    state: BOLD,
});
static MONO: Theme = Theme::mono();

/// What the drawing goes by besides the state: the theme and what the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    /// Styles.
    pub theme: &'static Theme,
    /// Marks.
    pub marks: &'static Marks,
    /// Only ASCII in everything that is ours.
    pub ascii: bool,
    /// Lines instead of boxes, words instead of signs: for a screen reader.
    pub plain: bool,
    /// The terminal draws pictures itself, in cells of this many pixels across and down, or as many times those.
    pub pictures: Option<(u16, u16)>,
}

impl Look {
    /// A look for a terminal: without colour (`NO_COLOR`, `--no-color`) every theme is `mono`; plain is ASCII too.
    #[must_use]
    pub const fn new(name: ThemeName, colour: bool, unicode: bool, plain: bool) -> Self {
        let ascii = !unicode || plain;
        Self {
            theme: Theme::named(if colour { name } else { ThemeName::Mono }),
            marks: match (plain, ascii) {
                (true, _) => &PLAIN,
                (false, true) => &ASCII,
                (false, false) => &UNICODE,
            },
            ascii,
            plain,
            pictures: None,
        }
    }

    /// The same for a terminal that draws pictures itself, in cells of this shape.
    #[must_use]
    pub const fn with_pictures(self, cell: Option<(u16, u16)>) -> Self {
        Self { pictures: if self.plain { None } else { cell }, ..self }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self::new(ThemeName::Dark, true, true, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(theme: &Theme) -> [Style; 22] {
        [
            theme.text,
            theme.dim,
            theme.strong,
            theme.border,
            theme.focus,
            theme.accent,
            theme.good,
            theme.bad,
            theme.warn,
            theme.busy,
            theme.key,
            theme.heading,
            theme.code,
            theme.code_keyword,
            theme.code_text,
            theme.code_number,
            theme.code_comment,
            theme.link,
            theme.quote,
            theme.held,
            theme.found,
            theme.current,
        ]
    }

    #[test]
    fn only_the_sixteen_colours_of_the_terminal_are_used_and_never_a_background() {
        for (name, theme) in ThemeName::ALL {
            for style in styles(Theme::named(theme)) {
                assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{name}");
                assert_eq!(style.bg, None, "{name}");
                assert!(
                    !matches!(style.fg, Some(Color::DarkGray | Color::Gray)),
                    "{name}: grey may be invisible"
                );
            }
        }
    }

    #[test]
    fn without_colour_only_modifiers_are_left() {
        for (_, name) in ThemeName::ALL {
            let look = Look::new(name, false, true, false);
            assert!(styles(look.theme).iter().all(|style| style.fg.is_none()));
        }
    }
}
