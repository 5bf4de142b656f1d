//! Pictures in the terminal's own protocol: which one the environment chooses, that what comes out is well formed and
//! ours, that it follows the text, and that nothing of it is left behind.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::harness::{Program, Session};
use crate::server::Server;

/// What stands in the environment.
type Variables<'v> = &'v [(&'v str, &'v str)];

/// What a picture's sequence does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// kitty is handed a part of a picture: whether it is the first, whether more follow, and the data.
    Transmit { first: Option<u32>, more: bool, data: String },
    /// kitty shows a picture in so many cells.
    Place { id: u32, cells: (u16, u16) },
    /// kitty takes it off a place, or forgets it.
    Remove { id: u32, forget: bool },
    /// A transmission is given up.
    GiveUp,
    /// A tile of iTerm2's: its PNG's measures, and the columns it takes.
    Inline { size: (u32, u32), columns: u16 },
    /// A tile of Sixel: its measures.
    Sixel { size: (usize, usize) },
}

/// A sequence that draws or removes a picture, exactly as the desk sends it, and its length.
pub(crate) fn sequence(output: &[u8]) -> Option<(Sequence, usize)> {
    let kitty = output.strip_prefix(b"\x1b_G");
    let inline = output.strip_prefix(b"\x1b]1337;File=");
    let rest = kitty.or(inline).or_else(|| output.strip_prefix(b"\x1bP"))?;
    let length = rest.windows(2).position(|pair| pair == b"\x1b\\")?;
    let inside = std::str::from_utf8(&rest[..length]).ok()?;
    let whole = output.len() - rest.len() + length + 2;
    let read = match (kitty, inline) {
        (Some(_), _) => of_kitty(inside)?,
        (_, Some(_)) => of_iterm(inside)?,
        _ => of_sixel(&output[..whole])?,
    };
    Some((read, whole))
}

fn of_kitty(inside: &str) -> Option<Sequence> {
    let (keys, data) = inside.split_once(';').unwrap_or((inside, ""));
    let data_is_fine = data.len() <= 4_096 && STANDARD.decode(data).is_ok();
    let pairs: Vec<(&str, &str)> = keys.split(',').map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let cells = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0);
    match pairs.as_slice() {
        [("a", "t"), ("f", "100"), ("i", id), ("q", "2"), ("m", more @ ("0" | "1"))] if data_is_fine => {
            Some(Sequence::Transmit { first: Some(number(id)?), more: *more == "1", data: data.to_owned() })
        }
        [("q", "2"), ("m", "0")] if data.is_empty() => Some(Sequence::GiveUp),
        [("q", "2"), ("m", more @ ("0" | "1"))] if data_is_fine => {
            Some(Sequence::Transmit { first: None, more: *more == "1", data: data.to_owned() })
        }
        [("a", "p"), ("i", id), ("p", place), ("c", across), ("r", down), ("C", "1"), ("q", "2")] => {
            number(place)?;
            Some(Sequence::Place { id: number(id)?, cells: (cells(across)?, cells(down)?) })
        }
        [("a", "d"), ("d", "i"), ("i", id), ("p", place), ("q", "2")] => {
            number(place)?;
            Some(Sequence::Remove { id: number(id)?, forget: false })
        }
        [("a", "d"), ("d", "I"), ("i", id), ("q", "2")] => {
            Some(Sequence::Remove { id: number(id)?, forget: true })
        }
        _ => None,
    }
}

fn of_iterm(inside: &str) -> Option<Sequence> {
    let (keys, data) = inside.split_once(':')?;
    let pairs: Vec<(&str, &str)> = keys.split(';').map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
    let [
        ("inline", "1"),
        ("size", size),
        ("width", columns),
        ("height", "1"),
        ("preserveAspectRatio", "0"),
        ("doNotMoveCursor", "1"),
    ] = pairs.as_slice()
    else {
        return None;
    };
    let png = STANDARD.decode(data).ok().filter(|png| size.parse() == Ok(png.len()))?;
    Some(Sequence::Inline { size: png_size(&png)?, columns: columns.parse().ok()? })
}

fn of_sixel(whole: &[u8]) -> Option<Sequence> {
    let body = whole.strip_prefix(b"\x1bP9;1;0q\"1;1;")?.strip_suffix(b"\x1b\\")?;
    let known = |byte: &u8| matches!(byte, b'0'..=b'9' | b';' | b'#' | b'!' | b'$' | b'-' | b'?'..=b'~');
    if !body.iter().all(known) {
        return None;
    }
    let picture = icy_sixel::SixelImage::decode(whole).ok()?;
    Some(Sequence::Sixel { size: (picture.width, picture.height) })
}

/// The measures of a PNG that can be decoded.
fn png_size(png: &[u8]) -> Option<(u32, u32)> {
    let picture = image::load_from_memory_with_format(png, image::ImageFormat::Png).ok()?;
    Some((picture.width(), picture.height()))
}

/// All sequences of pictures in some output.
fn sequences(output: &[u8]) -> Vec<Sequence> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < output.len() {
        match sequence(&output[at..]) {
            Some((sequence, length)) => {
                found.push(sequence);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// The pictures that kitty was handed: their numbers and measures. All transmissions must be whole and unmixed.
fn handed_over(found: &[Sequence]) -> Vec<(u32, (u32, u32))> {
    let mut pictures = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for sequence in found {
        let (first, more, data) = match sequence {
            Sequence::Transmit { first, more, data } => (first, more, data),
            Sequence::GiveUp => {
                assert!(open.take().is_some(), "nothing was begun that could be given up");
                continue;
            }
            _ => continue,
        };
        let (id, text) = match (first, open.take()) {
            (Some(id), None) => (*id, data.clone()),
            (None, Some((id, text))) => (id, text + data),
            other => panic!("a transmission in another one: {other:?}"),
        };
        if *more {
            open = Some((id, text));
        } else {
            let png = STANDARD.decode(text).unwrap();
            pictures.push((id, png_size(&png).expect("a PNG")));
        }
    }
    pictures
}

/// A picture as contributors submit it: stripes, as PNG.
pub(crate) fn striped(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x % 7 * 30) as u8, (y % 5 * 40) as u8, ((x + y) % 3 * 80) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A server with an entry of a picture, the newest.
pub(crate) fn server_with_picture() -> Server {
    let mut server = Server::start();
    let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
    let declared =
        json!({"item": {"submission_assets": {"photo": {"asset_type": "file", "required": true}}}});
    server.call("ana", "PUT", &item, &declared);
    let file = server.upload("maria", "tile.png", &striped(320, 200), "organization");
    server.submit_assets("maria", 0, "with a picture", &json!({"photo": file}));
    server
}

/// The desk on that entry, full screen, in a terminal that says this of itself, once the picture is known.
fn open(server: &Server, variables: &[(&str, &str)], arguments: &[&str]) -> Session {
    let session = start(server, variables, arguments);
    session.wait_for("320 × 200 pixels");
    session
}

/// The same at once.
fn start(server: &Server, variables: &[(&str, &str)], arguments: &[&str]) -> Session {
    let mut program = Program::questdesk().size(100, 40).arguments(arguments);
    for (name, value) in server.variables() {
        program = program.variable(name, &value);
    }
    for (name, value) in variables {
        program = program.variable(name, value);
    }
    let mut session = program.start();
    session.wait_for("6 pending");
    session.type_keys("G Enter");
    session
}

/// Leaves; all that came out.
fn leave(mut session: Session) -> Vec<u8> {
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
    session.raw()
}

#[test]
fn kitty_gets_the_picture_once_and_it_is_taken_away_with_everything_that_covers_it() {
    let server = server_with_picture();
    for variables in [&[("TERM", "xterm-kitty")][..], &[("KITTY_WINDOW_ID", "3")]] {
        let mut session = open(&server, variables, &[]);
        session.wait_output("the picture in its place", |raw| {
            sequences(raw).iter().any(|found| matches!(found, Sequence::Place { .. }))
        });
        let before = session.raw().len();
        // Help lies over it; then it is seen again.
        session.type_keys("?");
        session.wait_output("it taken away", |raw| {
            let found = sequences(&raw[before..]);
            found.iter().any(|found| matches!(found, Sequence::Remove { forget: false, .. }))
        });
        session.type_keys("Esc");
        session.wait_output("it shown again", |raw| {
            sequences(&raw[before..]).iter().any(|found| matches!(found, Sequence::Place { .. }))
        });
        let raw = leave(session);
        let found = sequences(&raw);
        let pictures = handed_over(&found);
        assert_eq!(pictures.len(), 1, "handed over once: {pictures:?}");
        let id = pictures[0].0;
        let placed = found.iter().filter_map(|found| match found {
            Sequence::Place { id, cells } => Some((*id, *cells)),
            _ => None,
        });
        for (shown, (columns, rows)) in placed {
            assert_eq!(shown, id);
            assert!((20..=60).contains(&columns) && rows <= 16, "{columns} × {rows}");
        }
        let end = raw.windows(8).rposition(|part| part == b"\x1b[?1049l").unwrap();
        let last = sequences(&raw[..end]);
        assert!(last.contains(&Sequence::Remove { id, forget: true }), "nothing is left behind");
        assert!(sequences(&raw[end..]).is_empty());
    }
}

#[test]
fn tiles_are_drawn_where_the_environment_says_iterm_or_sixel() {
    let server = server_with_picture();
    let tables: [(Variables<'_>, bool); 4] = [
        (&[("TERM_PROGRAM", "iTerm.app")], true),
        (&[("TERM_PROGRAM", "WezTerm")], true),
        (&[("LC_TERMINAL", "iTerm2")], true),
        (&[("TERM", "foot")], false),
    ];
    for (variables, inline) in tables {
        let mut session = open(&server, variables, &[]);
        let tiles = |raw: &[u8]| {
            let found = sequences(raw);
            assert!(
                found.iter().all(|found| match found {
                    Sequence::Inline { columns, .. } => inline && *columns <= 96,
                    Sequence::Sixel { size } => !inline && size.1 <= 24,
                    _ => false,
                }),
                "{variables:?}: {found:?}"
            );
            found.len()
        };
        session.wait_output("a tile for each row of cells", |raw| tiles(raw) >= 10);
        session.type_keys("?");
        session.wait_for("Pending and Entry");
        let before = session.raw().len();
        session.type_keys("Esc");
        session.wait_output("it drawn again", |raw| tiles(&raw[before..]) >= 5);
        tiles(&leave(session));
    }
}

#[test]
fn a_cell_is_as_large_as_the_configuration_says() {
    let server = server_with_picture();
    let folder = tempfile::TempDir::new().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[previews]\ncell = \"10x20\"\n").unwrap();
    let path = config.to_str().unwrap();
    let highest = |raw: &[u8]| {
        let sizes = sequences(raw).into_iter().map(|found| match found {
            Sequence::Sixel { size } => size.1,
            _ => 0,
        });
        sizes.max().unwrap_or(0)
    };
    // The terminal of these tests says nothing of its pixels.
    for (variables, least, most) in
        [(&[("TERM", "foot")][..], 7, 12), (&[("TERM", "foot"), ("QUESTDESK_CONFIG", path)], 19, 24)]
    {
        let session = open(&server, variables, &[]);
        session.wait_output("tiles", |raw| sequences(raw).len() >= 10);
        let found = highest(&leave(session));
        assert!((least..=most).contains(&found), "{found} pixels high");
    }
}

#[test]
fn where_nobody_says_it_or_nobody_wants_it_there_are_blocks_or_nothing() {
    let server = server_with_picture();
    let tables: [(Variables<'_>, &[&str], bool); 5] = [
        (&[], &[], true),
        (&[("TERM", "tmux-256color"), ("TMUX", "/tmp/x,1,0"), ("KITTY_WINDOW_ID", "3")], &[], true),
        (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], &[], false),
        (&[("TERM", "xterm-kitty")], &["--plain"], false),
        (&[("TERM", "xterm-kitty")], &["--no-color"], false),
    ];
    for (variables, arguments, blocks) in tables {
        let session = start(&server, variables, arguments);
        session.wait_for("tile.png");
        session.wait_until("what there is of it", |screen| {
            let text = screen.contents();
            text.contains('▀') == blocks && text.contains("320 ")
        });
        assert!(sequences(&leave(session)).is_empty(), "{variables:?}");
    }
}

#[test]
fn over_ssh_a_picture_comes_when_it_is_opened_and_stays_small() {
    let server = server_with_picture();
    let mut program = Program::questdesk().size(100, 40).variable("TERM", "xterm-kitty");
    program = program.variable("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22");
    for (name, value) in server.variables() {
        program = program.variable(name, &value);
    }
    let mut session = program.start();
    session.wait_for("6 pending");
    session.type_keys("G Enter");
    session.wait_for("it is fetched when you open it");
    session.type_keys("v");
    session.wait_output("the picture in its place", |raw| {
        sequences(raw).iter().any(|found| matches!(found, Sequence::Place { .. }))
    });
    session.type_keys("Esc");
    let raw = leave(session);
    let bytes: usize = sequences(&raw)
        .iter()
        .map(|found| if let Sequence::Transmit { data, .. } = found { data.len() } else { 0 })
        .sum();
    assert!(bytes <= 64 << 10, "{bytes}");
}

#[test]
fn an_editor_finds_no_picture_and_leaves_one() {
    let server = server_with_picture();
    let mut session = open(&server, &[("TERM", "xterm-kitty"), ("EDITOR", "true")], &[]);
    let placed =
        |raw: &[u8]| sequences(raw).iter().filter(|found| matches!(found, Sequence::Place { .. })).count();
    session.wait_output("the picture in its place", |raw| placed(raw) == 1);
    // A note, written in an editor that ends at once: the terminal is given away and entered again.
    session.type_keys("A Ctrl-e");
    session.wait_output("the terminal given away", |raw| {
        raw.windows(8).filter(|part| *part == b"\x1b[?1049h").count() == 2
    });
    let raw = session.raw();
    let away = raw.windows(8).position(|part| part == b"\x1b[?1049l").unwrap();
    assert!(
        sequences(&raw[..away]).iter().any(|found| matches!(found, Sequence::Remove { forget: true, .. }))
    );
    session.type_keys("Esc");
    session.wait_for("320 × 200");
    session.wait_output("the picture shown again", |raw| placed(raw) >= 2);
    let raw = leave(session);
    assert!(handed_over(&sequences(&raw)).len() >= 2, "handed over again: the terminal had been cleared");
}

/// How long a note may take to the disk: a pause in writing it, and a busy machine.
const A_DRAFT: Duration = Duration::from_secs(20);

/// Whether the desk has written the whole note down.
fn has_draft(session: &Session) -> bool {
    let file = session.home().join("state/profiles/default/desk.db");
    let db = rusqlite::Connection::open(file).unwrap();
    let drafts = "SELECT count(*) FROM drafts WHERE note = 'overtaken'";
    db.query_row(drafts, [], |row| row.get::<_, u32>(0)).unwrap() > 0
}

/// After how many bytes a screen of 100x40 shows these words.
fn shown_at(raw: &[u8], words: &str) -> usize {
    let mut terminal = vt100::Parser::new(40, 100, 0);
    let mut at = 0;
    for part in raw.chunks(256) {
        terminal.process(part);
        at += part.len();
        if terminal.screen().contents().contains(words) {
            break;
        }
    }
    at
}

#[test]
fn keys_are_answered_while_a_slow_terminal_is_given_a_picture() {
    let mut server = server_with_picture();
    // Nothing that can be made small.
    let noise = image::RgbImage::from_fn(600, 600, |x, y| {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(9)).wrapping_mul(977);
        image::Rgb([mixed as u8, (mixed >> 9) as u8, (mixed >> 17) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let file = server.upload("maria", "noise.png", &png.into_inner(), "organization");
    server.submit_assets("maria", 0, "with noise", &json!({"photo": file}));
    let mut program = Program::questdesk().size(100, 40).variable("TERM", "xterm-kitty");
    for (name, value) in server.variables() {
        program = program.variable(name, &value);
    }
    let mut session = program.start();
    session.wait_for("7 pending");
    session.type_keys("G Enter");
    session.wait_for("600 × 600 pixels");
    let transmitted = |raw: &[u8]| {
        let part =
            |found: &Sequence| if let Sequence::Transmit { data, .. } = found { data.len() } else { 0 };
        sequences(raw).iter().map(part).sum::<usize>()
    };
    session.wait_output("a beginning of it", |raw| transmitted(raw) > 0);
    session.stop_reading();
    // The answer is written as soon as there is room, before what is left of the picture. That the keys were taken
    // while nothing could be written shows in the draft of the note.
    session.type_keys("A o v e r t a k e n");
    server.wait_within(A_DRAFT, "the draft on the disk", || has_draft(&session).then_some(()));
    let before = session.raw().len();
    session.resume_reading();
    session.wait_for("overtaken");
    let raw = session.raw();
    let meanwhile = transmitted(&raw[before..shown_at(&raw, "overtaken").max(before)]);
    // What the terminal itself holds unread, and one piece.
    assert!(meanwhile < 32 << 10, "{meanwhile} bytes of the picture before the answer");
    session.type_keys("Esc");
    // There is much more of it, and it comes once nothing else does.
    session.wait_output("the whole of it", |raw| {
        let begun = raw.windows(3).filter(|part| part == b"\x1b_G").count();
        begun > 40 && raw.windows(6).any(|part| part == b"\x1b_Ga=p")
    });
    let pictures = handed_over(&sequences(&session.raw()));
    assert!(pictures.iter().any(|(_, (width, _))| *width >= 300), "{pictures:?}");
    leave(session);
}
