//! The maximum number of objects of each kind in one organization, of columns of one project, of comments on one task and of its links, and of organizations that one
//! user founds. They are configured for the whole server.

use std::{fmt, str::FromStr};

/// The maximum number of objects of each kind in one organization. The same limits apply to all organizations and users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub members: i64,
    /// Projects, not counting deleted ones.
    pub projects: i64,
    /// Tasks, not counting deleted ones and those of deleted projects.
    pub tasks: i64,
    /// Columns of one project, not counting deleted ones.
    pub columns: i64,
    /// Labels, not counting deleted ones.
    pub labels: i64,
    /// Comments on one task, not counting deleted ones.
    pub comments: i64,
    /// Links of one task to others.
    pub links: i64,
    /// Pending invitations.
    pub invitations: i64,
    /// API tokens that are restricted to this organization.
    pub tokens: i64,
    /// Organizations that one user has founded and that aren't purged, whoever owns them now.
    pub founded: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 1_000,
            projects: 1_000,
            tasks: 1_000_000,
            columns: 50,
            labels: 500,
            comments: 5_000,
            links: 100,
            invitations: 500,
            tokens: 500,
            founded: 100,
        }
    }
}

impl Limits {
    fn field(&mut self, name: &str) -> Option<&mut i64> {
        match name {
            "members" => Some(&mut self.members),
            "projects" => Some(&mut self.projects),
            "tasks" => Some(&mut self.tasks),
            "columns" => Some(&mut self.columns),
            "labels" => Some(&mut self.labels),
            "comments" => Some(&mut self.comments),
            "links" => Some(&mut self.links),
            "invitations" => Some(&mut self.invitations),
            "tokens" => Some(&mut self.tokens),
            "founded" => Some(&mut self.founded),
            _ => None,
        }
    }
}

impl FromStr for Limits {
    type Err = &'static str;

    /// Parses a list such as `members=50,tasks=10000`. Limits that aren't listed keep their defaults.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, most) = part.split_once('=').ok_or("must be such as members=50,tasks=10000")?;
            let field = limits.field(name.trim()).ok_or(
                "takes members, projects, tasks, columns, labels, comments, links, invitations, tokens and founded",
            )?;
            *field = most.trim().parse::<u32>().map_err(|_| "each limit is a number")?.into();
        }
        if limits.members == 0 {
            return Err("an organization has at least one member");
        }
        Ok(limits)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { members, projects, tasks, columns, labels, comments, links, invitations, tokens, founded } =
            self;
        write!(
            f,
            "members={members},projects={projects},tasks={tasks},columns={columns},labels={labels},comments={comments},links={links},invitations={invitations},tokens={tokens},founded={founded}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_has_its_default() {
        let limits: Limits = "members=5, tasks=7".parse().unwrap();
        assert_eq!((limits.members, limits.tasks, limits.projects), (5, 7, Limits::default().projects));
        assert_eq!(limits.to_string().parse(), Ok(limits));
        assert_eq!("".parse(), Ok(Limits::default()));
        for wrong in ["members", "members=", "members=-1", "members=many", "seats=5", "members=0"] {
            assert!(wrong.parse::<Limits>().is_err(), "{wrong}");
        }
    }
}
