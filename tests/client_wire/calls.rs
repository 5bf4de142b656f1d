//! What goes out: headers, queries, bodies; and what comes of odd answers.

use axum::response::IntoResponse as _;
use questdesk::domain::{ItemStatus, TeamId};
use questdesk::ouro::{
    BaseUrl, BaseUrlError, Client, EntryFilter, ErrorKind, Fate, OrgRef, QuestScope, ReviewVerdict, Settings,
    Timeouts,
};

use super::stub::{ENTRY, ITEM, KEY, ORG, QUEST, Stub, account, client_of, json};

#[tokio::test]
async fn the_headers_are_those_of_the_contract() {
    let stub = Stub::with(|_| account(), &[], r#", "api_key_name": "ana's laptop""#, 0).await;
    let client = stub.pinned_client(Some(OrgRef::from_text(&ORG.to_uppercase())));
    client.account().await.unwrap();
    let seen = stub.seen();
    let request = &seen[0];
    let product = concat!("questdesk/", env!("CARGO_PKG_VERSION"));
    assert!(request.header("authorization").unwrap().starts_with("e30."), "bare, without `Bearer`");
    assert_eq!(request.header("x-ouro-client"), Some(product));
    assert_eq!(request.header("user-agent"), Some(product));
    assert_eq!(request.header("x-ouro-key-name"), Some("ana's laptop"));
    assert_eq!(request.header("x-ouro-org"), Some(ORG), "in lower case");
}

#[tokio::test]
async fn a_bound_key_pins_and_the_personal_context_does_not() {
    let bound =
        Stub::with(|_| account(), &[], r#", "api_key_org_id": "0193c0de-3333-7000-8000-000000000001""#, 0)
            .await;
    let client = bound.client();
    client.account().await.unwrap();
    assert_eq!(bound.seen()[0].header("x-ouro-org"), Some(ORG));
    assert_eq!(client.key_info().await.org, ORG.parse().ok());
    let zeros = OrgRef::from_text("00000000-0000-0000-0000-000000000000");
    let personal = Stub::start(|_| account()).await;
    personal.pinned_client(Some(zeros)).account().await.unwrap();
    assert_eq!(personal.seen()[0].header("x-ouro-org"), None);
}

#[tokio::test]
async fn an_organization_by_name_is_resolved_once() {
    let stub = Stub::start(|seen| match seen.uri.path() {
        "/organizations/by-name/acme%20lab" => json(200, &format!(r#"{{"data": {{"id": "{ORG}"}}}}"#)),
        path if path.starts_with("/organizations/by-name/") => {
            json(404, r#"{"error": "no such organization"}"#)
        }
        _ => account(),
    })
    .await;
    let client = stub.pinned_client(Some(OrgRef::from_text("acme lab")));
    client.account().await.unwrap();
    client.account().await.unwrap();
    assert_eq!(stub.seen().len(), 3);
    assert_eq!(stub.seen()[0].header("x-ouro-org"), None);
    assert_eq!(stub.seen()[2].header("x-ouro-org"), Some(ORG));
    let lost = stub.pinned_client(Some(OrgRef::from_text("nowhere")));
    let error = lost
        .review(QUEST.parse().unwrap(), ENTRY.parse().unwrap(), ReviewVerdict::Accept, None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.fate()),
        (ErrorKind::NotFound, Fate::NotSent),
        "the review itself was never sent"
    );
}

#[tokio::test]
async fn queries_are_written_as_the_official_clients_write_them() {
    let stub = Stub::start(|_| json(200, r#"{"data": [], "pagination": {"hasMore": true}}"#)).await;
    let client = stub.client();
    let team: TeamId = "0193C0DE-3333-7000-8000-000000000002".parse().unwrap();
    let page = client.quests(&QuestScope { team: Some(team), ..QuestScope::default() }, 400).await.unwrap();
    assert!(!page.has_more, "a page without rows is the last");
    client.entries(QUEST.parse().unwrap(), Some(EntryFilter::Submitted), 0, 9_999).await.unwrap();
    client.entries(QUEST.parse().unwrap(), None, 50, 50).await.unwrap();
    let uris: Vec<String> = stub.seen().iter().map(|seen| seen.uri.to_string()).collect();
    let wanted = [
        "/search/assets?limit=200&offset=400&scope=all&sort=updated&filters=%7B%22asset_type%22%3A+%22quest%22%2C+%22team_id%22%3A+%220193c0de-3333-7000-8000-000000000002%22%7D".to_owned(),
        format!("/quests/{QUEST}/entries?limit=200&offset=0&status=submitted"),
        format!("/quests/{QUEST}/entries?limit=50&offset=50"),
    ];
    assert_eq!(uris, wanted);
}

#[tokio::test]
async fn a_sparse_completion_is_filled_from_the_quest() {
    let stub = Stub::start(|seen| {
        let item = format!(r#"{{"id": "{ITEM}", "description": "Scan", "status": "done", "sort_order": 30}}"#);
        let first = r#"{"id": "0193c0de-4444-7000-8000-000000000001", "description": "First", "sort_order": 10}"#;
        let path = seen.uri.path();
        if path.ends_with("/complete") {
            json(200, &format!(r#"{{"data": {{"entry": {{"id": "{ENTRY}", "status": "accepted", "assets": null}}, "item": {{"id": "{ITEM}", "status": "done"}}}}}}"#))
        } else if path.ends_with("/items") {
            json(200, &format!(r#"{{"data": [{item}, {first}]}}"#))
        } else if path == "/user" {
            account()
        } else {
            json(200, &format!(r#"{{"data": {item}}}"#))
        }
    })
    .await;
    let client = stub.client();
    let (quest, item) = (QUEST.parse().unwrap(), ITEM.parse().unwrap());
    let me = client.account().await.unwrap().id;
    let (entry, detail) = client.complete_item(quest, item, Some("by hand")).await.unwrap();
    assert_eq!((entry.row.contributor, entry.status.word()), (me, "accepted"));
    assert_eq!((detail.item.title.as_str(), detail.item.number), ("Scan", 2));
    assert_eq!(stub.seen()[1].body, r#"{"description":"by hand"}"#);
    let detail = client.set_item_status(quest, item, &ItemStatus::InProgress).await.unwrap();
    assert_eq!(detail.item.number, 2, "its place, not the server's sort order");
    assert_eq!(stub.seen()[3].body, r#"{"item":{"status":"in_progress"}}"#);
}

#[tokio::test]
async fn one_wallet_is_enough() {
    let stub = Stub::start(|seen| match seen.uri.path() {
        "/wallet/balance" => {
            json(200, r#"{"data": {"available": 9, "escrowed": 1, "platform_fee_basis_points": 1000}}"#)
        }
        _ => json(404, r#"{"error": "no dollars here"}"#),
    })
    .await;
    let balances = stub.client().balances().await.unwrap();
    assert_eq!(balances.sats.unwrap().available.amount, 9);
    assert_eq!((balances.cents, balances.fee.unwrap().basis_points()), (None, 1_000));
}

#[tokio::test]
async fn packed_answers_are_unpacked() {
    let packed: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2c, 0x49, 0x54,
        0xb2, 0x52, 0xa8, 0x56, 0xca, 0x4c, 0x01, 0x52, 0x4a, 0x06, 0x86, 0x96, 0xc6, 0xc9, 0x06, 0x29, 0xa9,
        0xba, 0x86, 0x40, 0xa0, 0x6b, 0x6e, 0x60, 0x60, 0xa0, 0x6b, 0x01, 0x22, 0x0c, 0x10, 0x20, 0x51, 0x49,
        0x47, 0x41, 0xa9, 0xb4, 0x38, 0xb5, 0x28, 0x2f, 0x31, 0x37, 0x15, 0xa4, 0x27, 0x31, 0x2f, 0x51, 0xa9,
        0xb6, 0x16, 0x00, 0x42, 0x02, 0xe4, 0x38, 0x4b, 0x00, 0x00, 0x00,
    ];
    let stub = Stub::start(move |seen| {
        assert!(seen.header("accept-encoding").unwrap().contains("gzip"));
        ([("content-encoding", "gzip"), ("content-type", "application/json")], packed).into_response()
    })
    .await;
    assert_eq!(stub.client().account().await.unwrap().username.as_str(), "ana");
}

#[tokio::test]
async fn localhost_is_this_machine_whatever_names_say() {
    let stub = Stub::start(|_| account()).await;
    let client = client_of(&format!("http://localhost:{}", stub.address.port()), None, Timeouts::default());
    assert_eq!(client.account().await.unwrap().username.as_str(), "ana");
}

#[test]
fn plain_http_goes_nowhere_else_and_no_key_is_shown() {
    assert!(matches!(BaseUrl::parse("http://api.ouro.foundation"), Err(BaseUrlError::PlainHttp(_))));
    let base_url = BaseUrl::parse("http://127.0.0.1:8003").unwrap();
    let settings =
        Settings { base_url, key: KEY.to_owned().into(), org: None, timeouts: Timeouts::default() };
    let shown = format!("{settings:?} {:?}", Client::new(settings.clone()).unwrap());
    assert!(!shown.contains(KEY), "{shown}");
}
