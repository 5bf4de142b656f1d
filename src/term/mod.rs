//! The terminal: entering and leaving it once, bytes to keys, frames to bytes, signals.
//!
//! [`Terminal`] is what the loop holds; everything it hears comes as [`TermEvent`]. Three threads stand behind it:
//! the reader ([`input`]), the writer ([`output`]) and the listener for signals ([`signals`]); and a fourth where the
//! terminal draws pictures, which encodes them ([`pictures`]). What they do is in pure parts that are tested alone:
//! [`parser`] (bytes to keys), [`screen`] (frames to bytes) and the stage of pictures (what is sent of them when).
//!
//! Rules: the terminal is given back exactly once, whatever happens ([`guard`]). It is never asked anything; what it
//! can do comes from the environment ([`abilities`]). A terminal that is gone is left at once and never tried again.
//! Nothing here knows the state of the desk, and nothing here writes foreign text that is not
//! [`SafeText`](crate::domain::SafeText).

pub mod abilities;
mod csi;
mod encoder;
pub mod error;
pub mod guard;
pub mod input;
mod look;
pub mod osc;
pub mod output;
pub mod parser;
pub mod pictures;
pub mod screen;
pub mod signals;
pub mod suspend;
mod terminal;

pub use abilities::{Abilities, Colors};
pub use error::{EditError, TermError};
pub use guard::install_panic_hook;
pub use input::Input;
pub use output::{Written, say};
pub use signals::Signal;
pub use terminal::{Drawn, TermEvent, Terminal};
