//! Which picture is where, what of it the terminal has already, and what is to be sent next. Pure.
//!
//! ```text
//!  marked cells, all there ─▶ Shown ─▶ Job ─▶ painter ─▶ Painted ─▶ piece after piece ─▶ on the screen
//!       └ moved, covered, changed: taken away with the frame that does it
//! ```

use std::sync::Arc;

use ratatui::layout::Rect;

use super::encode::{PIECE, Piece};
use super::{Protocol, kitty};
use crate::domain::Pixels;

/// Pictures that are kept encoded, and with the terminal where it keeps them.
const KEPT: usize = 8;

/// Bytes of a picture at most, about; over a slow line, and else.
const BUDGET_FAR: usize = 64 << 10;
const BUDGET: usize = 512 << 10;

/// A picture to be encoded.
#[derive(Debug, Clone)]
pub struct Job {
    /// By which it is known.
    pub(super) number: u32,
    pub(super) protocol: Protocol,
    pub(super) id: u32,
    pub(super) pixels: Pixels,
    pub(super) cells: (u16, u16),
    pub(super) cell: Option<(u16, u16)>,
    pub(super) budget: usize,
}

/// A picture that was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    /// That of its job.
    pub(super) number: u32,
    pub(super) pieces: Arc<Vec<Piece>>,
}

/// A picture in one size.
#[derive(Debug)]
struct Kept {
    number: u32,
    id: u32,
    pixels: Pixels,
    cells: (u16, u16),
    /// It is with the painter.
    ordered: bool,
    pieces: Option<Arc<Vec<Piece>>>,
    /// Pieces that the terminal has of it, where it keeps pictures.
    sent: usize,
}

impl Kept {
    fn is_half_sent(&self) -> bool {
        self.sent > 0 && self.pieces.as_ref().is_some_and(|pieces| self.sent < pieces.len())
    }

    /// What makes a terminal forget it that was handed it, whole or in part.
    fn taken_from_kitty(&self) -> Vec<u8> {
        if self.is_half_sent() { kitty::abort(self.id) } else { kitty::end(self.id) }
    }
}

/// A picture in its place.
#[derive(Debug)]
struct Shown {
    /// Different for each: whatever is another one looks different.
    number: u32,
    /// The number of the one that is kept.
    kept: u32,
    area: Rect,
    /// Pieces that are on the screen, where each is drawn by itself.
    sent: usize,
    /// It is in its place, where the terminal keeps pictures.
    placed: bool,
}

/// Bytes, and the cell of the screen that they are written at, if that matters.
pub(in crate::term) type Part = (Option<(u16, u16)>, Vec<u8>);

/// All pictures.
#[derive(Debug)]
pub(in crate::term) struct Stage {
    protocol: Protocol,
    /// Pixels of a cell.
    cell: Option<(u16, u16)>,
    budget: usize,
    shown: Vec<Shown>,
    /// The latest used last.
    kept: Vec<Kept>,
    count: u32,
    /// The terminal's numbers for our pictures follow this one.
    first_id: u32,
    /// What goes out with the next frame.
    beside: Vec<u8>,
}

impl Stage {
    /// An empty one. `first_id` keeps two programs in one terminal apart; `far`: the line is dear.
    pub(in crate::term) const fn new(protocol: Protocol, first_id: u32, far: bool) -> Self {
        Self {
            protocol,
            cell: None,
            budget: if far { BUDGET_FAR } else { BUDGET },
            shown: Vec::new(),
            kept: Vec::new(),
            count: 0,
            first_id,
            beside: Vec::new(),
        }
    }

    /// Cells have so many pixels now: what was encoded for others is not used again.
    pub(in crate::term) fn set_cell(&mut self, cell: Option<(u16, u16)>) {
        if self.cell != cell {
            self.forget();
            self.kept.clear();
            self.cell = cell;
        }
    }

    /// Forgets what is on the screen: everything is sent anew.
    pub(in crate::term) fn forget(&mut self) {
        self.shown.clear();
        for kept in &mut self.kept {
            if self.protocol == Protocol::Kitty && kept.sent > 0 {
                self.beside.extend(kept.taken_from_kitty());
            }
            kept.sent = 0;
        }
    }

    /// What takes every picture of ours off the terminal, whatever state it is in.
    pub(in crate::term) fn undoing(protocol: Protocol, first_id: u32) -> Vec<u8> {
        match protocol {
            Protocol::Kitty => ids(first_id).flat_map(kitty::end).collect(),
            // They are drawn into the screen, and go with it.
            Protocol::Sixel | Protocol::Iterm2 => Vec::new(),
        }
    }

    /// The next frame has these pictures in these places; says by which numbers they are told apart.
    pub(in crate::term) fn frame(&mut self, wanted: Vec<(Rect, Pixels)>) -> Vec<(Rect, u32)> {
        let mut shown = Vec::with_capacity(wanted.len());
        let mut used = Vec::with_capacity(wanted.len());
        for (area, pixels) in wanted {
            let Some(kept) = self.keep(&pixels, (area.width, area.height), &used) else { continue };
            used.push(kept);
            let at = self.shown.iter().position(|shown| shown.area == area && shown.kept == kept);
            shown.push(if let Some(at) = at {
                self.shown.swap_remove(at)
            } else {
                self.count += 1;
                Shown { number: self.count, kept, area, sent: 0, placed: false }
            });
        }
        for gone in std::mem::replace(&mut self.shown, shown) {
            let id = self.kept.iter().find(|kept| kept.number == gone.kept).map(|kept| kept.id);
            if let (Some(id), true) = (id, gone.placed) {
                self.beside.extend(kitty::removal(id, gone.number));
            }
        }
        for kept in self.kept.iter_mut().filter(|kept| !used.contains(&kept.number)) {
            if self.protocol == Protocol::Kitty && kept.is_half_sent() {
                self.beside.extend(kitty::abort(kept.id));
                kept.sent = 0;
            }
            // A newer list takes it from the painter.
            kept.ordered = false;
        }
        self.shown.iter().map(|shown| (shown.area, shown.number)).collect()
    }

    /// The number of a picture in a size; none if there are too many at once.
    fn keep(&mut self, pixels: &Pixels, cells: (u16, u16), used: &[u32]) -> Option<u32> {
        let is_it = |kept: &Kept| kept.cells == cells && kept.pixels.is_same(pixels);
        if let Some(at) = self.kept.iter().position(is_it) {
            let kept = self.kept.remove(at);
            let number = kept.number;
            self.kept.push(kept);
            return Some(number);
        }
        if self.kept.len() >= KEPT {
            let at = self.kept.iter().position(|kept| !used.contains(&kept.number))?;
            let old = self.kept.remove(at);
            if self.protocol == Protocol::Kitty && old.sent > 0 {
                self.beside.extend(old.taken_from_kitty());
            }
            self.shown.retain(|shown| shown.kept != old.number);
        }
        let id = ids(self.first_id).find(|id| self.kept.iter().all(|kept| kept.id != *id))?;
        self.count += 1;
        let pixels = pixels.clone();
        self.kept.push(Kept { number: self.count, id, pixels, cells, ordered: false, pieces: None, sent: 0 });
        Some(self.count)
    }

    /// What must go out with the frame.
    pub(in crate::term) fn take_beside(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.beside)
    }

    /// What is to be encoded now, if that is something new.
    pub(in crate::term) fn jobs(&mut self) -> Option<Vec<Job>> {
        let wanted =
            |kept: &Kept| kept.pieces.is_none() && self.shown.iter().any(|shown| shown.kept == kept.number);
        if !self.kept.iter().any(|kept| wanted(kept) && !kept.ordered) {
            return None;
        }
        let mut jobs = Vec::new();
        for shown in &self.shown {
            let Some(kept) = self.kept.iter_mut().find(|kept| kept.number == shown.kept) else { continue };
            if kept.pieces.is_none() {
                kept.ordered = true;
                jobs.push(Job {
                    number: kept.number,
                    protocol: self.protocol,
                    id: kept.id,
                    pixels: kept.pixels.clone(),
                    cells: kept.cells,
                    cell: self.cell,
                    budget: self.budget,
                });
            }
        }
        Some(jobs)
    }

    /// A picture was encoded.
    pub(in crate::term) fn painted(&mut self, painted: Painted) {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.number == painted.number) {
            kept.pieces = Some(painted.pieces);
        }
    }

    /// What is sent next: a little at a time, so that whatever else is to be sent need not wait.
    pub(in crate::term) fn next(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut size = 0;
        while let Some(step) = self.step() {
            let part = self.part(step);
            if size > 0 && size + part.1.len() > PIECE {
                break;
            }
            size += part.1.len();
            parts.push(part);
            self.take(step);
        }
        parts
    }

    /// The next thing to be done, and with which picture.
    fn step(&self) -> Option<Step> {
        let kept_of = |shown: &Shown| self.kept.iter().position(|kept| kept.number == shown.kept);
        if self.protocol == Protocol::Kitty {
            // Two transmissions must not mix.
            if let Some(kept) = self.kept.iter().position(Kept::is_half_sent) {
                return Some(Step::Transmit { kept });
            }
        }
        self.shown.iter().enumerate().find_map(|(at, shown)| {
            let kept = kept_of(shown)?;
            let pieces = self.kept[kept].pieces.as_ref().filter(|pieces| !pieces.is_empty())?.len();
            match self.protocol {
                Protocol::Kitty if self.kept[kept].sent < pieces => Some(Step::Transmit { kept }),
                Protocol::Kitty => (!shown.placed).then_some(Step::Place { at, kept }),
                Protocol::Sixel | Protocol::Iterm2 => {
                    (shown.sent < pieces).then_some(Step::Draw { at, kept })
                }
            }
        })
    }

    fn part(&self, step: Step) -> Part {
        match step {
            Step::Transmit { kept } => {
                let kept = &self.kept[kept];
                (None, kept.pieces.as_ref().map(|pieces| pieces[kept.sent].bytes.clone()).unwrap_or_default())
            }
            Step::Place { at, kept } => {
                let (shown, kept) = (&self.shown[at], &self.kept[kept]);
                (Some((shown.area.x, shown.area.y)), kitty::placement(kept.id, shown.number, kept.cells))
            }
            Step::Draw { at, kept } => {
                let shown = &self.shown[at];
                let piece = self.kept[kept].pieces.as_ref().map(|pieces| pieces[shown.sent].clone());
                let (x, y) = piece.as_ref().and_then(|piece| piece.at).unwrap_or_default();
                let bytes = piece.map(|piece| piece.bytes).unwrap_or_default();
                (Some((shown.area.x + x, shown.area.y + y)), bytes)
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Transmit { kept } => self.kept[kept].sent += 1,
            Step::Place { at, .. } => self.shown[at].placed = true,
            Step::Draw { at, .. } => self.shown[at].sent += 1,
        }
    }
}

/// What is done next, with which picture.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A chunk of it is handed over.
    Transmit { kept: usize },
    /// It is put in its place.
    Place { at: usize, kept: usize },
    /// A piece of it is drawn.
    Draw { at: usize, kept: usize },
}

/// The terminal's numbers for our pictures.
fn ids(first: u32) -> impl Iterator<Item = u32> {
    (1..=KEPT as u32).map(move |slot| first + slot)
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
