//! Failures, and what they say about a write.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::response::IntoResponse as _;
use questdesk::ouro::{BaseUrl, Client, ErrorKind, Fate, ReviewVerdict, Settings, Timeouts, Why};
use tokio::net::TcpSocket;

use super::stub::{ENTRY, KEY, ME, QUEST, Stub, account, client_of, raw_server, reviewed};

#[tokio::test]
async fn a_pause_is_understood_as_seconds_and_as_a_date() {
    let stub = Stub::start(|seen| {
        let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
        let date =
            [("retry-after", "Mon, 05 Oct 2026 10:00:42 GMT"), ("date", "Mon, 05 Oct 2026 10:00:00 GMT")];
        match seen.uri.path() {
            "/user" => (
                status,
                [("retry-after", "17"), ("x-request-id", "req-9")],
                r#"{"error": {"message": "slower"}}"#,
            )
                .into_response(),
            "/teams" => (status, date, "").into_response(),
            _ => (status, "<html>").into_response(),
        }
    })
    .await;
    let client = stub.client();
    let wait = |seconds| ErrorKind::RateLimited { retry_after: Some(Duration::from_secs(seconds)) };
    let error = client.account().await.unwrap_err();
    assert_eq!(error.kind, wait(17));
    assert_eq!(error.to_string(), "too many requests: slower (429, again in 17 s, request req-9)");
    assert_eq!(client.memberships().await.unwrap_err().kind, wait(42));
    let error = client.person(ME.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.kind, error.fate()), (ErrorKind::RateLimited { retry_after: None }, Fate::NotSent));
    assert_eq!(stub.seen().len(), 3, "nothing is repeated by itself");
}

#[tokio::test]
async fn html_is_told_from_json() {
    let stub = Stub::start(|_| {
        (axum::http::StatusCode::BAD_GATEWAY, [("content-type", "text/html")], "<html><h1>502</h1>")
            .into_response()
    })
    .await;
    let error = stub.client().account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Garbled);
    assert_eq!(
        error.to_string(),
        "the answer cannot be read: the server answered HTML (502 Bad Gateway) (502)"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stub = Stub::start(|seen| match seen.uri.path() {
        "/user" => (axum::http::StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
        _ => account(),
    })
    .await;
    assert_eq!(stub.client().account().await.unwrap_err().kind, ErrorKind::Garbled);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_for_another_entry_is_no_confirmation() {
    let stub = Stub::start(|_| reviewed()).await;
    let other = "0193c0de-5555-7000-8000-000000000099".parse().unwrap();
    let error =
        stub.client().review(QUEST.parse().unwrap(), other, ReviewVerdict::Reject, None).await.unwrap_err();
    assert_eq!((error.kind, error.fate()), (ErrorKind::Garbled, Fate::Unknown));
}

#[tokio::test]
async fn a_broken_answer_leaves_the_fate_of_a_write_unknown() {
    let review = async |address: SocketAddr| {
        let client = client_of(&format!("http://{address}"), None, Timeouts::default());
        let (quest, entry) = (QUEST.parse().unwrap(), ENTRY.parse().unwrap());
        client.review(quest, entry, ReviewVerdict::Accept, None).await.unwrap_err()
    };
    let short =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"data\": {\"id\"";
    let error = review(raw_server(short)).await;
    assert_eq!((error.kind, error.fate()), (ErrorKind::Garbled, Fate::Unknown), "{error}");
    let error = review(raw_server(b"")).await;
    assert_eq!((error.kind, error.fate()), (ErrorKind::Unreachable(Why::Other), Fate::Unknown), "{error}");
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"data\": {\"id\"";
    let error = review(raw_server(cut)).await;
    assert_eq!((error.kind, error.fate()), (ErrorKind::Garbled, Fate::Unknown), "{error}");
}

#[tokio::test]
async fn a_slow_answer_to_a_write_leaves_its_fate_unknown() {
    let stub = Stub::start(|_| ([("x-test", "never")], "").into_response()).await;
    let timeouts = Timeouts { request: Duration::from_millis(1_500), ..Timeouts::default() };
    let client = client_of(&format!("http://{}", stub.address), None, timeouts);
    let error = client
        .review(QUEST.parse().unwrap(), ENTRY.parse().unwrap(), ReviewVerdict::Accept, None)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fate()), (ErrorKind::TimedOut, Fate::Unknown), "{error}");
    assert!(error.to_string().ends_with("did not answer within 1.5 s"), "{error}");
    assert_eq!(stub.seen().len(), 1, "and it is not sent again");
}

#[tokio::test]
async fn out_of_reach_says_why_and_that_nothing_was_sent() {
    // Bound, so that nobody else is given the port, but not listening.
    let port = TcpSocket::new_v4().unwrap();
    port.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let closed = port.local_addr().unwrap();
    let client = client_of(&format!("http://{closed}"), None, Timeouts::default());
    let error = client
        .review(QUEST.parse().unwrap(), ENTRY.parse().unwrap(), ReviewVerdict::Accept, None)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fate()), (ErrorKind::Unreachable(Why::Connect), Fate::NotSent), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_a_closed_door() {
    let plain = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let base_url = BaseUrl::parse(&format!("https://{plain}")).unwrap();
    let key = KEY.to_owned().into();
    let error = match Client::new(Settings { base_url, key, org: None, timeouts: Timeouts::default() }) {
        Ok(client) => client.account().await.unwrap_err(),
        // A machine without CA certificates cannot speak TLS at all, which is said at once.
        Err(error) => error,
    };
    assert_eq!((error.kind, error.fate()), (ErrorKind::Unreachable(Why::Tls), Fate::NotSent), "{error}");
}
