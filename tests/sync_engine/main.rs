//! The sync engine against a server that counts every review and fails on demand.

mod assets;
mod desk;
mod files;
mod late;
mod old;
mod server;

use std::time::Duration;

use desk::Desk;
use questdesk::domain::decision::{Clash, Settled, Stage, Verdict};
use questdesk::domain::{
    ActionId, AssetId, EntryStatus, EvalStatus, ItemId, ItemStatus, Money, PriceOf, QuestId, Rescored,
    Reviewing, RunPrice, Timestamp, UserId,
};
use questdesk::sync::{Link, News, Options, Order};
use server::{Fault, Server, entry, me, other, quest};

/// A budget that is not in the way.
fn options() -> Options {
    Options { requests_per_minute: 100_000, focus_every: Duration::from_millis(100), ..Options::default() }
}

fn counts(desk: &Desk, of: impl Fn(&News) -> bool) -> usize {
    desk.news.iter().filter(|news| of(news)).count()
}

#[test]
fn the_first_load_tells_everything_and_what_does_not_change_is_not_told_again() {
    let server = Server::with(450);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    assert_eq!(desk.pending.len(), 450);
    desk.until("names", |desk| desk.news.iter().any(|news| matches!(news, News::People(_))));
    desk.until("counts", |desk| desk.news.iter().any(|news| matches!(news, News::Accepted { .. })));
    desk.until("the wallet", |desk| desk.news.iter().any(|news| matches!(news, News::Wallet { .. })));
    assert_eq!(desk.news.first(), Some(&News::Link(Link::Connecting)));
    assert!(desk.news.iter().any(|news| matches!(news, News::SignedIn(account) if account.id == me())));
    let from = desk.news.len();
    for _ in 0..5 {
        desk.until_whole();
    }
    let loud: Vec<_> = desk.news[from..]
        .iter()
        .filter(|news| !matches!(news, News::Fresh { .. } | News::Budget { .. }))
        .collect();
    assert!(loud.is_empty(), "an idle desk says nothing: {loud:?}");
}

#[test]
fn arrivals_come_and_what_others_decide_leaves_with_their_decision() {
    let server = Server::with(30);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    server.world().add(77);
    desk.until("an arrival", |desk| desk.pending.contains(&entry(77)));
    server.world().decide(entry(3), "rejected", other());
    desk.until("a departure", |desk| !desk.pending.contains(&entry(3)));
    let gone = desk.news.iter().rev().find_map(|news| match news {
        News::Entries { gone, .. } => gone.iter().find(|gone| gone.entry == entry(3)).cloned(),
        _ => None,
    });
    let review = gone.unwrap().review.unwrap();
    assert_eq!((review.status, review.reviewer), (EntryStatus::Rejected, Some(other())));
    let stranger = UserId::from_bytes([0xC3; 16]);
    server.world().decide(entry(5), "accepted", stranger);
    desk.until("the name of who decided", |desk| {
        desk.news.iter().any(|news| match news {
            News::People(people) => people.iter().any(|person| person.id == stranger),
            _ => false,
        })
    });
    server.world().entries.remove(&entry(4));
    desk.until("a deletion", |desk| !desk.pending.contains(&entry(4)));
}

#[test]
fn each_decision_is_done_exactly_once_whatever_happens_to_its_answer() {
    let server = Server::with(60);
    // Somebody has to give up on the answer that does not come.
    let mut desk = Desk::with(&server, options(), Duration::from_millis(1_500));
    desk.until_whole();
    {
        let mut world = server.world();
        for fault in [
            Fault::DoneThen500,
            Fault::Refused(500),
            Fault::DoneThenCut,
            Fault::DoneThenSilence,
            Fault::TooMany(1),
            Fault::Refused(503),
            Fault::DoneThenCut,
        ] {
            world.faults.push_back(("/review", fault));
        }
        for _ in 0..2 {
            world.faults.push_back(("GET /quests", Fault::Refused(502)));
        }
    }
    let ids: Vec<_> = (0..60)
        .map(|n| desk.decide(entry(n), if n % 3 == 0 { Verdict::Reject } else { Verdict::Accept }))
        .collect();
    for (n, id) in ids.into_iter().enumerate() {
        assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours), "{n}");
    }
    desk.until("an empty queue", |desk| desk.pending.is_empty());
    let world = server.world();
    assert!(world.faults.iter().all(|(text, _)| *text != "/review"), "every fault was met");
    for (n, (id, entry)) in world.entries.iter().enumerate() {
        let status = if n % 3 == 0 { "rejected" } else { "accepted" };
        assert_eq!((entry.status, entry.reviews), (status, 1), "{id:?}");
    }
}

#[test]
fn somebody_faster_is_a_conflict_and_is_never_overridden() {
    let server = Server::with(3);
    let slow = Options { focus_every: Duration::from_secs(3_600), ..options() };
    let mut desk = Desk::at(&server, slow);
    desk.until_whole();
    server.world().decide(entry(0), "rejected", other());
    server.world().decide(entry(1), "accepted", other());
    let (overtaken, agreed) =
        (desk.decide(entry(0), Verdict::Accept), desk.decide(entry(1), Verdict::Accept));
    let end = desk.end_of(overtaken);
    assert!(matches!(&end, Stage::Conflict(Clash::Decided(by)) if by.reviewer == Some(other())), "{end:?}");
    assert_eq!(desk.end_of(agreed), Stage::Confirmed(Settled::Agreed { with: Some(other()) }));
    desk.until("both leave", |desk| desk.pending.len() == 1);
    assert_eq!(server.world().entries[&entry(0)].status, "rejected");
}

#[test]
fn a_right_that_is_missing_shows_at_the_first_refusal() {
    let server = Server::with(2);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    server.world().faults.push_back(("/review", Fault::Refused(403)));
    let id = desk.decide(entry(0), Verdict::Accept);
    assert!(matches!(desk.end_of(id), Stage::Refused { words } if words.as_str() == "made to fail"));
    desk.until("read-only", |desk| {
        desk.news.iter().any(|news| matches!(news, News::Quests(quests) if matches!(quests[0].reviewing, Reviewing::Refused(_))))
    });
    assert!(desk.pending.contains(&entry(0)), "it is still there for others");
    assert_eq!(server.world().entries[&entry(0)].reviews, 0);
}

#[test]
fn decisions_wait_while_the_server_is_out_of_reach() {
    let mut server = Server::with(5);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    server.stop();
    desk.until("offline", |desk| matches!(desk.link, Some(Link::Offline { .. })));
    let id = desk.decide(entry(2), Verdict::Accept);
    let from = desk.news.len();
    desk.until("another try", |desk| {
        desk.news[from..].iter().any(|news| matches!(news, News::Link(Link::Offline { .. })))
    });
    desk.until("it to wait", |desk| desk.stage(id) == Some(&Stage::Queued));
    server.start();
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    desk.until("live again", |desk| desk.link == Some(Link::Live));
    assert_eq!(server.world().entries[&entry(2)].reviews, 1);
}

#[test]
fn a_refused_key_ends_all_asking_until_somebody_asks_again() {
    let server = Server::with(1);
    server.world().key_is_good = false;
    let mut desk = Desk::at(&server, options());
    desk.until("signed out", |desk| matches!(desk.link, Some(Link::SignedOut { .. })));
    desk.order(Order::Focus(Some(quest())));
    server.world().key_is_good = true;
    let asked = server.world().requests.len();
    desk.order(Order::Refresh);
    desk.until_whole();
    assert!(asked <= 3, "{asked} requests with a bad key");
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept() {
    let server = Server::with(4);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    server.world().faults.push_back(("/review", Fault::TooMany(2)));
    let id = desk.decide(entry(0), Verdict::Accept);
    desk.until("slow", |desk| matches!(desk.link, Some(Link::Slow { .. })));
    let Some(Link::Slow { until, .. }) = desk.link.clone() else { unreachable!() };
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    assert!(questdesk::clock::now() >= until, "it was sent too early");
    assert_eq!(server.world().entries[&entry(0)].reviews, 1);
}

#[test]
fn named_quests_are_read_whoever_they_belong_to_and_missing_ones_are_said() {
    let server = Server::with(3);
    server.world().search_is_empty = true;
    let missing = QuestId::from_bytes([0xFF; 16]);
    let mut desk = Desk::at(&server, Options { quests: vec![missing, quest()], ..options() });
    desk.until_whole();
    assert_eq!(desk.pending.len(), 3);
    let said = |news: &News| matches!(news, News::Trouble { what, .. } if what.as_str().contains(&missing.to_string()));
    assert_eq!(counts(&desk, said), 1);
}

#[test]
fn items_are_set_and_a_lost_answer_is_read_back() {
    let server = Server::with(1);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    desk.until("items", |desk| desk.news.iter().any(|news| matches!(news, News::Items { .. })));
    server.world().faults.push_back(("PUT /quests", Fault::DoneThen500));
    let id = desk.set_item(ItemStatus::Done);
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    desk.until("the new status", |desk| {
        desk.news
            .iter()
            .any(|news| matches!(news, News::Items { items, .. } if items[0].status == ItemStatus::Done))
    });
    assert_eq!(server.world().count("PUT /quests"), 1);
}

#[test]
fn an_evaluation_runs_once_whatever_happens_to_its_answer() {
    let server = Server::with(4);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    let faults = [None, Some(Fault::DoneThen500), Some(Fault::DoneThenCut), Some(Fault::Refused(500))];
    for (n, fault) in (0..).zip(faults) {
        server.world().faults.extend(fault.map(|fault| ("/evaluate", fault)));
        let id = desk.evaluate(entry(n));
        let end = desk.end_of(id);
        let runs = server.world().entries[&entry(n)].runs;
        match fault {
            // Nothing was begun, and nothing is begun again by itself.
            Some(Fault::Refused(_)) => {
                assert!(matches!(&end, Stage::Refused { .. }), "{end:?}");
                assert_eq!(runs, 0);
            }
            _ => assert_eq!((end, runs), (Stage::Confirmed(Settled::Ours), 1), "{fault:?}"),
        }
    }
    desk.until("the row that runs", |desk| desk.rows[&entry(0)].eval == EvalStatus::Running);
}

/// What may become of the answer to a second thought.
const FAULTS: [Option<Fault>; 5] = [
    None,
    Some(Fault::DoneThen500),
    Some(Fault::DoneThenCut),
    Some(Fault::Refused(500)),
    Some(Fault::TooMany(1)),
];

/// Rejects entry `n` and then accepts it after all; how that ends, and what the server has.
fn reconsider(
    desk: &mut Desk,
    server: &Server,
    n: u32,
    allows: bool,
    fault: Option<Fault>,
) -> (Stage, &'static str) {
    let rejected = desk.decide(entry(n), Verdict::Reject);
    assert_eq!(desk.end_of(rejected), Stage::Confirmed(Settled::Ours));
    server.world().takes_second_thoughts = allows;
    server.world().faults.extend(fault.map(|fault| ("/review", fault)));
    let again = desk.accept_instead(entry(n));
    (desk.end_of(again), server.world().entries[&entry(n)].status)
}

#[test]
fn a_rejection_is_decided_again_once() {
    let server = Server::with(5);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    for (n, fault) in (0..).zip(FAULTS) {
        let end = reconsider(&mut desk, &server, n, true, fault);
        assert_eq!(end, (Stage::Confirmed(Settled::Ours), "accepted"), "{fault:?}");
    }
}

#[test]
fn a_rejection_stays_where_the_server_allows_no_second_thought() {
    let server = Server::with(5);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    for (n, fault) in (0..).zip(FAULTS) {
        let (end, status) = reconsider(&mut desk, &server, n, false, fault);
        assert_eq!(status, "rejected");
        assert!(matches!(&end, Stage::Refused { words } if words.as_str() == "already reviewed"), "{end:?}");
    }
}

#[test]
fn somebody_who_accepted_it_meanwhile_is_agreed_with() {
    let server = Server::with(2);
    let mut desk = Desk::at(&server, Options { focus_every: Duration::from_secs(3_600), ..options() });
    desk.until_whole();
    let rejected = desk.decide(entry(0), Verdict::Reject);
    assert_eq!(desk.end_of(rejected), Stage::Confirmed(Settled::Ours));
    server.world().decide(entry(0), "accepted", other());
    let again = desk.accept_instead(entry(0));
    assert_eq!(desk.end_of(again), Stage::Confirmed(Settled::Agreed { with: Some(other()) }));
}

#[test]
fn an_item_is_scored_again_once_and_its_price_is_told() {
    let server = Server::with(2);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    let route = AssetId::from_bytes([7; 16]);
    let of = PriceOf { route, input: None };
    desk.order(Order::RunPrices(vec![of]));
    let price = News::RunPrice(of, RunPrice::Costs(Money::sats(12)));
    desk.until("the price", |desk| desk.news.contains(&price));
    let id = desk.rescore();
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    let began = Rescored { started: 1, left_out: vec!["gone".into()] };
    desk.until("what was begun", |desk| desk.news.contains(&News::Rescored(id, began.clone())));
}

/// Four more items than the one that is always there.
fn items(server: &Server) -> Vec<ItemId> {
    let more: Vec<ItemId> = (1..=4).map(|n| ItemId::from_bytes([n; 16])).collect();
    server.world().more_items.clone_from(&more);
    more
}

fn knows_the_items(desk: &Desk) -> bool {
    counts(desk, |news| matches!(news, News::Items { items, .. } if items.len() == 5)) > 0
}

#[test]
fn items_are_scored_again_at_a_price_one_after_the_other_until_more_began_than_were_shown() {
    let server = Server::with(2);
    let items = items(&server);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    desk.until("the items", knows_the_items);
    // Two runs each were shown, eight in all; each begins four.
    server.world().begins = 4;
    let ids = desk.rescores(&items, Some(20));
    let ends: Vec<Stage> = ids.iter().map(|id| desk.end_of(*id)).collect();
    let ours = Stage::Confirmed(Settled::Ours);
    let beyond = Stage::Conflict(Clash::MoreRuns);
    assert_eq!(ends.iter().filter(|end| **end == ours).count(), 2, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == beyond).count(), 2, "{ends:?}");
    let world = server.world();
    assert_eq!((world.rescores, world.scoring), (2, (0, 1)));
}

#[test]
fn all_of_them_are_sent_while_they_are_what_was_shown_even_if_an_answer_is_lost() {
    let server = Server::with(2);
    let items = items(&server);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    desk.until("the items", knows_the_items);
    server.world().faults.push_back(("/rescore", Fault::Refused(500)));
    let ids = desk.rescores(&items, Some(20));
    let ends: Vec<Stage> = ids.iter().map(|id| desk.end_of(*id)).collect();
    let not_done =
        |end: &&Stage| matches!(end, Stage::Refused { words } if words.as_str().contains("was not done"));
    assert_eq!(ends.iter().filter(not_done).count(), 1, "{ends:?}");
    let world = server.world();
    assert_eq!((world.rescores, world.scoring), (3, (0, 1)), "{ends:?}");
}

#[test]
fn what_costs_nothing_is_scored_again_at_once() {
    let server = Server::with(2);
    let items = items(&server);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    desk.until("the items", knows_the_items);
    server.world().begins = 9;
    let ids = desk.rescores(&items, None);
    let ours = Stage::Confirmed(Settled::Ours);
    assert!(ids.iter().all(|id| desk.end_of(*id) == ours));
    assert_eq!(server.world().scoring.1, 4);
}

/// Scores the item again and loses the answer; how it ended, and how often the server did it. What was begun before
/// is so long ago that it is none of this.
fn scored_again_unheard(fault: Fault, prepare: impl Fn(&Server)) -> (Stage, u32, Vec<News>) {
    let server = Server::with(2);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    let long_ago = Timestamp::from_millis(1_000_000);
    server.world().begun.push((ActionId::from_bytes([9; 16]), long_ago));
    server.world().faults.push_back(("/rescore", fault));
    prepare(&server);
    let id = desk.rescore();
    let end = desk.end_of(id);
    if matches!(end, Stage::Confirmed(_)) {
        desk.until("what was begun", |desk| counts(desk, |news| matches!(news, News::Rescored(..))) > 0);
    }
    let told = desk.news.iter().filter(|news| matches!(news, News::Rescored(..))).cloned().collect();
    let times = server.world().rescores;
    (end, times, told)
}

#[test]
fn whether_an_item_was_scored_again_is_seen_from_its_runs_and_it_is_never_repeated() {
    for fault in [Fault::DoneThen500, Fault::DoneThenCut] {
        let (end, times, told) = scored_again_unheard(fault, |_| {});
        assert_eq!((end, times), (Stage::Confirmed(Settled::Ours), 1), "{fault:?}");
        let began = Rescored { started: 1, left_out: Vec::new() };
        assert!(matches!(&told[..], [News::Rescored(_, told)] if *told == began), "{told:?}");
    }
    let (end, times, _) = scored_again_unheard(Fault::Refused(500), |_| {});
    assert!(matches!(&end, Stage::Refused { words } if words.as_str().contains("was not done")), "{end:?}");
    assert_eq!(times, 0);
    // A server that does not list runs: what can't be seen is said, and never begun again by itself.
    let no_list = |server: &Server| server.world().faults.push_back(("GET /actions", Fault::Refused(404)));
    for (fault, done) in [(Fault::DoneThen500, 1), (Fault::Refused(500), 0)] {
        let (end, times, _) = scored_again_unheard(fault, no_list);
        assert!(
            matches!(&end, Stage::Refused { words } if words.as_str().contains("may have begun")),
            "{end:?}"
        );
        assert_eq!(times, done);
    }
    // A run of ours that no entry names may have been one of them.
    let another = |server: &Server| {
        server.world().begun.push((ActionId::from_bytes([8; 16]), questdesk::clock::now()));
    };
    let (end, ..) = scored_again_unheard(Fault::Refused(500), another);
    assert!(matches!(&end, Stage::Refused { words } if words.as_str().contains("may have begun")), "{end:?}");
}

#[test]
fn stopping_waits_for_what_is_under_way_and_the_rest_stays_queued() {
    let server = Server::with(20);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    let ids: Vec<_> = (0..20).map(|n| desk.decide(entry(n), Verdict::Accept)).collect();
    desk.until("some are through", |desk| {
        desk.decisions.values().filter(|decision| decision.stage.is_over()).count() >= 2
    });
    desk.stop(Duration::from_secs(5));
    let done = server.world().entries.values().filter(|entry| entry.reviews > 0).count();
    let open = desk.store.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let open = runtime.block_on(open.open_decisions()).unwrap();
    assert_eq!(open.len() + done, ids.len());
    assert!(open.iter().all(|decision| decision.stage == Stage::Queued), "{open:#?}");
    desk.start(options());
    for id in ids {
        assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    }
    assert!(server.world().entries.values().all(|entry| entry.reviews == 1));
}

#[test]
fn a_pause_lets_nothing_new_begin_and_what_waits_can_be_taken_back() {
    let server = Server::with(300);
    let mut desk = Desk::at(&server, options());
    desk.until_whole();
    desk.until("all rows", |desk| desk.rows.len() == 300);
    server.world().lets_through = Some(1);
    let ids: Vec<_> = (0..300).map(|n| desk.decide(entry(n), Verdict::Accept)).collect();
    desk.until("the first to be done", |desk| {
        ids.iter().any(|id| desk.stage(*id) == Some(&Stage::Confirmed(Settled::Ours)))
    });
    desk.order(Order::Pause);
    let paused = |news: &News| matches!(news, News::Sending(now) if now.paused);
    desk.until("the pause to be known", |desk| desk.news.iter().any(paused));
    server.world().lets_through = None;
    let rests = |news: &News| matches!(news, News::Sending(now) if now.paused && now.in_flight == 0);
    desk.until("the pause", |desk| desk.news.iter().any(rests));
    desk.until("nothing under way", |desk| {
        ids.iter().all(|id| desk.stage(*id).is_some_and(|stage| *stage != Stage::Sending))
    });
    let sent = |server: &Server| server.world().entries.values().map(|entry| entry.reviews).sum::<u32>();
    let before = sent(&server);
    assert!((1..300).contains(&before), "{before}");
    for _ in 0..3 {
        desk.until_whole();
    }
    assert_eq!(sent(&server), before, "reading goes on, sending does not");
    let waits = ids.iter().copied().filter(|id| desk.stage(*id) == Some(&Stage::Queued)).collect::<Vec<_>>();
    assert_eq!(waits.len() as u32 + before, 300);
    desk.undo(waits[0]);
    desk.order(Order::Resume);
    for id in &ids {
        let end = desk.end_of(*id);
        let meant = if *id == waits[0] { Stage::Undone } else { Stage::Confirmed(Settled::Ours) };
        assert_eq!(end, meant);
    }
    assert!(server.world().entries.values().all(|entry| entry.reviews <= 1));
    assert_eq!(sent(&server), 299);
    desk.until("rest", |desk| {
        matches!(desk.news.iter().rev().find_map(|news| match news {
            News::Sending(now) => Some(*now),
            _ => None,
        }), Some(now) if !now.paused && now.in_flight == 0 && now.waiting == 0)
    });
}
