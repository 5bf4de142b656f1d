//! kitty's graphics protocol: a picture is handed over once, under a number of ours, then shown in a place, moved or
//! taken away by that number. Every answer is switched off: it would come as if it were typed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encode::Piece;

/// Bytes of base 64 in one sequence at most, by the protocol.
const CHUNK: usize = 4_096;

/// Hands a picture over, as PNG.
pub(super) fn transmission(id: u32, png: &[u8]) -> Vec<Piece> {
    let encoded = STANDARD.encode(png);
    let count = encoded.len().div_ceil(CHUNK);
    let chunk = |(at, chunk): (usize, &[u8])| {
        let more = u8::from(at + 1 < count);
        let head = if at == 0 { format!("a=t,f=100,i={id},q=2,m={more}") } else { format!("q=2,m={more}") };
        Piece { at: None, bytes: [b"\x1b_G", head.as_bytes(), b";", chunk, b"\x1b\\"].concat() }
    };
    encoded.as_bytes().chunks(CHUNK).enumerate().map(chunk).collect()
}

/// Shows a picture that was handed over, in so many cells from the cursor on, which stays.
pub(super) fn placement(id: u32, place: u32, (columns, rows): (u16, u16)) -> Vec<u8> {
    format!("\x1b_Ga=p,i={id},p={place},c={columns},r={rows},C=1,q=2\x1b\\").into_bytes()
}

/// Takes a picture off one of its places; it can be shown again.
pub(super) fn removal(id: u32, place: u32) -> Vec<u8> {
    format!("\x1b_Ga=d,d=i,i={id},p={place},q=2\x1b\\").into_bytes()
}

/// Forgets a picture.
pub(super) fn end(id: u32) -> Vec<u8> {
    format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\").into_bytes()
}

/// Ends a transmission that was begun and will not be completed, and forgets what came of it.
pub(super) fn abort(id: u32) -> Vec<u8> {
    [b"\x1b_Gq=2,m=0\x1b\\".as_slice(), &end(id)].concat()
}
