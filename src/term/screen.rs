//! [`Screen`]: frames to bytes. It draws with ratatui into memory, compares what will be seen with what is shown,
//! and returns the bytes that make the difference; none if there is none. It never writes by itself.

use std::convert::Infallible;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};
use ratatui::{Frame, Terminal};

use super::abilities::Abilities;
use super::encoder::Encoder;
use super::look::{self, Beside, Look};
use super::pictures::{self, Job, Painted, Stage};
use crate::domain::{Pixels, SafeText};

/// Frames above this many bytes are wrapped, so that a terminal that can shows them at once.
const SYNCHRONIZED_FROM: usize = 1024;
/// From so many pages that text led to, the screen begins anew and forgets them.
const MANY_PAGES: usize = 4_096;
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";
const BEGIN_SYNCHRONIZED: &[u8] = b"\x1b[?2026h";
const END_SYNCHRONIZED: &[u8] = b"\x1b[?2026l";

/// What the terminal shows, and how to change it.
#[derive(Debug)]
pub struct Screen {
    drawing: Terminal<Memory>,
    abilities: Abilities,
    /// What is on the terminal; nothing is known of it before the first frame and after a repaint was asked for.
    shown: Option<Buffer>,
    encoder: Encoder,
    cursor_shown: Option<bool>,
    /// What the next frame has beside its cells, and what the frame has that is shown.
    beside: Beside,
    shown_beside: Beside,
    /// Where pictures are drawn, if the terminal draws any.
    stage: Option<Stage>,
    /// Those of the next frame, by the numbers that its cells name.
    pixels: Vec<Option<Pixels>>,
}

impl Screen {
    /// A screen of which nothing is known yet: the first frame clears it.
    #[must_use]
    pub fn new(width: u16, height: u16, abilities: Abilities) -> Self {
        let Ok(drawing) = Terminal::new(Memory { size: Size::new(width, height), cursor: None });
        Self {
            drawing,
            abilities,
            shown: None,
            encoder: Encoder::new(width),
            cursor_shown: None,
            beside: Beside::default(),
            shown_beside: Beside::default(),
            stage: None,
            pixels: Vec::new(),
        }
    }

    /// The same with pictures.
    #[must_use]
    pub(super) fn with_stage(self, stage: Option<Stage>) -> Self {
        Self { stage, ..self }
    }

    /// Cells across and down.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        let Size { width, height } = self.drawing.backend().size;
        (width, height)
    }

    /// The terminal has another size now; the next frame is painted anew.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.drawing.backend_mut().size = Size::new(width, height);
        self.repaint();
    }

    /// Forgets what is shown: the next frame clears the terminal and sends everything.
    pub fn repaint(&mut self) {
        self.shown = None;
        self.cursor_shown = None;
        self.encoder = Encoder::new(self.size().0);
        if let Some(stage) = &mut self.stage {
            stage.forget();
        }
    }

    /// Cells have so many pixels, across and down, if anybody knows.
    pub(super) fn set_cell(&mut self, cell: Option<(u16, u16)>) {
        if let Some(stage) = &mut self.stage {
            stage.set_cell(cell);
        }
    }

    /// The pictures of the next frame, by the numbers that its cells name, from 1 on.
    pub fn set_pictures<'p>(&mut self, pictures: impl Iterator<Item = Option<&'p Pixels>>) {
        if self.stage.is_some() {
            self.pixels = pictures.map(Option::<&Pixels>::cloned).collect();
        }
    }

    /// What is to be encoded for the last frame, if that is something new.
    pub(super) fn jobs(&mut self) -> Option<Vec<Job>> {
        self.stage.as_mut()?.jobs()
    }

    /// A picture was encoded.
    pub(super) fn painted(&mut self, painted: Painted) {
        if let Some(stage) = &mut self.stage {
            stage.painted(painted);
        }
    }

    /// A few KiB of the pictures on the last frame, if something of them is not sent yet. The bytes must reach the
    /// terminal, in order.
    pub fn piece(&mut self) -> Option<Vec<u8>> {
        self.shown.as_ref()?;
        let parts = self.stage.as_mut()?.next();
        if parts.is_empty() {
            return None;
        }
        let (moves, cursor) = (parts.iter().any(|(at, _)| at.is_some()), self.cursor());
        for (at, bytes) in parts {
            self.encoder.ready(at, &bytes);
        }
        if let Some(at) = cursor {
            self.encoder.go(at.x, at.y);
        }
        let bytes = self.encoder.take();
        // A cursor that hops from tile to tile distracts.
        let hide = moves && cursor.is_some();
        Some(if hide { [HIDE_CURSOR, &bytes, SHOW_CURSOR].concat() } else { bytes })
    }

    /// Where the links of the next frame lead, by their numbers from 1 on. Without terminals that can, nothing.
    pub fn set_links<'t>(&mut self, targets: impl Iterator<Item = Option<&'t SafeText>>) {
        if !self.abilities.hyperlinks {
            return;
        }
        if self.encoder.pages() > MANY_PAGES {
            self.repaint();
        }
        let encoder = &mut self.encoder;
        self.beside.links = targets.map(|target| target.map_or(0, |target| encoder.page(target))).collect();
    }

    /// Draws a frame; returns the bytes that bring the terminal from the last one to this one, if it takes any.
    ///
    /// The bytes must reach the terminal, in order; if they don't, ask for a [`Screen::repaint`].
    /// The cursor ends where the frame has put it, and is hidden if the frame hasn't.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Option<Vec<u8>> {
        let Ok(completed) = self.drawing.draw(draw);
        let next = completed.buffer;
        if let Some(stage) = &mut self.stage {
            let pixels = |number: u8| self.pixels.get(usize::from(number).wrapping_sub(1)).cloned().flatten();
            let whole = pictures::whole(next).into_iter();
            let wanted = whole.filter_map(|(number, area)| Some((area, pixels(number)?))).collect();
            self.beside.pictures = stage.frame(wanted);
            self.encoder.ready(None, &stage.take_beside());
        }
        if let Some(shown) = &mut self.shown {
            let old = Some((&*shown, &self.shown_beside));
            rows(&mut self.encoder, old, (next, &self.beside), self.abilities);
            shown.clone_from(next);
        } else {
            self.encoder.clear();
            rows(&mut self.encoder, None, (next, &self.beside), self.abilities);
            self.shown = Some(next.clone());
        }
        self.shown_beside.clone_from(&self.beside);
        self.place_cursor()
    }

    /// Where the last frame has put the cursor.
    fn cursor(&self) -> Option<Position> {
        let Size { width, height } = self.drawing.backend().size;
        self.drawing.backend().cursor.filter(|at| at.x < width && at.y < height)
    }

    fn place_cursor(&mut self) -> Option<Vec<u8>> {
        let wanted = self.cursor();
        if let Some(at) = wanted {
            self.encoder.go(at.x, at.y);
        }
        let body = self.encoder.take();
        let was_shown = self.cursor_shown.replace(wanted.is_some());
        let large = body.len() > SYNCHRONIZED_FROM;
        let mut bytes = Vec::with_capacity(body.len() + 32);
        if large {
            bytes.extend_from_slice(BEGIN_SYNCHRONIZED);
        }
        let hide =
            if wanted.is_some() { large && was_shown != Some(false) } else { was_shown != Some(false) };
        if hide {
            bytes.extend_from_slice(HIDE_CURSOR);
        }
        bytes.extend_from_slice(&body);
        if wanted.is_some() && (hide || was_shown != Some(true)) {
            bytes.extend_from_slice(SHOW_CURSOR);
        }
        if large {
            bytes.extend_from_slice(END_SYNCHRONIZED);
        }
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// All rows that differ; without `old`, the terminal was just cleared.
fn rows(
    encoder: &mut Encoder,
    old: Option<(&Buffer, &Beside)>,
    (new, beside): (&Buffer, &Beside),
    abilities: Abilities,
) {
    let width = usize::from(new.area.width);
    let (mut before, mut after) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for y in 0..new.area.height {
        match old {
            Some((old, was)) if was == beside && cells(old, y) == cells(new, y) => continue,
            Some((old, was)) => look::row(old, y, abilities, was, &mut before),
            None => before.resize(width, Look::BLANK),
        }
        look::row(new, y, abilities, beside, &mut after);
        encoder.row(y, &before, &after);
    }
}

fn cells(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    &buffer.content()[usize::from(y) * width..][..width]
}

/// ratatui's idea of a terminal: it takes the cursor's place and lets everything else be.
#[derive(Debug)]
struct Memory {
    size: Size,
    cursor: Option<Position>,
}

impl Backend for Memory {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, _content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> Result<(), Infallible> {
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
