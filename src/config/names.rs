//! Names in the configuration that other modules own: commands, sort orders, filters. Those modules hand their
//! names in; this one knows how to complain.

use std::path::Path;

use super::problem::{Place, Problem, name_one_of};
use super::settings::{KeyBinding, SavedView};

/// Checks `[keys]` against the table of commands: ids nobody knows, and a key given to two commands that can act in
/// the same place (`meet` says which can). What a key may be called is the key map's to say.
#[must_use]
pub fn check_keys(
    file: &Path,
    bindings: &[KeyBinding],
    known_ids: &[&str],
    meet: impl Fn(&str, &str) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, binding) in bindings.iter().enumerate() {
        let place = || Place::Line(file.to_owned(), binding.line);
        if !known_ids.contains(&binding.command.as_str()) {
            let what = format!("unknown command `{}` in [keys]", binding.command);
            problems.push(Problem::new(place(), &what, &name_one_of(&binding.command, known_ids)));
            continue;
        }
        for before in bindings.iter().take(at).filter(|before| meet(&before.command, &binding.command)) {
            for key in binding.keys.iter().filter(|key| before.keys.contains(key)) {
                let what = format!(
                    "the key `{key}` is given to `{}`, but line {} gives it to `{}`",
                    binding.command, before.line, before.command
                );
                problems.push(Problem::new(place(), &what, "take it from one of them"));
            }
        }
    }
    problems
}

/// Checks `[views]`: sort orders nobody knows, and filters that `read_filter` refuses, with its words.
#[must_use]
pub fn check_views(
    file: &Path,
    views: &[SavedView],
    known_sorts: &[&str],
    read_filter: impl Fn(&str) -> Result<(), String>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for view in views {
        let place = || Place::Line(file.to_owned(), view.line.unwrap_or(1));
        if let Some(sort) = view.sort.as_deref().filter(|sort| !known_sorts.contains(sort)) {
            let what = format!("unknown sort order `{sort}` in the view `{}`", view.name);
            problems.push(Problem::new(place(), &what, &name_one_of(sort, known_sorts)));
        }
        if let Err(why) = read_filter(&view.filter) {
            let what = format!("the filter of the view `{}` can't be read: {why}", view.name);
            problems.push(Problem::new(place(), &what, "write it as you would after `/` on the desk"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SafeText;

    fn binding(line: usize, command: &str, keys: &[&str]) -> KeyBinding {
        KeyBinding { command: command.to_owned(), keys: keys.iter().map(ToString::to_string).collect(), line }
    }

    fn shown(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|problem| format!("{problem} / {}", problem.mend)).collect()
    }

    #[test]
    fn an_unknown_command_is_named_with_its_line_and_the_nearest() {
        let bindings = [binding(3, "acept", &["x"]), binding(4, "reject", &["y"])];
        assert_eq!(
            shown(&check_keys(Path::new("c.toml"), &bindings, &["accept", "reject"], |_, _| true)),
            ["c.toml:3: unknown command `acept` in [keys] / did you mean `accept`?"]
        );
    }

    #[test]
    fn one_key_for_two_commands_is_wrong_only_where_they_meet() {
        let bindings =
            [binding(3, "accept", &["x"]), binding(4, "done", &["x"]), binding(5, "aside", &["x", "z"])];
        let meet = |a: &str, b: &str| a != "done" && b != "done";
        assert_eq!(
            shown(&check_keys(Path::new("c.toml"), &bindings, &["accept", "done", "aside"], meet)),
            [
                "c.toml:5: the key `x` is given to `aside`, but line 3 gives it to `accept` / take it from one of them"
            ]
        );
    }

    #[test]
    fn views_are_checked_by_those_who_know() {
        let view = SavedView {
            name: SafeText::from("old"),
            filter: "age>>2d".to_owned(),
            sort: Some("oldst".to_owned()),
            line: Some(7),
        };
        let problems =
            check_views(Path::new("c.toml"), &[view], &["oldest"], |_| Err("a number is missing".to_owned()));
        assert_eq!(
            shown(&problems),
            [
                "c.toml:7: unknown sort order `oldst` in the view `old` / did you mean `oldest`?",
                "c.toml:7: the filter of the view `old` can't be read: a number is missing / write it as you would after `/` on the desk",
            ]
        );
    }
}
