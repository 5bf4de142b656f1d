//! What no client should send: every endpoint answers it with a 4xx in the envelope, and nothing is half done.

use std::fs;
use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{User, World, text};

const NOBODY: &str = "0193b2aa-1111-7000-8000-000000000001";

/// Parts of paths that are names, not ids.
const NAMES: &[&str] = &["{who}", "{name}", "{column}", "{ticket}"];

/// Endpoints that take no token: the exchange and the addresses that are tickets.
const OPEN: &[&str] =
    &["/actions/{id}/response/{secret}", "/users/get-token", "/storage/{ticket}", "/uploads/{ticket}"];

/// Every endpoint, as the page about the API names them.
fn endpoints() -> Vec<(Method, String, bool)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/backend-api.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let found: Vec<_> = rows
        .filter_map(|(endpoint, rest)| {
            let (method, path) = endpoint.split_once(' ')?;
            let method = if method == "ANY" { "GET" } else { method };
            let method = Method::from_bytes(method.as_bytes()).ok()?;
            path.starts_with('/').then(|| (method, path.to_owned(), rest.starts_with("refused")))
        })
        .collect();
    assert!(found.len() > 100);
    found
}

/// A path with something in the place of its parameters.
fn filled(path: &str, id: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { id.to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn in_envelope(status: StatusCode, body: &Value, what: &str) {
    assert!(status.is_client_error(), "{what}: {status} {body}");
    assert_eq!(body["error"]["status"], status.as_u16(), "{what}: {body}");
    assert!(body["error"]["message"].as_str().is_some_and(|words| words.len() > 5), "{what}: {body}");
    assert!(body["error"]["code"].is_string(), "{what}: {body}");
}

#[tokio::test]
async fn nothing_answers_without_a_token() {
    let world = World::empty().await;
    for (method, path, _) in endpoints() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let request = world.http.request(method.clone(), world.url(&filled(&path, NOBODY)));
        let answer = request.json(&json!({})).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json().await.unwrap());
        in_envelope(status, &body, &path);
        assert_eq!(status, 401, "{method} {path}");
    }
    for ticket in ["a.b.c", "..%2F..%2Fetc", "%00"] {
        let read = world.http.get(world.url(&format!("/storage/{ticket}"))).send().await.unwrap();
        assert_eq!(read.status(), 403);
        let write = world.http.put(world.url(&format!("/uploads/{ticket}"))).body("x").send().await.unwrap();
        assert_eq!(write.status(), 403);
    }
}

#[tokio::test]
async fn ids_that_are_none_and_ids_of_nothing_are_told_apart() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    for (method, path, refused) in endpoints() {
        let parameters: Vec<&str> = path.split('/').filter(|part| part.starts_with('{')).collect();
        if parameters.is_empty() || OPEN.contains(&path.as_str()) {
            continue;
        }
        let body = (method != Method::GET).then(|| json!({}));
        let (status, answer) = ana.send(method.clone(), &filled(&path, NOBODY), body.clone()).await;
        in_envelope(status, &answer, &path);
        let expected: &[u16] = match (refused, &method) {
            (true, _) => &[403],
            (false, &Method::GET | &Method::DELETE) => &[404],
            // What the body lacks may be said first.
            _ => &[400, 404, 422],
        };
        assert!(expected.contains(&status.as_u16()), "{method} {path}: {answer}");
        if parameters.iter().all(|parameter| NAMES.contains(parameter)) || refused {
            continue;
        }
        for id in ["not-an-id", "%20", "1%27%20OR%201=1", "0193b2aa-1111-7000-8000-00000000000"] {
            let (status, answer) = ana.send(method.clone(), &filled(&path, id), body.clone()).await;
            in_envelope(status, &answer, &path);
            assert_eq!(status, 400, "{method} {path} with {id}: {answer}");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_everywhere() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = ["{\"quest\": ", "\u{0}", "{\"a\": 1e999}", "{'a': 1}", deep.as_str(), "\"\\ud800\""];
    for (method, path, _) in endpoints() {
        if method == Method::GET || path == "/uploads/{ticket}" {
            continue;
        }
        for body in bodies {
            let url = world.url(&filled(&path, NOBODY));
            let request = world.http.request(method.clone(), url).header("authorization", &ana.token);
            let answer = request.body(body.to_owned()).send().await.unwrap();
            let (status, answer) = (answer.status(), answer.json::<Value>().await.unwrap());
            in_envelope(status, &answer, &path);
        }
    }
}

/// What the caller has: assets, datasets, bytes.
async fn belongings(user: &User<'_>) -> Value {
    user.get("/user/plan-info").await["usage"].clone()
}

/// Requests that are right, to be spoilt field by field.
async fn right_requests(ana: &User<'_>) -> Vec<(Method, String, Value)> {
    let ready = ana.world.backend.ready();
    let place = json!({"org_id": ready.org_id, "team_id": ready.team_id});
    let with_place = |mut fields: Value| {
        fields.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        fields
    };
    let rows = json!([{"id": 1, "v": "a"}]);
    let table = json!({"name": "D", "visibility": "private", "schema": "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)", "rows": rows});
    let dataset =
        ana.post("/datasets/create/from-schema", json!({"dataset": with_place(table.clone())})).await;
    let post =
        ana.post("/posts/create", json!({"post": with_place(json!({"name": "P"})), "content": "x"})).await;
    let service =
        json!({"name": "S", "visibility": "private", "metadata": {"base_url": "https://example.org"}});
    let made = ana.post("/services/create/from-form", json!({"service": with_place(service.clone())})).await;
    let (dataset, post, made) = (text(&dataset["id"]), text(&post["id"]), text(&made["id"]));
    let set = |path: &str| format!("/datasets/{dataset}{path}");
    vec![
        (
            Method::POST,
            "/posts/create".into(),
            json!({"post": with_place(json!({"name": "P", "description": "d", "visibility": "private", "attribution": {"originality": "original"}, "license_id": "MIT"})), "content": "c"}),
        ),
        (
            Method::PUT,
            format!("/posts/{post}"),
            json!({"post": {"name": "P2", "description": "d"}, "content": {"json": {"type": "doc"}, "text": "t"}}),
        ),
        (Method::POST, "/comments/create".into(), json!({"comment": {"parent_id": post}, "content": "c"})),
        (
            Method::POST,
            "/files/upload".into(),
            json!({"file_name": "a.csv", "file_base64": "YQ==", "visibility": "private", "content_type": "text/csv"}),
        ),
        (
            Method::POST,
            "/files/upload-url".into(),
            json!({"file_name": "a.csv", "visibility": "private", "content_type": "text/csv"}),
        ),
        (
            Method::POST,
            "/files/upload/complete".into(),
            json!({"upload_id": NOBODY, "file_name": "x", "download": true}),
        ),
        (Method::DELETE, "/files/upload".into(), json!({"upload_id": NOBODY})),
        (
            Method::POST,
            "/files/create".into(),
            json!({"file": {"id": NOBODY, "name": "F", "visibility": "private", "metadata": {}}}),
        ),
        (Method::POST, "/datasets/create/from-schema".into(), json!({"dataset": with_place(table)})),
        (
            Method::PUT,
            set(""),
            json!({"dataset": {"name": "D2", "refs": {"v": {"kind": "asset"}}, "enum_columns": {"v": {"values": ["a"]}}, "metadata": {}}}),
        ),
        (
            Method::POST,
            set("/data"),
            json!({"rows": [{"id": 9, "v": "z"}], "mode": "upsert", "finalize": true}),
        ),
        (
            Method::POST,
            set("/query-custom"),
            json!({"query": "SELECT id FROM {{table}}", "limit": 5, "offset": 0}),
        ),
        (
            Method::POST,
            set("/columns"),
            json!({"name": "w", "type": "text", "nullable": true, "enumValues": ["a"]}),
        ),
        (Method::PATCH, set("/columns/v"), json!({"newName": "v", "type": "text", "enumValues": ["a", "z"]})),
        (Method::POST, set("/indexes"), json!({"columns": ["v"], "unique": false})),
        (
            Method::POST,
            set("/visualizations"),
            json!({"name": "V", "description": "d", "sql_query": "SELECT 1", "config": {}}),
        ),
        (Method::POST, "/services/create/from-form".into(), json!({"service": with_place(service)})),
        (
            Method::POST,
            format!("/services/{made}/routes/create"),
            json!({"route": {"method": "POST", "path": "/x", "name": "r", "input_assets": {}, "execution_mode": "sync"}}),
        ),
        (
            Method::POST,
            "/teams/create".into(),
            json!({"team": {"name": "t-1", "org_id": ready.org_id, "visibility": "public", "description": "d", "default_role": "write", "join_policy": "open"}}),
        ),
        (
            Method::PUT,
            format!("/teams/{}", ready.team_id),
            json!({"team": {"description": "d", "source_policy": "any"}}),
        ),
        (
            Method::POST,
            format!("/teams/{}/bans", ready.team_id),
            json!({"user_id": NOBODY, "reason": "r", "remove_contributions": false}),
        ),
        (
            Method::PUT,
            format!("/assets/{post}/share"),
            json!({"permission": {"user": {"user_id": ana.id}, "role": "read"}}),
        ),
        (
            Method::POST,
            format!("/assets/{post}/download-url"),
            json!({"format": "html", "asset_type": "post"}),
        ),
        (
            Method::POST,
            "/elements/common/name-to-id".into(),
            json!({"name": "P", "assetType": "post", "entityName": "ana"}),
        ),
        (Method::POST, "/user/notifications/read".into(), json!({"ids": [NOBODY]})),
        (Method::POST, "/utilities/convert/from-markdown".into(), json!({"markdown": "x"})),
        (Method::POST, "/users/get-token".into(), json!({"pat": "x"})),
    ]
}

/// Values that fit nowhere, or that are more than fits.
fn wrong_values() -> Vec<Value> {
    let mut nested = json!("x");
    for _ in 0..110 {
        nested = json!({"content": [nested]});
    }
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("../../etc/passwd\u{0}"),
        json!("'; DROP TABLE users; --"),
        json!("x".repeat(70_000)),
        json!([]),
        json!([[null]]),
        json!({}),
        json!({"type": "doc", "content": [{"type": "text"}, 7, null]}),
        nested,
    ]
}

/// Every place of a value, as a JSON pointer.
fn places(of: &Value, at: &str, found: &mut Vec<String>) {
    for (name, value) in of.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        found.push(at.clone());
        places(value, &at, found);
    }
}

#[tokio::test]
async fn spoilt_fields_are_refused_or_taken_but_never_break_anything() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let mut refusals = 0;
    let requests = right_requests(&ana).await;
    let mut before = belongings(&ana).await;
    for (method, path, right) in requests {
        let mut spots = vec![String::new()];
        places(&right, "", &mut spots);
        for spot in spots {
            for wrong in wrong_values() {
                let mut body = right.clone();
                *body.pointer_mut(&spot).unwrap() = wrong;
                let (status, answer) = ana.send(method.clone(), &path, Some(body)).await;
                let what = format!("{method} {path} with a wrong {spot}");
                if status.is_success() {
                    before = belongings(&ana).await;
                    continue;
                }
                in_envelope(status, &answer, &what);
                assert_eq!(belongings(&ana).await, before, "{what} was refused and left something");
                refusals += 1;
            }
        }
    }
    assert!(refusals > 500, "{refusals}");
    world.books_are_right();
}

#[tokio::test]
async fn long_and_deep_texts_are_taken_or_refused_in_words() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let write = |content: Value| json!({"post": {"name": "Long"}, "content": content});
    let lists: Vec<String> = (0..500).map(|depth| format!("{}- x", "  ".repeat(depth % 200))).collect();
    for markdown in [
        "words and more words, ".repeat(1024 * 1024 / 22),
        "# A heading\n\nwords **and** more words\n".repeat(500),
        ">".repeat(20_000),
        lists.join("\n"),
        "[".repeat(20_000),
        "`".repeat(20_000),
        "|a".repeat(1_000) + "\n" + &"|-".repeat(1_000),
        "{@a}".repeat(1_000),
    ] {
        let post = ana.post("/posts/create", write(json!(markdown))).await;
        let path = format!("/posts/{}", text(&post["id"]));
        assert!(ana.get(&path).await["content"]["json"].is_object());
        let page = world.http.post(world.url(&format!("/assets/{}/download", text(&post["id"]))));
        let page = page.header("authorization", &ana.token).send().await.unwrap();
        assert_eq!(page.status(), 200);
    }
    let mut deep = json!({"type": "text", "text": "x"});
    for _ in 0..105 {
        deep = json!({"type": "blockquote", "content": [deep]});
    }
    let refused = ana.refused(Method::POST, "/posts/create", write(deep)).await;
    assert!(matches!(refused.0, 400 | 422), "{refused:?}");
    let large = json!({"post": {"name": "x".repeat(21 * 1024 * 1024)}});
    let large = world.http.post(world.url("/posts/create")).header("authorization", &ana.token).json(&large);
    assert_eq!(large.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn file_names_lead_nowhere() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let upload = |name: &str| json!({"file_name": name, "file_base64": "aGk=", "visibility": "private"});
    for (given, kept) in [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\x.ini", "x.ini"),
        ("/abs/olute.csv", "olute.csv"),
        ("plain.txt", "plain.txt"),
    ] {
        let kept_at = ana.post("/files/upload", upload(given)).await;
        let path = text(&kept_at["path"]);
        assert!(path.ends_with(&format!("/{kept}")) && !path.contains(".."), "{path}");
    }
    for bad in ["..", "a/..", "a/", "x\ny", "x\u{0}", &"x".repeat(300)] {
        assert_eq!(ana.refused(Method::POST, "/files/upload", upload(bad)).await.0, 422, "{bad:?}");
    }
    let wrong = json!({"file_name": "x", "file_base64": "not base64!"});
    assert_eq!(ana.refused(Method::POST, "/files/upload", wrong).await.0, 422);
}
