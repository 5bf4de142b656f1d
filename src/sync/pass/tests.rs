//! A server whose list changes between any two requests, and what may be concluded from reading it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::{EntryRow, EvalStatus, QuestId, Timestamp, UserId, Version};

fn id(n: u32) -> EntryId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    EntryId::from_bytes(bytes)
}

fn row(entry: EntryId, updated: i64) -> EntryRow {
    EntryRow {
        id: entry,
        quest: QuestId::from_bytes([1; 16]),
        item: None,
        contributor: UserId::from_bytes([2; 16]),
        created_at: Timestamp::from_millis(0),
        version: Version { updated_at: Timestamp::from_millis(updated) },
        score: None,
        eval: EvalStatus::None,
    }
}

/// A list in a stable order, which shrinks and grows anywhere.
#[derive(Debug, Clone)]
struct Server {
    list: Vec<EntryId>,
    next: u32,
    cap: u32,
    says_total: bool,
}

impl Server {
    fn with(count: u32, cap: u32, says_total: bool) -> Self {
        Self { list: (0..count).map(id).collect(), next: count, cap, says_total }
    }

    fn window(&self, offset: u32) -> Window {
        let from = (offset as usize).min(self.list.len());
        let to = (from + self.cap.min(WINDOW_ROWS) as usize).min(self.list.len());
        Window {
            ids: self.list[from..to].to_vec(),
            unreadable: 0,
            more: to < self.list.len(),
            total: self.says_total.then_some(self.list.len() as u32),
        }
    }

    fn insert(&mut self, place: usize) {
        let place = place % (self.list.len() + 1);
        self.list.insert(place, id(self.next));
        self.next += 1;
    }

    fn remove(&mut self, place: usize) -> Option<EntryId> {
        (!self.list.is_empty()).then(|| self.list.remove(place % self.list.len()))
    }
}

/// Reads to the end while nothing changes.
fn read_quietly(server: &Server, mut pass: Pass) -> (End, usize) {
    let mut requests = 0;
    for _ in 0..10_000 {
        if let Some(end) = pass.end() {
            return (end, requests);
        }
        for offset in pass.wants() {
            pass.ask(offset);
            requests += 1;
            pass.answer(offset, server.window(offset));
        }
    }
    panic!("the pass does not end: {pass:?}");
}

#[test]
fn a_short_list_takes_one_request_and_a_long_one_little_more_than_its_pages() {
    assert_eq!(read_quietly(&Server::with(0, 200, true), Pass::whole(Seq(1))).1, 1);
    assert_eq!(read_quietly(&Server::with(200, 200, true), Pass::whole(Seq(1))).1, 1);
    assert_eq!(read_quietly(&Server::with(10_000, 200, true), Pass::whole(Seq(1))).1, 53);
}

#[test]
fn with_a_total_all_windows_but_the_first_may_be_asked_for_at_once() {
    let server = Server::with(1_000, 200, true);
    let mut pass = Pass::whole(Seq(1));
    assert_eq!(pass.wants(), [0]);
    pass.ask(0);
    assert_eq!(pass.wants(), [] as [u32; 0]);
    pass.answer(0, server.window(0));
    assert_eq!(pass.wants(), [192, 384, 576, 768, 960]);
}

#[test]
fn a_long_list_that_is_known_takes_two_requests_until_it_changes() {
    let mut server = Server::with(5_000, 200, true);
    let known = server.list.clone();
    let (end, requests) = read_quietly(&server, Pass::cheap(Seq(1), known.clone(), true));
    assert_eq!((requests, end.whole, end.cheap), (2, true, true));
    for _ in 0..150 {
        server.insert(server.list.len());
    }
    let (end, requests) = read_quietly(&server, Pass::cheap(Seq(1), known.clone(), true));
    assert_eq!((requests, end.whole, end.cheap), (3, true, true));
    assert_eq!(end.order, server.list);
    server.remove(2_500);
    let (end, _) = read_quietly(&server, Pass::cheap(Seq(1), known.clone(), true));
    assert!(end.whole && !end.cheap, "something is missing in the middle: everything is read");
    assert_eq!(end.order, server.list);
    let (end, requests) = read_quietly(&server, Pass::cheap(Seq(1), known, false));
    assert_eq!((requests, end.whole), (3, false), "if that may be");
}

/// Reads what a server makes up, however often it is asked.
fn read_made_up(mut pass: Pass, window: impl Fn(u32) -> Window) -> (End, usize) {
    let mut requests = 0;
    while requests < 100_000 {
        if let Some(end) = pass.end() {
            return (end, requests);
        }
        for offset in pass.wants() {
            pass.ask(offset);
            requests += 1;
            pass.answer(offset, window(offset));
        }
    }
    panic!("it is read for ever");
}

#[test]
fn a_list_that_never_ends_is_not_read_for_ever_and_proves_nothing() {
    let rows = |from: u32| (from..from + WINDOW_ROWS).map(id).collect();
    let window = |ids, total| Window { ids, unreadable: 0, more: true, total };
    let (end, requests) = read_made_up(Pass::whole(Seq(1)), |offset| window(rows(offset), None));
    assert!(!end.whole && requests == MOST_WINDOWS as usize, "{requests}");
    // Always the same page, whatever is asked for.
    let known: Vec<EntryId> = (0..5_000).map(id).collect();
    for total in [None, Some(0)] {
        for pass in [Pass::whole(Seq(1)), Pass::cheap(Seq(1), known.clone(), true)] {
            let (end, requests) = read_made_up(pass, |_| window(rows(0), total));
            assert!(!end.whole && requests < 30, "{requests} {total:?}");
        }
    }
    let mut pass = Pass::whole(Seq(1));
    pass.ask(0);
    pass.answer(0, window(rows(0), Some(u32::MAX)));
    assert_eq!(pass.wants().len(), MOST_WINDOWS as usize, "whatever length it claims");
}

#[test]
fn our_own_decisions_do_not_make_a_long_list_be_read_again() {
    let mut server = Server::with(5_000, 200, true);
    let known = server.list.clone();
    let mut pass = Pass::cheap(Seq(1), known.clone(), true);
    // Done at the server or not, and confirmed here or not: nobody knows.
    for id in &known[..40] {
        pass.excuse(*id);
    }
    server.list.retain(|id| !known[..25].contains(id));
    let (end, requests) = read_quietly(&server, pass);
    assert_eq!((requests, end.whole, end.cheap), (2, true, true));
}

#[test]
fn a_list_cut_off_within_the_head_is_noticed_without_a_total() {
    let mut server = Server::with(1_000, 200, false);
    let known = server.list.clone();
    server.list.truncate(150);
    let (end, _) = read_quietly(&server, Pass::cheap(Seq(1), known, true));
    assert_eq!((end.whole, end.order), (true, server.list));
}

#[test]
fn a_failed_request_is_wanted_again() {
    let server = Server::with(500, 200, true);
    let mut pass = Pass::whole(Seq(1));
    for offset in [0, 192, 384] {
        pass.ask(offset);
        pass.answer(offset, server.window(offset));
        if offset == 0 {
            pass.ask(192);
            pass.fail(192);
            assert_eq!(pass.wants(), [192, 384]);
        }
    }
    assert!(pass.end().unwrap().whole);
}

#[test]
fn an_answer_to_nobody_is_left_out() {
    let mut pass = Pass::whole(Seq(1));
    pass.answer(0, Server::with(3, 200, true).window(0));
    assert_eq!(pass.wants(), [0]);
}

#[test]
fn more_of_nothing_concludes_nothing() {
    let mut pass = Pass::whole(Seq(1));
    for _ in 0..10 {
        for offset in pass.wants() {
            pass.ask(offset);
            pass.answer(offset, Window { ids: vec![], unreadable: 0, more: true, total: None });
        }
    }
    assert!(!pass.end().unwrap().whole);
}

#[test]
fn a_decided_row_comes_back_only_when_it_changed_after_its_decision() {
    let mut listing = Listing::default();
    assert!(listing.take(&row(id(1), 10)));
    assert!(!listing.take(&row(id(1), 10)), "nothing changed");
    assert!(listing.take(&row(id(1), 11)));
    assert!(listing.bury(id(1), Seq(5), Some(Version { updated_at: Timestamp::from_millis(20) })));
    assert!(!listing.take(&row(id(1), 11)));
    let lists_it = End { begun: Seq(9), order: vec![id(1)], whole: true, cheap: false };
    assert!(listing.conclude(&lists_it).is_empty());
    assert!(!listing.take(&row(id(1), 20)), "it is still listed, as it was");
    assert!(listing.take(&row(id(1), 21)), "it was opened again");
}

/// What happens between two moments.
#[derive(Debug, Clone)]
enum Happens {
    /// The next window that is wanted is asked for; the server looks at it later.
    Ask(usize),
    /// The server looks at a request.
    Look(usize),
    /// An answer arrives.
    Arrive(usize),
    /// A request or its answer is lost.
    Lose(usize),
    Insert(usize),
    Remove(usize),
    /// A decision of ours is done at the server …
    Decide(usize),
    /// … and confirmed here.
    Confirm,
}

fn any_happening() -> impl Strategy<Value = Happens> {
    let n = any::<usize>;
    prop_oneof![
        6 => n().prop_map(Happens::Ask),
        6 => n().prop_map(Happens::Look),
        6 => n().prop_map(Happens::Arrive),
        1 => n().prop_map(Happens::Lose),
        1 => n().prop_map(Happens::Insert),
        1 => n().prop_map(Happens::Remove),
        1 => n().prop_map(Happens::Decide),
        1 => Just(Happens::Confirm),
    ]
}

/// A desk that reads a server, one pass after the other.
struct World {
    server: Server,
    listing: Listing,
    pass: Pass,
    seq: u64,
    /// Asked for, not looked at.
    asked: Vec<u32>,
    /// Looked at, not arrived.
    looked: Vec<(u32, Window)>,
    /// Was there when the pass began and has not left since.
    stayed: BTreeSet<EntryId>,
    decided: Vec<EntryId>,
    confirmed: BTreeSet<EntryId>,
    shown: BTreeSet<EntryId>,
}

impl World {
    fn new(server: Server) -> Self {
        let stayed = server.list.iter().copied().collect();
        Self {
            server,
            listing: Listing::default(),
            pass: Pass::whole(Seq(0)),
            seq: 0,
            asked: vec![],
            looked: vec![],
            stayed,
            decided: vec![],
            confirmed: BTreeSet::new(),
            shown: BTreeSet::new(),
        }
    }

    fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    fn happens(&mut self, what: &Happens) {
        match *what {
            Happens::Ask(n) => {
                let wants = self.pass.wants();
                if !wants.is_empty() {
                    let offset = wants[n % wants.len()];
                    self.pass.ask(offset);
                    self.asked.push(offset);
                }
            }
            Happens::Look(n) if !self.asked.is_empty() => {
                let offset = self.asked.swap_remove(n % self.asked.len());
                self.looked.push((offset, self.server.window(offset)));
            }
            Happens::Arrive(n) if !self.looked.is_empty() => {
                let (offset, window) = self.looked.swap_remove(n % self.looked.len());
                self.arrive(offset, window);
            }
            Happens::Lose(n) if !self.asked.is_empty() => {
                let offset = self.asked.swap_remove(n % self.asked.len());
                self.pass.fail(offset);
            }
            Happens::Look(_) | Happens::Arrive(_) | Happens::Lose(_) => {}
            Happens::Insert(place) => self.server.insert(place),
            Happens::Remove(place) => {
                if let Some(gone) = self.server.remove(place) {
                    self.stayed.remove(&gone);
                }
            }
            Happens::Decide(place) => {
                if let Some(gone) = self.server.remove(place) {
                    self.stayed.remove(&gone);
                    self.decided.push(gone);
                }
            }
            Happens::Confirm => self.confirm(),
        }
    }

    fn confirm(&mut self) {
        if let Some(done) = self.decided.pop() {
            let since = self.next_seq();
            self.listing.bury(done, since, None);
            self.shown.remove(&done);
            self.confirmed.insert(done);
        }
    }

    fn arrive(&mut self, offset: u32, window: Window) {
        for entry in &window.ids {
            if self.listing.take(&row(*entry, 0)) {
                assert!(!self.confirmed.contains(entry), "a decided entry came back");
                self.shown.insert(*entry);
            }
        }
        self.pass.answer(offset, window);
        if let Some(end) = self.pass.end() {
            self.ends(&end);
        }
    }

    fn ends(&mut self, end: &End) {
        if end.whole && !end.cheap {
            for entry in &self.stayed {
                assert!(end.order.contains(entry), "{entry:?} was there all the time and is taken for gone");
            }
        }
        for gone in self.listing.conclude(end) {
            self.shown.remove(&gone);
        }
        let begun = self.next_seq();
        self.pass = if self.seq.is_multiple_of(2) {
            Pass::cheap(begun, self.listing.order(), self.seq.is_multiple_of(4))
        } else {
            Pass::whole(begun)
        };
        self.stayed = self.server.list.iter().copied().collect();
    }

    /// Nothing happens any more but what was begun; then two passes are read.
    fn calm_down(&mut self) {
        while !self.decided.is_empty() {
            self.confirm();
        }
        let from = self.seq;
        for _ in 0..100_000 {
            if self.seq > from + 4 {
                return;
            }
            for happens in [Happens::Ask(0), Happens::Look(0), Happens::Arrive(0)] {
                self.happens(&happens);
            }
        }
        panic!("it never ends: {:?}", self.pass);
    }
}

#[test]
fn windows_of_one_row_share_none_so_nothing_is_taken_for_gone() {
    for says_total in [false, true] {
        let server = Server::with(5, 1, says_total);
        let (end, _) = read_quietly(&server, Pass::whole(Seq(1)));
        assert!(!end.whole);
        assert_eq!(end.order, server.list, "what was listed is there all the same");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_quiet_list_is_read_as_it_is(count in 0u32..1_500, cap in 2u32..300, says_total in any::<bool>()) {
        prop_assume!(count / cap < 200);
        let server = Server::with(count, cap, says_total);
        let (end, _) = read_quietly(&server, Pass::whole(Seq(1)));
        prop_assert!(end.whole);
        prop_assert_eq!(end.order, server.list);
    }

    #[test]
    fn whatever_happens_nothing_is_missed_and_nothing_decided_returns(
        count in 0u32..1_200,
        cap in prop_oneof![Just(200u32), 20u32..200],
        says_total in any::<bool>(),
        happenings in proptest::collection::vec(any_happening(), 0..400),
    ) {
        let mut world = World::new(Server::with(count, cap, says_total));
        for happens in &happenings {
            world.happens(happens);
        }
        world.calm_down();
        let truth: BTreeSet<EntryId> = world.server.list.iter().copied().collect();
        prop_assert_eq!(world.shown, truth, "after quiet passes the desk shows what is there");
    }

    /// The order is another one at each request: nothing may be concluded from what is missing.
    #[test]
    fn a_shuffling_server_takes_nothing_away(
        count in 201u32..600,
        keys in proptest::collection::vec(any::<u32>(), 40),
    ) {
        let server = Server::with(count, 200, true);
        let mut pass = Pass::whole(Seq(1));
        let mut requests = 0;
        while pass.end().is_none() {
            for offset in pass.wants() {
                let mut shuffled = server.clone();
                let key = keys[requests % keys.len()].wrapping_add(requests as u32);
                let mut places: Vec<(u32, EntryId)> = (0..)
                    .zip(&server.list)
                    .map(|(n, id)| ((n ^ key).wrapping_mul(0x9E37_79B1), *id))
                    .collect();
                places.sort_unstable();
                shuffled.list = places.into_iter().map(|(_, id)| id).collect();
                requests += 1;
                prop_assert!(requests < 200);
                pass.ask(offset);
                pass.answer(offset, shuffled.window(offset));
            }
        }
        let end = pass.end().unwrap();
        prop_assert!(!end.whole || end.order.len() == count as usize, "{} of {count}", end.order.len());
    }
}
