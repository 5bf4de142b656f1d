//! Records as the wire shows them. The contract's section 4 says which fields clients cannot do without; texts that
//! hold JSON are handed on as they are.

pub(crate) mod asset;
pub(crate) mod entry;
pub(crate) mod item;
pub(crate) mod people;
pub(crate) mod quest;
