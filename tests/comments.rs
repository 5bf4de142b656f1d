//! Comments against the local backend, which keeps the documented rules: read in threads, written once whatever
//! becomes of the answer.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::{Arc, mpsc};
use std::time::Duration;

use questdesk::backend::{self, Backend, Fault};
use questdesk::domain::decision::{Act, Bound, Decision, Settled, Stage};
use questdesk::domain::{AssetId, Cost, DecisionId, EntryId, QuestId, SafeText, SessionId, Version};
use questdesk::ouro::{Client, Settings, Timeouts};
use questdesk::store::{self, Store};
use questdesk::sync::{Engine, News, Options, Order, Talk};

/// Far longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(60);

fn client(backend: &Backend, who: &str) -> Client {
    Client::new(Settings {
        base_url: backend.ready().url.parse().unwrap(),
        key: backend.ready().account(who).unwrap().api_key.clone().into(),
        org: None,
        timeouts: Timeouts { connect: Duration::from_secs(5), request: Duration::from_secs(5) },
    })
    .unwrap()
}

enum Told {
    Engine(News),
    Store(Box<store::News>),
}

#[test]
fn a_comment_is_written_once_whatever_becomes_of_its_answer_and_read_in_its_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let backend = runtime.block_on(Backend::start(backend::Options::default())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let session = SessionId::new(uuid::Uuid::now_v7());
    let (sink, inbox) = mpsc::channel();
    let to = sink.clone();
    let store_sink: store::Sink = Arc::new(move |news| {
        let _ = to.send(Told::Store(Box::new(news)));
    });
    let store =
        Store::open(store::Options { dir: folder.path().into(), session, may_send: true }, store_sink)
            .unwrap();
    let options = Options { requests_per_minute: 100_000, ..Options::default() };
    let engine_sink = Arc::new(move |news| {
        let _ = sink.send(Told::Engine(news));
    });
    let engine = Engine::start(client(&backend, "ana"), store.clone(), options, engine_sink).unwrap();
    let next = || inbox.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("nothing came any more"));

    let quest: QuestId = loop {
        if let Told::Engine(News::Quests(quests)) = next()
            && let Some(quest) = quests.first()
        {
            break quest.id;
        }
    };
    let about = AssetId::new(quest.uuid());
    backend.script_fault("/comments/create", Fault::Lost, 1);
    backend.script_fault("/comments/create", Fault::Http500Before, 1);
    let decision = |text: &'static str, n: u8| {
        let now = questdesk::clock::now();
        Decision {
            id: DecisionId::new(uuid::Uuid::now_v7()),
            session,
            batch: None,
            quest,
            act: Act::Comment { entry: EntryId::from_bytes([n; 16]), about, text: text.into() },
            bound: Bound::Entry(Version { updated_at: now }),
            cost: Cost::default(),
            label: "a comment".into(),
            made_at: now,
            changed_at: now,
            attempts: 0,
            stage: Stage::Queued,
        }
    };
    // The first is written and its answer lost; the second is answered with an error before anything was done.
    let mut ends = Vec::new();
    for (text, n) in [("Which *units* are these?", 1), ("Is `T` in kelvin?", 2)] {
        let comment = decision(text, n);
        store.record(comment.clone());
        let end = loop {
            match next() {
                Told::Store(news) => match *news {
                    store::News::Recorded(decision) => engine.order(Order::Send(decision.id)),
                    store::News::Moved(decision) if decision.stage.is_over() => break decision.stage,
                    _ => {}
                },
                Told::Engine(_) => {}
            }
        };
        ends.push(end);
    }
    assert_eq!(ends[0], Stage::Confirmed(Settled::Ours));
    assert!(
        matches!(&ends[1], Stage::Refused { words } if words.as_str().contains("do it again")),
        "{ends:?}"
    );

    // Somebody answers; the thread is read whole, with its answers.
    let maria = client(&backend, "maria");
    let ours = runtime.block_on(client(&backend, "ana").comments(about, 0)).unwrap();
    let texts: Vec<&str> = ours.rows.iter().map(|(comment, _)| comment.text.as_str()).collect();
    let times = texts.iter().filter(|text| text.contains("units")).count();
    assert_eq!((times, texts.iter().any(|text| text.contains("kelvin"))), (1, false), "{texts:?}");
    let (question, _) =
        ours.rows.iter().find(|(comment, _)| comment.text.as_str().contains("units")).unwrap();
    runtime.block_on(maria.write_comment(question.id, "In kelvin.")).unwrap();
    engine.order(Order::Talk(vec![about]));
    let thread = loop {
        if let Told::Engine(News::Talk { about: found, talk }) = next() {
            assert_eq!(found, about);
            match talk {
                Talk::Read(thread) => break thread,
                other => panic!("{other:?}"),
            }
        }
    };
    let found = thread.comments.iter().find(|comment| comment.id == question.id).unwrap();
    let answers: Vec<SafeText> = found.answers.iter().map(|answer| answer.text.clone()).collect();
    assert_eq!(answers, [SafeText::from("In kelvin.")]);

    // What is not there, or not ours to see, is said to be closed.
    let nowhere = AssetId::new(uuid::Uuid::now_v7());
    engine.order(Order::Talk(vec![nowhere]));
    loop {
        if let Told::Engine(News::Talk { about: found, talk }) = next() {
            assert_eq!((found, talk), (nowhere, Talk::Closed));
            break;
        }
    }
    engine.stop(Duration::from_secs(5));
    store.close();
    runtime.block_on(backend.stop());
}
