//! Pictures: decoded within bounds, turned the right way up, made small.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::kind::Format;
use crate::domain::{Picture, Pixels, SafeText};

/// The widest and highest picture that is decoded, in pixels.
const SIDE: u32 = 20_000;

/// The most pixels that are decoded: enough for any camera, and at four bytes each well within the memory allowed.
const AREA: u64 = 50_000_000;

/// Memory that the decoder may take, in bytes.
const MEMORY: u64 = 256 << 20;

/// A picture, from bytes of a known format.
pub(super) fn picture(format: Format, bytes: &[u8]) -> Result<Picture, SafeText> {
    let broken = |error: image::ImageError| {
        SafeText::line(&format!("the {} picture can't be decoded: {error}", format.name()))
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), codec(format));
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > AREA {
        let words = format!("{width} × {height} pixels are too many to decode: save it instead");
        return Err(SafeText::line(&words));
    }
    decoder.set_limits(limits()).map_err(broken)?;
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if picture.width() > Pixels::SIDE || picture.height() > Pixels::SIDE {
        picture = picture.thumbnail(Pixels::SIDE, Pixels::SIDE);
    }
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let small = on_white(&picture);
    let pixels = Pixels::new(small.width(), small.height(), small.into_raw());
    let pixels = pixels.ok_or("the picture is empty")?;
    Ok(Picture { format: format.name().into(), width, height, pixels })
}

const fn codec(format: Format) -> ImageFormat {
    match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

/// Plots often are black on nothing: on a dark terminal that would be black on black.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (from, to) in picture.pixels().zip(flat.pixels_mut()) {
        let [r, g, b, alpha] = from.0;
        let blend = |part: u8| {
            let part = (u16::from(part) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255;
            u8::try_from(part).unwrap_or(u8::MAX)
        };
        *to = Rgb([blend(r), blend(g), blend(b)]);
    }
    flat
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    pub(in crate::preview) fn encoded(picture: &RgbaImage, format: Format) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgba8(picture.clone());
        match format {
            Format::Jpeg => DynamicImage::ImageRgb8(picture.to_rgb8()).write_to(&mut bytes, codec(format)),
            _ => picture.write_to(&mut bytes, codec(format)),
        }
        .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_format_is_decoded_and_made_small() {
        let big = RgbaImage::from_pixel(1_300, 650, Rgba([200, 100, 50, 255]));
        for format in [Format::Png, Format::Jpeg, Format::Gif, Format::Webp] {
            let picture = picture(format, &encoded(&big, format)).unwrap();
            assert_eq!((picture.width, picture.height), (1_300, 650), "{format:?}");
            assert_eq!((picture.pixels.width(), picture.pixels.height()), (640, 320), "{format:?}");
            let [r, g, b] = picture.pixels.mean((0, 1), (0, 1));
            let near = |one: u8, other: i32| (i32::from(one) - other).abs() < 12;
            assert!(near(r, 200) && near(g, 100) && near(b, 50), "{format:?}: {r} {g} {b}");
        }
    }

    #[test]
    fn what_is_clear_is_white() {
        let clear = RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 0]));
        let picture = picture(Format::Png, &encoded(&clear, Format::Png)).unwrap();
        assert_eq!(picture.pixels.mean((0, 1), (0, 1)), [255, 255, 255]);
    }
}
