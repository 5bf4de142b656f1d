//! [`Terminal`]: everything of the terminal in one hand, for the loop.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;

use ratatui::Frame;

use crate::domain::{Pixels, SafeText};

use super::abilities::Abilities;
use super::error::{EditError, TermError};
use super::guard::Guard;
use super::input::{Input, Reader};
use super::osc;
use super::output::{Outlet, Writer, Written};
use super::pictures::{Painted, Painter, Stage};
use super::screen::Screen;
use super::signals::{Signal, Signals, cell_size, has_job_control, size};
use super::suspend;

/// All that comes from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermEvent {
    /// From the keyboard.
    Input(Input),
    /// From the writer.
    Written(Written),
    /// From the system.
    Signal(Signal),
    /// From the painter of pictures.
    Painted(Painted),
}

/// What became of a call of [`Terminal::draw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Nothing is different, nothing is sent.
    Nothing,
    /// The last frame is still under way; draw again when it is written.
    Busy,
    /// On its way under this number; [`Written::Frame`] says when it is there.
    Frame(u64),
}

/// The terminal, entered. Dropping it gives the terminal back.
///
/// The order of the fields is the order in which they end: no more events, no more frames, then the terminal.
#[derive(Debug)]
pub struct Terminal {
    signals: Signals,
    reader: Reader,
    writer: Writer,
    guard: Guard,
    screen: Screen,
    /// There where the terminal draws pictures.
    painter: Option<Painter>,
    /// Titles and copies that go out with the next frame.
    beside: Vec<u8>,
    frames: u64,
    /// Pixels of a cell, if somebody said so.
    cell: Option<(u16, u16)>,
}

impl Terminal {
    /// Enters the terminal. From now on events go to `sink`, from several threads; it must not block.
    pub fn open(
        abilities: Abilities,
        sink: impl Fn(TermEvent) + Send + Sync + 'static,
    ) -> Result<Self, TermError> {
        super::guard::require_terminal()?;
        let sink = Arc::new(sink);
        let (to_signals, to_reader, to_writer) = (Arc::clone(&sink), Arc::clone(&sink), Arc::clone(&sink));
        let signals = Signals::start(Box::new(move |signal| to_signals(TermEvent::Signal(signal))))
            .map_err(TermError::refused("given its signals"))?;
        let outlet = Arc::new(Outlet::of_stdout().map_err(TermError::refused("opened"))?);
        let keyboard = io::stdin().as_fd().try_clone_to_owned().map_err(TermError::refused("opened"))?;
        // Two desks in one terminal must not take each other's pictures for theirs.
        let first_id = (std::process::id() & 0x00ff_ffff) << 4;
        let pictures = abilities.pictures.map(|protocol| Stage::undoing(protocol, first_id));
        let mut undo = pictures.unwrap_or_default();
        if abilities.hyperlinks {
            // All that the shell prints would lead where a torn frame left off.
            undo.extend(osc::leading_to(None).into_bytes());
        }
        let guard = Guard::enter(Arc::clone(&outlet), undo)?;
        let writer = Writer::start(outlet, Arc::new(move |written| to_writer(TermEvent::Written(written))))
            .map_err(TermError::refused("given its writer"))?;
        let reader = Reader::start(keyboard, Box::new(move |input| to_reader(TermEvent::Input(input))))
            .map_err(TermError::refused("given its reader"))?;
        let to_painter = Box::new(move |painted| sink(TermEvent::Painted(painted)));
        let painter = abilities.pictures.map(|_| Painter::start(to_painter)).transpose();
        let painter = painter.map_err(TermError::refused("given its painter"))?;
        let (width, height) = size();
        let stage = abilities.pictures.map(|protocol| Stage::new(protocol, first_id, abilities.far));
        let mut screen = Screen::new(width, height, abilities).with_stage(stage);
        let cell = abilities.cell;
        screen.set_cell(cell.or_else(cell_size));
        Ok(Self { signals, reader, writer, guard, screen, painter, beside: Vec::new(), frames: 0, cell })
    }

    /// Cells across and down.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.screen.size()
    }

    /// Whether a frame is under way; drawing would return [`Drawn::Busy`].
    #[must_use]
    pub fn busy(&self) -> bool {
        !self.writer.is_idle()
    }

    /// Where the links of the next frame lead, by their numbers; see [`Screen::set_links`].
    pub fn set_links<'t>(&mut self, targets: impl Iterator<Item = Option<&'t SafeText>>) {
        self.screen.set_links(targets);
    }

    /// The pictures of the next frame, by their numbers; see [`Screen::set_pictures`].
    pub fn set_pictures<'p>(&mut self, pictures: impl Iterator<Item = Option<&'p Pixels>>) {
        self.screen.set_pictures(pictures);
    }

    /// A picture was encoded ([`TermEvent::Painted`]).
    pub fn painted(&mut self, painted: Painted) {
        self.screen.painted(painted);
    }

    /// Sends a little of the pictures on the last frame, unless something is under way. Never blocks.
    pub fn draw_pictures(&mut self) {
        if self.busy() {
            return;
        }
        // Under the number of the last frame: it is no other one.
        if let Some(bytes) = self.screen.piece()
            && self.writer.submit(self.frames, bytes).is_err()
        {
            self.screen.repaint();
        }
    }

    /// Draws a frame, unless one is under way. Never blocks.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Drawn {
        if self.busy() {
            return Drawn::Busy;
        }
        let mut bytes = std::mem::take(&mut self.beside);
        bytes.extend(self.screen.draw(draw).unwrap_or_default());
        if let (Some(painter), Some(jobs)) = (&self.painter, self.screen.jobs()) {
            painter.paint(jobs);
        }
        if bytes.is_empty() {
            return Drawn::Nothing;
        }
        self.frames += 1;
        if self.writer.submit(self.frames, bytes).is_err() {
            self.screen.repaint();
            return Drawn::Busy;
        }
        Drawn::Frame(self.frames)
    }

    /// The terminal has another size ([`Signal::Resize`]). The next frame is painted anew.
    pub fn resize(&mut self, width: u16, height: u16) {
        if (width, height) != self.screen.size() {
            self.screen.resize(width, height);
        }
        self.screen.set_cell(self.cell.or_else(cell_size));
    }

    /// The next frame is painted anew (`Ctrl-l`).
    pub fn repaint(&mut self) {
        self.screen.repaint();
    }

    /// Puts a text into the clipboard with the next frame; false if it is too long for a terminal.
    pub fn copy(&mut self, text: &SafeText) -> bool {
        osc::copy(text).map(|bytes| self.beside.extend(bytes)).is_some()
    }

    /// Enters again after we were stopped without our doing ([`Signal::Continued`]).
    pub fn refresh(&mut self) -> Result<(), TermError> {
        self.screen.repaint();
        let (width, height) = size();
        self.resize(width, height);
        self.guard.enter_again()
    }

    /// `Ctrl-z`: stops the job and returns when a shell has continued it.
    pub fn suspend(&mut self) -> Result<(), TermError> {
        if !has_job_control() {
            return Err(TermError::NoJobControl);
        }
        self.step_aside();
        self.signals.stop_job();
        let entered = self.guard.enter_as_found();
        self.step_back();
        entered
    }

    /// Lets the user's editor work on `text`, and returns what became of it.
    pub fn edit(&mut self, text: &str) -> Result<String, EditError> {
        let editor = suspend::editor(|name| std::env::var(name).ok());
        self.step_aside();
        let edited = suspend::edit(&editor, text, &self.signals);
        let entered = self.guard.enter_again();
        self.step_back();
        entered?;
        edited
    }

    /// Gives the terminal back. The frame under way may end first, if that takes but a moment.
    pub fn close(mut self) {
        self.writer.settle();
        drop(self);
    }

    fn step_aside(&mut self) {
        self.signals.away(true);
        self.reader.pause();
        self.writer.settle();
        self.guard.leave();
    }

    fn step_back(&mut self) {
        let (width, height) = size();
        self.resize(width, height);
        self.screen.repaint();
        self.signals.away(false);
        self.reader.resume();
    }
}
