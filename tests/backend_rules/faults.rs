//! Things that go wrong on request.

use std::time::Duration;

use questdesk::backend::Fault;
use questdesk::domain::EntryStatus;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, paid, review_path};

#[tokio::test]
async fn faults_do_what_they_say() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([paid(10)])).await;
    let send = async |entry: &Value| {
        let request = world.http.put(world.url(&review_path(entry))).header("authorization", &ana.token);
        match request.json(&json!({"status": "accepted"})).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (Some(status), answer.json::<Value>().await.is_ok())
            }
            Err(_) => (None, false),
        }
    };
    for (fault, answer, done) in [
        (Fault::Lost, (None, false), true),
        (Fault::Truncated, (Some(200), false), true),
        (Fault::Http500Before, (Some(500), true), false),
        (Fault::Http500After, (Some(500), true), true),
        (Fault::Http429(3), (Some(429), true), false),
        (Fault::Refuse, (None, false), false),
        (Fault::Garbage, (Some(200), false), true),
        (Fault::Slow(Duration::from_millis(1)), (Some(200), true), true),
    ] {
        let entry = maria.submit(&quest, &quest["items"][0]).await;
        world.backend.script_fault("/review", fault, 1);
        assert_eq!(send(&entry).await, answer, "{fault:?}");
        let accepted = world.state(&entry).status == EntryStatus::Accepted;
        assert_eq!(accepted, done, "{fault:?}");
        let logged = world.backend.inspect().unwrap().faults;
        assert!(logged.contains(&(fault.name().to_owned(), done, 1)), "{logged:?}");
    }
    world.books_are_right();
}

#[tokio::test]
async fn a_held_answer_waits_until_it_is_released() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    world.backend.script_fault("GET /user", Fault::HoldAfter, 1);
    let held = ana.send(Method::GET, "/user", None);
    let release = async {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while world.backend.held() == 0 {
            assert!(tokio::time::Instant::now() < deadline);
            tokio::task::yield_now().await;
        }
        world.backend.release_holds();
    };
    let ((status, _), ()) = tokio::join!(held, release);
    assert_eq!(status, 200);
}
