//! Frames around panes and overlays, with titles that give way when there is no room. In plain mode a frame is one
//! heading line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::{self, Pen};
use super::theme::Look;

/// A frame to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Framed<'t> {
    /// Parts of the title, the most important first; what does not fit is left out from the end.
    pub titles: &'t [&'t str],
    /// The keys go here.
    pub focused: bool,
    /// Its upper border is the lower one of the pane above.
    pub joined: bool,
    /// It has no lower border: another pane's upper border is there.
    pub open_below: bool,
}

/// The signs of a frame.
struct Signs {
    horizontal: &'static str,
    vertical: &'static str,
    /// Upper left, upper right, lower left, lower right.
    corners: [&'static str; 4],
    /// Where the frame of the pane above goes on.
    joints: [&'static str; 2],
}

const UNICODE: Signs =
    Signs {
        horizontal: "─", vertical: "│", corners: ["┌", "┐", "└", "┘"], joints: ["├", "┤"]
    };
const ASCII: Signs =
    Signs { horizontal: "-", vertical: "|", corners: ["+", "+", "+", "+"], joints: ["+", "+"] };

/// Draws a pane's frame and title.
pub fn draw(buffer: &mut Buffer, area: Rect, framed: &Framed<'_>, look: &Look) {
    let (border, title) = if framed.focused {
        (look.theme.focus, look.theme.accent)
    } else {
        (look.theme.border, look.theme.text)
    };
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    if look.plain {
        heading(&mut pen, framed.titles, title);
        return;
    }
    let signs = if look.ascii { &ASCII } else { &UNICODE };
    lines(&mut pen, framed, signs, border);
    titles(&mut pen, framed.titles, (border, title), signs);
}

fn lines(pen: &mut Pen<'_>, framed: &Framed<'_>, signs: &Signs, style: Style) {
    let (width, height) = (pen.area().width, pen.area().height);
    if width < 2 || height == 0 {
        return;
    }
    let (right, bottom) = (width - 1, height - 1);
    for y in 0..height {
        pen.fill(0, y, 1, signs.vertical, style);
        pen.fill(right, y, 1, signs.vertical, style);
    }
    pen.fill(1, 0, width - 2, signs.horizontal, style);
    let top = if framed.joined { signs.joints } else { [signs.corners[0], signs.corners[1]] };
    pen.fill(0, 0, 1, top[0], style);
    pen.fill(right, 0, 1, top[1], style);
    if !framed.open_below && height > 1 {
        pen.fill(1, bottom, width - 2, signs.horizontal, style);
        pen.fill(0, bottom, 1, signs.corners[2], style);
        pen.fill(right, bottom, 1, signs.corners[3], style);
    }
}

/// `┌ Pending 214 ── Curie sweep ── oldest first ───┐`
fn titles(pen: &mut Pen<'_>, titles: &[&str], (border, style): (Style, Style), signs: &Signs) {
    // One cell of border is left on the right.
    let room = pen.area().width.saturating_sub(3);
    let mut x = 1;
    for (position, title) in titles.iter().enumerate() {
        let joint = if position == 0 { 0 } else { 2 };
        let left = room.saturating_sub(x + joint);
        // A later part comes whole or not at all, unless a good deal of it is seen.
        if left < 3 || (position > 0 && usize::from(left) < cells::width(title).min(8)) {
            break;
        }
        pen.fill(x, 0, joint, signs.horizontal, border);
        x += joint;
        pen.fill(x, 0, 1, " ", style);
        let written = pen.left(x + 1, 0, left, title, style);
        pen.fill(x + 1 + written, 0, 1, " ", style);
        x += written + 2;
    }
}

/// The heading of a pane for a screen reader.
fn heading(pen: &mut Pen<'_>, titles: &[&str], style: Style) {
    let text = titles.join(", ");
    pen.left(0, 0, pen.area().width, &text, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::ThemeName;
    use proptest::prelude::*;

    fn drawn(width: u16, framed: &Framed<'_>, look: &Look) -> Vec<String> {
        let area = Rect::new(0, 0, width, 3);
        let mut buffer = Buffer::empty(area);
        draw(&mut buffer, area, framed, look);
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..3).map(row).collect()
    }

    const TITLES: &[&str] = &["Pending 214", "Curie sweep", "oldest first"];

    #[test]
    fn titles_give_way_from_the_end() {
        let framed = Framed { titles: TITLES, focused: true, joined: false, open_below: false };
        let look = Look::default();
        let top = |width| drawn(width, &framed, &look).swap_remove(0);
        assert_eq!(top(54), "┌ Pending 214 ── Curie sweep ── oldest first ────────┐");
        assert_eq!(top(46), "┌ Pending 214 ── Curie sweep ── oldest first ┐");
        assert_eq!(top(45), "┌ Pending 214 ── Curie sweep ── oldest fir… ┐");
        assert_eq!(top(40), "┌ Pending 214 ── Curie sweep ──────────┐");
        assert_eq!(top(27), "┌ Pending 214 ── Curie s… ┐");
        assert_eq!(top(14), "┌ Pending 2… ┐");
        assert_eq!(top(3), "┌─┐");
    }

    #[test]
    fn stacked_panes_share_a_line() {
        let look = Look::default();
        let upper = Framed { titles: &["Quests"], focused: false, joined: false, open_below: true };
        assert_eq!(drawn(12, &upper, &look), ["┌ Quests ──┐", "│          │", "│          │"]);
        let lower = Framed { titles: &["Items"], joined: true, open_below: false, ..upper };
        assert_eq!(drawn(12, &lower, &look), ["├ Items ───┤", "│          │", "└──────────┘"]);
        let ascii = Look::new(ThemeName::Mono, true, false, false);
        assert_eq!(drawn(12, &lower, &ascii), ["+ Items ---+", "|          |", "+----------+"]);
    }

    #[test]
    fn plain_has_a_heading_and_nothing_else() {
        let framed = Framed { titles: TITLES, focused: true, joined: false, open_below: false };
        let plain = Look::new(ThemeName::Dark, true, true, true);
        assert_eq!(drawn(40, &framed, &plain)[0].trim_end(), "Pending 214, Curie sweep, oldest first");
        assert_eq!(drawn(40, &framed, &plain)[1].trim_end(), "");
    }

    proptest! {
        #[test]
        fn any_frame_at_any_size(x in 0u16..30, y in 0u16..10, width in 0u16..60, height in 0u16..12, joined: bool) {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 8));
            let framed = Framed { titles: TITLES, focused: joined, joined, open_below: !joined };
            draw(&mut buffer, Rect::new(x, y, width, height), &framed, &Look::default());
        }
    }
}
