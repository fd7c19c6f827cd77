//! `POST /mcp`: the API as tools for agents, by the Model Context Protocol
//! (<https://modelcontextprotocol.io/specification/2026-07-28>, and the versions before it, which begin with a handshake).
//!
//! `rmcp` speaks the protocol. What a tool does is a request of the API, which goes through the router to its own handler: an
//! agent may do what its credential may, and nothing here decides about that.

mod caller;
mod tools;

use std::sync::Arc;

use axum::{
    BoxError, Router,
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{header, request::Parts},
    response::Response,
    routing::post,
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};

use self::{caller::Caller, tools::TOOLS};
use crate::{
    access::{SignedIn, UserTx},
    app::App,
    base::error::{Code, Error, Result},
    http::{cors::Cors, edge::AGENTS, input::receive},
};

const INSTRUCTIONS: &str = "Guildhall is where teams manage their work: organizations have projects, projects have tasks on \
    boards. Begin with `find` of kind `organizations`, and give the slug of one as `organization` from then on. Tasks are named by \
    their key, such as WEB-142. What you change is recorded in the activity under the name of your token; `dry_run` tries a change \
    without making it, and `undo` takes one back by the `seq` of its answer. A refusal says what is wrong, as an RFC 9457 problem.";

/// How long a client may keep the list of tools, in milliseconds. It changes with the version of the server only.
const FRESH_MS: u64 = 3_600_000;

/// The most values that a message has. What `rmcp` reads a message into takes half a kilobyte for each.
const VALUES_MOST: usize = 5_000;

/// Returns the route of the protocol.
pub fn routes() -> Router<App> {
    Router::new().route(AGENTS, post(answer))
}

/// Answers one message. A client without a good credential learns that before anything else.
async fn answer(
    State(app): State<App>,
    State(cors): State<Cors>,
    me: SignedIn,
    request: Request,
) -> Result<Response> {
    if !cors.may_call(request.headers()) {
        return Err(Code::Forbidden.with("Pages of this origin may not call: see --cors-origins."));
    }
    me.read((), async |_: &UserTx, ()| Ok(())).await?;
    let (parts, body) = request.into_parts();
    let message = receive(Request::from_parts(parts.clone(), body)).await?;
    if values(&message) > VALUES_MOST {
        return Err(Code::PayloadTooLarge.with("The message has too many values."));
    }
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // Its check of the `Host` header protects servers without credentials.
        .disable_allowed_hosts();
    let agent = Agent(app);
    let service = StreamableHttpService::new(
        move || Ok(agent.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    told(service.handle(Request::from_parts(parts, Body::from(message))).await).await
}

/// Returns how many values a JSON text has, about.
fn values(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

/// Tells a refusal that isn't one of the protocol as it is told everywhere.
async fn told<B>(response: Response<B>) -> Result<Response>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let is_protocol = response.headers().contains_key(header::CONTENT_TYPE);
    if is_protocol || response.status().is_success() {
        return Ok(response.map(Body::new));
    }
    let (parts, body) = response.into_parts();
    let text = Body::new(body).collect().await.map_err(Error::internal)?.to_bytes();
    let text = String::from_utf8_lossy(&text).into_owned();
    // A body that isn't a message is no question of its media type, which was looked at.
    Err(if parts.status.is_client_error() {
        Code::MalformedRequest.with(text)
    } else {
        Error::internal(text)
    })
}

/// The server that agents see.
#[derive(Clone)]
struct Agent(App);

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("guildhall", env!("CARGO_PKG_VERSION")).with_title("Guildhall");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = TOOLS.iter().map(|tool| tool.card.clone()).collect();
        let (ttl_ms, cache_scope) = (Some(FRESH_MS), Some(CacheScope::Public));
        Ok(ListToolsResult { ttl_ms, cache_scope, ..ListToolsResult::with_all_items(tools) })
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let unknown = || ErrorData::invalid_params("there is no such tool: tools/list has all", None);
        let tool = TOOLS.iter().find(|tool| tool.card.name == request.name).ok_or_else(unknown)?;
        let parts = context.extensions.get::<Parts>();
        let parts = parts.ok_or_else(|| ErrorData::internal_error("a message without a request", None))?;
        let caller = Caller::new(&self.0, parts);
        // Work whose client is gone is stopped, as it is when the handler of another request is dropped.
        let outcome = tokio::select! {
            outcome = tool.call(&caller, request.arguments.unwrap_or_default()) => outcome,
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("the client is gone", None)),
        };
        Ok(CallToolResponse::Complete(match outcome {
            Ok(answer) => CallToolResult::structured(answer),
            Err(refused) => CallToolResult::structured_error(caller.problem(&refused).await),
        }))
    }
}
