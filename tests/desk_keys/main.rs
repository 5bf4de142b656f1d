//! Keys in, screen out: the desk without a terminal, a store or a server. What is drawn is compared as text and as
//! styles; see `snapshots/`.

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod overlays;
#[cfg(test)]
mod panes;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod world;
