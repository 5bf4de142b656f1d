//! The life of a decision.
