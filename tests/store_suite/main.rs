//! The state database from outside: what it promises to the app, the engine, and whoever kills the process.

#[cfg(test)]
mod background;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod model;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod support;
#[cfg(test)]
mod survival;
