//! The work domain: organizations, members, invitations, projects with their boards, tasks, labels, links and comments.

pub mod assignments;
pub mod comments;
pub mod counts;
pub mod deadlines;
pub mod invitations;
pub mod labels;
pub mod links;
pub mod members;
pub mod orgs;
pub mod position;
pub mod projects;
pub mod status;
pub mod tasks;
