//! HTTP handler for creating projects.

use crate::{
    access::{Access, OrgWrite, actions},
    base::error::Result,
    http::{answer::Created, input::Json},
    workspace::projects::{NewProject, ProjectView},
};

actions! {
    CreateProject: CreateProject on ();
}

pub async fn create(access: Access<CreateProject>, body: Json<NewProject>) -> Result<Created<ProjectView>> {
    let create = async |tx: &OrgWrite, (), new: NewProject| {
        let object = super::create(tx, new).await?;
        Ok(Created { location: format!("/v1/orgs/{}/projects/{}", tx.org(), object.id), object })
    };
    access.write(body, create).await
}
