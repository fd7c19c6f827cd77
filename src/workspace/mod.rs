//! The work domain: organizations, members, invitations, projects, tasks, labels, links and comments.

pub mod assignments;
pub mod comments;
pub mod counts;
pub mod invitations;
pub mod labels;
pub mod links;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
