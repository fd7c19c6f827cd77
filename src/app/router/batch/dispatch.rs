//! Sends the operations of a batch to the handlers of their routes, which parse them as ever and hand their writes over.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Uri, header},
    response::Response,
};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, value::RawValue};

use super::{
    Batch, BatchOperation, Method, RunBatch, of_operation,
    reference::{Name, Named, tree},
};
use crate::{
    access::{Access, Operation, OrgWrite, Public},
    app::App,
    base::{
        error::{Code, Error, FieldError, Result, StoredAnswer},
        id::OrgId,
    },
};

/// The maximum length of an operation's path, in bytes.
const LONGEST: usize = 2000;

/// An operation that is ready to run.
pub struct Prepared {
    operation: Operation,
    /// Whether the id of what it creates was made for its `ref`.
    has_made_id: bool,
}

impl Prepared {
    /// Runs the operation in the transaction of the batch.
    ///
    /// # Errors
    /// Those of the request that it is, with the places of mistakes in the operation.
    pub async fn run(&self, batch: &OrgWrite) -> Result<StoredAnswer> {
        self.operation.run(batch).await.map_err(|refused| refused.placed(|error| self.place(error)))
    }

    fn place(&self, error: FieldError) -> FieldError {
        if let Some(name) = error.parameter {
            return FieldError::new("/path", error.code, format!("{name}: {}", error.message));
        }
        if self.has_made_id && error.pointer == "/id" {
            return FieldError::new("/ref", "invalid_value", "goes only with a POST that takes an id");
        }
        FieldError { pointer: format!("/body{}", error.pointer), ..error }
    }
}

/// Prepares the operations of a batch.
pub struct Dispatcher<'a> {
    router: TowerToHyperService<Router>,
    public: Public,
    access: &'a Access<RunBatch>,
    org: OrgId,
    /// The organization, as the path of the batch names it.
    org_name: &'a str,
    named: Named,
}

impl<'a> Dispatcher<'a> {
    pub fn new(app: &App, access: &'a Access<RunBatch>, org: OrgId, org_name: &'a str) -> Self {
        let router = TowerToHyperService::new(super::super::of_operations(app.clone()));
        Self { router, public: app.public(), access, org, org_name, named: Named::default() }
    }

    /// Has each operation parsed by its handler.
    ///
    /// # Errors
    /// 422 if there are none, or if one can't be an operation of this batch.
    pub async fn prepare(mut self, batch: Batch) -> Result<Vec<Prepared>> {
        if batch.operations.is_empty() {
            return Err(Error::field("/operations", "too_short", "must have at least one"));
        }
        let mut prepared = Vec::with_capacity(batch.operations.len());
        for (index, operation) in batch.operations.into_iter().enumerate() {
            prepared.push(self.dispatch(operation).await.map_err(|refused| of_operation(index, refused))?);
        }
        Ok(prepared)
    }

    /// Sends one operation to its handler, and receives its write.
    async fn dispatch(&mut self, operation: BatchOperation) -> Result<Prepared> {
        let (mark, write) = self.access.operation();
        let (mut request, has_made_id) = self.request(operation)?;
        request.extensions_mut().insert(mark);
        let handled = self.router.call(request);
        let response = tokio::select! {
            biased;
            Ok(operation) = write => return Ok(Prepared { operation, has_made_id }),
            response = handled => response.map_err(Error::internal)?,
        };
        Err(refusal(&response))
    }

    /// Returns the request that an operation is, and whether it got an id for what it creates.
    fn request(&mut self, operation: BatchOperation) -> Result<(Request, bool)> {
        let BatchOperation { method, path, body, if_match, name } = operation;
        let uri = self.uri(&path)?;
        let body = body.map(|body| self.named.in_body(&body)).transpose()?;
        let (body, has_made_id) = match name {
            Some(name) => self.name(name, method, body)?,
            None => (body, false),
        };
        let mut request = Request::new(body.map(Body::from).unwrap_or_default());
        *request.method_mut() = method.into();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(version) = if_match {
            let wrong = |_| Error::field("/if_match", "invalid_format", "must be a version");
            headers.insert(header::IF_MATCH, version.parse().map_err(wrong)?);
        }
        Ok((request, has_made_id))
    }

    /// Returns the target of an operation, with ids in place of names.
    fn uri(&self, path: &str) -> Result<Uri> {
        let wrong = |message| Error::field("/path", "invalid_value", message);
        if path.len() > LONGEST {
            return Err(Error::field("/path", "too_long", format!("must have at most {LONGEST} bytes")));
        }
        let rest = match path.strip_prefix("/v1/") {
            Some(whole) => self.within(whole).ok_or_else(not_in_batch)?,
            None if path.starts_with('/') => path,
            None => return Err(wrong("must begin with a slash")),
        };
        let rest = self.named.in_path(rest)?;
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        if url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "dry_run") {
            return Err(wrong("must not have dry_run: it goes with the batch as a whole"));
        }
        let uri = format!("/v1/orgs/{}{rest}", self.org).parse();
        uri.map_err(|_| {
            wrong("must be a path, in which other characters than those of URLs are percent-encoded")
        })
    }

    /// Returns what follows the organization in a whole path, if that is the organization of the batch.
    fn within<'p>(&self, path: &'p str) -> Option<&'p str> {
        let path = path.strip_prefix("orgs/")?;
        let (name, rest) = path.split_at(path.find(['/', '?']).unwrap_or(path.len()));
        let is_own = name.eq_ignore_ascii_case(self.org_name) || name.parse() == Ok(self.org);
        is_own.then_some(rest)
    }

    /// Names what an operation creates. Returns its body, with an id unless it had one, and whether it got it here.
    fn name(&mut self, name: Name, method: Method, body: Option<String>) -> Result<(Option<String>, bool)> {
        let wrong = || Error::field("/ref", "invalid_value", "goes only with a POST that takes an id");
        let body = body.filter(|_| method == Method::Post).ok_or_else(wrong)?;
        let mut tree = tree(&RawValue::from_string(body).map_err(Error::internal)?)?;
        let fields = tree.as_object_mut().ok_or_else(wrong)?;
        let has_made_id = !fields.contains_key("id");
        let made = || Value::from(self.public.id::<()>().to_string());
        let id = fields.entry("id").or_insert_with(made).as_str().unwrap_or_default().to_owned();
        self.named.insert(name, id)?;
        Ok((Some(tree.to_string()), has_made_id))
    }
}

fn not_in_batch() -> Error {
    Code::NotInBatch.into()
}

/// Returns the refusal of an operation whose handler answered instead of handing over a write. What has no handler has no
/// error.
fn refusal(response: &Response) -> Error {
    match response.extensions().get::<std::sync::Arc<Error>>() {
        Some(error) => Error::clone(error),
        None => not_in_batch(),
    }
}
