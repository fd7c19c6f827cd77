//! What the tests are written with: servers on real engines, and actors who speak to them.

mod actor;
pub mod archive;
mod attacks;
mod authenticator;
mod browser;
mod cable;
mod cluster;
mod collector;
mod contract;
mod engine;
mod events;
mod mail;
mod nginx;
mod pages;
mod pooler;
mod provider;
mod recorder;
mod replica;
mod routes;
mod sql;
mod stored;
mod wire;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use guildhall::{
    app::{
        App, Tuning,
        config::{
            AdminTokens, Config, Cost, EmailVerification, Mail, Origins, Passkeys, Providers, Proxies,
            RateLimit, Signup, Transport,
        },
        edge,
        jobs::Jobs,
        router, server,
    },
    base::{clock::Clock, limits::Limits},
    db,
};
use serde_json::json;

pub use actor::{Actor, Answer, Org};
use attacks::Journal;
pub use attacks::{Asked, Attack, Secrets, differences};
pub use authenticator::{Authenticator, Device, mfa_token};
pub use browser::{Browser, serves_a_page};
pub use cable::Cable;
pub use cluster::Cluster;
pub use collector::{Collector, Reply, Seen};
pub use contract::Contract;
pub use engine::{Database, Engine};
pub use events::{Event, Following, OFTEN, node};
pub use mail::{MailServer, Manners, Received};
pub use nginx::{Nginx, run_behind_nginx};
pub use pages::{Dice, each};
pub use pooler::Pooler;
pub use provider::{BACK, IdentityProvider, Key, Pretender, configured, configured_with, parameter};
pub use recorder::Recorder;
pub use replica::{Collection, Listener, Replica};
pub use routes::{Route, Things, good, id_fields};
pub use stored::{Side, Stored};
pub use wire::Wire;

/// Runs a test body on each engine: `both_engines! { async fn it_works(app: TestApp) { … } }`.
macro_rules! both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        pub mod $name {
            use super::*;

            pub async fn body($app: TestApp) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                crate::support::run(crate::support::Engine::Sqlite, body);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                crate::support::run(crate::support::Engine::Postgres, body);
            }
        }
    )+};
}
pub(crate) use both_engines;

/// Runs one test on one engine, on a runtime of its own; and then, on what it left, everybody who may not do the same.
pub fn run<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let app = TestApp::start(engine).await;
        body(app.clone()).await;
        app.journal.attack(&app).await;
        app.database.discard().await;
    });
}

/// A running server on a database of its own.
#[derive(Clone)]
pub struct TestApp {
    pub address: SocketAddr,
    pub clock: Clock,
    pub database: Arc<Database>,
    pub config: Config,
    /// What serves, for what has no route.
    pub app: App,
    pub journal: Arc<Journal>,
    mail: Option<MailServer>,
    #[expect(dead_code, reason = "it runs as long as it is held")]
    proxy: Option<Arc<Nginx>>,
    #[expect(dead_code, reason = "they run as long as it is held")]
    jobs: Option<Arc<Jobs>>,
    client: reqwest::Client,
}

/// What a test may set otherwise.
pub struct Options {
    pub signup: Signup,
    pub cors_origins: Origins,
    pub http: edge::Limits,
    pub database: db::Limits,
    pub passwords: Cost,
    pub public_url: String,
    /// As the settings have it if absent: the public URL.
    pub app_url: Option<String>,
    pub secret: String,
    pub rate_limit: RateLimit,
    pub limits: Limits,
    pub trusted_proxies: Proxies,
    pub providers: Providers,
    pub admin_tokens: AdminTokens,
    /// A mail server, to which this one sends; with it, the jobs run.
    pub mail: Option<MailServer>,
    /// As the settings have it if absent: required with a mail server.
    pub email_verification: Option<EmailVerification>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            signup: Signup::Open,
            cors_origins: Origins::default(),
            http: edge::Limits::default(),
            database: db::Limits { connections: 4, wait: Duration::from_secs(20), ..db::Limits::default() },
            // Argon2id as in production, but cheap: what it costs is tested by itself.
            passwords: Cost { memory: 64, rounds: 1 },
            public_url: "http://guildhall.test".into(),
            app_url: None,
            secret: SECRET.into(),
            rate_limit: RateLimit::OFF,
            limits: Limits::default(),
            trusted_proxies: Proxies::default(),
            providers: Providers::default(),
            admin_tokens: ADMIN_TOKEN.parse().unwrap(),
            mail: None,
            email_verification: None,
        }
    }
}

/// Different ports of this machine at which nobody listens.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// How often the tests' outbox is looked at.
const POLL: Duration = Duration::from_millis(10);
/// A password that nobody guesses.
pub const PASSWORD: &str = "correct horse battery";
pub const SECRET: &str = "a secret of the tests: 32 bytes or more";
/// What opens the administration of the tests' servers.
pub const ADMIN_TOKEN: &str = "tests-3f9c1d7a5e8b42060c7e91ba5d";

impl TestApp {
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Options::default()).await
    }

    pub async fn start_with(engine: Engine, options: Options) -> Self {
        let database = Arc::new(Database::create(engine).await);
        Self::start_on(database, Clock::adjustable(), options).await
    }

    /// Another server on the same database, such as a second node or the same one started again.
    pub async fn start_on(database: Arc<Database>, clock: Clock, options: Options) -> Self {
        let app_url = options.app_url.unwrap_or_else(|| options.public_url.clone());
        let passkeys = Passkeys::new(&app_url, &options.cors_origins.urls(), None, false).unwrap();
        let config = Config {
            passkeys,
            providers: options.providers,
            public_url: options.public_url,
            app_url,
            secret: options.secret.parse().unwrap(),
            admin_tokens: options.admin_tokens,
            signup: options.signup,
            cors_origins: options.cors_origins,
            rate_limit: options.rate_limit,
            limits: options.limits,
            email_verification: options.email_verification.unwrap_or(match options.mail {
                Some(_) => EmailVerification::Required,
                None => EmailVerification::Optional,
            }),
            mail: Mail {
                transport: match &options.mail {
                    Some(server) => Transport::Smtp(server.url().parse().unwrap()),
                    None => Transport::Folder(std::env::temp_dir().join("guildhall-nobody-sends-this")),
                },
                from: "Guildhall <no-reply@guildhall.test>".parse().unwrap(),
            },
            trusted_proxies: options.trusted_proxies,
        };
        let knobs = Tuning {
            clock: clock.clone(),
            http: options.http.clone(),
            database: options.database,
            passwords: options.passwords,
            outbox_poll: POLL,
        };
        let app = App::open(config.clone(), &database.location(), knobs).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Nginx::if_wanted(address).map(Arc::new);
        let address = proxy.as_ref().map_or(address, |proxy| proxy.address);
        let jobs = options.mail.as_ref().map(|_| Arc::new(Jobs::start(&app, POLL)));
        let proxies = config.trusted_proxies.clone();
        tokio::spawn(server::serve(
            listener,
            router::app(app.clone()),
            options.http,
            proxies,
            std::future::pending(),
        ));
        // Reading the system's certificates takes longer than most tests, and no test asks one over TLS.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        // A stream may be open for long, as long as something comes.
        let client = client.read_timeout(Duration::from_mins(1)).build().unwrap();
        let journal = Arc::default();
        Self { address, clock, database, config, app, journal, mail: options.mail, proxy, jobs, client }
    }

    /// Somebody without an account.
    pub fn anon(&self) -> Actor {
        Actor::anonymous(self.clone())
    }

    /// Who runs the server.
    pub fn operator(&self) -> Actor {
        self.anon().with_token(ADMIN_TOKEN)
    }

    /// A new account, whose address is `<name>@example.com` in lower case.
    pub async fn signs_up(&self, name: &str) -> Actor {
        self.signs_up_as(name, &format!("{}@example.com", name.to_lowercase().replace(' ', "."))).await
    }

    pub async fn signs_up_as(&self, name: &str, email: &str) -> Actor {
        let body = json!({ "email": email, "password": PASSWORD, "name": name });
        let session = self.anon().post("/v1/auth/signup", body).await.is(201);
        Actor::of_session(self.clone(), &session)
    }

    /// A new account whose address is proved, by a server that was started with mail.
    pub async fn signs_up_by_mail(&self, name: &str) -> Actor {
        let email = format!("{}@example.com", name.to_lowercase());
        let body = json!({ "email": email, "password": PASSWORD, "name": name });
        self.anon().post("/v1/auth/signup", body).await.is(202);
        let token = self.mail_to(&email).await.token();
        self.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        self.logs_in(&email).await
    }

    /// The next mail to an address, by a server that was started with mail.
    pub async fn mail_to(&self, address: &str) -> Received {
        self.mail.as_ref().unwrap().to(address).await
    }

    /// The next mail to an address whose subject has these words.
    pub async fn mail_about(&self, address: &str, subject: &str) -> Received {
        loop {
            let mail = self.mail_to(address).await;
            if mail.subject.contains(subject) {
                return mail;
            }
        }
    }

    pub async fn logs_in(&self, email: &str) -> Actor {
        let body = json!({ "email": email, "password": PASSWORD });
        let session = self.anon().post("/v1/auth/login", body).await.is(200);
        Actor::of_session(self.clone(), &session)
    }
}
