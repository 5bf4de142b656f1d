//! Sixel, with colours chosen for each tile.

use icy_sixel::{EncodeOptions, SixelImage};
use image::{DynamicImage, RgbImage};

/// Colours of a tile: it is small, so that more would not be seen.
pub(super) const COLOURS: u16 = 64;

const END: &str = "\x1b\\";

/// A tile, drawn from the cursor on.
pub(super) fn tile(picture: &RgbImage, colours: u16) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = DynamicImage::ImageRgb8(picture.clone()).into_rgba8().into_raw();
    let options = EncodeOptions { max_colors: colours.max(2), ..EncodeOptions::default() };
    let encoded =
        SixelImage::try_from_rgba(pixels, width, height).and_then(|picture| picture.encode_with(&options));
    match encoded {
        // The cursor stays in the last band: a line feed there could scroll.
        Ok(text) => [text.trim_end_matches(END).trim_end_matches('-').as_bytes(), END.as_bytes()].concat(),
        Err(error) => {
            tracing::warn!(%error, "a picture could not be encoded");
            Vec::new()
        }
    }
}
