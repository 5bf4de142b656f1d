//! The page about the local server's API names every endpoint that its router has, and no other.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "any"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The endpoints of one source file: `METHOD /path` for each method of each `.route("/path", …)`.
fn endpoints(source: &str, found: &mut BTreeSet<String>) {
    for part in source.split(".route(").skip(1) {
        let mut quoted = part.split('"');
        let path = quoted.nth(1).unwrap();
        let methods = quoted.next().unwrap();
        // The call ends where its parentheses do.
        let mut depth = 1;
        let end = methods.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let methods = &methods[..end.unwrap()];
        for method in METHODS {
            let called = |(at, _): (usize, &str)| {
                !methods[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            };
            if methods.match_indices(&format!("{method}(")).any(called) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
}

#[test]
fn the_page_names_every_endpoint_and_no_other() {
    let mut router = BTreeSet::new();
    for file in fs::read_dir(root().join("src/backend/routes")).unwrap() {
        endpoints(&fs::read_to_string(file.unwrap().path()).unwrap(), &mut router);
    }
    assert!(router.len() > 100, "the router is read from its source: {router:?}");
    let page = fs::read_to_string(root().join("docs/backend-api.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let mut named = BTreeSet::new();
    for (endpoint, rest) in rows.filter(|(endpoint, _)| endpoint.contains(" /")) {
        assert!(named.insert(endpoint.to_owned()), "{endpoint} is named twice");
        let word = rest.split('|').next().unwrap().trim();
        assert!(["full", "part", "refused"].contains(&word), "{endpoint} is {word}");
    }
    let missing: Vec<_> = router.difference(&named).collect();
    let invented: Vec<_> = named.difference(&router).collect();
    assert!(missing.is_empty(), "docs/backend-api.md does not name {missing:?}");
    assert!(invented.is_empty(), "docs/backend-api.md names what is not there: {invented:?}");
}
