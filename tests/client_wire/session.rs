//! The key, its tokens, and what a refused one does to calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::Method;
use questdesk::clock;
use questdesk::ouro::{Client, ErrorKind, Fate, ReviewVerdict};

use super::stub::{ENTRY, QUEST, Stub, account, json, reviewed};

/// Many callers at once, all of whom must get through.
async fn twenty(client: &Client) {
    let calls: Vec<_> = (0..20)
        .map(|_| client.clone())
        .map(|client| tokio::spawn(async move { client.account().await }))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().username.as_str(), "ana");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_callers_share_one_exchange() {
    // The second token is the first that holds: all callers find theirs refused at once.
    let oldest_good = Arc::new(AtomicUsize::new(1));
    let good = Arc::clone(&oldest_good);
    let stub = Stub::start(move |seen| {
        if seen.token() >= good.load(Ordering::SeqCst) {
            account()
        } else {
            json(401, r#"{"error": "JWT expired"}"#)
        }
    })
    .await;
    let client = stub.client();
    twenty(&client).await;
    assert_eq!(stub.exchanges(), 1, "before the first call");
    oldest_good.store(2, Ordering::SeqCst);
    twenty(&client).await;
    assert_eq!(stub.exchanges(), 2, "after the token ended");
    assert_eq!(
        client.requests_made(),
        (stub.seen().len() + stub.exchanges()) as u64,
        "every request is counted"
    );
}

// On one thread all twenty have asked before the first answer can come: who asks after it would be right to try again.
#[tokio::test]
async fn a_refused_key_is_tried_for_all_who_wait_and_believed_the_second_time() {
    let stub = Stub::with(|_| account(), &[], "", usize::MAX).await;
    let client = stub.client();
    let calls: Vec<_> = (0..20)
        .map(|_| client.clone())
        .map(|client| tokio::spawn(async move { client.account().await }))
        .collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind, error.fate()), (ErrorKind::KeyRefused, Fate::NotSent));
        assert_eq!(
            error.to_string(),
            "the API key was refused: Unknown API key (the key) (200)",
            "the key is not repeated"
        );
    }
    assert_eq!(stub.exchanges(), 2);
    assert!(stub.seen().is_empty(), "without a token nothing else is asked");
    assert!(client.account().await.is_err());
    assert_eq!(stub.exchanges(), 4, "who comes later tries again");
}

#[tokio::test]
async fn an_exchange_that_another_program_was_in_the_way_of_is_tried_again() {
    let stub = Stub::with(|_| account(), &[], "", 1).await;
    assert_eq!(stub.client().account().await.unwrap().username.as_str(), "ana");
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    // Five minutes and a little: due at once when the little is over.
    let stub = Stub::with(|_| account(), &[303], "", 0).await;
    let client = stub.client();
    let deadline = clock::monotonic() + Duration::from_secs(20);
    while stub.exchanges() < 2 {
        client.account().await.unwrap();
        assert!(clock::monotonic() < deadline, "the token was not replaced");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(stub.seen().last().unwrap().token(), 2, "and the new one is used");
    for _ in 0..3 {
        client.account().await.unwrap();
    }
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test]
async fn a_token_that_seems_over_is_used_until_it_is_refused() {
    let stub = Stub::with(|_| account(), &[-9_000, -9_000, -9_000], "", 0).await;
    let client = stub.client();
    for _ in 0..3 {
        client.account().await.unwrap();
    }
    assert_eq!(stub.exchanges(), 1, "a wrong clock does not make an exchange of every call");
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_no_half_exchange() {
    let stub = Stub::start(|_| account()).await;
    let client = stub.client();
    let gave_up = tokio::time::timeout(Duration::from_millis(20), client.account()).await;
    assert!(gave_up.is_err(), "the exchange takes longer than that");
    client.account().await.unwrap();
    assert_eq!(stub.exchanges(), 1, "the second caller adopts the first one's token");
}

#[tokio::test]
async fn a_write_is_repeated_once_after_401() {
    let stub = Stub::start(|seen| if seen.token() > 1 { reviewed() } else { json(401, "") }).await;
    let client = stub.client();
    let (quest, entry) = (QUEST.parse().unwrap(), ENTRY.parse().unwrap());
    let done = client.review(quest, entry, ReviewVerdict::Reject, Some("units?")).await.unwrap();
    assert_eq!((done.row.id, done.status.word()), (entry, "rejected"));
    let seen = stub.seen();
    assert_eq!(seen.len(), 2);
    for request in seen.iter() {
        assert_eq!(request.method, Method::PUT);
        assert_eq!(request.uri.to_string(), format!("/quests/{QUEST}/entries/{ENTRY}/review"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body, serde_json::json!({ "status": "rejected", "review": "units?" }));
    }
}

#[tokio::test]
async fn a_second_401_is_final() {
    let stub = Stub::start(|_| json(401, r#"{"error": "no"}"#)).await;
    let client = stub.client();
    let error = client
        .review(QUEST.parse().unwrap(), ENTRY.parse().unwrap(), ReviewVerdict::Accept, None)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fate()), (ErrorKind::Unauthorized, Fate::NotSent));
    assert_eq!((stub.seen().len(), stub.exchanges()), (2, 2));
    assert_eq!(stub.seen()[0].body, r#"{"status":"accepted"}"#, "without a note there is none");
}

#[tokio::test]
async fn a_lost_caller_costs_a_read_nothing_and_proves_nothing_about_a_write() {
    let lost = || json(500, r#"{"data": null, "error": {"message": "No user context"}}"#);
    let stub = Stub::start(move |seen| match (seen.token(), &seen.method) {
        (1, _) | (2, &Method::PUT) => lost(),
        _ => account(),
    })
    .await;
    let client = stub.client();
    client.account().await.unwrap();
    assert_eq!((stub.seen().len(), stub.exchanges()), (2, 2), "the read is repeated with a new token");
    let error = client
        .review(QUEST.parse().unwrap(), ENTRY.parse().unwrap(), ReviewVerdict::Accept, None)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.status, error.fate()), (ErrorKind::Server, Some(500), Fate::Unknown));
    assert_eq!(
        (stub.seen().len(), stub.exchanges()),
        (3, 3),
        "the write is not repeated, but the token is replaced"
    );
    client.account().await.unwrap();
    assert_eq!(stub.seen()[3].token(), 3);
}

#[tokio::test]
async fn a_read_that_stays_lost_is_not_signed_in() {
    let stub = Stub::start(|_| json(500, r#"{"error": "no user"}"#)).await;
    assert_eq!(stub.client().account().await.unwrap_err().kind, ErrorKind::Unauthorized);
    assert_eq!(stub.seen().len(), 2);
}
