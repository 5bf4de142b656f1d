//! The assets of an entry as they stand on the page: what was asked for, what it is, what is in it.

use std::sync::Arc;

use super::*;
use crate::app::reader::assets::Pictures;
use crate::app::testing::{TestDesk, body, entry, item, settings};
use crate::app::{Message, Settings, update};
use crate::domain::{
    Access, Archive, ArchiveEntry, AssetId, EntryBody, Head, Item, Pages, Picture, Pixels, SafeText, Table,
    TextBody, Timestamp,
};
use crate::store::News;
use crate::sync;
use crate::ui::theme::ThemeName;

const NAMES: [(&str, &str); 9] = [
    ("method", "post"),
    ("runs", "dataset"),
    ("table", "csv"),
    ("settings", "json"),
    ("script", "py"),
    ("archive", "zip"),
    ("sample", "png"),
    ("certificate", "pdf"),
    ("instrument", "h5"),
];

fn id(n: usize) -> AssetId {
    AssetId::from_bytes([n as u8 + 1; 16])
}

fn asset(n: usize) -> Asset {
    let (name, ending) = NAMES[n];
    let is_file = !matches!(ending, "post" | "dataset");
    let mime = match ending {
        "png" => Some("image/png".into()),
        "pdf" => Some("application/pdf".into()),
        _ => None,
    };
    Asset {
        id: id(n),
        kind: if is_file { "file".into() } else { ending.into() },
        name: SafeText::line(&if is_file { format!("{name}.{ending}") } else { name.to_owned() }),
        owner: Some("maria".into()),
        access: Access::Organization,
        size: is_file.then_some(4_321),
        mime,
        extension: is_file.then(|| ending.into()),
        category: None,
        unfinished: false,
        changed_at: Timestamp::default(),
    }
}

fn table() -> Table {
    let column = |name: &'static str, kind: &'static str, numbers| crate::domain::Column {
        name: name.into(),
        kind: kind.into(),
        empty: 0,
        distinct: 2,
        distinct_more: false,
        numbers,
    };
    let numbers = crate::domain::Numbers { min: 1.0, max: 2.0, mean: 1.5 };
    Table {
        columns: vec![column("run", "bigint", Some(numbers)), column("atmosphere", "text", None)],
        rows: vec![vec![Some("1".into()), Some("argon".into())], vec![Some("2".into()), None]],
        total: Some(2),
        estimated: false,
        read: 2,
        more_columns: 0,
        deep: false,
    }
}

fn inside(n: usize) -> Inside {
    let text = |text: &'static str, language: &'static str| {
        Inside::Text(TextBody { text: text.into(), language: Some(language.into()), markdown: false })
    };
    match NAMES[n].1 {
        "post" => Inside::Post("## Method\n\nHeated **twice**.".into()),
        "dataset" | "csv" => Inside::Table(table()),
        "json" => text("{\n  \"step\": 1\n}", "json"),
        "py" => text("import numpy as np\nprint(np.pi)", "python"),
        "zip" => Inside::Archive(Archive {
            format: "zip".into(),
            entries: vec![ArchiveEntry { path: "run/heating-1.csv".into(), size: 1_200, folder: false }],
            count: 1,
            unpacked: 1_200,
            endings: vec!["csv".into()],
            whole: true,
        }),
        "png" => {
            let pixels = Pixels::new(24, 12, vec![120; 24 * 12 * 3]).unwrap();
            Inside::Picture(Picture { format: "PNG".into(), width: 24, height: 12, pixels })
        }
        "pdf" => Inside::Pages(Pages { pages: vec!["Calibration certificate".into()], count: 1 }),
        _ => Inside::Bytes(Head { guess: Some("HDF5".into()), bytes: b"\x89HDF\r\n\x1a\n".to_vec() }),
    }
}

fn key(n: usize) -> SubmissionKey {
    let (name, ending) = NAMES[n];
    let is_file = !matches!(ending, "post" | "dataset");
    let list = |endings: &[&'static str]| endings.iter().map(|&ending| ending.into()).collect();
    SubmissionKey {
        key: name.into(),
        label: (ending == "h5").then(|| "The instrument's own file".into()),
        required: ending != "py",
        asset_type: if is_file { "file".into() } else { ending.into() },
        extensions: match ending {
            "csv" => list(&["cif", "xyz"]),
            "zip" => list(&["zip"]),
            "py" => list(&["py", "jl"]),
            _ => Vec::new(),
        },
        contains: if ending == "zip" { list(&["json"]) } else { Vec::new() },
        category: match ending {
            "png" => Some("image".into()),
            "pdf" => Some("pdf".into()),
            "h5" => Some("atomic structure".into()),
            _ => None,
        },
    }
}

/// A desk with an entry of every kind of asset, all of them looked into.
fn desk(pictures: Pictures, look: Look) -> (TestDesk, EntryBody, Item) {
    let mut desk = TestDesk::empty(Settings { pictures, ..settings() });
    desk.fill();
    desk.state.look = look;
    let slot =
        |n: usize| AssetSlot { key: NAMES[n].0.into(), asset: id(n), asset_type: asset(n).kind, name: None };
    let body = EntryBody { assets: (0..NAMES.len()).map(slot).collect(), ..body(&entry(1, 11, 1), "") };
    let told = News::Body { entry: body.id, body: Some(Arc::new(body.clone())), draft: None };
    update(&mut desk.state, Message::Store(told), desk.now);
    for (n, (_, ending)) in NAMES.iter().enumerate() {
        let shown = match (pictures, *ending) {
            (Pictures::Never, "png") => Shown::OnDemand,
            _ => Shown::Preview(Preview { inside: inside(n), remarks: Vec::new() }),
        };
        let view = AssetView { id: id(n), asset: Some(asset(n)), shown, old: false };
        desk.sync(sync::News::Asset(Arc::new(view)));
    }
    let keys = (0..NAMES.len()).map(key).collect();
    let item = Item { keys, ..item(11, "Everything", None) };
    (desk, body, item)
}

fn page(desk: &TestDesk, body: &EntryBody, item: &Item, width: u16) -> String {
    let mut paper = Paper::new(width, &desk.state.look);
    write(&Sight { state: &desk.state, body, item: Some(item) }, &mut paper);
    let lines = paper.finish();
    lines.iter().map(|line| line.to_string().trim_end().replace('\u{a0}', " ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_asset_stands_on_the_page_with_what_was_asked_for() {
    let (desk, body, item) = desk(Pictures::Shown, Look::default());
    insta::assert_snapshot!("every_kind", page(&desk, &body, &item, 72));
    insta::assert_snapshot!("every_kind_narrow", page(&desk, &body, &item, 34));
}

#[test]
fn every_kind_of_asset_is_read_out_in_plain_lines() {
    let (desk, body, item) = desk(Pictures::Never, Look::new(ThemeName::Dark, true, true, true));
    insta::assert_snapshot!("every_kind_plain", page(&desk, &body, &item, 72));
}

#[test]
fn a_terminal_that_draws_pictures_is_left_a_place_for_them() {
    let look = Look::default().with_pictures(Some((9, 18)));
    let (drawn, body, item) = desk(Pictures::Shown, look);
    let text = page(&drawn, &body, &item, 72);
    let at = text.find("PNG").unwrap();
    insta::assert_snapshot!("picture_place", text[at..].lines().take(8).collect::<Vec<_>>().join("\n"));
    let ascii = Look::new(ThemeName::Dark, true, false, false).with_pictures(Some((9, 18)));
    let (desk, body, item) = desk(Pictures::Shown, ascii);
    assert!(page(&desk, &body, &item, 72).contains("+---------+"));
}

#[test]
fn what_is_closed_is_judged_by_its_signals_and_opens_with_the_acceptance_where_it_pays() {
    let (mut desk, body, item) = desk(Pictures::Shown, Look::default());
    let n = 2;
    let view = AssetView { id: id(n), asset: None, shown: Shown::Closed, old: false };
    desk.sync(sync::News::Asset(Arc::new(view)));
    let signal = |name: &'static str, value: &'static str| (NAMES[n].0.into(), name.into(), value.into());
    let signals = vec![signal("extension", "xyz"), signal("size_bytes", "620"), signal("rows", "88")];
    let body = EntryBody { signals, assets: vec![body.assets[n].clone()], ..body };
    let pays = crate::domain::Reward { xp: 0, money: Some(crate::domain::Money::sats(500)) };
    let item = Item { reward: pays, keys: vec![key(n)], ..item };
    insta::assert_snapshot!("closed", page(&desk, &body, &item, 72));
}

#[test]
fn what_an_item_asked_for_and_did_not_get_is_said() {
    let look = Look::default();
    let mut paper = Paper::new(40, &look);
    let key = SubmissionKey {
        key: "data".into(),
        required: true,
        asset_type: "dataset".into(),
        ..SubmissionKey::default()
    };
    lacking(&[], &[key], &mut paper);
    let lines = paper.finish();
    assert_eq!(lines.last().map(ToString::to_string).as_deref(), Some("! data (dataset) is missing"));
}
