use std::time::Duration;

use super::*;
use crate::app::testing::{TestDesk, body, entry, entry_id, settings};
use crate::domain::{Access, Asset, AssetSlot, Inside, Picture, Pixels, Preview, SafeText, Table, Timestamp};
use crate::store::News;
use crate::sync;
use crate::ui::Look;

fn asset_id(n: u8) -> AssetId {
    AssetId::from_bytes([n; 16])
}

/// A desk that has rested on entry 1, which has two pictures and a table.
fn desk(pictures: Pictures) -> TestDesk {
    let mut desk = TestDesk::empty(crate::app::Settings { pictures, ..settings() });
    desk.fill();
    desk.keys("<Enter>");
    let slot = |n: u8| AssetSlot {
        key: SafeText::line(&format!("key{n}")),
        asset: asset_id(n),
        asset_type: "file".into(),
        name: None,
    };
    let entry_of = desk.state.desk.reader.entry.unwrap();
    assert_eq!(entry_of, entry_id(1));
    let body = EntryBody { assets: vec![slot(1), slot(2), slot(3)], ..body(&entry(1, 11, 1), "text") };
    desk.store(News::Body { entry: entry_of, body: Some(Arc::new(body)), draft: None });
    desk
}

/// What was wished for last: assets, and whether their pictures, too.
fn wished(effects: Vec<Effect>) -> Option<Vec<(u8, bool)>> {
    let looks = effects.into_iter().filter_map(|effect| match effect {
        Effect::Order(Order::Look { wishes, .. }) => Some(wishes),
        _ => None,
    });
    let last = looks.last()?;
    Some(last.iter().map(|wish| (wish.asset.bytes()[0], wish.pictures)).collect())
}

fn view(n: u8, shown: Shown) -> Arc<AssetView> {
    let asset = Asset {
        id: asset_id(n),
        kind: "file".into(),
        name: SafeText::line(&format!("tile-{n}.png")),
        owner: None,
        access: Access::Public,
        size: Some(4_321),
        mime: Some("image/png".into()),
        extension: Some("png".into()),
        category: None,
        unfinished: false,
        changed_at: Timestamp::default(),
    };
    Arc::new(AssetView { id: asset_id(n), asset: Some(asset), shown, old: false })
}

fn picture() -> Shown {
    let pixels = Pixels::new(8, 8, vec![9; 192]).unwrap();
    let picture = Picture { format: "PNG".into(), width: 8, height: 8, pixels };
    Shown::Preview(Preview { inside: Inside::Picture(picture), remarks: Vec::new() })
}

#[test]
fn assets_are_asked_for_once_the_entry_is_rested_on() {
    let mut desk = desk(Pictures::Shown);
    assert_eq!(wished(desk.wait(Duration::from_millis(100))), None, "not yet");
    assert_eq!(wished(desk.wait(REST)), Some(vec![(1, true), (2, true), (3, true)]));
    assert_eq!(wished(desk.wait(Duration::from_secs(9))), None, "once");
}

#[test]
fn where_the_line_is_dear_the_picture_that_is_opened_is_fetched_and_no_other() {
    let mut desk = desk(Pictures::WhenOpened);
    assert_eq!(wished(desk.wait(REST * 2)), Some(vec![(1, false), (2, false), (3, false)]));
    for n in 1..=3 {
        desk.sync(sync::News::Asset(view(n, Shown::OnDemand)));
    }
    assert_eq!(wished(desk.keys("v")), Some(vec![(1, true), (2, false), (3, false)]));
    desk.sync(sync::News::Asset(view(1, picture())));
    assert_eq!(wished(desk.keys("n")), Some(vec![(1, true), (2, true), (3, false)]));
    assert_eq!(wished(desk.keys("p")), None, "it was opened before");
    // To save one it is not shown.
    desk.keys("<Esc> W <Esc> <Esc>");
    assert_eq!(desk.state.desk.reader.assets.opened(entry_id(1)).len(), 2);
}

#[test]
fn what_is_fetched_ahead_takes_the_place_of_nothing_that_is_read() {
    let mut desk = desk(Pictures::Shown);
    for n in 1..=3 {
        desk.sync(sync::News::Asset(view(n, picture())));
    }
    for n in 10..10 + 2 * KEPT as u8 {
        desk.sync(sync::News::Asset(view(n, Shown::OnDemand)));
    }
    let assets = &desk.state.desk.reader.assets;
    assert!((1..=3).all(|n| assets.view(asset_id(n)).is_some()), "they are on the screen");
    assert_eq!(assets.views.len(), KEPT);
}

#[test]
fn however_many_assets_an_entry_has_all_of_them_stay_while_it_is_read() {
    let mut desk = desk(Pictures::Shown);
    let many = 60;
    let slot = |n: u8| AssetSlot {
        key: SafeText::line(&format!("key{n}")),
        asset: asset_id(n),
        asset_type: "file".into(),
        name: None,
    };
    let row = entry(1, 11, 1);
    let body = EntryBody { assets: (1..=many).map(slot).collect(), ..body(&row, "text") };
    desk.store(News::Body { entry: row.id, body: Some(Arc::new(body)), draft: None });
    for n in 1..=many {
        desk.sync(sync::News::Asset(view(n, picture())));
    }
    let assets = &desk.state.desk.reader.assets;
    assert!((1..=many).all(|n| assets.view(asset_id(n)).is_some()));
}

#[test]
fn what_is_beyond_the_bound_is_put_away_and_comes_back_when_it_is_opened() {
    let mut desk = desk(Pictures::Shown);
    // Drawn by the terminal: their making is not what is tried here.
    desk.state.look = Look::default().with_pictures(Some((8, 16)));
    let side = Pixels::SIDE;
    let large = |n: u8| {
        let pixels = Pixels::new(side, side, vec![n; (side * side * 3) as usize]).unwrap();
        let picture = Picture { format: "PNG".into(), width: 9_000, height: 9_000, pixels };
        let shown = Shown::Preview(Preview { inside: Inside::Picture(picture), remarks: Vec::new() });
        view(n, shown)
    };
    let many = 60_u8;
    let slot = |n: u8| AssetSlot {
        key: SafeText::line(&format!("key{n}")),
        asset: asset_id(n),
        asset_type: "file".into(),
        name: None,
    };
    let row = entry(1, 11, 1);
    let body = EntryBody { assets: (1..=many).map(slot).collect(), ..body(&row, "text") };
    desk.store(News::Body { entry: row.id, body: Some(Arc::new(body)), draft: None });
    // Something of another entry makes room first.
    desk.sync(sync::News::Asset(large(99)));
    for n in 1..=many {
        desk.sync(sync::News::Asset(large(n)));
    }
    let held = |desk: &TestDesk| {
        let views = desk.state.desk.reader.assets.views.iter();
        views.map(|view| view.shown.bytes()).sum::<usize>()
    };
    let away = |desk: &TestDesk, n: u8| {
        desk.state.desk.reader.assets.view(asset_id(n)).is_some_and(|view| view.shown == Shown::PutAway)
    };
    assert!(held(&desk) <= HELD && held(&desk) > HELD / 2, "{}", held(&desk));
    assert!(desk.state.desk.reader.assets.view(asset_id(99)).is_none());
    assert!(!away(&desk, 1) && !away(&desk, 30) && away(&desk, many), "what came first stays");
    desk.wait(REST * 2);
    // What is put away is not asked for because it is away.
    let asked = |effects: Vec<Effect>| {
        let looks = effects.into_iter().filter_map(|effect| match effect {
            Effect::Order(Order::Look { wishes, .. }) => Some(wishes),
            _ => None,
        });
        let unknown = |wish: &Wish| wish.known.is_none().then(|| wish.asset.bytes()[0]);
        looks.last().map(|wishes| wishes.iter().filter_map(unknown).collect::<Vec<_>>())
    };
    let mut effects = desk.keys("v p");
    effects.extend(desk.wait(REST * 2));
    assert_eq!(asked(effects), Some(vec![many]));
    // It comes from the disk, and is as true as it was.
    desk.sync(sync::News::Asset(Arc::new(AssetView { old: true, ..(*large(many)).clone() })));
    let back = desk.state.desk.reader.assets.view(asset_id(many)).unwrap();
    assert!(matches!(back.shown, Shown::Preview(_)) && !back.old);
    assert!(held(&desk) <= HELD && !away(&desk, 1));
    // Another is opened, and the first once more.
    let mut effects = desk.keys("p");
    effects.extend(desk.wait(REST * 2));
    assert_eq!(asked(effects), Some(vec![many - 1]));
    desk.sync(sync::News::Asset(large(many - 1)));
    assert!(held(&desk) <= HELD && away(&desk, many) && !away(&desk, many - 1));
    let mut effects = desk.keys("n");
    effects.extend(desk.wait(REST * 2));
    assert_eq!(asked(effects), Some(vec![many]));
}

#[test]
fn without_pictures_none_is_ever_fetched() {
    let mut desk = desk(Pictures::Never);
    let none = Some(vec![(1, false), (2, false), (3, false)]);
    assert_eq!(wished(desk.wait(REST * 2)), none);
    assert!(wished(desk.keys("v n")).is_none_or(|wished| Some(wished) == none));
}

#[test]
fn what_is_found_in_an_asset_is_no_change_of_the_entry() {
    let mut desk = desk(Pictures::Shown);
    let page = |desk: &TestDesk| desk.state.desk.reader.page.clone().unwrap();
    let before = page(&desk);
    let table = Table {
        columns: Vec::new(),
        rows: Vec::new(),
        total: Some(3),
        estimated: false,
        read: 3,
        more_columns: 0,
        deep: false,
    };
    let inside = [picture(), Shown::Preview(Preview { inside: Inside::Table(table), remarks: Vec::new() })];
    for (n, shown) in (1..).zip(inside) {
        desk.sync(sync::News::Asset(view(n, shown)));
    }
    desk.sync(sync::News::Asset(view(
        3,
        Shown::Preview(Preview {
            inside: Inside::Post("# Method\n\nHeated **twice**.".into()),
            remarks: vec!["a part only".into()],
        }),
    )));
    let after = page(&desk);
    assert!(after.len() > before.len() + 5, "all of it is on the page");
    assert!(after.changed_since(&before.marks()).is_empty());
    assert!(before.changed_since(&after.marks()).is_empty());
    assert!(desk.state.desk.reader.changes.is_empty());
}
