//! Other providers to sign in through: a real one in a process of its own, and one that says whatever a test wants.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, LazyLock, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guildhall::{app::config::Providers, base::clock::Clock};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Url, header};
use serde_json::{Value, json};

/// Where the front end has people sent back to.
pub const BACK: &str = "https://app.guildhall.test/back";
const CLIENT: &str = "guildhall";
const SECRET: &str = "a secret of the tests & more";

/// `--oidc-providers` with one of this name at this issuer.
pub fn configured(id: &str, issuer: &str) -> Providers {
    with_client(id, issuer, CLIENT, SECRET)
}

fn with_client(id: &str, issuer: &str, client: &str, secret: &str) -> Providers {
    json!([settings(id, issuer, client, secret)]).to_string().parse().unwrap()
}

fn settings(id: &str, issuer: &str, client: &str, secret: &str) -> Value {
    json!({ "id": id, "name": "The Provider", "issuer": issuer, "client_id": client, "client_secret": secret })
}

/// The same with other settings; `null` leaves one out.
pub fn configured_with(issuer: &str, others: &Value) -> Providers {
    let mut one = settings("work", issuer, CLIENT, SECRET);
    for (name, value) in others.as_object().unwrap() {
        one[name] = value.clone();
    }
    one.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    json!([one]).to_string().parse().unwrap()
}

/// A parameter of a URL's query.
pub fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{url} has no {name}")).1.into_owned()
}

/// An OpenID provider in a process of its own, one for all tests: scripts/identity-provider.
pub struct IdentityProvider {
    pub issuer: String,
    /// Ends with the tests: the process goes with its standard input.
    _pipes: (ChildStdin, BufReader<ChildStdout>),
    _process: Child,
}

impl IdentityProvider {
    pub fn get() -> &'static Self {
        static ONE: LazyLock<IdentityProvider> = LazyLock::new(|| {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/identity-provider");
            let pipes = (Stdio::piped(), Stdio::piped());
            let mut process =
                Command::new(script).stdin(pipes.0).stdout(pipes.1).stderr(Stdio::null()).spawn().unwrap();
            let mut issuer = String::new();
            let mut output = BufReader::new(process.stdout.take().unwrap());
            output.read_line(&mut issuer).unwrap();
            assert!(issuer.starts_with("http"), "run scripts/identity-provider to see why it doesn't start");
            IdentityProvider {
                issuer: issuer.trim().to_owned(),
                _pipes: (process.stdin.take().unwrap(), output),
                _process: process,
            }
        });
        &ONE
    }

    /// `--oidc-providers` with this one, which sends people back to another page.
    pub async fn configured_for(&self, id: &str, page: &str) -> Providers {
        let client = json!({ "redirect_uris": [page] });
        let new =
            reqwest::Client::new().post(format!("{}/reg", self.issuer)).json(&client).send().await.unwrap();
        let new: Value = new.json().await.unwrap();
        let text = |name: &str| new[name].as_str().unwrap_or_else(|| panic!("{new}"));
        with_client(id, &self.issuer, text("client_id"), text("client_secret"))
    }

    /// What one logs in there as, to have these claims.
    pub fn login(claims: &Value) -> String {
        URL_SAFE_NO_PAD.encode(claims.to_string())
    }

    /// Logs in there as who has these claims, as a browser would, and agrees: what the provider sends them back with.
    pub async fn logs_in(&self, authorization_url: &str, claims: &Value) -> Value {
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let login = Self::login(claims);
        let mut cookies = BTreeMap::new();
        let mut request = browser.get(authorization_url);
        let mut at = Url::parse(authorization_url).unwrap();
        for _ in 0..12 {
            let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = request.header(header::COOKIE, jar.join("; ")).send().await.unwrap();
            for set in answer.headers().get_all(header::SET_COOKIE) {
                let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
            if let Some(next) = answer.headers().get(header::LOCATION) {
                at = at.join(next.to_str().unwrap()).unwrap();
                if at.as_str().starts_with(BACK) {
                    return json!({ "code": parameter(at.as_str(), "code"), "state": parameter(at.as_str(), "state") });
                }
                request = browser.get(at.clone());
                continue;
            }
            let (status, html) = (answer.status(), answer.text().await.unwrap());
            let prompt =
                html.split_once("name=\"prompt\" value=\"").unwrap_or_else(|| panic!("{status}: {html}")).1;
            let prompt = prompt.split('"').next().unwrap();
            let form = format!("prompt={prompt}&login={login}&password=anything");
            request = browser
                .post(at.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form);
        }
        panic!("the provider sends nobody back");
    }
}

/// A provider that says what a test wants it to say.
#[derive(Clone)]
pub struct Pretender {
    pub issuer: String,
    says: Arc<Mutex<Says>>,
}

/// What it says.
pub struct Says {
    pub key: Key,
    /// The key that it publishes, where it isn't the one that it signs with.
    pub published: Option<Key>,
    pub discovery: BTreeMap<&'static str, Value>,
    /// Claims of the ID token that aren't as they should be; `null` leaves one out.
    pub claims: BTreeMap<&'static str, Value>,
    /// An ID token instead of the one that it would give.
    pub id_token: Option<String>,
    pub token_status: u16,
    /// What `/token` answers besides, or instead of what it would.
    pub tokens: BTreeMap<&'static str, Value>,
    /// What `/userinfo` answers.
    pub user_info: Value,
    /// The forms that came to `/token`, each with the header `authorization`.
    pub asked: Vec<BTreeMap<String, String>>,
    /// How often its keys were asked for.
    pub keys_asked: usize,
    /// Whether its keys and tokens have an id and an algorithm.
    pub is_terse: bool,
}

/// A key to sign with.
#[derive(Clone)]
pub struct Key {
    id: String,
    der: Vec<u8>,
}

impl Key {
    pub fn new() -> Self {
        let der =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self { id: guildhall::base::secret::letters::<8>(), der: der.as_ref().to_vec() }
    }

    fn public(&self) -> Value {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.der).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": x, "y": y })
    }

    fn sign(&self, claims: &Value, is_terse: bool) -> String {
        let id = (!is_terse).then(|| self.id.clone());
        let header = Header { kid: id, ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&self.der)).unwrap()
    }
}

impl Pretender {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let says = Says {
            key: Key::new(),
            published: None,
            discovery: BTreeMap::new(),
            claims: BTreeMap::new(),
            id_token: None,
            token_status: 200,
            tokens: BTreeMap::new(),
            user_info: Value::Null,
            asked: Vec::new(),
            keys_asked: 0,
            is_terse: false,
        };
        let own = Self { issuer, says: Arc::new(Mutex::new(says)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/token", axum::routing::post(token))
            .route("/userinfo", get(user_info))
            .with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        own
    }

    /// Has it say something else.
    pub fn now(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    /// How often its keys were asked for.
    pub fn keys_asked(&self) -> usize {
        self.says.lock().unwrap().keys_asked
    }

    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.says.lock().unwrap().asked.clone()
    }

    /// The claims of an honest ID token.
    pub fn claims(&self, nonce: &str) -> Value {
        // The real time: a provider knows nothing of the tests' clock.
        let now = Clock::system().now().seconds();
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "ann", "iat": now, "exp": now + 300, "nonce": nonce,
            "email": "ann@example.com", "email_verified": true, "name": "Ann",
        })
    }
}

type Json = ([(header::HeaderName, &'static str); 1], String);

fn json_answer(value: &Value) -> Json {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string())
}

async fn discovery(State(own): State<Pretender>) -> Json {
    let at = |path: &str| format!("{}/{path}", own.issuer);
    let mut all = json!({
        "issuer": own.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("jwks"), "userinfo_endpoint": at("userinfo"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    });
    for (name, value) in &own.says.lock().unwrap().discovery {
        all[*name] = value.clone();
    }
    json_answer(&all)
}

async fn keys(State(own): State<Pretender>) -> Json {
    let mut says = own.says.lock().unwrap();
    says.keys_asked += 1;
    let mut key = says.published.as_ref().unwrap_or(&says.key).public();
    if says.is_terse {
        key.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "kid" | "alg" | "use"));
    }
    // Keys that aren't for signatures, or that nobody here knows, are no obstacle.
    let others =
        [json!({ "kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB" }), json!({ "kty": "new", "alg": 5 })];
    json_answer(&json!({ "keys": [others[0], others[1], key] }))
}

/// The code is the nonce of the authorization request.
async fn token(State(own): State<Pretender>, headers: header::HeaderMap, form: String) -> (StatusCode, Json) {
    let mut form: BTreeMap<String, String> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let login = headers.get(header::AUTHORIZATION).map(|login| login.to_str().unwrap().to_owned());
    form.extend(login.map(|login| (header::AUTHORIZATION.to_string(), login)));
    let mut claims = own.claims(&form["code"]);
    let mut says = own.says.lock().unwrap();
    says.asked.push(form);
    for (name, value) in &says.claims {
        claims[*name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let id_token = says.id_token.clone().unwrap_or_else(|| says.key.sign(&claims, says.is_terse));
    let status = StatusCode::from_u16(says.token_status).unwrap();
    let mut body = if status.is_success() {
        json!({ "access_token": "opaque", "token_type": "Bearer", "id_token": id_token })
    } else {
        json!({ "error": "invalid_grant" })
    };
    for (name, value) in &says.tokens {
        body[*name] = value.clone();
    }
    (status, json_answer(&body))
}

async fn user_info(State(own): State<Pretender>) -> Json {
    json_answer(&own.says.lock().unwrap().user_info)
}
