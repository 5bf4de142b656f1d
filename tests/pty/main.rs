//! Programs in a real terminal: the terminal layer through its probe, and the desk itself.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod terminal;
