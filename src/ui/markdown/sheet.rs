//! What foreign markdown looks like.

use ratatui::style::{Color, Modifier, Style};
use tui_markdown::{AlertKind, StyleSheet};

use crate::ui::theme::Theme;

/// Stands where a block of code begins and ends in what `tui-markdown` gives back; such lines are not shown. A private
/// sign: a text that has it itself loses it before.
pub(super) const FENCE: &str = "\u{E0C0}";

/// The colour of underlines that marks the pieces of links in what `tui-markdown` gives back; no text can bring it in.
pub(super) const LINKED: Color = Color::Rgb(0xE0, 0xC1, 0);

#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) theme: &'static Theme,
    pub(super) plain: bool,
}

impl StyleSheet for Sheet {
    fn heading(&self, level: u8) -> Style {
        if level == 1 { self.theme.heading.add_modifier(Modifier::UNDERLINED) } else { self.theme.heading }
    }

    fn heading_marker(&self, level: u8) -> &str {
        // Where styles say little, the marker says it.
        if self.plain { "######".get(..level.clamp(1, 6).into()).unwrap_or("#") } else { "" }
    }

    fn code(&self) -> Style {
        self.theme.code
    }

    fn code_block_fence(&self) -> &str {
        FENCE
    }

    fn link(&self) -> Style {
        self.theme.link.underline_color(LINKED)
    }

    fn blockquote(&self) -> Style {
        self.theme.quote
    }

    fn heading_meta(&self) -> Style {
        self.theme.dim
    }

    fn metadata_block(&self) -> Style {
        self.theme.dim
    }

    fn html(&self) -> Style {
        self.theme.dim
    }

    fn math_inline(&self) -> Style {
        self.theme.code
    }

    fn math_display(&self) -> Style {
        self.theme.code
    }

    fn footnote_ref(&self) -> Style {
        self.theme.dim
    }

    fn footnote_def(&self) -> Style {
        self.theme.dim
    }

    fn alert(&self, kind: AlertKind) -> Style {
        match kind {
            AlertKind::Warning | AlertKind::Caution => self.theme.warn,
            _ => self.theme.quote,
        }
    }

    fn alert_icon(&self, _kind: AlertKind) -> &'static str {
        // Signs whose width terminals disagree on are not drawn.
        ""
    }

    fn table_header(&self) -> Style {
        self.theme.strong
    }

    fn table_border(&self) -> Style {
        self.theme.border
    }

    fn list_marker(&self) -> Style {
        self.theme.text
    }

    fn image_alt(&self) -> Style {
        self.theme.dim.underline_color(LINKED)
    }
}
