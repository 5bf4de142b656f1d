//! Who may do what to a quest (5.3.2). Seeing it comes first: what one cannot see is not found.

use crate::backend::error::Refusal;

/// How far somebody's rights go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Nothing.
    None,
    /// Look.
    Read,
    /// Contribute and edit.
    Write,
    /// Decide.
    Admin,
}

impl Role {
    /// From the wire's word; what is unknown gives no rights.
    pub(crate) fn from_word(word: Option<&str>) -> Self {
        match word {
            Some("read") => Self::Read,
            Some("write") => Self::Write,
            Some("admin" | "owner") => Self::Admin,
            _ => Self::None,
        }
    }
}

/// What somebody is to a quest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It is theirs.
    pub(crate) is_owner: bool,
    /// Their role in the quest's team.
    pub(crate) in_team: Role,
    /// What they were granted on the quest itself.
    pub(crate) granted: Role,
}

impl Standing {
    /// Owner, quest admins and team admins decide on entries (5.3.2).
    pub(crate) fn may_review(self) -> Result<(), Refusal> {
        self.is_admin()
            .then_some(())
            .ok_or_else(|| Refusal::forbidden("Only the quest's owner and admins may decide on its entries"))
    }

    /// The same people change the quest and its items.
    pub(crate) fn may_change(self) -> Result<(), Refusal> {
        self.is_admin().then_some(()).ok_or_else(|| {
            Refusal::new(403, "update_forbidden", "Only the quest's owner and admins may change it")
        })
    }

    /// Rescoring asks for an editor only (5.3.2).
    pub(crate) fn may_rescore(self) -> Result<(), Refusal> {
        (self.is_admin() || self.granted >= Role::Write)
            .then_some(())
            .ok_or_else(|| Refusal::forbidden("Only the quest's editors may score its entries again"))
    }

    /// Members of the quest's team submit, and whoever was let in on the quest (our choice).
    pub(crate) fn may_submit(self) -> Result<(), Refusal> {
        (self.is_admin() || self.in_team >= Role::Write || self.granted >= Role::Write)
            .then_some(())
            .ok_or_else(|| Refusal::forbidden("Only members of the quest's team may submit entries"))
    }

    fn is_admin(self) -> bool {
        self.is_owner || self.in_team == Role::Admin || self.granted == Role::Admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_it_should() {
        let standing = |is_owner, in_team, granted| Standing { is_owner, in_team, granted };
        // Who: review, rescore, submit.
        for (who, rights) in [
            (standing(true, Role::Write, Role::None), [true, true, true]),
            (standing(false, Role::Admin, Role::None), [true, true, true]),
            (standing(false, Role::None, Role::Admin), [true, true, true]),
            (standing(false, Role::None, Role::Write), [false, true, true]),
            (standing(false, Role::Write, Role::None), [false, false, true]),
            (standing(false, Role::Read, Role::Read), [false, false, false]),
            (standing(false, Role::None, Role::None), [false, false, false]),
        ] {
            let got = [who.may_review().is_ok(), who.may_rescore().is_ok(), who.may_submit().is_ok()];
            assert_eq!(got, rights, "{who:?}");
            assert_eq!(who.may_change().is_ok(), rights[0], "{who:?}");
        }
    }
}
