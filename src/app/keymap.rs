//! Which key means what where: the table of commands with the remaps of `[keys]` laid over it.

use std::collections::HashMap;

use super::command::{Command, Place, Risk, TABLE};
use super::key::{Key, KeyError};

/// Bytes that can end a torn escape sequence and then arrive as a key of their own.
pub const TORN: &str = "ABCDFHMPQRSZ~";

/// Keys by place and commands, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    commands: HashMap<(Place, Key), Command>,
    keys: HashMap<Command, Vec<Key>>,
}

/// Why a remap is refused. All of them are told at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No command has this id.
    #[error("there is no command `{id}`")]
    UnknownCommand {
        /// As it was given.
        id: String,
    },
    /// The text is no key.
    #[error("`{id}`: {error}")]
    BadKey {
        /// The command it was given for.
        id: String,
        /// Why.
        error: KeyError,
    },
    /// Digits are counts.
    #[error("`{id}`: `{key}` is a count, as in `5j`")]
    Digit {
        /// The command it was given for.
        id: String,
        /// The digit.
        key: Key,
    },
    /// A slow link can tear an arrow key into this key.
    #[error("`{id}`: `{key}` can be the end of an arrow key that a slow link tore apart, and would decide")]
    Torn {
        /// The command it was given for.
        id: String,
        /// The key.
        key: Key,
    },
    /// Two commands on one key.
    #[error("`{id}`: `{key}` is bound to `{other}` already")]
    Twice {
        /// The command that was remapped.
        id: String,
        /// The key.
        key: Key,
        /// The command that has it.
        other: &'static str,
    },
}

impl KeymapError {
    /// The id under `[keys]` that it is about.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::UnknownCommand { id, .. }
            | Self::BadKey { id, .. }
            | Self::Digit { id, .. }
            | Self::Torn { id, .. }
            | Self::Twice { id, .. } => id,
        }
    }
}

/// Whether a key can act in both places at once.
#[must_use]
pub const fn overlap(a: Place, b: Place) -> bool {
    match (a, b) {
        (Place::Log, Place::Everywhere | Place::Log) | (Place::Everywhere, Place::Log) => true,
        (Place::Log, _)
        | (_, Place::Log)
        | (Place::Items, Place::Deciding | Place::Pending | Place::Reader)
        | (Place::Deciding | Place::Pending | Place::Reader, Place::Items)
        | (Place::Pending, Place::Reader)
        | (Place::Reader, Place::Pending) => false,
        (Place::Everywhere | Place::Deciding | Place::Pending | Place::Items | Place::Reader, _) => true,
    }
}

impl Keymap {
    /// The table with these remaps (command id, its keys instead of the table's; none: it has no key).
    pub fn new(remaps: &[(String, Vec<String>)]) -> Result<Self, Vec<KeymapError>> {
        let mut errors = Vec::new();
        let mut keys: HashMap<Command, Vec<Key>> = TABLE
            .iter()
            .map(|row| (row.command, row.keys.iter().filter_map(|key| key.parse().ok()).collect()))
            .collect();
        let mut remapped = Vec::new();
        for (id, written) in remaps {
            let Some(command) = Command::by_id(id) else {
                errors.push(KeymapError::UnknownCommand { id: id.clone() });
                continue;
            };
            remapped.push(command);
            keys.insert(command, read_keys(command, written, &mut errors));
        }
        let mut keymap = Self { commands: HashMap::new(), keys };
        // The rows that were not remapped first: an error is then about a line of the file.
        let (file, table): (Vec<_>, Vec<_>) = TABLE.iter().partition(|row| remapped.contains(&row.command));
        for row in table.into_iter().chain(file) {
            keymap.bind(row.command, &mut errors);
        }
        if errors.is_empty() { Ok(keymap) } else { Err(errors) }
    }

    fn bind(&mut self, command: Command, errors: &mut Vec<KeymapError>) {
        let row = command.row();
        for &key in self.keys.get(&command).map_or(&[][..], Vec::as_slice) {
            let taken = Place::ALL.into_iter().filter(|&place| overlap(place, row.place));
            let other =
                taken.filter_map(|place| self.commands.get(&(place, key))).find(|&&other| other != command);
            match other {
                Some(other) => {
                    errors.push(KeymapError::Twice { id: row.id.to_owned(), key, other: other.row().id });
                }
                None => {
                    self.commands.insert((row.place, key), command);
                }
            }
        }
    }

    /// What a key means where these places are active, the most special first.
    #[must_use]
    pub fn find(&self, places: &[Place], key: Key) -> Option<Command> {
        places.iter().find_map(|&place| self.commands.get(&(place, key)).copied())
    }

    /// What a key would mean in other places, to say where.
    #[must_use]
    pub fn elsewhere(&self, key: Key) -> Option<Command> {
        self.find(&Place::ALL, key)
    }

    /// The keys of a command, the first to be shown.
    #[must_use]
    pub fn keys_of(&self, command: Command) -> &[Key] {
        self.keys.get(&command).map_or(&[], Vec::as_slice)
    }
}

/// Reads the keys of one remap; what can't be bound is told and left out.
fn read_keys(command: Command, written: &[String], errors: &mut Vec<KeymapError>) -> Vec<Key> {
    let row = command.row();
    let mut keys = Vec::new();
    for text in written {
        let key = match text.parse::<Key>() {
            Ok(key) => key,
            Err(error) => {
                errors.push(KeymapError::BadKey { id: row.id.to_owned(), error });
                continue;
            }
        };
        match key.typed() {
            Some('0'..='9') if !command.is_view() => {
                errors.push(KeymapError::Digit { id: row.id.to_owned(), key });
            }
            Some(character) if row.risk == Risk::Decides && TORN.contains(character) => {
                errors.push(KeymapError::Torn { id: row.id.to_owned(), key });
            }
            _ if keys.contains(&key) => {}
            _ => keys.push(key),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remap(id: &str, keys: &[&str]) -> (String, Vec<String>) {
        (id.to_owned(), keys.iter().map(|&key| key.to_owned()).collect())
    }

    #[test]
    fn the_table_itself_is_a_keymap_and_special_places_go_first() {
        let keymap = Keymap::new(&[]).unwrap();
        let find = |places: &[Place], key: &str| keymap.find(places, key.parse().unwrap());
        assert_eq!(find(&[Place::Deciding, Place::Everywhere], "a"), Some(Command::Accept));
        assert_eq!(find(&[Place::Items, Place::Everywhere], "a"), None);
        assert_eq!(find(&[Place::Items, Place::Everywhere], "d"), Some(Command::ItemDone));
        assert_eq!(
            find(&[Place::Reader, Place::Deciding, Place::Everywhere], "Space"),
            Some(Command::ReaderScroll)
        );
        assert_eq!(keymap.keys_of(Command::Down).len(), 2);
    }

    #[test]
    fn a_remap_replaces_the_tables_keys() {
        let keymap = Keymap::new(&[remap("accept", &["z"]), remap("browse", &[])]).unwrap();
        let deciding = [Place::Deciding, Place::Everywhere];
        assert_eq!(keymap.find(&deciding, Key::char('z')), Some(Command::Accept));
        assert_eq!(keymap.find(&deciding, Key::char('a')), None);
        assert_eq!(keymap.keys_of(Command::Browse), []);
    }

    #[test]
    fn two_remaps_may_swap_their_keys() {
        let keymap = Keymap::new(&[remap("brief", &["y"]), remap("copy-link", &["t"])]).unwrap();
        assert_eq!(keymap.find(&[Place::Deciding], Key::char('t')), Some(Command::CopyLink));
    }

    #[test]
    fn all_errors_come_at_once_with_the_mend() {
        let errors = Keymap::new(&[
            remap("acept", &["e"]),
            remap("undo", &["Ctlr-x"]),
            remap("quit", &["5"]),
            remap("repeat", &["A"]),
            remap("item-done", &["j"]),
            remap("brief", &["Space"]),
        ])
        .unwrap_err();
        let ids: Vec<_> = errors.iter().map(KeymapError::id).collect();
        assert_eq!(ids, ["acept", "undo", "quit", "repeat", "brief", "item-done"], "{errors:?}");
        assert_eq!(errors[0].to_string(), "there is no command `acept`");
        assert_eq!(errors[5].to_string(), "`item-done`: `j` is bound to `down` already");
    }
}
