//! Refusals in the shapes that the hosted service has been seen to use (contract, 2.2 and 2.3): inside a 200, as bare
//! strings, as 500s that are really validation. The act behind them was refused all the same.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// Largest refusal that is reshaped; all of ours are far below.
const LARGEST: usize = 64 * 1024;

/// Gives a refusal another shape, chosen by a throw from 0 to 1, and says which; other answers stay as they are.
pub(crate) async fn reshape(answer: Response, path: &str, throw: f64) -> (Response, Option<&'static str>) {
    let status = answer.status();
    if status.is_success() || status.as_u16() == 429 {
        return (answer, None);
    }
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body, LARGEST).await.unwrap_or_default();
    let known: Option<Value> = serde_json::from_slice(&bytes).ok();
    let shaped = known.as_ref().and_then(|body| body.get("error")).and_then(|error| {
        let message = error.get("message")?.as_str()?;
        Some(shape(status, error.get("code")?.as_str()?, message, path, throw))
    });
    let mut answer = Response::from_parts(head, Body::from(bytes));
    let Some((name, status, body)) = shaped else { return (answer, None) };
    *answer.status_mut() = status;
    *answer.body_mut() = Body::from(body.to_string());
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (answer, Some(name))
}

type Shaped = (&'static str, StatusCode, Value);

fn shape(status: StatusCode, code: &str, message: &str, path: &str, throw: f64) -> Shaped {
    let number = status.as_u16();
    let internal = StatusCode::INTERNAL_SERVER_ERROR;
    match number {
        // What makes clients exchange their key: a 401, or this (1.4).
        401 if throw < 0.5 => {
            ("no_user_context", internal, json!({"data": null, "error": "No user context"}))
        }
        401 => ("no_user", internal, json!({"data": null, "error": {"message": "No user"}})),
        400 if code == "22P02" && throw < 0.5 => {
            ("uuid_500", internal, json!({"data": null, "error": {"message": message}}))
        }
        404 if path.ends_with("/comments") => {
            let none = json!({"data": [], "pagination": {"hasMore": false, "limit": 50, "offset": 0}});
            ("empty_page", StatusCode::OK, none)
        }
        422 if throw < 0.4 => {
            ("validation_500", internal, json!({"data": null, "error": {"message": message}}))
        }
        422 if throw < 0.8 => {
            let (field, problem) = message.split_once(": ").unwrap_or(("body", message));
            let at: Vec<&str> = std::iter::once("body").chain(field.split('.')).collect();
            ("detail_list", status, json!({"error": {"detail": [{"loc": at, "msg": problem}]}}))
        }
        _ if throw < 0.2 => {
            let error = json!({"name": "HttpError", "message": message, "statusCode": number.to_string()});
            ("inside_200_digits", StatusCode::OK, json!({"data": null, "error": error}))
        }
        _ if throw < 0.4 => {
            let error = json!({"message": message, "status": number, "code": code});
            ("inside_200", StatusCode::OK, json!({"data": null, "error": error}))
        }
        _ if throw < 0.6 => ("string", status, json!({"data": null, "error": message})),
        _ if throw < 0.8 => ("nested_string", status, json!({"error": {"error": message}})),
        _ => ("bare", status, json!({"message": message, "code": code})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_keeps_the_words() {
        for (number, code, path) in [
            (400, "22P02", "/quests/x"),
            (404, "not_found", "/quests/x"),
            (409, "quest_final", "/quests/x"),
            (422, "invalid_field", "/quests/create"),
            (402, "insufficient_funds", "/quests/x"),
        ] {
            for tenth in 0..10 {
                let status = StatusCode::from_u16(number).unwrap();
                let (name, _, body) = shape(status, code, "item.x: is odd", path, f64::from(tenth) / 10.0);
                assert!(body.to_string().contains("is odd"), "{name}: {body}");
            }
        }
        let (name, status, body) = shape(StatusCode::UNAUTHORIZED, "unauthorized", "m", "/user", 0.1);
        assert_eq!(
            (name, status.as_u16(), &body["error"]),
            ("no_user_context", 500, &json!("No user context"))
        );
    }
}
