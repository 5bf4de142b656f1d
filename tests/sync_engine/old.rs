//! Decisions on what is old by the time that they are sent: the server is looked at first.

use std::time::Duration;

use questdesk::clock;
use questdesk::domain::decision::{Clash, Settled, Stage, Verdict};
use questdesk::domain::{EntryId, Timestamp};
use questdesk::sync::{Link, Options};

use crate::desk::Desk;
use crate::options;
use crate::server::{Server, entry, other, quest};

/// A loss of the connection that makes what is known old.
const LONG: Duration = Duration::from_secs(10);

/// The queue is never read again, so that nothing but the look before sending can notice.
fn quiet() -> Options {
    Options { focus_every: Duration::from_secs(3_600), ..options() }
}

/// Another reviewer rejects it meanwhile, on a server where the last word counts.
fn rejected_elsewhere(server: &Server, id: EntryId) {
    let mut world = server.world();
    world.pays_each_time = true;
    world.decide(id, "rejected", other());
}

fn was_never_sent(server: &Server, end: &Stage) {
    assert!(matches!(end, Stage::Conflict(Clash::Decided(by)) if by.reviewer == Some(other())), "{end:?}");
    let world = server.world();
    assert_eq!((world.count("/review"), world.payments), (0, 0));
}

#[test]
fn the_first_request_after_a_long_loss_is_no_decision() {
    let mut server = Server::with(5);
    let mut desk = Desk::at(&server, quiet());
    desk.until_whole();
    server.stop();
    let id = desk.decide(entry(2), Verdict::Accept);
    rejected_elsewhere(&server, entry(2));
    desk.until(
        "a long loss",
        |desk| matches!(&desk.link, Some(Link::Offline { since, .. }) if clock::now().since(*since) >= LONG),
    );
    assert_eq!(desk.stage(id), Some(&Stage::Queued));
    server.start();
    let end = desk.end_of(id);
    was_never_sent(&server, &end);
}

#[test]
fn what_was_read_long_ago_is_looked_at_before_it_is_decided_on() {
    let server = Server::with(5);
    let mut desk = Desk::at(&server, quiet());
    desk.until_whole();
    let long_ago = Timestamp::from_millis(clock::now().millis() - 61_000);
    desk.store.mark_fresh(quest(), long_ago);
    rejected_elsewhere(&server, entry(2));
    let id = desk.decide(entry(2), Verdict::Accept);
    let end = desk.end_of(id);
    was_never_sent(&server, &end);
    let id = desk.decide(entry(3), Verdict::Accept);
    assert_eq!(desk.end_of(id), Stage::Confirmed(Settled::Ours), "what still stands is sent");
}

/// Four decisions of a session that ended, on what it knew; the world went on meanwhile.
#[test]
fn what_was_decided_without_the_server_is_compared_with_how_it_stands_now() {
    let server = Server::with(500);
    let mut desk = Desk::at(&server, quiet());
    desk.until_whole();
    desk.until("all rows", |desk| desk.rows.len() == 500);
    desk.stop(Duration::from_secs(5));
    let ids = [1, 2, 3, 450].map(|n| desk.decide(entry(n), Verdict::Accept));
    desk.until("all on disk", |desk| ids.iter().all(|id| desk.stage(*id) == Some(&Stage::Queued)));
    {
        let mut world = server.world();
        world.decide(entry(1), "rejected", other());
        world.entries.get_mut(&entry(2)).unwrap().version += 1;
        world.entries.remove(&entry(3));
    }
    let sent = server.world().count("/review");
    desk.start(quiet());
    let ends = ids.map(|id| desk.end_of(id));
    assert!(
        matches!(&ends[0], Stage::Conflict(Clash::Decided(by)) if by.reviewer == Some(other())),
        "{ends:?}"
    );
    assert_eq!(ends[1], Stage::Conflict(Clash::Changed));
    assert_eq!(ends[2], Stage::Conflict(Clash::Gone));
    assert_eq!(ends[3], Stage::Confirmed(Settled::Ours));
    let world = server.world();
    assert_eq!(world.count("/review") - sent, 1, "only what still holds was sent");
    assert_eq!(world.entries[&entry(1)].status, "rejected");
}
