//! Beginning a project: with an empty board, or with copies of another one's columns and tasks.

pub(crate) mod http;

use crate::{
    access::OrgWrite,
    base::error::{Error, Result},
    workspace::{
        projects::{self, NewProject, Project, ProjectRef, ProjectView},
        tasks::Originals,
    },
};

/// Creates a project, after a template if the request names one.
///
/// # Errors
/// 422 if the caller can't see the template, or if dates are to be moved without one, or out of the calendar; 409 if the template
/// has too many tasks to copy, if the requested key or the id is taken, or if the organization has too many projects or tasks.
pub async fn create(tx: &OrgWrite, new: NewProject) -> Result<ProjectView> {
    let starts_on = new.starts_on;
    let Some(name) = &new.template else {
        if starts_on.is_some() {
            return Err(Error::field("/starts_on", "invalid_value", "moves the dates of a `template`"));
        }
        return projects::create(tx, new).await?.view(tx).await;
    };
    let template = template(tx, name).await?;
    let originals = Originals::of(tx, template.id, starts_on).await?;
    let (project, columns) = projects::create_like(tx, new, &template).await?;
    originals.copy(tx, &project, &columns).await?;
    project.view(tx).await
}

async fn template(tx: &OrgWrite, name: &ProjectRef) -> Result<Project> {
    let wrong = || Error::field("/template", "not_found", "must be a project that you can see");
    projects::store::find(tx, name).await?.ok_or_else(wrong)
}
