//! Files, datasets, links and search: what is kept, what others see of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{User, World, text};

/// Where work of the fixture's team goes, with more fields.
fn placed(user: &User<'_>, mut fields: Value) -> Value {
    let ready = user.world.backend.ready();
    let place = json!({"org_id": ready.org_id, "team_id": ready.team_id});
    fields.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
    fields
}

#[tokio::test]
async fn a_reserved_upload_becomes_a_file_once() {
    let world = World::empty().await;
    let (maria, ana) = (world.sign_in("maria").await, world.sign_in("ana").await);
    let place = maria.post("/files/upload-url", json!({"file_name": "../run.csv"})).await;
    let id = place["upload_id"].clone();
    let complete = json!({"upload_id": id});
    assert_eq!(maria.refused(Method::POST, "/files/upload/complete", complete.clone()).await.0, 404);
    let put = || world.http.put(text(&place["upload_url"])).body("a,b\n1,2\n").send();
    assert_eq!(put().await.unwrap().status(), 200);
    assert_eq!(ana.refused(Method::POST, "/files/upload/complete", complete.clone()).await.0, 404);
    let kept = maria.post("/files/upload/complete", complete).await;
    assert_eq!((text(&kept["file_name"]), kept["size"].as_u64()), ("run.csv", Some(8)));
    let file = placed(&maria, json!({"id": id, "name": "Run", "visibility": "private"}));
    assert_eq!(ana.refused(Method::POST, "/files/create", json!({"file": file})).await.0, 404);
    maria.post("/files/create", json!({"file": file})).await;
    assert_eq!(maria.refused(Method::POST, "/files/create", json!({"file": file})).await.0, 409);
    assert_eq!(put().await.unwrap().status(), 409, "a file is not written over by its old ticket");
    let discard = maria.refused(Method::DELETE, "/files/upload", json!({"upload_id": id})).await;
    assert_eq!(discard.1, "file_exists");
    let data = format!("/files/{}/data", text(&id));
    assert_eq!(ana.refused(Method::GET, &data, json!({})).await.0, 404, "private");
    let url = maria.get(&data).await;
    let bytes = world.http.get(text(&url["url"])).send().await.unwrap();
    assert_eq!(bytes.text().await.unwrap(), "a,b\n1,2\n", "the address needs no token");
}

#[tokio::test]
async fn datasets_take_rows_in_four_ways_and_answer_sql() {
    let world = World::empty().await;
    let maria = world.sign_in("maria").await;
    let table = json!({"name": "Tc", "visibility": "organization", "rows": [{"Sample ID": 1, "Tc (K)": 310.0}],
                       "schema": "CREATE TABLE t (\"Sample ID\" BIGINT PRIMARY KEY, \"Tc (K)\" DOUBLE PRECISION)"});
    let made = maria.post("/datasets/create/from-schema", json!({"dataset": placed(&maria, table)})).await;
    let path = format!("/datasets/{}", text(&made["id"]));
    let data = format!("{path}/data");
    let take = async |mode: &str, rows: Value| {
        let done = maria.post(&data, json!({"rows": rows, "mode": mode})).await;
        (done["inserted"].clone(), done["updated"].clone(), done["skipped"].clone())
    };
    let one = |sample: i64, tc: f64| json!({"sample_id": sample, "tc_k": tc});
    assert_eq!(take("append", json!([one(2, 402.0)])).await, (json!(1), json!(0), json!(0)));
    let both = json!([one(2, 403.0), one(3, 77.0), one(3, 78.0)]);
    assert_eq!(take("upsert", both).await, (json!(1), json!(2), json!(0)));
    assert_eq!(take("update", json!([one(1, 311.0), one(9, 1.0)])).await, (json!(0), json!(1), json!(1)));
    let twice = json!({"rows": [one(5, 1.0), one(1, 1.0)]});
    assert_eq!(maria.refused(Method::POST, &data, twice).await.0, 409);
    let query = format!("{path}/query-custom");
    let sql = json!({"query": "SELECT sample_id, tc_k FROM {{table}} ORDER BY tc_k DESC"});
    let rows = maria.post(&query, sql).await;
    assert_eq!(rows, json!([one(2, 403.0), one(1, 311.0), one(3, 78.0)]), "the refused rows left nothing");
    for (sql, code) in [
        ("DELETE FROM {{table}}", "42601"),
        ("SELECT * FROM {{table}}; DROP TABLE users", "42601"),
        ("SELECT api_key FROM api_keys", "42P01"),
        ("SELECT * FROM sqlite_master", "25006"),
        ("SELECT curie FROM {{table}}", "42703"),
    ] {
        let refused = maria.refused(Method::POST, &query, json!({"query": sql})).await;
        assert_eq!(refused, (400, code.to_owned()), "{sql}");
    }
    take("overwrite", json!([])).await;
    assert_eq!(maria.get(&format!("{path}/stats")).await["count"], 0);
}

#[tokio::test]
async fn links_are_seen_from_both_ends_by_who_sees_both() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let target =
        maria.post("/posts/create", json!({"post": placed(&maria, json!({"name": "Target"}))})).await;
    let id = text(&target["id"]);
    let words = format!("See [it](post:{id}) and [again](post:{id}).");
    let hidden = placed(&maria, json!({"name": "Hidden", "visibility": "private"}));
    maria.post("/posts/create", json!({"post": hidden, "content": words})).await;
    let source = placed(&ana, json!({"name": "Source"}));
    let source = ana.post("/posts/create", json!({"post": source, "content": words})).await;
    let to = format!("/assets/{id}/connections?direction=target");
    let links = ana.get(&to).await;
    assert_eq!(links.as_array().unwrap().len(), 1, "a private source is not told");
    assert_eq!((&links[0]["type"], &links[0]["source_id"]), (&json!("link"), &source["id"]));
    assert_eq!(maria.get(&to).await.as_array().unwrap().len(), 2);
    ana.put(&format!("/posts/{}", text(&source["id"])), json!({"content": "No more."})).await;
    assert_eq!(ana.get(&to).await, json!([]));
}

#[tokio::test]
async fn work_stays_where_its_team_lets_it_be_seen() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let (olga, nils) = (world.sign_in("olga").await, world.sign_in("nils").await);
    let public = json!({"post": placed(&maria, json!({"name": "x", "visibility": "public"}))});
    assert_eq!(maria.refused(Method::POST, "/posts/create", public).await.0, 422, "an internal team's");
    let post = maria.post("/posts/create", json!({"post": placed(&maria, json!({"name": "x"}))})).await;
    assert_eq!(post["visibility"], "organization");
    let path = format!("/posts/{}", text(&post["id"]));
    olga.get(&path).await;
    assert_eq!(nils.refused(Method::GET, &path, json!({})).await.0, 404);
    assert_eq!(olga.refused(Method::PUT, &path, json!({"post": {"name": "y"}})).await.0, 403);
    let share = format!("/assets/{}/share", text(&post["id"]));
    let with =
        |user: &User<'_>, role: &str| json!({"permission": {"user": {"user_id": user.id}, "role": role}});
    assert_eq!(olga.refused(Method::PUT, &share, with(&nils, "read")).await.0, 403);
    maria.put(&share, with(&nils, "read")).await;
    nils.get(&path).await;
    assert_eq!(nils.refused(Method::PUT, &path, json!({"post": {"name": "y"}})).await.0, 403);
    maria.put(&share, with(&nils, "write")).await;
    nils.put(&path, json!({"post": {"name": "y"}})).await;
    let moved = json!({"post": {"visibility": "public"}});
    assert_eq!(maria.refused(Method::PUT, &path, moved).await.0, 422);
    let personal = json!({"post": {"org_id": crate::people::GLOBAL, "team_id": crate::people::GLOBAL}});
    assert_eq!(maria.put(&path, personal).await["visibility"], "public", "everybody is in the global one");
    ana.get(&path).await;
}
