//! The administration of the server over HTTP, for its operator: accounts, organizations, mails, jobs. It reads and shows
//! no text of a task or a comment. Each call is a line in the log.

pub(super) mod jobs;
pub(super) mod load;
pub(super) mod mails;
pub(super) mod orgs;
pub(super) mod status;
mod store;
pub(super) mod users;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use crate::{
    base::id::{MailId, UserId},
    http::{
        client::{self, Proxies},
        edge::REQUEST_ID,
        input::Params,
    },
};

/// Logs each call with what it was about, refused ones too, as middleware of the routes.
pub async fn log(State(proxies): State<Proxies>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let params = Params::of(&mut parts, &()).await;
    let route = parts.extensions.get().map_or("", MatchedPath::as_str);
    let header = parts.headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    let mut call = Call {
        operation: format!("{} {route}", parts.method),
        user_id: params.get::<UserId>("user").map(|id| id.to_string()),
        organization: Some(params.text("org").to_owned()).filter(|org| !org.is_empty()),
        mail_id: params.get::<MailId>("id").map(|id| id.to_string()),
        client: client::address(&parts.extensions, &parts.headers, &proxies).to_string(),
        request_id: header.unwrap_or_default().to_owned(),
        status: None,
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    call.status = Some(response.status().as_u16());
    response
}

/// A call, which is logged when it is over: also if it has no status, because it took too long or its client is gone.
struct Call {
    operation: String,
    user_id: Option<String>,
    /// The organization as the path names it.
    organization: Option<String>,
    mail_id: Option<String>,
    client: String,
    request_id: String,
    status: Option<u16>,
}

impl Drop for Call {
    fn drop(&mut self) {
        let Self { operation, user_id, organization, mail_id, client, request_id, status } = self;
        tracing::info!(
            target: "guildhall::admin",
            operation, status, user_id, organization, mail_id, client, request_id, "administration"
        );
    }
}
