//! What teams work with: organizations and who is in them, projects and tasks.

pub mod assignments;
pub mod invitations;
pub mod members;
pub mod orgs;
pub mod projects;
pub mod status;
pub mod tasks;
