//! (in the making)

/// When a paid acceptance asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConfirmPaid {
    /// Once per session and currency, for a sum; again when it would be crossed.
    #[default]
    Envelope,
    /// Every time.
    Always,
    /// Only when several are decided at once.
    Bulk,
    /// Never.
    Never,
}
