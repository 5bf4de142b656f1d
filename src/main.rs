//! The `questdesk` program: see the library's front page for the map.

fn main() {}
