//! What is made to break readers: bombs, lies, torn files, names with tricks. Nothing here may panic, take long or
//! take much.

use proptest::prelude::*;

use super::archive::tests::{gzipped, tarred, zipped};
use super::kind::Format;
use super::pages::tests::document;
use super::picture::tests::encoded;
use super::*;
use crate::domain::Inside;

fn job(name: &str) -> Job {
    Job { name: name.to_owned(), mime: None, whole: true, compared: false }
}

/// A PNG that claims these measures and holds nothing of them.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    for (name, body) in [(b"IHDR", head.as_slice()), (b"IDAT", &[][..]), (b"IEND", &[])] {
        let mut check = flate2::Crc::new();
        check.update(name);
        check.update(body);
        file.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        file.extend(name);
        file.extend(body);
        file.extend(check.sum().to_be_bytes());
    }
    file
}

#[test]
fn pictures_of_absurd_measures_are_refused_by_their_head() {
    for (width, height) in [(1_000_000, 1_000_000), (u32::MAX, 1), (20_000, 20_000), (0, 0)] {
        assert!(extract(&job("a.png"), &claiming(width, height)).is_err(), "{width} × {height}");
    }
}

#[test]
fn a_gzip_bomb_is_unpacked_as_far_as_its_beginning() {
    let bomb = gzipped(&vec![b'a'; 24 << 20]);
    let preview = extract(&job("a.txt.gz"), &bomb).unwrap();
    let Inside::Text(body) = &preview.inside else { panic!("{preview:?}") };
    assert!(body.text.as_str().len() <= TEXT_KEPT);
    let nested = gzipped(&bomb);
    assert!(extract(&job("a.txt.gz.gz"), &nested).is_err());
}

#[test]
fn a_zip_bomb_is_listed_and_called_one() {
    let zeros = vec![0_u8; 8 << 20];
    let preview = extract(&job("a.zip"), &zipped(&[("zeros", &zeros)])).unwrap();
    assert!(preview.remarks.iter().any(|remark| remark.as_str().contains("times its size")), "{preview:?}");
}

#[test]
fn a_packed_tar_bomb_ends_at_the_bound() {
    let zeros = vec![0_u8; 66 << 20];
    let bomb = gzipped(&tarred(&[("zeros", &zeros), ("after", b"x")]));
    let preview = extract(&job("a.tar.gz"), &bomb).unwrap();
    let Inside::Archive(archive) = &preview.inside else { panic!("{preview:?}") };
    assert_eq!(archive.entries[0].path.as_str(), "zeros");
    assert!(!preview.remarks.is_empty(), "it says that the list breaks off");
}

#[test]
fn ten_megabytes_of_one_line_are_cut() {
    for name in ["a.txt", "a.csv", "a.json", "a.md"] {
        let preview = extract(&job(name), &vec![b'x'; 10 << 20]).unwrap();
        let size = serde_json::to_vec(&preview).unwrap().len();
        assert!(size < 2 * TEXT_KEPT, "{name}: {size}");
    }
}

#[test]
fn every_file_may_be_torn_anywhere() {
    let picture = image::RgbaImage::from_pixel(9, 9, image::Rgba([1, 2, 3, 255]));
    let whole = [
        ("a.png", encoded(&picture, Format::Png)),
        ("a.jpg", encoded(&picture, Format::Jpeg)),
        ("a.gif", encoded(&picture, Format::Gif)),
        ("a.webp", encoded(&picture, Format::Webp)),
        ("a.zip", zipped(&[("a.csv", b"a,b"), ("b.csv", b"c,d")])),
        ("a.tgz", gzipped(&tarred(&[("a.csv", b"a,b")]))),
        ("a.csv", b"a,b\n1,\"2\n3\",4\n".to_vec()),
        ("a.json", br#"{"a": [1, {"b": "c\u00e9"}]}"#.to_vec()),
    ];
    for (name, bytes) in whole {
        assert!(extract(&job(name), &bytes).is_ok(), "{name}");
        for end in 0..bytes.len() {
            // Whatever comes of it, it comes.
            let _ = extract(&job(name), &bytes[..end]);
        }
    }
}

#[test]
fn a_torn_document_is_an_error_in_words() {
    let whole = document(&["one", "two"]);
    assert!(extract(&job("a.pdf"), &whole[..whole.len() / 2]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any bytes under any name become something printable within bounds. Documents are left out: their reader may
    /// panic, which is what the child process is for.
    #[test]
    fn any_bytes_are_shown_or_refused(
        mark in prop::sample::select(vec![
            &b""[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 ", b"PK\x03\x04",
            b"PK\x05\x06", b"\x1f\x8b\x08\0", b"{\"a\":", b"a,b\n", b"\xff\xfe",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
        name in prop::sample::select(vec!["a.csv", "a.json", "a.txt", "a.png", "a.zip", "a.gz", "a", ""]),
        whole in any::<bool>(),
    ) {
        let bytes = [mark, &rest].concat();
        let job = Job { name: name.to_owned(), mime: None, whole, compared: false };
        if let Ok(preview) = extract(&job, &bytes) {
            let json = serde_json::to_string(&preview).unwrap();
            prop_assert!(!json.contains("\\u001b") && !json.contains('\u{202e}'), "{json}");
            // What is kept is what is read back.
            prop_assert_eq!(serde_json::from_str::<Preview>(&json).unwrap(), preview);
        }
    }
}
