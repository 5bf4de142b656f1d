//! Programs in a real terminal: the terminal layer through its probe, and the desk itself.

#[cfg(test)]
mod asking;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod server;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod two_desks;
