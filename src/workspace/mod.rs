//! The work domain: organizations, members, invitations, projects, tasks, labels and comments.

pub mod assignments;
pub mod comments;
pub mod counts;
pub mod deadlines;
pub mod invitations;
pub mod labels;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
