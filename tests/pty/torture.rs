//! Paid acceptances through a server that fails on nearly every second request, by a desk that is killed again and
//! again: all of them arrive, none twice, and the books are right.
//!
//! The same seed gives the same faults and the same choices; when a kill hits is as random as the machine is.

use std::time::Duration;

use questdesk::backend::{Fault, Faults, Inspection, Options};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::harness::{Program, Session, look};
use crate::trouble::{Place, kept, leave};

/// What is done to it. 45 % of the requests go wrong: half of them after the act was done.
const FAULTS: &str = "lost=0.1,truncated=0.1,http500=0.1,http429=0.05,refuse=0.1";

/// What the second item of the quest pays.
const REWARD: i64 = 500;

/// How long a session is left alone before it is killed, if nothing comes of it.
const A_SESSION: Duration = Duration::from_secs(10);

/// How long the end may take.
const THE_END: Duration = Duration::from_secs(600);

/// What the desk says at the start when decisions were left.
const LEFT: &str = "Left from last time";

/// Keys that are typed in one go: no more than the desk takes while it draws.
const AT_ONCE: usize = 10;

struct Torture {
    place: Place,
    random: SmallRng,
    entries: usize,
}

impl Torture {
    fn new(seed: u64, entries: usize) -> Self {
        let mut place = Place::new();
        for n in 2..entries {
            place.server.submit("bot-7", 1, &format!("Run {}", n + 7));
        }
        Self { place, random: SmallRng::seed_from_u64(seed), entries }
    }

    fn program(&self) -> Program {
        let decide = "undo_seconds = 0\nbulk_undo_seconds = 0\nseen_ms = 0\nconfirm_paid = \"never\"";
        self.place.program(decide).arguments(&["--filter", "is:paid"])
    }

    fn books(&self) -> Inspection {
        self.place.server.backend().inspect().unwrap()
    }

    fn accepted(&self) -> usize {
        self.books().entries.get("accepted").copied().unwrap_or(0) as usize
    }

    /// How often something was done and its answer did not arrive.
    fn lost_after(&self) -> u32 {
        self.books().faults.iter().filter(|(_, done, _)| *done).map(|(_, _, times)| times).sum()
    }

    /// What the desk's own database counts.
    fn count(&self, sql: &str) -> usize {
        let db = rusqlite::Connection::open(self.place.database()).unwrap();
        db.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    }

    /// Decisions that the last session left.
    fn left(&self) -> usize {
        self.count("SELECT count(*) FROM decisions WHERE over = 0")
    }

    /// Entries of which the desk does not know that they are accepted, and which nothing of it is about.
    fn untouched(&self) -> usize {
        let touched =
            "SELECT count(DISTINCT subject) FROM decisions WHERE over = 0 OR stage_name = 'confirmed'";
        self.entries - self.count(touched)
    }

    /// Opens the desk; what the last session left goes on with one key.
    fn open(&self) -> Session {
        let left = self.left();
        let mut session = self.program().start();
        session.wait_for("Pending");
        if left > 0 {
            session.wait_for(LEFT);
            look();
            session.type_keys("Enter");
            session.wait_gone(LEFT);
        }
        session
    }

    /// Accepts one after the other, faster than they are sent.
    fn one_by_one(session: &mut Session, entries: usize) {
        session.wait_for("500 sat");
        for _ in 0..entries.div_ceil(AT_ONCE) {
            session.type_keys(&"a ".repeat(AT_ONCE));
        }
    }

    /// Accepts all that is left at once: marks, the sheet, and its total.
    fn at_once(session: &mut Session, entries: usize) {
        session.wait_for("500 sat");
        session.type_keys("*");
        session.wait_for(" marked");
        let sheet = format!("Accept {entries} ");
        session.press_until("a", &sheet, |screen| screen.replace(',', "").contains(&sheet));
        let total = (i64::try_from(entries).unwrap() * REWARD).to_string();
        let asks = |screen: &str| screen.contains("type the total that is shown");
        session.press_until("Enter", "the total to be asked for", asks);
        let digits: Vec<String> = total.chars().map(String::from).collect();
        session.type_keys(&digits.join(" "));
        session.type_keys("Enter");
        session
            .wait_until("the sheet to close", |screen| !screen.contents().replace(',', "").contains(&sheet));
    }

    /// One session: some decisions, and a kill at some moment while they are being sent.
    fn session(&mut self, number: usize, keys: usize) {
        let (untouched, mut session) = (self.untouched(), self.open());
        let before = self.accepted();
        match number {
            0 => Self::one_by_one(&mut session, keys),
            1 if untouched > 0 => Self::at_once(&mut session, untouched),
            // What the earlier ones left goes on.
            _ => {}
        }
        let enough = before + self.random.random_range(1..keys.max(2));
        let end = questdesk::clock::monotonic() + A_SESSION;
        self.place.server.wait_within(A_SESSION * 12, "some decisions", || {
            // At least one was done whose answer never came: that is what this is about.
            let late = questdesk::clock::monotonic() >= end && self.lost_after() > 0;
            (late || self.accepted() >= enough.min(self.entries)).then_some(())
        });
        session.kill();
    }

    /// The last session, at a server that is well again: everything arrives.
    fn end(&mut self) {
        self.place.server.replace(kept(self.place.dir.path()));
        let mut session = self.open();
        let mut looks = 0;
        let accepted = || self.accepted();
        self.place.server.wait_within(THE_END, "all of them", || {
            if looks % 25 == 0 {
                session.type_keys(&"a ".repeat(AT_ONCE));
            }
            if looks % 250 == 249 {
                session.type_keys("R");
            }
            looks += 1;
            (accepted() == self.entries).then_some(())
        });
        session.wait_until("an empty queue", |screen| {
            let screen = screen.contents();
            !["sending", "queued", "unknown"].iter().any(|word| screen.contains(word))
        });
        leave(session);
    }

    fn run(mut self, kills: usize) {
        let options = kept(self.place.dir.path());
        let first = self.program().start();
        let all = format!("{} pending", self.entries + 3);
        first.wait_until("the whole queue", |screen| screen.contents().replace(',', "").contains(&all));
        leave(first);
        let faults: Faults = FAULTS.parse().unwrap();
        self.place.server.replace(Options { faults, seed: 11, ..options });
        // However the dice fall, the first ones are done and their answers lost.
        self.place.server.faults("/review", Fault::Lost, 2);
        for number in 0..kills {
            self.session(number, self.entries / kills + 1);
        }
        self.end();
        self.prove();
    }

    /// 0 lost, 0 twice, the books right, and the desk knows it.
    fn prove(&self) {
        let books = self.books();
        assert_eq!(books.payments.len(), self.entries);
        assert!(books.payments.values().all(|&times| times == 1), "{:?}", books.payments);
        assert_eq!((books.ledger_sum, books.balance_difference), (0, 0));
        assert_eq!(books.paid["btc"], i64::try_from(self.entries).unwrap() * REWARD);
        assert!(self.lost_after() > 0, "no answer was lost: {:?}", books.faults);
        assert_eq!(self.left(), 0);
        let paid = "SELECT count(DISTINCT subject) FROM decisions WHERE stage_name = 'confirmed'";
        assert_eq!(self.count(paid), self.entries);
        let doubled = "SELECT count(*) FROM decisions WHERE stage_name = 'confirmed'";
        assert_eq!(self.count(doubled), self.entries);
    }
}

/// About a minute: what may have been lost on the way is waited for.
#[test]
fn paid_acceptances_survive_faults_and_kills() {
    Torture::new(1, 30).run(3);
}

/// `cargo test --test pty torture -- --ignored`: about ten minutes.
#[test]
#[ignore = "takes minutes"]
fn a_thousand_paid_acceptances_survive_faults_and_kills() {
    Torture::new(2, 1_000).run(12);
}
