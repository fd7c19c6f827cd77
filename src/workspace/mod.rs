//! The work domain: organizations, members, invitations, projects, tasks and labels.

pub mod assignments;
pub mod counts;
pub mod invitations;
pub mod labels;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
