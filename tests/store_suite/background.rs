//! What stands behind an entry: records, likeness, precedent and places come from the cache alone.

use questdesk::domain::background::{Background, Behind, Likeness};
use questdesk::domain::decision::Subject;
use questdesk::domain::*;
use questdesk::store::{CachedEntry, News};

use super::support::*;

const RUN: &str = "We measured twelve samples twice, heating at two kelvin a minute and cooling at one. The table \
    gives the transition temperature of each with its error; the raw data are attached as a file. Three samples \
    were left out because they had cracked in the furnace, and one because its label was lost on the way.";

fn made(n: u32, contributor: u8, text: &str, asset: u8, status: EntryStatus) -> CachedEntry {
    let mut made = entry(n, i64::from(n), status);
    made.row.contributor = user(contributor);
    made.row.score = None;
    made.body.description = SafeText::block(text);
    made.body.assets[0].asset = AssetId::from_bytes([asset; 16]);
    if let Some(review) = &mut made.body.review {
        *review = Review {
            note: SafeText::block(&format!("note {n}")),
            at: Some(at(i64::from(n))),
            ..review.clone()
        };
    }
    made
}

fn behind(desk: &Desk, n: u32) -> Behind {
    desk.store.load_behind(entry_id(n));
    match desk.next() {
        News::Behind(behind) => *behind,
        other => panic!("expected Behind: {other:?}"),
    }
}

fn background(desk: &Desk, n: u32) -> Background {
    behind(desk, n).background
}

fn with(entries: Vec<CachedEntry>) -> (tempfile::TempDir, Desk) {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, []);
    desk.store.put_entries(quest(1), entries);
    desk.settled();
    (dir, desk)
}

use EntryStatus::{Accepted, Rejected, Submitted};

#[test]
fn a_record_counts_what_became_of_the_others_and_shows_the_last_reviews() {
    let mut entries = vec![made(100, 3, "the one that is read", 99, Submitted)];
    entries.extend((0..12).map(|n| made(n, 3, &format!("text number {n}"), n as u8, Accepted)));
    entries.extend((20..25).map(|n| made(n, 3, &format!("text number {n}"), n as u8, Rejected)));
    entries.push(made(30, 3, "another that waits", 30, Submitted));
    entries.push(made(31, 4, "somebody else", 31, Rejected));
    let (_dir, desk) = with(entries);
    let record = background(&desk, 100).record;
    assert_eq!((record.accepted, record.rejected, record.pending), (12, 5, 1));
    assert_eq!(record.accept_rate(), Some(71));
    let last: Vec<_> = record.last.iter().map(|past| past.entry).collect();
    let newest = [24, 23, 22, 21, 20, 11, 10, 9].map(entry_id);
    assert_eq!(last, newest);
    assert_eq!((record.last[0].note.as_str(), &record.last[0].status), ("note 24", &Rejected));
    assert_eq!(record.last[0].reviewer, Some(user(8)));
}

#[test]
fn likeness_is_told_by_asset_text_and_overlap_within_the_quest() {
    let edited = RUN.replace("twelve", "eleven").replace("cracked", "burst");
    let mut elsewhere = made(6, 9, RUN, 1, Accepted);
    (elsewhere.row.quest, elsewhere.body.quest) = (quest(2), quest(2));
    let (_dir, desk) = with(vec![
        made(1, 3, RUN, 1, Submitted),
        made(2, 4, "Nothing of it is the same but the file.", 1, Rejected),
        made(3, 5, &RUN.to_uppercase(), 3, Accepted),
        made(4, 6, &edited, 4, Rejected),
        made(5, 7, "An entry of its own about something else.", 5, Rejected),
    ]);
    desk.store.put_entries(quest(2), vec![elsewhere]);
    desk.settled();
    let alike = background(&desk, 1).alike;
    let how: Vec<_> = alike.iter().map(|alike| (alike.past.entry, alike.how)).collect();
    assert_eq!(how[..2], [(entry_id(2), Likeness::Asset), (entry_id(3), Likeness::Text)]);
    let (third, Likeness::Overlap(overlap)) = how[2] else { panic!("{how:?}") };
    assert_eq!((third, how.len()), (entry_id(4), 3));
    assert!((60..100).contains(&overlap), "{overlap}");
    assert_eq!((alike[0].past.note.as_str(), alike[0].contributor), ("note 2", user(4)));
    assert_eq!(background(&desk, 5).alike, vec![]);
}

#[test]
fn a_changed_text_is_like_others_from_then_on_and_a_removed_entry_like_none() {
    let (_dir, desk) =
        with(vec![made(1, 3, RUN, 1, Submitted), made(2, 4, "Another text it was.", 2, Submitted)]);
    assert_eq!(background(&desk, 1).alike, vec![]);
    let mut changed = made(2, 4, RUN, 1, Submitted);
    changed.row.version = version(9);
    changed.body.version = version(9);
    desk.store.put_entries(quest(1), vec![changed]);
    desk.settled();
    let alike = background(&desk, 1).alike;
    assert_eq!(alike.iter().map(|alike| alike.how).collect::<Vec<_>>(), [Likeness::Asset]);
    let gone = questdesk::sync::Gone { entry: entry_id(2), review: None };
    desk.store.remove_pending(quest(1), vec![gone]);
    desk.settled();
    assert_eq!(background(&desk, 1).alike, vec![]);
}

#[test]
fn a_flood_of_equal_entries_is_cut_and_said_to_be() {
    let mut entries = vec![made(0, 3, RUN, 200, Submitted)];
    entries.extend((1..400).map(|n| made(n, 4, RUN, (n % 100) as u8, Rejected)));
    let (_dir, desk) = with(entries);
    let background = background(&desk, 0);
    assert_eq!((background.alike.len(), background.more_alike), (50, true));
}

#[test]
fn the_previous_entry_is_the_last_rejected_one_before_on_the_same_item() {
    let mut other_item = made(8, 3, "of another item", 8, Rejected);
    (other_item.row.item, other_item.body.item) = (Some(item_id(2)), Some(item_id(2)));
    let (_dir, desk) = with(vec![
        made(1, 3, "the first try of it", 1, Rejected),
        made(5, 3, "the second try of it", 2, Rejected),
        made(6, 3, "one that was accepted", 3, Accepted),
        other_item,
        made(10, 3, "the one that is read", 4, Submitted),
        made(12, 3, "a later one, rejected too", 5, Rejected),
    ]);
    let previous = background(&desk, 10).previous.unwrap();
    assert_eq!(previous.past.entry, entry_id(5));
    assert_eq!(
        (previous.past.note.as_str(), previous.body.description.as_str()),
        ("note 5", "the second try of it")
    );
    assert_eq!(background(&desk, 1).previous, None);
}

#[test]
fn a_place_is_counted_by_the_items_order_among_those_that_are_not_rejected() {
    let scored = |n: u32, score: f64, status| {
        let mut made = made(n, 3, "a text of some words", n as u8, status);
        made.row.score = Some(score);
        made
    };
    let (_dir, desk) = with(vec![
        scored(1, 0.9, Accepted),
        scored(2, 0.95, Rejected),
        scored(3, 0.8, Submitted),
        scored(4, 0.8, Submitted),
        scored(5, 0.1, Submitted),
    ]);
    assert_eq!(background(&desk, 4).place, None, "the item has no leaderboard");
    let place = |order| {
        let item = Item { leaderboard: Some(order), ..item(1, 500, ItemStatus::Pending) };
        desk.store.put_items(quest(1), vec![(item, "brief".into())]);
        desk.settled();
        [3, 4, 5]
            .map(|n| background(&desk, n).place.map(|place| (place.rank, place.of, place.accepted_above)))
    };
    let highest = place(LeaderboardOrder::HighestFirst);
    assert_eq!(
        highest,
        [Some((2, 4, 1)), Some((3, 4, 1)), Some((4, 4, 1))],
        "the earlier of two equal ones first"
    );
    let lowest = place(LeaderboardOrder::LowestFirst);
    assert_eq!(lowest, [Some((2, 4, 0)), Some((3, 4, 0)), Some((1, 4, 0))]);
}

#[test]
fn it_says_whether_all_decided_entries_are_known() {
    let (_dir, desk) = with(vec![made(1, 3, RUN, 1, Submitted)]);
    let whole = |desk: &Desk| background(desk, 1).whole;
    assert!(!whole(&desk));
    desk.store.mark_fresh(quest(1), at(1));
    desk.store.mark_decided(quest(1), Accepted, at(2));
    assert_eq!(desk.next(), News::DecidedRead(quest(1)), "told once it is kept");
    assert!(!whole(&desk), "the rejected ones were not read");
    desk.store.mark_decided(quest(1), Rejected, at(3));
    assert_eq!(desk.next(), News::DecidedRead(quest(1)), "told once it is kept");
    assert!(whole(&desk));
}

#[test]
fn an_entry_that_the_cache_has_lost_has_no_background() {
    let (_dir, desk) = with(vec![]);
    assert_eq!(
        behind(&desk, 1),
        Behind { entry: entry_id(1), version: None, background: Background::default() }
    );
}

#[test]
fn a_comment_that_was_begun_survives_beside_a_note() {
    let (dir, desk) = with(vec![made(1, 3, RUN, 1, Submitted)]);
    desk.settled();
    desk.store.save_draft(Subject::Comment(entry_id(1)), "which units?".into());
    desk.store.save_draft(Subject::Entry(entry_id(1)), "a note of its own".into());
    desk.settled().store.close();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(background(&desk, 1).draft.as_ref().map(SafeText::as_str), Some("which units?"));
    assert_eq!(desk.body(entry_id(1)).1.as_ref().map(SafeText::as_str), Some("a note of its own"));
    desk.store.drop_draft(Subject::Comment(entry_id(1)));
    assert_eq!(background(&desk, 1).draft, None);
}
