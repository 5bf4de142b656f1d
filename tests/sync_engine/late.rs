//! Servers that do late what they were asked, and lists that never end.

use std::time::Duration;

use questdesk::domain::decision::{Act, Bound, Decision, Settled, Stage, Verdict};
use questdesk::domain::{AssetId, SafeText, Timestamp, Version};
use questdesk::sync::{Options, Order};
use serde_json::json;

use crate::desk::Desk;
use crate::options;
use crate::server::{Fault, Server, entry, item, me, quest};

/// The list in which what was not decided is seen.
const PENDING: &str = "status=submitted";

/// How long an answer is waited for: what is not seen done is believed only when that is long over.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Nothing but decisions looks at the server.
fn quiet() -> Options {
    Options { focus_every: Duration::from_secs(3_600), ..options() }
}

/// A gateway loses its patience and hands the request on all the same, after the desk saw the entry still open. A second
/// decision would be taken, and paid.
#[test]
fn what_arrives_after_the_entry_was_seen_open_is_not_sent_again() {
    for says_so in [true, false] {
        let server = Server::with(3);
        let mut desk = Desk::with(&server, quiet(), PATIENCE);
        desk.until_whole();
        server.world().pays_each_time = true;
        server.world().faults.push_back(("/review", Fault::HandedOnLate { after: PENDING, says_so }));
        let id = desk.decide(entry(1), Verdict::Accept);
        assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
        let world = server.world();
        let told = (world.arrived_late, world.entries[&entry(1)].reviews, world.payments);
        assert_eq!(told, (1, 1, 1), "arrived late, reviews, payments");
    }
}

/// The same of an acceptance in place of a rejection, where the server takes second thoughts.
#[test]
fn a_second_thought_that_arrives_late_is_paid_once() {
    let server = Server::with(2);
    let mut desk = Desk::with(&server, quiet(), PATIENCE);
    desk.until_whole();
    let rejected = desk.decide(entry(0), Verdict::Reject);
    assert_eq!(desk.end_of(rejected), Stage::Confirmed(Settled::Ours));
    server.world().pays_each_time = true;
    let late = Fault::HandedOnLate { after: "status=rejected", says_so: true };
    server.world().faults.push_back(("/review", late));
    let again = desk.accept_instead(entry(0));
    assert_eq!(desk.end_of(again), Stage::Confirmed(Settled::Ours));
    assert_eq!(server.world().payments, 1);
}

/// A run or a comment is never said not to have begun while it may still arrive.
#[test]
fn what_is_never_repeated_is_not_said_to_be_undone_too_early() {
    let server = Server::with(2);
    let mut desk = Desk::with(&server, quiet(), PATIENCE);
    desk.until_whole();
    server.world().faults.push_back(("/evaluate", Fault::HandedOnLate { after: PENDING, says_so: true }));
    let id = desk.evaluate(entry(1));
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    assert_eq!(server.world().entries[&entry(1)].runs, 1);
}

#[test]
fn an_answer_of_the_server_itself_needs_no_waiting() {
    let server = Server::with(2);
    let mut desk = Desk::with(&server, quiet(), PATIENCE);
    desk.until_whole();
    server.world().faults.push_back(("/review", Fault::Refused(500)));
    let begun = questdesk::clock::monotonic();
    let id = desk.decide(entry(1), Verdict::Accept);
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
    let took = questdesk::clock::monotonic().duration_since(begun);
    assert_eq!(server.world().count("/review"), 2);
    assert!(took >= Duration::from_secs(2), "it is read back first: {took:?}");
}

/// The lists go round in a circle for ever: nothing hangs, and nothing is claimed that was not seen.
#[test]
fn lists_that_never_end_are_not_read_for_ever() {
    let server = Server::with(3);
    let mut desk = Desk::with(&server, quiet(), PATIENCE);
    desk.until_whole();
    {
        let mut world = server.world();
        world.endless = true;
        let others = json!({ "id": AssetId::from_bytes([5; 16]), "user_id": me(), "asset_type": "comment",
            "content": { "text": "other words" }, "created_at": "2020-01-01T00:00:00Z" });
        world.comments.push(others);
        world.faults.push_back(("/rescore", Fault::DoneThen500));
        world.faults.push_back(("/review", Fault::DoneThen500));
    }
    let bound = Bound::Entry(Version { updated_at: Timestamp::default() });
    let text = SafeText::line("Which units?");
    let act = Act::Comment { entry: entry(0), about: AssetId::new(quest().uuid()), text };
    let comment = desk.record(act, bound);
    let Stage::Refused { words } = desk.end_of(comment) else { panic!("{:?}", desk.stage(comment)) };
    assert!(words.as_str().contains("may have been written"), "{words}");
    let again = desk.rescore();
    assert_eq!(desk.end_of(again), Stage::Confirmed(Settled::Ours));
    let review = desk.decide(entry(1), Verdict::Accept);
    assert_eq!(desk.end_of(review), Stage::Confirmed(Settled::Ours));
    let asked = server.world().requests.len();
    assert!(asked < 60, "{asked} requests");
}

/// A session whose clock was years ahead, or years behind, left these: nothing is held for years, nor sent unlooked at.
#[test]
fn what_another_clock_left_is_looked_at_and_sent_once() {
    let year = Duration::from_secs(365 * 24 * 3_600);
    let now = questdesk::clock::now();
    for then in [now + 3 * year, now - 3 * year] {
        let server = Server::with(3);
        let mut desk = Desk::with(&server, quiet(), PATIENCE);
        desk.until_whole();
        let review =
            |n| Act::Review { entry: entry(n), item: Some(item()), verdict: Verdict::Accept, note: None };
        let of = |n: u32| Bound::Entry(desk.rows[&entry(n)].version);
        let queued = Decision { made_at: then, changed_at: then, ..desk.made(review(0), of(0)) };
        let lost = Stage::Unknown { why: "lost".into(), refusal: None, since: then };
        let unknown = Decision { attempts: 1, stage: lost, made_at: then, ..desk.made(review(1), of(1)) };
        let ids = [queued.id, unknown.id];
        let looks = server.world().count("status=submitted");
        desk.store.record(queued);
        desk.store.record(unknown);
        desk.until("both on disk", |desk| ids.iter().all(|id| desk.stage(*id).is_some()));
        desk.order(Order::ReadBack(ids[1], then));
        for id in ids {
            assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours));
        }
        let world = server.world();
        assert!([0, 1].iter().all(|n| world.entries[&entry(*n)].reviews == 1));
        assert!(world.count("status=submitted") > looks, "what was decided long ago is looked at first");
    }
}
