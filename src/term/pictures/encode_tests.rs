use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

fn pixels(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Pixels::new(width, height, all.flat_map(|(x, y)| colour(x, y)).collect()).unwrap()
}

/// A plot: two colours, sharp edges.
fn plot() -> Pixels {
    pixels(160, 80, |x, y| if x / 2 == y { [200, 0, 0] } else { [255; 3] })
}

/// What no encoder likes.
fn noise(width: u32, height: u32) -> Pixels {
    pixels(width, height, |x, y| {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(7)).wrapping_mul(97);
        [mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8]
    })
}

fn order(protocol: Protocol, pixels: &Pixels, cells: (u16, u16)) -> Order<'_> {
    Order { protocol, id: 33, pixels, cells, cell: Some((8, 16)), budget: usize::MAX }
}

fn text(piece: &Piece) -> &str {
    std::str::from_utf8(&piece.bytes).unwrap()
}

/// Keys and data of each of kitty's sequences.
fn kitty_parts(pieces: &[Piece]) -> Vec<(String, String)> {
    let parts = pieces.iter().map(|piece| {
        let inside = text(piece).strip_prefix("\u{1b}_G").unwrap().strip_suffix("\u{1b}\\").unwrap();
        let (keys, data) = inside.split_once(';').unwrap();
        (keys.to_owned(), data.to_owned())
    });
    parts.collect()
}

/// The picture in a tile of iTerm2's, and the columns that it takes.
fn inline_tile(piece: &Piece) -> (RgbImage, u16) {
    let inside = text(piece).strip_prefix("\u{1b}]1337;File=").unwrap().strip_suffix("\u{1b}\\").unwrap();
    let (keys, data) = inside.split_once(':').unwrap();
    let png = STANDARD.decode(data).unwrap();
    let value = |name: &str| keys.split(';').find_map(|pair| pair.strip_prefix(name)).unwrap();
    assert_eq!(value("size=").parse::<usize>().unwrap(), png.len());
    (image::load_from_memory(&png).unwrap().to_rgb8(), value("width=").parse().unwrap())
}

#[test]
fn kitty_is_handed_a_png_in_chunks_it_takes() {
    let picture = noise(320, 160);
    let pieces = encode(order(Protocol::Kitty, &picture, (40, 10)));
    let parts = kitty_parts(&pieces);
    assert!(parts.len() > 10);
    assert_eq!(parts[0].0, "a=t,f=100,i=33,q=2,m=1");
    let (last, others) = parts[1..].split_last().unwrap();
    assert!(others.iter().all(|(keys, data)| keys == "q=2,m=1" && data.len() == 4_096));
    assert_eq!(last.0, "q=2,m=0");
    let data: String = parts.iter().map(|(_, data)| data.as_str()).collect();
    let png = image::load_from_memory(&STANDARD.decode(data).unwrap()).unwrap().to_rgb8();
    assert_eq!(png.as_raw(), picture.rgb(), "40 × 10 cells of 8 × 16 pixels are exactly its own");
}

#[test]
fn tiles_of_both_kinds_cover_the_place_once() {
    for (picture, cells) in [(plot(), (20, 5)), (noise(160, 80), (20, 5)), (noise(3, 2), (1, 1))] {
        for protocol in [Protocol::Iterm2, Protocol::Sixel] {
            let mut covered = vec![0; usize::from(cells.0) * usize::from(cells.1)];
            for piece in encode(order(protocol, &picture, cells)) {
                let (x, y) = piece.at.unwrap();
                let columns = match protocol {
                    Protocol::Sixel => {
                        let tile = icy_sixel::SixelImage::decode(&piece.bytes).unwrap();
                        // Sixel comes in bands of six rows; what is beyond the tile is clear.
                        assert_eq!((tile.width % 8, tile.height), (0, 18));
                        assert!(tile.pixels[tile.width * 16 * 4..].chunks(4).all(|pixel| pixel[3] == 0));
                        tile.width as u16 / 8
                    }
                    _ => inline_tile(&piece).1,
                };
                assert!(piece.bytes.len() <= PIECE || columns == 1, "{protocol:?}: {}", piece.bytes.len());
                for column in x..x + columns {
                    covered[usize::from(y * cells.0 + column)] += 1;
                }
            }
            assert!(covered.iter().all(|times| *times == 1), "{protocol:?}: {covered:?}");
        }
    }
}

#[test]
fn what_is_drawn_is_what_was_decoded() {
    let halves = pixels(16, 16, |x, _| if x < 8 { [250, 10, 10] } else { [10, 10, 250] });
    let tile = &encode(order(Protocol::Iterm2, &halves, (2, 1)))[0];
    assert_eq!(inline_tile(tile).0.as_raw(), halves.rgb());
    let tile = &encode(order(Protocol::Sixel, &halves, (2, 1)))[0];
    let sixel = icy_sixel::SixelImage::decode(&tile.bytes).unwrap();
    let near =
        |pixel: &[u8], colour: [u8; 3]| pixel.iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 9);
    assert!(near(&sixel.pixels[..3], [250, 10, 10]) && near(&sixel.pixels[60..63], [10, 10, 250]));
}

#[test]
fn tiles_put_together_are_the_picture() {
    let picture = noise(160, 80);
    let mut whole = RgbImage::new(160, 80);
    for piece in encode(order(Protocol::Iterm2, &picture, (20, 5))) {
        let (x, y) = piece.at.unwrap();
        imageops::replace(&mut whole, &inline_tile(&piece).0, i64::from(x) * 8, i64::from(y) * 16);
    }
    assert!(whole.as_raw() == picture.rgb());
    // Sixel has fewer colours and scatters what it lacks: the whole is near, if no dot is.
    let plot = plot();
    let mut far_off = 0;
    for piece in encode(order(Protocol::Sixel, &plot, (20, 5))) {
        let (left, top) = piece.at.map(|(x, y)| (u32::from(x) * 8, u32::from(y) * 16)).unwrap();
        let tile = icy_sixel::SixelImage::decode(&piece.bytes).unwrap();
        for (at, dot) in tile.pixels.chunks(4).enumerate().filter(|(_, dot)| dot[3] > 0) {
            let (x, y) = (left + (at % tile.width) as u32, top + (at / tile.width) as u32);
            let from = (y * 160 + x) as usize * 3;
            let is_near =
                dot[..3].iter().zip(&plot.rgb()[from..]).all(|(one, other)| one.abs_diff(*other) < 12);
            far_off += usize::from(!is_near);
        }
    }
    assert!(far_off < 160 * 80 / 50, "{far_off} dots are elsewhere");
}

#[test]
fn a_dear_line_gets_fewer_bytes() {
    let picture = noise(320, 240);
    let size = |order| encode(order).iter().map(|piece| piece.bytes.len()).sum::<usize>();
    for protocol in [Protocol::Kitty, Protocol::Iterm2] {
        let far = Order { budget: 32 << 10, ..order(protocol, &picture, (40, 12)) };
        assert!(size(far) <= 32 << 10, "{protocol:?}: {}", size(far));
    }
    let near = order(Protocol::Sixel, &picture, (20, 6));
    assert!(size(Order { budget: 16 << 10, ..near }) < size(near) / 2);
}

#[test]
fn without_a_known_cell_sixel_keeps_within_its_place() {
    let picture = plot();
    let order = Order { cell: None, ..order(Protocol::Sixel, &picture, (20, 5)) };
    for piece in encode(order) {
        let tile = icy_sixel::SixelImage::decode(&piece.bytes).unwrap();
        assert!(tile.width <= 20 * 6 && tile.height <= 12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the pixels are, nothing but the sequences that are meant comes of them, and nothing panics.
    #[test]
    fn any_picture_is_encoded_in_sequences_that_are_ours(
        width in 1_u32..24, height in 1_u32..24, columns in 1_u16..12, rows in 1_u16..5,
        bytes in prop::collection::vec(any::<u8>(), 24 * 24 * 3),
        cell in prop::option::of((3_u16..20, 3_u16..40)),
    ) {
        let rgb = bytes[..(width * height * 3) as usize].to_vec();
        let pixels = Pixels::new(width, height, rgb).unwrap();
        for protocol in [Protocol::Kitty, Protocol::Iterm2, Protocol::Sixel] {
            let order = Order { protocol, id: 1, pixels: &pixels, cells: (columns, rows), cell, budget: 1 << 20 };
            let pieces = encode(order);
            prop_assert!(!pieces.is_empty());
            for piece in pieces {
                let inside = text(&piece).strip_prefix('\u{1b}').unwrap().strip_suffix("\u{1b}\\").unwrap();
                prop_assert!(inside.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{inside:?}");
            }
        }
    }
}
