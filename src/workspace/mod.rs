//! The work domain: organizations, members, invitations, projects and tasks.

pub mod assignments;
pub mod counts;
pub mod invitations;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
