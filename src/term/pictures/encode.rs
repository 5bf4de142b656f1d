//! Decoded pixels to what a terminal draws, in pieces that each can stand alone between other output.
//!
//! Sixel and iTerm2's pictures can't be interrupted once they are begun. So a picture is cut into rows of cells, and
//! those into halves, until each piece is small. kitty's protocol has pieces of its own.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

use super::{Protocol, inline, kitty, sixel};
use crate::domain::Pixels;

/// Bytes of one piece that are aimed at: what a slow line takes in about a second.
pub(super) const PIECE: usize = 4_096;

/// The size of a cell in pixels where nobody says it: less than nearly every terminal's, so that no picture covers what
/// stands beside it.
const SMALL_CELL: (u32, u32) = (6, 12);

/// The same where the terminal fits the picture into its cells itself.
const USUAL_CELL: (u32, u32) = (10, 20);

/// Times a picture is made smaller to stay within its budget.
const SMALLER: usize = 6;

/// A part of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The cell of the picture that it is written at; `None`: it doesn't matter.
    pub(super) at: Option<(u16, u16)>,
    /// Its bytes: whole sequences only.
    pub(super) bytes: Vec<u8>,
}

/// What is to be encoded, and for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'p> {
    pub(super) protocol: Protocol,
    /// The number by which kitty knows it.
    pub(super) id: u32,
    pub(super) pixels: &'p Pixels,
    /// Cells across and down.
    pub(super) cells: (u16, u16),
    /// Pixels of a cell, across and down, if that is known.
    pub(super) cell: Option<(u16, u16)>,
    /// Bytes it should not exceed by much.
    pub(super) budget: usize,
}

/// A picture in pieces. Empty if it cannot be encoded.
pub(super) fn encode(order: Order<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for step in 0..SMALLER {
        pieces = match order.protocol {
            Protocol::Kitty => kitty::transmission(order.id, &png(&order.canvas(order.fitting(step)))),
            Protocol::Iterm2 => {
                let cell = order.fitting(step);
                in_tiles(&order.canvas(cell), cell, order.cells, &inline::tile)
            }
            Protocol::Sixel => {
                let cell = order.cell.map_or(SMALL_CELL, |(width, height)| (width.into(), height.into()));
                let colours = sixel::COLOURS >> step;
                in_tiles(&order.canvas(cell), cell, order.cells, &|tile, _| sixel::tile(tile, colours))
            }
        };
        if pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>() <= order.budget {
            break;
        }
    }
    pieces
}

impl Order<'_> {
    /// Pixels of a cell: as the screen has them, but no more than the picture has, and a third less with each step.
    fn fitting(&self, step: usize) -> (u32, u32) {
        let (width, height) = self.cell.map_or(USUAL_CELL, |(width, height)| (width.into(), height.into()));
        let (across, down) = (u32::from(self.cells.0.max(1)), u32::from(self.cells.1.max(1)));
        let fit = |cell: u32, has: u32, cells: u32| {
            let most = has.div_ceil(cells).min(cell);
            (0..step).fold(most, |size, _| size * 2 / 3).max(1)
        };
        (fit(width, self.pixels.width(), across), fit(height, self.pixels.height(), down))
    }

    /// The picture in as many pixels as its cells have.
    fn canvas(&self, cell: (u32, u32)) -> RgbImage {
        let (width, height) = (u32::from(self.cells.0) * cell.0, u32::from(self.cells.1) * cell.1);
        let raw = self.pixels.rgb().to_vec();
        let picture = RgbImage::from_raw(self.pixels.width(), self.pixels.height(), raw).unwrap_or_default();
        // A small picture enlarged keeps its edges: each of its pixels may matter.
        let enlarged = width >= self.pixels.width() * 2;
        let filter = if enlarged { FilterType::Nearest } else { FilterType::Triangle };
        imageops::resize(&picture, width.max(1), height.max(1), filter)
    }
}

/// Rows of cells, each cut in halves until it is small enough.
fn in_tiles(
    canvas: &RgbImage,
    cell: (u32, u32),
    cells: (u16, u16),
    encode: &dyn Fn(&RgbImage, u16) -> Vec<u8>,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for y in 0..cells.1 {
        let mut waiting = vec![(0, cells.0)];
        while let Some((x, columns)) = waiting.pop() {
            let (left, top) = (u32::from(x) * cell.0, u32::from(y) * cell.1);
            let tile = imageops::crop_imm(canvas, left, top, u32::from(columns) * cell.0, cell.1).to_image();
            let bytes = encode(&tile, columns);
            if bytes.len() > PIECE && columns > 1 {
                let half = columns / 2;
                waiting.push((x + half, columns - half));
                waiting.push((x, half));
            } else if !bytes.is_empty() {
                pieces.push(Piece { at: Some((x, y)), bytes });
            }
        }
    }
    pieces
}

/// A picture as PNG. Empty if it cannot be.
pub(super) fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    let (width, height) = picture.dimensions();
    match encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8) {
        Ok(()) => bytes.into_inner(),
        Err(error) => {
            tracing::warn!(%error, "a picture could not be encoded");
            Vec::new()
        }
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
