//! Every kind of asset as it is drawn, narrow and wide, and what is hostile about it.

use ratatui::text::Line;

use super::*;
use crate::domain::{Archive, ArchiveEntry, Column, Head, Numbers, Pages, Picture, Pixels, Table, TextBody};
use crate::ui::theme::ThemeName;

fn drawn(shown: &Shown, width: usize, limit: usize, look: &Look) -> String {
    let setting = Setting { width, limit, rows: limit, column: 0, wide: false, number: 1, look };
    let lines = lines(shown, setting);
    assert!(lines.len() <= limit + 1, "{} lines of {limit}", lines.len());
    lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn of(inside: Inside) -> Shown {
    Shown::Preview(Preview { inside, remarks: Vec::new() })
}

fn column(name: &'static str, kind: &'static str, numbers: Option<(f64, f64, f64)>) -> Column {
    Column {
        name: name.into(),
        kind: kind.into(),
        empty: 2,
        distinct: 41,
        distinct_more: false,
        numbers: numbers.map(|(min, max, mean)| Numbers { min, max, mean }),
    }
}

fn table(columns: usize, rows: usize, total: Option<u64>) -> Table {
    let names = ["run", "curie_k", "atmosphere", "a_rather_long_column_name_that_is_cut", "e", "f", "g", "h"];
    let columns: Vec<Column> = names
        .iter()
        .take(columns)
        .map(|name| match *name {
            "atmosphere" => column(name, "text", None),
            _ => column(name, "double precision", Some((380.0, 386.1, 383.02))),
        })
        .collect();
    let cell = |row: usize, at: usize| match at {
        2 if row % 3 == 1 => None,
        2 => Some("argon".into()),
        _ => Some(SafeText::line(&format!("{}.{row}", 380 + at))),
    };
    let rows: Vec<Vec<_>> =
        (0..rows).map(|row| (0..columns.len()).map(|at| cell(row, at)).collect()).collect();
    Table { read: rows.len() as u64, columns, rows, total, estimated: false, more_columns: 0, deep: false }
}

#[test]
fn a_table_is_aligned_and_says_what_its_figures_are_of() {
    let look = Look::default();
    insta::assert_snapshot!("table", drawn(&of(Inside::Table(table(4, 6, Some(88)))), 72, 24, &look));
    insta::assert_snapshot!("table_narrow", drawn(&of(Inside::Table(table(8, 6, None))), 34, 24, &look));
    let whole = Table { estimated: true, ..table(2, 3, Some(1_200_000)) };
    insta::assert_snapshot!("table_estimated", drawn(&of(Inside::Table(whole)), 60, 24, &look));
}

#[test]
fn columns_that_do_not_fit_can_be_moved_to() {
    let look = Look::default();
    let setting = Setting { width: 30, limit: 40, rows: 40, column: 2, wide: false, number: 1, look: &look };
    let text: Vec<String> =
        lines(&of(Inside::Table(table(8, 3, Some(3)))), setting).iter().map(Line::to_string).collect();
    let header = text.iter().find(|line| line.starts_with("atmosphere  ")).unwrap();
    assert!(header.ends_with('…'), "{text:#?}");
}

#[test]
fn where_rows_are_moved_sideways_no_column_is_left_out() {
    let look = Look::default();
    let setting = Setting { width: 30, limit: 40, rows: 40, column: 0, wide: true, number: 1, look: &look };
    let lines = lines(&of(Inside::Table(table(8, 3, Some(3)))), setting);
    let header = lines.iter().find(|line| line.to_string().contains("atmosphere") && line.width() > 30);
    assert!(header.is_some_and(|header| header.to_string().ends_with('h')), "{lines:#?}");
    assert!(lines[..8].iter().all(|line| line.width() <= 30), "the figures stay in sight");
}

#[test]
fn text_and_source_have_line_numbers() {
    let look = Look::default();
    let source = TextBody {
        text: "import numpy as np\n\n\ndef curie(run):\n    return np.argmax(np.gradient(run[\"moment_emu\"], run[\"temperature_k\"]))".into(),
        language: Some("python".into()),
        markdown: false,
    };
    insta::assert_snapshot!("source", drawn(&of(Inside::Text(source.clone())), 60, 24, &look));
    insta::assert_snapshot!("source_cut", drawn(&of(Inside::Text(source)), 60, 4, &look));
    let json = TextBody {
        text: "{\n  \"run\": 7.10,\n  \"cell\": [1.0, 2, 3]\n}".into(),
        language: Some("json".into()),
        markdown: false,
    };
    insta::assert_snapshot!("json", drawn(&of(Inside::Text(json)), 40, 24, &look));
    let markdown =
        TextBody { text: "# Method\n\nWe measured **twice**.".into(), language: None, markdown: true };
    insta::assert_snapshot!("markdown_file", drawn(&of(Inside::Text(markdown)), 40, 24, &look));
}

#[test]
fn posts_documents_archives_and_bytes_are_shown() {
    let look = Look::default();
    let post = Inside::Post("## Method\n\nHeated at 2 K a minute.\n\n- argon\n- vacuum".into());
    insta::assert_snapshot!("post", drawn(&of(post), 40, 24, &look));
    let pages =
        Pages { pages: vec!["Curie temperatures\nof 12 samples".into(), SafeText::default()], count: 9 };
    let shown = Shown::Preview(Preview {
        inside: Inside::Pages(pages),
        remarks: vec!["the first 2 of 9 pages".into()],
    });
    insta::assert_snapshot!("pages", drawn(&shown, 40, 24, &look));
    let entry = |path: &str, size, folder| ArchiveEntry { path: SafeText::line(path), size, folder };
    let archive = Archive {
        format: "zip".into(),
        entries: vec![
            entry("runs/", 0, true),
            entry("runs/run7.csv", 1_843, false),
            entry("../../etc/\u{202e}passwd", 12, false),
            entry(&"deep/".repeat(40), 5_000_000_000, false),
        ],
        count: 1_204,
        unpacked: 5_000_001_855,
        endings: vec!["csv".into()],
        whole: true,
    };
    insta::assert_snapshot!("archive", drawn(&of(Inside::Archive(archive)), 48, 24, &look));
    let head =
        Head { guess: Some("an ELF program".into()), bytes: (0..40).chain(*b"\x1b[2Jhello").collect() };
    insta::assert_snapshot!("bytes", drawn(&of(Inside::Bytes(head.clone())), 80, 24, &look));
    insta::assert_snapshot!("bytes_narrow", drawn(&of(Inside::Bytes(head)), 44, 24, &look));
}

#[test]
fn a_picture_is_half_blocks_or_its_measures() {
    let mut rgb = Vec::new();
    for y in 0..12_u8 {
        for x in 0..24_u8 {
            rgb.extend([x * 10, y * 20, 90]);
        }
    }
    let pixels = Pixels::new(24, 12, rgb).unwrap();
    let picture = Picture { format: "PNG".into(), width: 2_400, height: 1_200, pixels };
    let shown = of(Inside::Picture(picture));
    let look = Look::default();
    let text = drawn(&shown, 40, 24, &look);
    assert_eq!(text.lines().next(), Some("PNG · 2,400 × 1,200 pixels"));
    assert_eq!(text.lines().skip(1).map(|line| line.chars().count()).collect::<Vec<_>>(), [24; 6]);
    assert!(text.lines().skip(1).all(|line| line.chars().all(|sign| sign == '▀')));
    for look in [
        Look::new(ThemeName::Dark, false, true, false),
        Look::new(ThemeName::Dark, true, false, false),
        Look::new(ThemeName::Dark, true, true, true),
    ] {
        let text = drawn(&shown, 60, 24, &look);
        assert!(text.contains("2,400 ") && !text.contains('▀'), "{text}");
    }
}

#[test]
fn why_nothing_is_shown_is_said() {
    let look = Look::default();
    let all = [
        Shown::Closed,
        Shown::OnDemand,
        Shown::TooBig { limit: 8 << 20 },
        Shown::Nothing,
        Shown::Failed("the server's file storage did not answer in time".into()),
    ];
    let text: Vec<String> = all.iter().map(|shown| drawn(shown, 60, 24, &look)).collect();
    insta::assert_snapshot!("nothing", text.join("\n--\n"));
}

#[test]
fn a_plain_desk_reads_lines_without_numbers() {
    let look = Look::new(ThemeName::Dark, true, true, true);
    let body = TextBody { text: "one\ntwo".into(), language: Some("python".into()), markdown: false };
    assert_eq!(drawn(&of(Inside::Text(body)), 60, 24, &look), "one\ntwo");
}

#[test]
fn the_narrowest_and_the_hugest_are_drawn() {
    let look = Look::default();
    let wide = SafeText::block(&"日本".repeat(50_000));
    for width in [0, 1, 2, 5, 9, 20] {
        for inside in [
            Inside::Table(table(8, 200, None)),
            Inside::Text(TextBody { text: wide.clone(), language: None, markdown: false }),
            Inside::Pages(Pages { pages: vec![wide.clone(); 3], count: 3 }),
            Inside::Post(wide.clone()),
            Inside::Bytes(Head { guess: None, bytes: vec![7; 256] }),
        ] {
            let setting =
                Setting { width, limit: 50, rows: 50, column: 7, wide: false, number: 1, look: &look };
            assert!(lines(&of(inside), setting).len() <= 52, "{width}");
        }
    }
}
