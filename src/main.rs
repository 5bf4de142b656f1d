//! The `questdesk` program: see the library's front page for the map.

use std::process::ExitCode;

fn main() -> ExitCode {
    questdesk::cli::run()
}
