//! The authorization policy: one exhaustive match over permission and role. No other code decides who may do what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::base::{
    error::{Code, Refusal, Result},
    json::{ParseError, one_of},
    text::TimeZone,
};

/// A member's role in an organization. From the lowest to the highest: `member`, `admin`, `owner`. A higher role
/// allows everything that a lower one does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<Role>)]
pub enum Role {
    Member,
    Admin,
    Owner,
}

crate::db::text_column!(Role, into_str);

/// The tasks that members with the role `member` can edit.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<MembersEdit>)]
pub enum MembersEdit {
    /// Tasks that are assigned to them or that they created.
    Assigned,
    /// All tasks that they can see.
    Any,
}

crate::db::text_column!(MembersEdit, into_str);

/// An organization's settings: what members with the role `member` can do, and when its days end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationSettings")]
pub struct Settings {
    /// Whether members with the role `member` can create projects. `false` in a new organization.
    pub members_can_create_projects: bool,
    /// The tasks that members with the role `member` can edit. `assigned` in a new organization.
    pub members_edit: MembersEdit,
    /// The IANA time zone, such as `Europe/Zurich`, in which a task's `due_on` ends. `UTC` in a new organization.
    pub time_zone: TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            members_can_create_projects: false,
            members_edit: MembersEdit::Assigned,
            time_zone: TimeZone::UTC,
        }
    }
}

/// The facts about a resource and the caller that the policy depends on.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// The caller created the resource.
    pub own: bool,
    /// The caller is one of the task's assignees.
    pub assigned: bool,
    /// The task has no assignee.
    pub unassigned: bool,
    /// The resource is the caller's own membership.
    pub oneself: bool,
}

/// A cell of the permission matrix: when a role has a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Always.
    Yes,
    /// Never.
    No,
    /// For resources that the caller created.
    Own,
    /// For tasks that the caller is assigned to or created; for all tasks if the setting `members_edit` is `any`.
    Editable,
    /// For tasks without an assignee, and for those of [`Cell::Editable`].
    Free,
    /// For the caller's own membership.
    Oneself,
    /// If the setting `members_can_create_projects` is on.
    Setting,
    /// Always, but the results contain only what the caller can see or could restore.
    Seen,
}

impl Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::Own => serializer.serialize_str("own"),
            Self::Editable => serializer.serialize_str("editable"),
            Self::Free => serializer.serialize_str("free"),
            Self::Oneself => serializer.serialize_str("oneself"),
            Self::Setting => serializer.serialize_str("setting"),
            Self::Seen => serializer.serialize_str("seen"),
        }
    }
}

impl Cell {
    const fn holds(self, facts: Facts, settings: Settings) -> bool {
        match self {
            Self::Yes | Self::Seen => true,
            Self::No => false,
            Self::Own => facts.own,
            Self::Editable => {
                facts.own || facts.assigned || matches!(settings.members_edit, MembersEdit::Any)
            }
            Self::Free => facts.unassigned || Self::Editable.holds(facts, settings),
            Self::Oneself => facts.oneself,
            Self::Setting => settings.members_can_create_projects,
        }
    }
}

/// A permission in an organization: a row of the permission matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(const_into_str)]
pub enum Permission {
    /// See the organization, its members, and the projects that are visible to the caller.
    #[strum(serialize = "organization.see")]
    See,
    /// Change the organization's name, slug and settings.
    #[strum(serialize = "organization.edit")]
    EditOrg,
    /// Delete or restore the organization.
    #[strum(serialize = "organization.delete")]
    DeleteOrg,
    #[strum(serialize = "organization.transfer")]
    TransferOrg,
    #[strum(serialize = "organization.export")]
    ExportOrg,
    #[strum(serialize = "organization.leave")]
    LeaveOrg,
    /// Read the organization-wide activity.
    #[strum(serialize = "activity.read")]
    ReadActivity,
    #[strum(serialize = "security_log.read")]
    ReadSecurityLog,
    #[strum(serialize = "invitation.list")]
    ListInvitations,
    /// Create, resend and revoke invitations with the role member or admin.
    #[strum(serialize = "invitation.manage")]
    Invite,
    #[strum(serialize = "invitation.manage_owner")]
    InviteOwner,
    /// Change the role of an admin or member.
    #[strum(serialize = "member.change_role")]
    ChangeRole,
    #[strum(serialize = "member.remove")]
    RemoveMember,
    /// Promote to owner; demote or remove an owner.
    #[strum(serialize = "member.manage_owner")]
    ManageOwner,
    /// Change one's own role to a lower one.
    #[strum(serialize = "member.step_down")]
    StepDown,
    #[strum(serialize = "project.create")]
    CreateProject,
    /// See and manage private projects without being a project member.
    #[strum(serialize = "project.see_private")]
    SeePrivateProjects,
    #[strum(serialize = "project.edit")]
    EditProject,
    #[strum(serialize = "project.archive")]
    ArchiveProject,
    /// Delete or restore a project.
    #[strum(serialize = "project.delete")]
    DeleteProject,
    #[strum(serialize = "project.manage_members")]
    ManageProjectMembers,
    /// Create, change, order and delete the columns of a project's board.
    #[strum(serialize = "project.manage_columns")]
    ManageColumns,
    #[strum(serialize = "task.create")]
    CreateTask,
    #[strum(serialize = "task.edit")]
    EditTask,
    /// Change a task's column, and with that its status, and its place in the column.
    #[strum(serialize = "task.move")]
    MoveTask,
    /// Assign and unassign other members.
    #[strum(serialize = "task.assign")]
    AssignTask,
    /// Assign a task to oneself, or unassign oneself from it.
    #[strum(serialize = "task.take")]
    TakeTask,
    /// Delete or restore a task.
    #[strum(serialize = "task.delete")]
    DeleteTask,
    /// Create, change and delete labels. Putting one on a task is a part of editing the task.
    #[strum(serialize = "label.manage")]
    ManageLabels,
    #[strum(serialize = "comment.create")]
    CreateComment,
    /// Change the text of a comment. Only its author may, whatever their role.
    #[strum(serialize = "comment.edit")]
    EditComment,
    #[strum(serialize = "comment.delete")]
    DeleteComment,
    #[strum(serialize = "comment.react")]
    ReactToComment,
    /// Settle a thread of comments, or open it again.
    #[strum(serialize = "comment.resolve")]
    ResolveThread,
    #[strum(serialize = "trash.see")]
    SeeTrash,
}

/// Returns when a role has a permission: a cell of the permission matrix.
#[expect(clippy::match_same_arms, reason = "in the order of the matrix")]
pub const fn cell(permission: Permission, role: Role) -> Cell {
    use Cell::{Editable, Free, No, Oneself, Own, Seen, Setting, Yes};
    use Permission as P;
    match (permission, role) {
        (P::See | P::LeaveOrg | P::CreateTask | P::CreateComment | P::ReactToComment, _) => Yes,
        (P::StepDown, _) => Oneself,
        (P::EditComment, _) => Own,

        (P::DeleteOrg | P::TransferOrg | P::ExportOrg | P::InviteOwner | P::ManageOwner, Role::Owner) => Yes,
        (
            P::DeleteOrg | P::TransferOrg | P::ExportOrg | P::InviteOwner | P::ManageOwner,
            Role::Admin | Role::Member,
        ) => No,

        (
            P::EditOrg
            | P::ReadSecurityLog
            | P::ListInvitations
            | P::Invite
            | P::ChangeRole
            | P::RemoveMember
            | P::SeePrivateProjects
            | P::DeleteProject
            | P::ManageLabels,
            Role::Owner | Role::Admin,
        ) => Yes,
        (
            P::EditOrg
            | P::ReadSecurityLog
            | P::ListInvitations
            | P::Invite
            | P::ChangeRole
            | P::RemoveMember
            | P::SeePrivateProjects
            | P::DeleteProject
            | P::ManageLabels,
            Role::Member,
        ) => No,

        (
            P::ReadActivity
            | P::SeeTrash
            | P::CreateProject
            | P::EditProject
            | P::ArchiveProject
            | P::ManageProjectMembers
            | P::ManageColumns
            | P::EditTask
            | P::MoveTask
            | P::AssignTask
            | P::TakeTask
            | P::DeleteTask
            | P::DeleteComment
            | P::ResolveThread,
            Role::Owner | Role::Admin,
        ) => Yes,
        (P::ReadActivity | P::SeeTrash, Role::Member) => Seen,
        (P::CreateProject, Role::Member) => Setting,
        (
            P::EditProject
            | P::ArchiveProject
            | P::ManageProjectMembers
            | P::ManageColumns
            | P::DeleteTask
            | P::DeleteComment,
            Role::Member,
        ) => Own,
        (P::EditTask | P::MoveTask | P::AssignTask | P::ResolveThread, Role::Member) => Editable,
        (P::TakeTask, Role::Member) => Free,
    }
}

/// Returns whether a role has a permission, given these facts and settings.
pub const fn allows(permission: Permission, role: Role, facts: Facts, settings: Settings) -> bool {
    cell(permission, role).holds(facts, settings)
}

/// Returns whether a permission is sensitive: whether using it takes a recently confirmed session. Those that take an
/// organization from its owners, or out of the server, are.
pub const fn is_sensitive(permission: Permission) -> bool {
    use Permission as P;
    match permission {
        P::DeleteOrg | P::TransferOrg | P::ExportOrg | P::InviteOwner | P::ManageOwner => true,
        P::See
        | P::EditOrg
        | P::LeaveOrg
        | P::ReadActivity
        | P::ReadSecurityLog
        | P::ListInvitations
        | P::Invite
        | P::ChangeRole
        | P::RemoveMember
        | P::StepDown
        | P::CreateProject
        | P::SeePrivateProjects
        | P::EditProject
        | P::ArchiveProject
        | P::DeleteProject
        | P::ManageProjectMembers
        | P::ManageColumns
        | P::CreateTask
        | P::EditTask
        | P::MoveTask
        | P::AssignTask
        | P::TakeTask
        | P::DeleteTask
        | P::ManageLabels
        | P::CreateComment
        | P::EditComment
        | P::DeleteComment
        | P::ReactToComment
        | P::ResolveThread
        | P::SeeTrash => false,
    }
}

/// Returns the lowest role that has the permission whatever the facts and settings are. A permission that is limited to
/// the caller's own membership, or to what the caller can see, counts too. Where no role is enough by itself: the lowest
/// that has the permission for what the caller created.
pub fn required_role(permission: Permission) -> Role {
    let lowest = |is_it: fn(Cell) -> bool| {
        <Role as VariantArray>::VARIANTS.iter().copied().find(|role| is_it(cell(permission, *role)))
    };
    let enough = lowest(|cell| matches!(cell, Cell::Yes | Cell::Seen | Cell::Oneself));
    enough.or_else(|| lowest(|cell| cell == Cell::Own)).unwrap_or(Role::Owner)
}

/// Checks that a role has a permission, given these facts and settings.
///
/// # Errors
/// 403 if it doesn't. The error names the required role and the caller's.
pub fn demand(permission: Permission, role: Role, facts: Facts, settings: Settings) -> Result<()> {
    if allows(permission, role, facts, settings) {
        return Ok(());
    }
    let required = required_role(permission);
    let detail = match cell(permission, role) {
        Cell::Own if cell(permission, required) == Cell::Own => format!(
            "This needs the role {} or a higher one, and to have created it; you are {}.",
            required.into_str(),
            role.into_str()
        ),
        Cell::Own => format!(
            "This needs the role {} or to have created it; you are {}.",
            required.into_str(),
            role.into_str()
        ),
        Cell::Editable => format!(
            "This needs the role {}, or that the task is assigned to you or was created by you; you are {}.",
            required.into_str(),
            role.into_str()
        ),
        Cell::Free => format!(
            "This needs the role {}, or a task that nobody has or that you may edit; you are {}.",
            required.into_str(),
            role.into_str()
        ),
        _ => format!("This needs the role {}; you are {}.", required.into_str(), role.into_str()),
    };
    let roles = Some((required.into_str(), role.into_str()));
    Err(Refusal { roles, ..Code::Forbidden.refusal(detail) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Error;

    /// The expected permission matrix, with the columns owner, admin and member, and a mark on sensitive permissions.
    const GOLDEN: &str = "
        organization.see          true  true  true
        organization.edit         true  true  false
        organization.delete       true  false false sensitive
        organization.transfer     true  false false sensitive
        organization.export       true  false false sensitive
        organization.leave        true  true  true
        activity.read             true  true  seen
        security_log.read         true  true  false
        invitation.list           true  true  false
        invitation.manage         true  true  false
        invitation.manage_owner   true  false false sensitive
        member.change_role        true  true  false
        member.remove             true  true  false
        member.manage_owner       true  false false sensitive
        member.step_down          oneself oneself oneself
        project.create            true  true  setting
        project.see_private       true  true  false
        project.edit              true  true  own
        project.archive           true  true  own
        project.delete            true  true  false
        project.manage_members    true  true  own
        project.manage_columns    true  true  own
        task.create               true  true  true
        task.edit                 true  true  editable
        task.move                 true  true  editable
        task.assign               true  true  editable
        task.take                 true  true  free
        task.delete               true  true  own
        label.manage              true  true  false
        comment.create            true  true  true
        comment.edit              own   own   own
        comment.delete            true  true  own
        comment.react             true  true  true
        comment.resolve           true  true  editable
        trash.see                 true  true  seen";

    #[test]
    fn the_policy_is_the_matrix() {
        let words = |cell| serde_json::to_string(&cell).unwrap().replace('"', "");
        let ours: Vec<Vec<String>> = Permission::VARIANTS
            .iter()
            .map(|p| {
                std::iter::once(p.into_str().to_owned())
                    .chain([Role::Owner, Role::Admin, Role::Member].map(|r| words(cell(*p, r))))
                    .chain(is_sensitive(*p).then(|| "sensitive".to_owned()))
                    .collect()
            })
            .collect();
        let golden: Vec<Vec<String>> = GOLDEN
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect();
        assert_eq!(ours, golden);
    }

    fn facts(bits: u8) -> Facts {
        Facts { own: bits & 1 > 0, assigned: bits & 2 > 0, unassigned: bits & 4 > 0, oneself: bits & 8 > 0 }
    }

    fn settings(bits: u8) -> Settings {
        let members_edit = if bits & 1 > 0 { MembersEdit::Any } else { MembersEdit::Assigned };
        Settings { members_can_create_projects: bits & 2 > 0, members_edit, ..Settings::default() }
    }

    /// Each kind of cell allows an action exactly if one of the listed combinations of facts and settings holds.
    #[test]
    fn each_word_allows_what_it_says_and_nothing_else() {
        let (none, own, assigned, unassigned, oneself) = (0, 1, 2, 4, 8);
        let (any_task, projects) = (1, 2);
        let always: &[(u8, u8)] = &[(none, 0)];
        for (cell, circumstances) in [
            (Cell::Yes, always),
            (Cell::Seen, always),
            (Cell::No, &[]),
            (Cell::Own, &[(own, 0)]),
            (Cell::Editable, &[(own, 0), (assigned, 0), (none, any_task)]),
            (Cell::Free, &[(own, 0), (assigned, 0), (unassigned, 0), (none, any_task)]),
            (Cell::Oneself, &[(oneself, 0)]),
            (Cell::Setting, &[(none, projects)]),
        ] {
            for (f, s) in (0..16).flat_map(|f| (0..4).map(move |s| (f, s))) {
                let expected =
                    circumstances.iter().any(|(facts, set)| f & facts == *facts && s & set == *set);
                assert_eq!(cell.holds(facts(f), settings(s)), expected, "{cell:?} {f:04b} {s:02b}");
            }
        }
    }

    #[test]
    fn what_is_allowed_is_not_refused_and_a_refusal_names_both_roles() {
        for permission in Permission::VARIANTS {
            for (f, s) in (0..16).flat_map(|f| (0..4).map(move |s| (f, s))) {
                for role in <Role as VariantArray>::VARIANTS.iter().copied() {
                    let holds = cell(*permission, role).holds(facts(f), settings(s));
                    assert_eq!(allows(*permission, role, facts(f), settings(s)), holds);
                    match demand(*permission, role, facts(f), settings(s)) {
                        Ok(()) => assert!(holds, "{permission:?} {role:?}"),
                        Err(Error::Refused(refusal)) => {
                            assert!(!holds, "{permission:?} {role:?}");
                            let (required, held) = refusal.roles.unwrap();
                            assert_eq!(
                                (required.parse(), held.parse()),
                                (Ok(required_role(*permission)), Ok(role))
                            );
                            assert!(refusal.detail.contains(required) && refusal.detail.contains(held));
                            let otherwise = match cell(*permission, role) {
                                Cell::Own => "to have created it",
                                Cell::Editable => "assigned to you",
                                Cell::Free => "nobody has",
                                _ => "needs the role",
                            };
                            assert!(refusal.detail.contains(otherwise), "{}", refusal.detail);
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
    }

    #[test]
    fn a_word_reads_as_it_is_written() {
        for role in <Role as VariantArray>::VARIANTS.iter().copied() {
            assert_eq!(role.into_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.into_str());
        }
        for which in [MembersEdit::Assigned, MembersEdit::Any] {
            assert_eq!(which.into_str().parse(), Ok(which));
            assert_eq!(serde_json::to_value(which).unwrap(), which.into_str());
        }
        assert!("boss".parse::<Role>().is_err() && "boss".parse::<MembersEdit>().is_err());
    }

    #[test]
    fn a_higher_role_never_allows_less_and_more_facts_never_forbid() {
        for permission in Permission::VARIANTS {
            for (f, s) in (0..16).flat_map(|f| (0..4).map(move |s| (f, s))) {
                let may = |role, f, s| allows(*permission, role, facts(f), settings(s));
                assert!(may(Role::Member, f, s) <= may(Role::Admin, f, s), "{permission:?}");
                assert!(may(Role::Admin, f, s) <= may(Role::Owner, f, s), "{permission:?}");
                for role in <Role as VariantArray>::VARIANTS.iter().copied() {
                    assert!(may(role, 0, s) <= may(role, f, s));
                    assert!(may(role, f, 0) <= may(role, f, s));
                }
            }
        }
    }

    #[test]
    fn the_required_role_is_always_enough() {
        for permission in Permission::VARIANTS {
            let role = required_role(*permission);
            // Nobody may do it but who created the thing.
            let own = cell(*permission, Role::Owner) == Cell::Own;
            let facts = Facts { oneself: true, own, ..Facts::default() };
            assert!(allows(*permission, role, facts, Settings::default()));
        }
    }
}
