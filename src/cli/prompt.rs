//! Asking for the API key: from the terminal without showing it, or the first line of a pipe.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::config::read_key;
use crate::domain::SafeText;

use super::exit::{Exit, Failure};
use super::print;

/// A key has fewer bytes; what is longer is not read.
const LONGEST: usize = 8 * 1024;

/// Reads the key.
pub(super) fn ask_for_key() -> Result<SecretString, Failure> {
    let typed = if io::stdin().is_terminal() { type_hidden()? } else { first_line(io::stdin().lock())? };
    read_key(&typed).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "that is no API key: a key is one word of plain letters, digits and signs",
            "copy the key from the site, Settings, API keys, and paste it here",
        )
    })
}

fn first_line(input: impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    input.take(LONGEST as u64).read_line(&mut line).map_err(|why| cannot_read(&why))?;
    Ok(line)
}

/// Reads from the terminal, which shows nothing meanwhile. Signals from keys are off, too: a Ctrl-c that ended the
/// process here would leave the shell without an echo.
fn type_hidden() -> Result<Zeroizing<String>, Failure> {
    let typed = {
        // First of all: who types as soon as the question is there must not be shown either.
        let _hidden = Hidden::begin().map_err(|why| cannot_read(&why))?;
        print::ask("API key (it won't be shown): ");
        typed_line(io::stdin().lock().bytes())
    };
    print::note(&SafeText::default());
    typed.map_err(|why| cannot_read(&why))?.ok_or_else(|| {
        Failure::new(Exit::Usage, "no key was given", "run `questdesk login` again when you have it")
    })
}

/// A line as it is typed, with the usual corrections. `None`: given up.
fn typed_line(bytes: impl Iterator<Item = io::Result<u8>>) -> io::Result<Option<Zeroizing<String>>> {
    const CTRL_C: u8 = 3;
    const CTRL_D: u8 = 4;
    const CTRL_U: u8 = 21;
    let mut typed = Zeroizing::new(String::with_capacity(LONGEST));
    for byte in bytes {
        match byte? {
            b'\r' | b'\n' => return Ok(Some(typed)),
            CTRL_C | CTRL_D => return Ok(None),
            CTRL_U => typed.clear(),
            8 | 127 => drop(typed.pop()),
            byte if typed.len() < LONGEST => typed.push(char::from(byte)),
            _ => {}
        }
    }
    Ok(None)
}

/// The terminal while it shows nothing; dropping it puts things back.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        tcsetattr(io::stdin(), OptionalActions::Drain, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.0);
    }
}

fn cannot_read(why: &io::Error) -> Failure {
    Failure::new(
        Exit::Usage,
        &format!("the key can't be read: {why}"),
        "run `questdesk login` in a terminal, or pipe the key into it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Option<String> {
        typed_line(keys.iter().map(|byte| Ok(*byte))).unwrap().map(|line| line.to_string())
    }

    #[test]
    fn a_hidden_line_can_be_corrected_and_given_up() {
        assert_eq!(typed(b"pax\x7ft-1\n").as_deref(), Some("pat-1"));
        assert_eq!(typed(b"wrong\x15pat-1\r").as_deref(), Some("pat-1"));
        assert_eq!(typed(b"pat\x03-1\n"), None);
        assert_eq!(typed(b"pat-1"), None, "the terminal went away");
    }
}
