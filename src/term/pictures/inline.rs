//! iTerm2's inline images: each a PNG of ours, in so many cells.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;

use super::encode::png;

/// A tile that is one cell high and so many wide, drawn from the cursor on.
pub(super) fn tile(picture: &RgbImage, columns: u16) -> Vec<u8> {
    let png = png(picture);
    if png.is_empty() {
        return Vec::new();
    }
    let size = png.len();
    let head = format!(
        "\x1b]1337;File=inline=1;size={size};width={columns};height=1;preserveAspectRatio=0;doNotMoveCursor=1:"
    );
    [head.as_bytes(), STANDARD.encode(png).as_bytes(), b"\x1b\\"].concat()
}
