//! Files are looked into by a process of our own: what it makes of them comes back, and nothing that it dies of hurts
//! whoever started it.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use questdesk::clock;
use questdesk::domain::{Inside, Preview, SafeText};
use questdesk::preview::{Decoder, Job};
use tempfile::TempDir;

fn look(decoder: &Decoder, name: &str, bytes: &[u8]) -> Result<Preview, SafeText> {
    let job = Job { name: name.to_owned(), mime: None, whole: true, compared: false };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(decoder.look(&job, bytes.to_vec()))
}

/// This program, with time enough on a busy machine: its share of the processor is bounded all the same.
fn program() -> Decoder {
    Decoder::new(env!("CARGO_BIN_EXE_questdesk").into()).within(Duration::from_secs(120))
}

/// A program that does this instead of looking.
fn impostor(folder: &TempDir, script: &str) -> Decoder {
    let path = folder.path().join("impostor");
    // Written by another process: a file that a child of a test beside this one still holds open can't be run.
    let mut shell = Command::new("sh")
        .args(["-c", r#"cat >"$0" && chmod 700 "$0""#])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    write!(shell.stdin.take().unwrap(), "#!/bin/sh\n{script}\n").unwrap();
    assert!(shell.wait().unwrap().success());
    Decoder::new(path)
}

#[test]
fn what_the_child_made_comes_back() {
    let preview = look(&program(), "run.csv", b"a,b\n1,2\n").unwrap();
    assert!(matches!(&preview.inside, Inside::Table(table) if table.total == Some(1)), "{preview:?}");
    // More than a pipe holds, both ways.
    let text = "line after line\n".repeat(100_000);
    let preview = look(&program(), "a.txt", text.as_bytes()).unwrap();
    assert!(matches!(&preview.inside, Inside::Text(_)), "{preview:?}");
}

#[test]
fn a_document_that_breaks_its_reader_is_refused_in_words() {
    // Tables of contents that lead to themselves, streams of nonsense: the reader may panic, overflow its stack or say no.
    let loops = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [2 0 R] \
        /Count 1 /Parent 2 0 R >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF";
    let deep = [b"%PDF-1.4\n1 0 obj\n".as_slice(), &b"[".repeat(2_000_000), b"\nendobj\n%%EOF"].concat();
    for (name, bytes) in [("loops.pdf", loops.as_slice()), ("deep.pdf", &deep)] {
        match look(&program(), name, bytes) {
            Err(words) => assert!(!words.is_empty()),
            Ok(preview) => assert!(matches!(preview.inside, Inside::Pages(_)), "{preview:?}"),
        }
    }
}

#[test]
fn a_child_that_dies_says_nothing_or_nonsense_costs_one_preview() {
    let folder = TempDir::new().unwrap();
    for script in ["kill -9 $$", "exit 3", "echo nonsense", "cat >/dev/null", "head -c 9000000 /dev/zero"] {
        let words = look(&impostor(&folder, script), "a.csv", b"a,b\n").unwrap_err();
        assert!(words.as_str().contains("gave up"), "{script}: {words}");
    }
}

#[test]
fn a_child_that_never_ends_is_killed() {
    let folder = TempDir::new().unwrap();
    let pid = folder.path().join("pid");
    let decoder = impostor(&folder, &format!("echo $$ > {}\nexec sleep 600", pid.display()));
    // On a busy machine it may be killed before it has said who it is.
    let mut within = Duration::from_millis(500);
    while !fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')) {
        within *= 2;
        let words = look(&decoder.clone().within(within), "a.csv", b"a,b\n").unwrap_err();
        assert!(words.as_str().contains("takes longer"), "{words}");
        assert!(within < Duration::from_secs(60), "it never began");
    }
    // Whoever waits for the death of a process that is no child of theirs can only look.
    let process = Path::new("/proc").join(fs::read_to_string(pid).unwrap().trim());
    let is_alive = || {
        let stat = fs::read_to_string(process.join("stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
    };
    let end = clock::monotonic() + Duration::from_secs(20);
    while is_alive() {
        assert!(clock::monotonic() < end, "it is still there");
        std::thread::yield_now();
    }
}

#[test]
fn a_missing_program_is_said() {
    let words = look(&Decoder::new("/nowhere/questdesk".into()), "a.csv", b"a,b\n").unwrap_err();
    assert!(words.as_str().contains("no process"), "{words}");
}

#[test]
fn the_child_is_bounded_in_memory() {
    // A megabyte that claims to be a gigabyte of pixels is refused before anything is laid out for it; the limits of
    // the process hold for whatever is missed. Here: a valid picture at the bound is shown all the same.
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(4_000, 4_000, image::Rgb([9, 9, 9]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    let preview = look(&program(), "a.png", &bytes.into_inner()).unwrap();
    assert!(matches!(&preview.inside, Inside::Picture(picture) if picture.width == 4_000), "{preview:?}");
}

/// A gzip bomb: so many megabytes of zeros, packed.
fn packed_zeros(megabytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..megabytes {
        packer.write_all(&zeros).unwrap();
    }
    packer.finish().unwrap()
}

/// The head of a PNG of these measures, and nothing of it.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    for (name, body) in [(b"IHDR", head.as_slice()), (b"IDAT", &[]), (b"IEND", &[])] {
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
fn what_is_huge_makes_an_answer_of_bounded_size() {
    let rows: String = std::iter::once("run,curie_k,atmosphere\n".to_owned())
        .chain((0..100_000).map(|row| format!("{row},{}.5,argon\n", 380 + row % 7)))
        .collect();
    let inside = |name: &str, bytes: &[u8]| look(&program(), name, bytes).map(|preview| preview.inside);
    let table = inside("runs.csv", rows.as_bytes()).unwrap();
    let Inside::Table(table) = &table else { panic!("{table:?}") };
    assert_eq!((table.total, table.read), (Some(100_000), 100_000));
    assert!(table.rows.len() <= 1_000 && table.columns[0].distinct_more, "{:?}", table.columns[0]);
    let numbers = table.columns[1].numbers.unwrap();
    assert_eq!((numbers.min, numbers.max), (380.5, 386.5));
    // A bomb unpacks as far as a beginning, whatever it would become.
    let bomb = packed_zeros(80);
    assert!(matches!(inside("bomb.bin.gz", &bomb), Ok(Inside::Bytes(_))));
    assert!(matches!(inside("bomb.tar.gz", &bomb), Ok(Inside::Bytes(_) | Inside::Archive(_))));
    // Pictures are refused by their heads.
    for (width, height) in [(20_000, 20_000), (u32::MAX, u32::MAX)] {
        let words = inside("huge.png", &png_head(width, height)).unwrap_err();
        assert!(!words.is_empty(), "{width} × {height}");
    }
}
