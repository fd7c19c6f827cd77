//! The client-server engine: a few threads that own its connections, statements pipelined and prepared once.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt::Write as _,
    future::Future,
    ops::AsyncFn,
    pin::Pin,
    rc::Rc,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::{
    sync::{Mutex, oneshot},
    task::LocalSet,
};
use tokio_postgres::{Client, Config, Statement, config::SslMode, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Conn, Failure, FromRow, Limits, Mode, Param, Probe, Row, Scope, Tx, guarded};
use crate::{
    clock::Time,
    error::{Code, Error, Result},
};

/// Serialization failures and deadlocks are run again this often.
const ATTEMPTS: u32 = 6;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 512;
/// The role that serves, where the login itself could see past row-level security.
pub(super) const ROLE: &str = "guildhall_app";

/// A parsed `postgres://` URL.
#[derive(Clone)]
pub struct Target {
    config: Config,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the password.
        write!(f, "{:?}/{}", self.config.get_hosts(), self.config.get_dbname().unwrap_or_default())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut url = url::Url::parse(text).map_err(|e| format!("not a database URL: {e}"))?;
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for (key, value) in url.query_pairs() {
            match &*key {
                "sslmode" => mode = Some(value.to_string()),
                "sslrootcert" => roots = Some(value.to_string()),
                _ => rest.push((key.to_string(), value.to_string())),
            }
        }
        url.set_query(None);
        if !rest.is_empty() {
            // tokio-postgres reads %20, and doesn't take + for a space.
            url.query_pairs_mut().extend_pairs(rest);
            let query = url.query().map(|query| query.replace('+', "%20"));
            url.set_query(query.as_deref());
        }
        let mut config = Config::from_str(url.as_str()).map_err(|e| format!("not a database URL: {e}"))?;
        // https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        let (ssl, check) = match (mode.as_deref().unwrap_or("prefer"), &roots) {
            ("disable", _) => (SslMode::Disable, Check::Nothing),
            ("prefer", _) => (SslMode::Prefer, Check::Nothing),
            ("require", None) => (SslMode::Require, Check::Nothing),
            ("require" | "verify-ca", _) => (SslMode::Require, Check::Authority),
            ("verify-full", _) => (SslMode::Require, Check::AuthorityAndName),
            (other, _) => {
                return Err(format!(
                    "sslmode is disable, prefer, require, verify-ca or verify-full, not {other}"
                ));
            }
        };
        config.ssl_mode(ssl);
        config.application_name("guildhall");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        Ok(Self { config, tls: MakeRustlsConnect::new(tls_config(check, roots.as_deref())?) })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Authority,
    AuthorityAndName,
}

fn tls_config(check: Check, roots_file: Option<&str>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    if let Some(file) = roots_file {
        for cert in CertificateDer::pem_file_iter(file).map_err(|e| format!("sslrootcert {file}: {e}"))? {
            let cert = cert.map_err(|e| format!("sslrootcert {file}: {e}"))?;
            roots.add(cert).map_err(|e| format!("sslrootcert {file}: {e}"))?;
        }
    } else if check != Check::Nothing {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let inner = match check {
        Check::Nothing => None,
        _ => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(|e| format!("sslrootcert: {e}"))?,
        ),
    };
    let verifier = Arc::new(Verifier { check, inner, provider: provider.clone() });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// What libpq's `sslmode` promises: encryption only, a trusted authority, or also the host's name.
#[derive(Debug)]
struct Verifier {
    check: Check,
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.check == Check::Authority =>
            {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Target {
    /// A connection of its own, for migrations and the checks at the start.
    pub(super) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|error| {
            tracing::error!(%error, target = ?self, "can't connect to PostgreSQL");
            Error::internal(format!("can't connect to PostgreSQL at {self:?}: {}", chain(&error)))
        })?;
        tokio::spawn(connection);
        Ok(client)
    }
}

impl Target {
    pub(super) async fn probe(&self) -> Result<Probe> {
        let sql = "select current_setting('server_version'), (extract(epoch from clock_timestamp()) * 1000)::bigint";
        let row = self.connect().await?.query_one(sql, &[]).await.map_err(refused)?;
        let version: &str = row.get(0);
        Ok(Probe { engine: format!("PostgreSQL {version}"), now: Some(Time::from_millis(row.get(1))) })
    }
}

type Job = Box<dyn FnOnce(Result<Rc<Session>, Failure>) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

pub(super) struct Postgres {
    jobs: async_channel::Sender<Job>,
    /// How long a job may wait for a connection.
    wait: Duration,
}

impl Postgres {
    pub(super) async fn open(target: &Target, limits: &Limits) -> Result<Self> {
        let setup = Arc::new(Setup::verified(target, limits).await?);
        let (jobs, queue) = async_channel::unbounded::<Job>();
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(limits.connections);
        for thread in 0..threads {
            let share = (limits.connections + threads - 1 - thread) / threads;
            let (target, queue, setup) = (target.clone(), queue.clone(), setup.clone());
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::internal)?;
            std::thread::Builder::new()
                .name("db-postgres".into())
                .spawn(move || {
                    let local = LocalSet::new();
                    for _ in 0..share {
                        local.spawn_local(serve(target.clone(), setup.clone(), queue.clone()));
                    }
                    drop(queue);
                    runtime.block_on(local);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { jobs, wait: limits.wait })
    }

    pub(super) async fn run<T, F>(&self, mode: Mode, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        // Whoever takes it first decides: the connection that runs the job, or the caller who waited too long for one.
        let taken = Arc::new(AtomicBool::new(false));
        let take = taken.clone();
        let job: Job = Box::new(move |session| {
            Box::pin(async move {
                if answer.is_closed() || take.swap(true, Ordering::SeqCst) {
                    return;
                }
                let result = match session {
                    Ok(session) => run(&session, mode, scope, f).await,
                    Err(failure) => Err(failure.into_error("connect")),
                };
                let _ = answer.send(result);
            })
        });
        self.jobs.send(job).await.map_err(Error::internal)?;
        match tokio::time::timeout(self.wait, &mut answered).await {
            Ok(answer) => answer.map_err(Error::internal)?,
            Err(_) if !taken.swap(true, Ordering::SeqCst) => Err(Code::Overloaded.into()),
            Err(_) => answered.await.map_err(Error::internal)?,
        }
    }
}

/// A tenant table is one whose primary key starts with `org_id`, or one of the two that have another key; whatever has a
/// policy counts too, and a view with that column. Of those that a statement finds by their names alone, wherever the
/// login's `search_path` leads.
const TENANT_TABLES: &str = "select c.relname::text from pg_class c
    where pg_table_is_visible(c.oid)
      and (c.relkind in ('r', 'p')
           and (c.relname in ('organizations', 'user_orgs')
                or exists (select 1 from pg_policy p where p.polrelid = c.oid)
                or exists (select 1 from pg_index i join pg_attribute a on a.attrelid = c.oid
                           where i.indrelid = c.oid and i.indisprimary and a.attnum = i.indkey[0]
                             and a.attname = 'org_id'))
           or c.relkind = 'v'
              and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id'))";

/// What is said of the tenant tables for which something doesn't hold.
const WALLS: [(&str, &str); 4] = [
    (
        "row-level security isn't forced on",
        "c.relkind <> 'v' and not (c.relrowsecurity and c.relforcerowsecurity
                                   and exists (select 1 from pg_policy p where p.polrelid = c.oid))",
    ),
    // Policies are joined by OR: one that doesn't ask for the transaction's tenant opens what the others close.
    (
        "a policy of row-level security isn't about the tenant on",
        "exists (select 1 from pg_policy p,
                     unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) condition
                 where p.polrelid = c.oid and p.polpermissive and condition not like '%current_setting(''app.%')",
    ),
    // As its owner, it would see what the owner sees.
    (
        "row-level security isn't the caller's in the view",
        "c.relkind = 'v' and not exists (select 1 from pg_options_to_table(c.reloptions) o
                                         where o.option_name = 'security_invoker' and o.option_value::boolean)",
    ),
    (
        "this login may not read and write",
        "not (has_table_privilege(c.oid, 'select')
              and (c.relkind = 'v' or has_table_privilege(c.oid, 'insert')))",
    ),
];

/// What every connection runs first, decided once.
struct Setup(String);

impl Setup {
    /// Verifies that row-level security will bind this login, or the role that it takes; refuses to go on otherwise.
    async fn verified(target: &Target, limits: &Limits) -> Result<Self> {
        let client = target.connect().await?;
        let mut sql = format!(
            "set statement_timeout = {}; set idle_in_transaction_session_timeout = 60000; set jit = off;",
            limits.statement.as_millis()
        );
        let bypass = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";
        if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
            let _ = write!(sql, "set role {ROLE};");
            client.batch_execute(&sql).await.map_err(|e| {
                Error::internal(format!(
                    "this login could see past row-level security, and taking the role {ROLE} failed ({}): run `guildhall migrate` with it, or use a plain login",
                    chain(&e)
                ))
            })?;
            if client.query_one(bypass, &[]).await.map_err(refused)?.get(0) {
                return Err(Error::internal(format!("the role {ROLE} could see past row-level security")));
            }
        }
        for (wall, holes) in WALLS {
            let holes = client.query(&format!("{TENANT_TABLES} and {holes}"), &[]).await.map_err(refused)?;
            if !holes.is_empty() {
                let names: Vec<String> = holes.iter().map(|row| row.get(0)).collect();
                return Err(Error::internal(format!("{wall}: {}", names.join(", "))));
            }
        }
        Ok(Self(sql))
    }
}

/// One connection's life: take a job, run it, and connect again when the server went away.
async fn serve(target: Target, setup: Arc<Setup>, jobs: async_channel::Receiver<Job>) {
    let mut session: Option<Rc<Session>> = None;
    while let Ok(job) = next(&jobs, session.as_deref()).await {
        if session.as_ref().is_none_or(|session| session.client.is_closed()) {
            session = None;
        }
        let ready = match &session {
            Some(session) => Ok(session.clone()),
            None => Session::open(&target, &setup).await.map(Rc::new),
        };
        if let Ok(ready) = &ready {
            session = Some(ready.clone());
        }
        job(ready).await;
    }
}

/// The next job. Where none is waiting, the end of the last transaction is sent before waiting for one.
async fn next(
    jobs: &async_channel::Receiver<Job>,
    session: Option<&Session>,
) -> Result<Job, async_channel::RecvError> {
    if let Ok(job) = jobs.try_recv() {
        return Ok(job);
    }
    if let Some(session) = session {
        session.settle();
    }
    jobs.recv().await
}

struct Session {
    client: Client,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    /// How the last transaction ends, where nobody waits for it: it leaves with the beginning of the next.
    owed: Cell<&'static str>,
}

impl Session {
    async fn open(target: &Target, setup: &Setup) -> Result<Self, Failure> {
        let (client, connection) =
            target.config.connect(target.tls.clone()).await.map_err(|e| failure(&e))?;
        tokio::task::spawn_local(connection);
        client.batch_execute(&setup.0).await.map_err(|e| failure(&e))?;
        Ok(Self { client, statements: RefCell::default(), owed: Cell::new("") })
    }

    /// Sends what is owed.
    fn settle(&self) {
        let owed = self.owed.take();
        if !owed.is_empty() {
            let _ = self.client.batch_execute(owed).now_or_never();
        }
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

async fn run<T>(
    session: &Rc<Session>,
    mode: Mode,
    scope: Scope,
    f: impl AsyncFn(&Tx) -> Result<T>,
) -> Result<T> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let transaction = Rc::new(Transaction::begin(session.clone(), mode, scope));
        let tx = Tx::new(Conn::Postgres(transaction.clone()), scope);
        let answer = tx.verdict(guarded(f(&tx)).await);
        let retry = match answer {
            Ok(value) if tx.health.undone.get() => {
                transaction.end("rollback;");
                return Ok(value);
            }
            Ok(value) => match transaction.commit(mode).await {
                Ok(()) => return Ok(value),
                Err(Failure::Retry) if attempt < ATTEMPTS => true,
                Err(failure) => return Err(failure.into_error("commit")),
            },
            Err(error) => {
                transaction.end("rollback;");
                if !(tx.health.retry.get() && attempt < ATTEMPTS) {
                    return Err(error);
                }
                true
            }
        };
        if retry {
            // With its locks.
            session.settle();
            back_off(attempt).await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the wait between attempts is real time, whatever the clock says"
)]
async fn back_off(attempt: u32) {
    let jitter = u64::from(uuid::Uuid::now_v7().as_bytes()[15]);
    tokio::time::sleep(Duration::from_micros((200 + 20 * jitter) << attempt)).await;
}

pub(super) struct Transaction {
    session: Rc<Session>,
    /// What must reach the server before the next statement, in the same flush: BEGIN, the tenant.
    pending: RefCell<String>,
    began: Cell<bool>,
    /// Statements leave in the order in which they were asked for, also while one of them is first prepared.
    order: Mutex<()>,
}

type Pending = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>>>>;

impl Transaction {
    fn begin(session: Rc<Session>, mode: Mode, scope: Scope) -> Self {
        let begin = match mode {
            // One moment for all statements of a read, as on SQLite.
            Mode::Read => "begin isolation level repeatable read, read only;",
            Mode::Write => "begin;",
        };
        let tx = Self {
            pending: RefCell::new(format!("{}{begin}", session.owed.get())),
            began: Cell::new(false),
            session,
            order: Mutex::new(()),
        };
        tx.enter(scope);
        tx
    }

    /// `set local` rather than `set_config()`, which Citus doesn't propagate; a uuid's text needs no quoting.
    pub(super) fn enter(&self, scope: Scope) {
        let mut pending = self.pending.borrow_mut();
        let _ = match scope {
            Scope::Tenant(id) => write!(pending, "set local app.org_id = '{id}';"),
            Scope::Purge(id) => {
                write!(pending, "set local app.org_id = '{id}'; set local app.purged_org = '{id}';")
            }
            Scope::User(id) => write!(pending, "set local app.user_id = '{id}';"),
            Scope::System => Ok(()),
        };
    }

    /// Sends what is pending without waiting for its answer.
    async fn send_pending(&self) -> Option<Pending> {
        let sql = self.pending.take();
        if sql.is_empty() {
            return None;
        }
        if !self.began.replace(true) {
            self.session.owed.take();
        }
        let session = self.session.clone();
        let mut sent: Pending = Box::pin(async move { session.client.batch_execute(&sql).await });
        match futures_util::poll!(&mut sent) {
            std::task::Poll::Ready(result) => Some(Box::pin(std::future::ready(result))),
            std::task::Poll::Pending => Some(sent),
        }
    }

    pub(super) async fn all<R: FromRow>(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<Vec<R>, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let query = async |statement: Statement| self.session.client.query(&statement, &params).await;
        let rows = self.send(sql, query).await?;
        rows.iter()
            .map(|row| R::from_row(&Row::Postgres(row)).map_err(|error| Failure::Bug(error.to_string())))
            .collect()
    }

    pub(super) async fn execute(&self, sql: &str, params: &[&(dyn Param + Sync)]) -> Result<u64, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let execute = async |statement: Statement| self.session.client.execute(&statement, &params).await;
        self.send(sql, execute).await
    }

    /// Runs a statement behind what is pending. The first poll sends it, so that from there on the next has its turn.
    async fn send<T>(
        &self,
        sql: &str,
        run: impl AsyncFnOnce(Statement) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Failure> {
        let turn = self.order.lock().await;
        let pending = self.send_pending().await;
        let answer = match self.session.prepared(sql).await {
            Ok(statement) => {
                let mut answer = std::pin::pin!(run(statement));
                let sent = futures_util::poll!(&mut answer);
                drop(turn);
                match sent {
                    std::task::Poll::Ready(answer) => answer,
                    std::task::Poll::Pending => answer.await,
                }
            }
            Err(error) => Err(error),
        };
        if let Some(pending) = pending {
            pending.await.map_err(|e| failure(&e))?;
        }
        answer.map_err(|e| failure(&e))
    }

    async fn commit(&self, mode: Mode) -> Result<(), Failure> {
        match mode {
            Mode::Read => {
                self.end("commit;");
                Ok(())
            }
            Mode::Write if !self.began.get() => Ok(()),
            Mode::Write => self.session.client.batch_execute("commit").await.map_err(|e| failure(&e)),
        }
    }

    /// Leaves the end of the transaction to be sent when there is an occasion: nothing depends on it.
    fn end(&self, sql: &'static str) {
        if self.began.get() {
            self.session.owed.set(sql);
        }
    }
}

fn failure(error: &tokio_postgres::Error) -> Failure {
    match error.code() {
        Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => Failure::Retry,
        Some(&SqlState::DISK_FULL) => Failure::Full,
        Some(code)
            if code.code().starts_with("57")
                || code.code().starts_with("53")
                || code.code().starts_with("08") =>
        {
            Failure::Unavailable(chain(error))
        }
        Some(_) => Failure::Bug(chain(error)),
        None if error.is_closed() => Failure::Unavailable(chain(error)),
        None => match std::error::Error::source(error) {
            Some(source) if source.is::<std::io::Error>() => Failure::Unavailable(chain(error)),
            _ => Failure::Bug(chain(error)),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn refused(error: tokio_postgres::Error) -> Error {
    Error::internal(chain(&error))
}

/// An error with all its causes: tokio-postgres keeps the server's message in the source.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
