//! What contributors write can't drive the terminal: a corpus of hostile strings goes through the real desk, and every
//! byte that comes out is taken apart by a machine that knows only what the desk means to send.

use std::io::Write as _;

use serde_json::json;

use crate::harness::{Program, Session};
use crate::pictures::{self, Sequence};
use crate::server::Server;

/// The corpus: one string a line, with Rust's escapes.
fn corpus() -> Vec<String> {
    let lines = include_str!("../hostile/strings.txt").lines();
    lines.filter(|line| !line.starts_with('#') && !line.is_empty()).map(unescaped).collect()
}

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        if let Some((code, tail)) = after.strip_prefix("u{").and_then(|after| after.split_once('}')) {
            text.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
            rest = tail;
        } else {
            let mut signs = after.chars();
            text.push(match signs.next() {
                Some('n') => '\n',
                Some(sign) => sign,
                None => '\\',
            });
            rest = signs.as_str();
        }
    }
    text + rest
}

/// Takes output apart. `Err`: what the desk never means to send, with what stands around it.
fn check(output: &[u8]) -> Result<(), String> {
    check_with(output, |_| false)
}

/// The same where some sequences of pictures are meant, too: those, exactly as the desk forms them.
fn check_with(output: &[u8], meant: impl Fn(&Sequence) -> bool) -> Result<(), String> {
    let mut at = 0;
    while at < output.len() {
        let picture = || pictures::sequence(&output[at..]).filter(|(found, _)| meant(found));
        let step = match output[at] {
            b'\n' | b'\r' | b'\x08' | b' '..=b'~' => Some(1),
            b'\x1b' => sequence(&output[at..]).or_else(|| picture().map(|(_, length)| length)),
            byte if byte >= 0x80 => character(&output[at..]),
            _ => None,
        };
        let Some(step) = step else {
            let around = &output[at.saturating_sub(40)..(at + 40).min(output.len())];
            return Err(format!("at {at}: {:?}", String::from_utf8_lossy(around)));
        };
        at += step;
    }
    Ok(())
}

/// One character that is not ASCII: printable, and nothing that hides or turns what stands around it.
fn character(output: &[u8]) -> Option<usize> {
    let length = output[0].leading_ones() as usize;
    let text = std::str::from_utf8(output.get(..length)?).ok()?;
    let sign = text.chars().next()?;
    let hides = matches!(sign,
        '\u{80}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}');
    (!hides).then_some(length)
}

/// One sequence that the desk sends: cursor, erasing, pens, its own modes, and links to the web.
fn sequence(output: &[u8]) -> Option<usize> {
    const WHOLE: [&[u8]; 10] = [
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[?2004h",
        b"\x1b[?2004l",
        b"\x1b[?2026h",
        b"\x1b[?2026l",
        b"\x1b[?25h",
        b"\x1b[?25l",
        b"\x1b[2J",
        b"\x1b\\",
    ];
    if let Some(whole) = WHOLE.iter().find(|whole| output.starts_with(whole)) {
        return Some(whole.len());
    }
    match output.get(1)? {
        b'[' => {
            let end = 2 + output[2..].iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'))?;
            matches!(output[end], b'A' | b'B' | b'C' | b'D' | b'H' | b'K' | b'X' | b'm').then_some(end + 1)
        }
        b']' => {
            let end = output.windows(2).position(|pair| pair == b"\x1b\\")?;
            let inside = std::str::from_utf8(&output[2..end]).ok()?;
            let printable = !inside.contains(char::is_control);
            let meant = inside.starts_with("2;")
                || inside == "8;;"
                || inside.starts_with("8;;https://")
                || inside.starts_with("8;;http://");
            (printable && meant).then_some(end + 2)
        }
        _ => None,
    }
}

#[test]
fn the_machine_knows_good_from_bad() {
    assert_eq!(check("\u{1b}[?25l\u{1b}[2;3Hé 日\u{1b}[0;1;31mx\u{1b}[K\r\n".as_bytes()), Ok(()));
    for bad in [
        "\u{7}",
        "\u{1b}[6n",
        "\u{1b}]52;c;aGk=\u{1b}\\",
        "\u{1b}]0;x\u{7}",
        "\u{1b}c",
        "\u{9b}1m",
        "\u{202e}",
        "\u{1b}[?6c",
        "\t",
    ] {
        assert!(check(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(check(b"\x9b2J").is_err(), "a bare byte of C1");
    let forget = b"\x1b_Ga=d,d=I,i=7,q=2\x1b\\";
    assert!(check(forget).is_err(), "no pictures where none are meant");
    assert_eq!(check_with(forget, |_| true), Ok(()));
    for bad in [
        // Somebody else's forms: files and shared memory, answers, cursors that move, data that is none.
        "\u{1b}_Ga=t,t=f,i=7,q=2,m=0;L2V0Yy9wYXNzd2Q=\u{1b}\\",
        "\u{1b}_Ga=t,f=100,i=7,m=0;AAAA\u{1b}\\",
        "\u{1b}_Ga=p,i=7,p=1,c=3,r=3,q=2\u{1b}\\",
        "\u{1b}_Ga=d,d=A,q=2\u{1b}\\",
        "\u{1b}_Gq=2,m=1;A\u{7}\u{1b}\\",
        "\u{1b}]1337;File=inline=0;size=4:AAAA\u{1b}\\",
        "\u{1b}]1337;SetMark\u{1b}\\",
        "\u{1b}Pq#0~\u{1b}\\",
        "\u{1b}P$q q\u{1b}\\",
    ] {
        assert!(check_with(bad.as_bytes(), |_| true).is_err(), "{bad:?}");
    }
    assert!(corpus().len() > 40 && corpus()[0].starts_with('\u{1b}'));
}

/// Opens every entry in the full-screen reader and goes through its page.
fn read_all(session: &mut Session, entries: usize) {
    session.type_keys("g Enter");
    session.wait_for("Entry 1 of");
    for entry in 1..=entries {
        session.wait_for(&format!("Entry {entry} of"));
        session.wait_gone("reading its text");
        session.type_keys("Space G g");
        if entry < entries {
            session.type_keys("J");
        }
    }
}

#[test]
fn no_control_byte_comes_out_that_the_desk_did_not_mean() {
    let mut server = Server::start();
    // Several in one entry: each after a mark, so that what comes out tells how far it was shown.
    let corpus = corpus();
    let texts: Vec<String> = corpus.chunks(8).map(|chunk| chunk.join("\n\n")).collect();
    for text in &texts {
        server.submit("maria", 0, text);
    }
    // And a picture with hostile words in its file.
    let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
    let declared =
        json!({"item": {"submission_assets": {"photo": {"asset_type": "file", "required": true}}}});
    server.call("ana", "PUT", &item, &declared);
    let mut png = pictures::striped(64, 48);
    png.extend_from_slice(b"\x1b_Ga=d,d=A\x1b\\\x1b[2J");
    let file = server.upload("maria", "tile\u{202e}.png", &png, "organization");
    server.submit_assets("maria", 0, "pixels", &json!({"photo": file}));
    let runs: [(&[&str], &str); 6] = [
        (&[], "xterm-256color"),
        (&["--ascii"], "xterm-256color"),
        (&["--plain"], "xterm-kitty"),
        (&[], "xterm-kitty"),
        (&[], "wezterm"),
        (&[], "foot"),
    ];
    for (arguments, term) in runs {
        let mut program = Program::questdesk()
            .size(100, 40)
            .arguments(arguments)
            .variable("FORCE_HYPERLINK", "1")
            .variable("TERM", term);
        for (name, value) in server.variables() {
            program = program.variable(name, &value);
        }
        let mut session = program.start();
        session.wait_for(&format!("{} pending", server.entries.len()));
        read_all(&mut session, server.entries.len());
        session.wait_for(if arguments == ["--plain"] { "64 x 48 pixels" } else { "48 pixels" });
        let own = session.picture_ids();
        let meant = |found: &Sequence| match found {
            _ if arguments == ["--plain"] => false,
            Sequence::Transmit { first: Some(id), .. }
            | Sequence::Place { id, .. }
            | Sequence::Remove { id, .. } => term == "xterm-kitty" && own.contains(id),
            Sequence::Transmit { first: None, .. } | Sequence::GiveUp => term == "xterm-kitty",
            Sequence::Inline { .. } => term == "wezterm",
            Sequence::Sixel { .. } => term == "foot",
        };
        if !matches!(term, "xterm-256color") && arguments.is_empty() {
            session.wait_output("the picture", |raw| {
                let at = raw.windows(2).rposition(|part| part == b"\x1b_" || part == b"\x1bP");
                let at = at.or_else(|| raw.windows(7).rposition(|part| part == b"\x1b]1337;"));
                at.is_some_and(|at| pictures::sequence(&raw[at..]).is_some())
            });
        }
        session.type_keys("Esc q");
        session.wait_exit();
        let raw = session.raw();
        // The harness's own mark for the end of the output.
        let end = raw.windows(6).rposition(|part| part == b"\x1b]777;").unwrap_or(raw.len());
        if let Err(bad) = check_with(&raw[..end], meant) {
            panic!("{arguments:?} in {term}: {bad}");
        }
        assert!(raw.windows(9).any(|part| part == b"clipboard"), "{arguments:?}: the corpus was not shown");
    }
}

/// Every control character, and what hides, turns or fills, behind a word by which it is known that it was shown.
fn nasty(mark: &str) -> String {
    let controls = ('\u{1}'..=' ').chain('\u{7F}'..='\u{9F}').collect::<String>();
    format!(
        "{mark}\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}Pq~\u{1b}\\{controls}\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{180E}\u{200B}\u{200E}\
         \u{2028}\u{2029}\u{202E}\u{2066}\u{2800}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\u{FFF9}\u{FFFB}\u{E0001}\u{E0041}\u{E0100}end"
    )
}

/// A document of one page with this text.
fn pdf(text: &str) -> Vec<u8> {
    let text = text.replace(['(', ')', '\\'], "");
    let stream = format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        writeln!(places, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{} 0 obj\n{object}\nendobj", nth + 1).unwrap();
    }
    let table = file.len();
    file.extend(b"xref\n0 6\n0000000000 65535 f \n");
    file.extend(places);
    write!(file, "trailer<</Size 6/Root 1 0 R>>\nstartxref\n{table}\n%%EOF").unwrap();
    file
}

fn zip(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"x").unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn no_field_brings_in_what_the_desk_did_not_mean() {
    let mut server = Server::without_entries();
    let kinds = ["csv", "zip", "json", "pdf", "rows", "post"];
    let declared = kinds.map(|key| {
        let kind = match key {
            "rows" => "dataset",
            "post" => "post",
            _ => "file",
        };
        (key.to_owned(), json!({"asset_type": kind, "required": false, "label": nasty("Mlabel")}))
    });
    let declared: serde_json::Map<_, _> = declared.into_iter().collect();
    let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
    let fields = json!({"item": {"description": nasty("Mitem"), "notes": nasty("Mnotes"), "submission_assets": declared}});
    server.call("ana", "PUT", &item, &fields);
    let quest = json!({"quest": {"name": nasty("Mquest")}});
    server.call("ana", "PUT", &format!("/quests/{}", server.quest), &quest);
    let cells = format!("\"{}\",n\n\"{}\",1\n", nasty("Mcolumn"), nasty("Mcell"));
    let upload = |name: &str, bytes: &[u8]| {
        let id = server.upload("maria", name, bytes, "organization");
        let file = json!({"file": {"name": format!("{}.{name}", nasty("Mfile"))}});
        server.call("maria", "PUT", &format!("/files/{id}"), &file);
        id
    };
    let csv = upload("a.csv", cells.as_bytes());
    let comment = json!({"comment": {"parent_id": csv, "asset_type": "comment", "source": "api",
        "attribution": {"originality": "original"}}, "content": nasty("Mcomment")});
    server.call("maria", "POST", "/comments/create", &comment);
    let schema = format!("CREATE TABLE t (\"{}\" text)", nasty("Mschema"));
    let assets = json!({
        "csv": csv,
        "zip": upload("a.zip", &zip(&nasty("Mmember"))),
        "json": upload("a.json", format!("{{\"{0}\": \"{0}\"}}", nasty("Mkey")).as_bytes()),
        "pdf": upload("a.pdf", &pdf(&nasty("Mpage"))),
        "rows": server.dataset("maria", &nasty("Mdataset"), &schema, &[json!({nasty("Mschema"): nasty("Mrow")})]),
        "post": server.call("maria", "POST", "/posts/create", &json!({"post": {"name": nasty("Mname"),
            "visibility": "organization", "asset_type": "post", "source": "api",
            "attribution": {"originality": "original"}}, "content": nasty("Mbody")}))["id"],
    });
    server.submit_assets("maria", 0, &nasty("Mdescription"), &assets);
    for arguments in [&[][..], &["--ascii"], &["--plain"]] {
        let mut program =
            Program::questdesk().size(110, 150).arguments(arguments).variable("FORCE_HYPERLINK", "1");
        for (name, value) in server.variables() {
            program = program.variable(name, &value);
        }
        let mut session = program.start();
        session.wait_for("1 pending");
        session.wait_for("Mitem");
        session.type_keys("Enter");
        for mark in [
            "Mquest",
            "Mlabel",
            "Mfile",
            "Mcolumn",
            "Mcell",
            "Mmember",
            "Mkey",
            "Mpage",
            "Mdataset",
            "mschema",
            "Mrow",
            "Mname",
            "Mbody",
            "Mdescription",
        ] {
            session.wait_for(mark);
        }
        session.type_keys("v");
        for mark in ["Mcell", "Mmember", "Mkey", "Mpage", "Mrow", "Mbody"] {
            session.wait_for(mark);
            session.type_keys("n");
        }
        session.type_keys("W Esc Esc c");
        session.wait_for("Mcomment");
        session.type_keys("Esc t");
        session.wait_for("brief");
        session.type_keys("t / x Esc Esc Tab Tab Tab 3 1 q");
        session.wait_exit();
        let raw = session.raw();
        let end = raw.windows(6).rposition(|part| part == b"\x1b]777;").unwrap_or(raw.len());
        if let Err(bad) = check(&raw[..end]) {
            panic!("{arguments:?}: {bad}");
        }
    }
}
