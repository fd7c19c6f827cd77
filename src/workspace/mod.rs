//! The work domain: organizations, members, invitations, projects, tasks and comments.

pub mod assignments;
pub mod comments;
pub mod counts;
pub mod invitations;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
