//! `/v1/auth/oidc` and `/v1/me/identities`: signing in through another provider.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{future::join_all, join};
use guildhall::{
    app::config::{Providers, Signup},
    base::clock::Clock,
};
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Authenticator, BACK, Device, IdentityProvider, Key, MailServer, Options, PASSWORD,
    Pretender, TestApp, both_engines, configured, configured_with, each, mfa_token, parameter,
};

const START: &str = "/v1/auth/oidc/work/start";
const FINISH: &str = "/v1/auth/oidc/work/finish";

fn back() -> Value {
    json!({ "redirect_uri": BACK })
}

pub fn ann() -> Value {
    json!({ "sub": "ann-at-work", "email": "ann@example.com", "email_verified": true, "name": "Ann" })
}

pub async fn with_provider(app: &TestApp, options: Options) -> TestApp {
    let providers = configured("work", &IdentityProvider::get().issuer);
    TestApp::start_on(app.database.clone(), app.clock.clone(), Options { providers, ..options }).await
}

async fn with_mail() -> Options {
    Options { mail: Some(MailServer::start().await), ..Options::default() }
}

/// What the front end has in hand when somebody is back from the provider.
async fn comes_back(app: &TestApp, claims: &Value) -> Value {
    let begun = app.anon().post(START, back()).await.is(200);
    let back = IdentityProvider::get().logs_in(begun["authorization_url"].as_str().unwrap(), claims).await;
    assert_eq!(back["state"], begun["state"]);
    back
}

pub async fn signs_in(app: &TestApp, claims: &Value) -> Answer {
    app.anon().post(FINISH, comes_back(app, claims).await).await
}

pub async fn links(who: &Actor, claims: &Value) -> Answer {
    let begun = who.post("/v1/me/identities/work/start", back()).await.is(200);
    let back = IdentityProvider::get().logs_in(begun["authorization_url"].as_str().unwrap(), claims).await;
    who.post("/v1/me/identities/work/finish", back).await
}

/// A server with this provider.
async fn served(app: &TestApp, providers: Providers) -> TestApp {
    let options = Options { providers, ..Options::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

/// A sign-in that fails because of a field of the provider's answer.
fn refused_for(answer: Answer, field: &str) {
    let body = answer.refuses(403, "provider_refused");
    assert!(body["detail"].as_str().unwrap().contains(&format!("`{field}`")), "{field}: {body}");
}

/// Signs in through a provider that says what the test wants.
async fn signs_in_at(app: &TestApp) -> Answer {
    let begun = app.anon().post(START, back()).await;
    if !begun.succeeded() {
        return begun;
    }
    let begun = begun.is(200);
    let nonce = parameter(begun["authorization_url"].as_str().unwrap(), "nonce");
    app.anon().post(FINISH, json!({ "code": nonce, "state": begun["state"] })).await
}

both_engines! {
    async fn who_comes_for_the_first_time_gets_an_account(app: TestApp) {
        let app = with_provider(&app, with_mail().await).await;
        let listed = app.anon().get("/v1/auth/providers").await.is(200);
        assert_eq!(listed["items"], json!([{ "id": "work", "name": "The Provider" }]));
        let session = signs_in(&app, &ann()).await.is(200);
        let user = &session["user"];
        assert_eq!((&user["email"], &user["email_verified"], &user["name"], &user["has_password"]), (&json!("ann@example.com"), &json!(true), &json!("Ann"), &json!(false)));
        let ann_here = Actor::of_session(app.clone(), &session);
        ann_here.founds("Acme").await;
        let again = signs_in(&app, &ann()).await.is(200);
        assert_eq!(again["user"]["id"], user["id"]);
        let identities = ann_here.get("/v1/me/identities").await.is(200);
        assert_eq!((&identities["items"][0]["provider"], &identities["items"][0]["email"]), (&json!("work"), &json!("ann@example.com")));
        // Nobody guesses a password that isn't there; a new one can be chosen by mail.
        app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": PASSWORD })).await.refuses(401, "invalid_credentials");
        app.anon().post("/v1/auth/password/forgot", json!({ "email": "ann@example.com" })).await.is(202);
        let token = app.mail_to("ann@example.com").await.token();
        app.anon().post("/v1/auth/password/reset", json!({ "token": token, "password": PASSWORD })).await.is(204);
        assert_eq!(app.logs_in("ann@example.com").await.get("/v1/me").await.is(200)["has_password"], true);
        // Who has no name there is called by their address.
        let nameless = json!({ "sub": "bob", "email": "bob.b@example.com", "email_verified": true });
        assert_eq!(signs_in(&app, &nameless).await.is(200)["user"]["name"], "bob.b");
    }

    async fn who_was_here_is_known_whatever_their_address_is_there(app: TestApp) {
        let provider = Pretender::start().await;
        let options = Options { providers: configured("work", &provider.issuer), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let session = signs_in_at(&app).await.is(200);
        provider.now(|says| says.claims = BTreeMap::from([("email", json!("a@example.net")), ("email_verified", json!(false))]));
        let again = signs_in_at(&app).await.is(200);
        assert_eq!((&again["user"]["id"], &again["user"]["email"]), (&session["user"]["id"], &json!("ann@example.com")));
        let identities = Actor::of_session(app.clone(), &again).get("/v1/me/identities").await.is(200);
        assert_eq!(identities["items"][0]["email"], "a@example.net");
        // Configured no more, it is still told who they were.
        let without = TestApp::start_on(app.database.clone(), app.clock.clone(), Options::default()).await;
        let there = Actor::of_session(without, &again).get("/v1/me/identities").await.is(200);
        assert_eq!((&there["items"][0]["provider"], &there["items"][0]["issuer"]), (&Value::Null, &json!(provider.issuer)));
    }

    async fn an_account_is_found_only_by_an_address_that_both_sides_have_verified(app: TestApp) {
        let app = with_provider(&app, with_mail().await).await;
        let ann_here = app.signs_up_by_mail("Ann").await;
        let unverified = json!({ "sub": "mallory", "email": "ann@example.com", "email_verified": false });
        signs_in(&app, &unverified).await.refuses(403, "provider_email_unverified");
        signs_in(&app, &json!({ "sub": "mallory", "email": "ann@example.com" })).await.refuses(403, "provider_email_unverified");
        signs_in(&app, &json!({ "sub": "mallory" })).await.refuses(403, "provider_email_unverified");
        signs_in(&app, &json!({ "sub": "mallory", "email": "no address", "email_verified": true })).await.refuses(403, "provider_email_unverified");
        ann_here.get("/v1/me").await.is(200);
        let session = signs_in(&app, &json!({ "sub": "ann", "email": "ANN@Example.com", "email_verified": true })).await.is(200);
        assert_eq!(session["user"]["id"], json!(ann_here.id));
        assert_eq!(session["user"]["has_password"], true);
        // They are told, and whoever else was logged in no longer is.
        assert!(app.mail_to(&ann_here.email).await.subject.contains("The Provider"));
        ann_here.get("/v1/me").await.refuses(401, "unauthenticated");
    }

    async fn a_sign_up_that_nobody_finished_is_taken_over_without_its_password(app: TestApp) {
        let app = with_provider(&app, with_mail().await).await;
        app.anon().post("/v1/auth/signup", json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Mallory" })).await.is(202);
        let link = app.mail_to("ann@example.com").await.token();
        let user = signs_in(&app, &ann()).await.is(200)["user"].clone();
        assert_eq!((&user["name"], &user["email_verified"], &user["has_password"]), (&json!("Ann"), &json!(true), &json!(false)));
        app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.refuses(410, "link_gone");
        app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": PASSWORD })).await.refuses(401, "invalid_credentials");
    }

    async fn a_second_factor_is_asked_for_and_never_linked_around(app: TestApp) {
        let app = with_provider(&app, with_mail().await).await;
        let ann_here = app.signs_up_by_mail("Ann").await;
        let own = Authenticator::of(&ann_here).await;
        signs_in(&app, &ann()).await.refuses(409, "email_taken");
        links(&ann_here, &ann()).await.is(201);
        let token = mfa_token(signs_in(&app, &ann()).await);
        let second = json!({ "mfa_token": token, "code": own.shows() });
        app.anon().post("/v1/auth/login/mfa", second).await.is(200);
    }

    async fn a_logged_in_user_links_and_unlinks(app: TestApp) {
        let app = with_provider(&app, with_mail().await).await;
        let (ann_here, bob) = (app.signs_up_by_mail("Ann").await, app.signs_up_by_mail("Bob").await);
        let elsewhere = ann_here.again().await;
        // Whatever address they have there.
        let there = json!({ "sub": "somebody", "email": "bob@example.com", "email_verified": false });
        let linked = links(&ann_here, &there).await;
        let path = linked.header("location").to_owned();
        assert_eq!(linked.is(201)["provider"], "work");
        assert!(app.mail_to(&ann_here.email).await.subject.contains("can log you in now"));
        elsewhere.get("/v1/me").await.refuses(401, "unauthenticated");
        assert_eq!(signs_in(&app, &there).await.is(200)["user"]["id"], json!(ann_here.id));
        links(&bob, &there).await.refuses(409, "identity_taken");
        links(&ann_here, &there).await.refuses(409, "identity_taken");
        bob.delete(&path).await.refuses(404, "not_found");
        assert_eq!(ann_here.delete(format!("{path}?dry_run=true")).await.is(200)["counts"], json!({ "identities": 1 }));
        ann_here.delete(&path).await.is(204);
        assert!(app.mail_to(&ann_here.email).await.subject.contains("no longer"));
        ann_here.delete(&path).await.refuses(404, "not_found");
        signs_in(&app, &there).await.refuses(403, "provider_email_unverified");
        app.clock.advance(Duration::from_mins(10));
        let ann_here = ann_here.refreshed().await;
        ann_here.post("/v1/me/identities/work/start", back()).await.refuses(403, "confirmation_required");
        ann_here.delete(&path).await.refuses(403, "confirmation_required");
    }

    async fn the_last_way_in_stays(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        let ann_here = Actor::of_session(app.clone(), &signs_in(&app, &ann()).await.is(200));
        let id = ann_here.get("/v1/me/identities").await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/me/identities/{id}");
        ann_here.delete(&path).await.refuses(409, "last_way_in");
        let mut phone = Device::new();
        let passkey = phone.registers(&ann_here, "Phone").await.is(201)["id"].as_str().unwrap().to_owned();
        ann_here.delete(&path).await.is(204);
        ann_here.delete(format!("/v1/me/passkeys/{passkey}")).await.refuses(409, "last_way_in");
        phone.logs_in(&app).await.is(200);
        ann_here.delete("/v1/me").await.is(204);
        assert_eq!(app.database.number("select count(*) from identities").await, 0);
    }

    async fn of_a_state_used_many_times_at_once_one_gets_in(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        let returned = comes_back(&app, &ann()).await;
        let anon = app.anon();
        let answers = join_all((0..8).map(|_| anon.post(FINISH, returned.clone()))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
        assert_eq!(good.len(), 1);
        for answer in bad {
            answer.refuses(410, "ticket_gone");
        }
        // Many at once who come for the first time are one person.
        let eve = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true });
        let several = join_all((0..4).map(|_| comes_back(&app, &eve))).await;
        for answer in join_all(several.into_iter().map(|returned| anon.post(FINISH, returned))).await {
            assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
        }
        assert_eq!(app.database.number("select count(*) from users where email = 'eve@example.com'").await, 1);
        assert_eq!(app.database.number("select count(*) from identities").await, 2);
    }

    async fn a_code_is_good_only_with_its_own_state(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        let bob = app.signs_up("Bob").await;
        let (one, other) = (comes_back(&app, &ann()).await, comes_back(&app, &ann()).await);
        // The verifier of the one isn't that of the other (PKCE).
        app.anon().post(FINISH, json!({ "code": one["code"], "state": other["state"] })).await.refuses(401, "invalid_code");
        app.anon().post(FINISH, json!({ "code": "nonsense", "state": one["state"] })).await.refuses(401, "invalid_code");
        app.anon().post(FINISH, json!({ "code": "nonsense", "state": "nonsense" })).await.refuses(410, "ticket_gone");
        app.anon().post(FINISH, json!({ "code": "nonsense" })).await.rejects("/state", "required");
        // A login isn't a link, nor a link a login, nor somebody else's.
        let login = comes_back(&app, &ann()).await;
        bob.post("/v1/me/identities/work/finish", login).await.refuses(410, "ticket_gone");
        let begun = bob.post("/v1/me/identities/work/start", back()).await.is(200);
        let link = IdentityProvider::get().logs_in(begun["authorization_url"].as_str().unwrap(), &ann()).await;
        app.anon().post(FINISH, link.clone()).await.refuses(410, "ticket_gone");
        app.signs_up("Carol").await.post("/v1/me/identities/work/finish", link.clone()).await.refuses(410, "ticket_gone");
        bob.post("/v1/me/identities/work/finish", link).await.is(201);
        // Too late.
        let late = comes_back(&app, &ann()).await;
        app.clock.advance(Duration::from_mins(10));
        app.anon().post(FINISH, late).await.refuses(410, "ticket_gone");
    }

    async fn what_is_not_configured_is_not_found(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        let bob = app.signs_up("Bob").await;
        app.anon().post("/v1/auth/oidc/nowhere/start", back()).await.refuses(404, "not_found");
        app.anon().post("/v1/auth/oidc/nowhere/finish", json!({ "code": "x", "state": "y" })).await.refuses(404, "not_found");
        bob.post("/v1/me/identities/nowhere/start", back()).await.refuses(404, "not_found");
        bob.post("/v1/me/identities/nowhere/finish", json!({ "code": "x", "state": "y" })).await.refuses(404, "not_found");
        for uri in ["", "back", "/back", "https://app.guildhall.test/back#token"] {
            app.anon().post(START, json!({ "redirect_uri": uri })).await.rejects("/redirect_uri", "invalid_format");
        }
        let url = app.anon().post(START, back()).await.is(200)["authorization_url"].as_str().unwrap().to_owned();
        assert_eq!(parameter(&url, "code_challenge_method"), "S256");
        assert_eq!(parameter(&url, "scope"), "openid email profile");
        assert_eq!(parameter(&url, "redirect_uri"), BACK);
        assert!(parameter(&url, "nonce").len() >= 22 && parameter(&url, "code_challenge").len() == 43);
    }

    async fn ending_the_link_while_signing_in_through_it_lets_nobody_stay(app: TestApp) {
        let provider = Pretender::start().await;
        let options = Options { providers: configured("work", &provider.issuer), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let mut ann_here = Actor::of_session(app.clone(), &signs_in_at(&app).await.is(200));
        Device::new().registers(&ann_here, "Phone").await.is(201);
        for _ in 0..6 {
            let id = ann_here.get("/v1/me/identities").await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
            let path = format!("/v1/me/identities/{id}");
            let (session, unlinked) = join!(signs_in_at(&app), ann_here.delete(&path));
            unlinked.is(204);
            // Where it isn't linked anew, by the address that both sides have verified, the sign-in came first, and has ended.
            if session.succeeded() && app.database.number("select count(*) from identities").await == 0 {
                Actor::of_session(app.clone(), &session.body).get("/v1/me").await.refuses(401, "unauthenticated");
            }
            ann_here = Actor::of_session(app.clone(), &signs_in_at(&app).await.is(200));
        }
        assert_eq!(app.database.number("select count(*) from users").await, 1);
    }

    async fn it_follows_who_may_sign_up(app: TestApp) {
        let closed = with_provider(&app, Options { signup: Signup::Closed, ..Options::default() }).await;
        signs_in(&closed, &ann()).await.refuses(403, "signup_closed");
        let invited = with_provider(&app, Options { signup: Signup::Invited, ..Options::default() }).await;
        signs_in(&invited, &ann()).await.refuses(403, "signup_closed");
        let boss = app.signs_up("Boss").await;
        let acme = boss.founds("Acme").await;
        let invite = async |email: &str| boss.post(acme.path("/invitations"), json!({ "email": email, "role": "admin" })).await.is(201)["token"].clone();
        let mut returned = comes_back(&invited, &ann()).await;
        returned["invitation_token"] = invite("somebody@example.com").await;
        invited.anon().post(FINISH, returned).await.refuses(403, "invitation_email_mismatch");
        let mut returned = comes_back(&invited, &ann()).await;
        returned["invitation_token"] = json!("ghi_nonsense");
        invited.anon().post(FINISH, returned).await.rejects("/invitation_token", "not_found");
        assert_eq!(app.database.number("select count(*) from users").await, 1);
        let mut returned = comes_back(&invited, &ann()).await;
        returned["invitation_token"] = invite("ann@example.com").await;
        returned["session"] = json!("cookie");
        let answer = invited.anon().post(FINISH, returned).await;
        assert!(answer.header("set-cookie").starts_with("__Host-guildhall="));
        let session = answer.is(200);
        assert_eq!(session.get("refresh_token"), None);
        let ann_here = Actor::of_session(invited.clone(), &session);
        assert_eq!(ann_here.get("/v1/orgs").await.is(200)["items"][0]["role"], "admin");
        // Disabled, they don't come back through it.
        app.app.operator().set_disabled(&"ann@example.com".parse().unwrap(), true).await.unwrap();
        signs_in(&invited, &ann()).await.refuses(401, "unauthenticated");
    }

    async fn a_provider_is_believed_only_what_it_proves(app: TestApp) {
        let liar = Pretender::start().await;
        let options = Options { providers: configured("work", &liar.issuer), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        signs_in_at(&app).await.is(200);
        let secret = liar.asked()[0].clone();
        assert_eq!((secret["grant_type"].as_str(), secret["redirect_uri"].as_str()), ("authorization_code", BACK));
        assert!(secret["code_verifier"].len() >= 43);
        let lies = [
            ("nonce", json!("another")), ("nonce", Value::Null), ("iss", json!("https://id.example")), ("iss", Value::Null),
            ("aud", json!("another")), ("aud", json!(["another"])), ("aud", json!([])), ("aud", json!({})), ("aud", Value::Null),
            ("exp", json!(1_700_000_000)), ("exp", Value::Null), ("exp", json!("2999-01-01T00:00:00Z")), ("exp", json!(1e300)),
            ("iat", json!(9_000_000_000_i64)), ("sub", Value::Null), ("sub", json!("")), ("sub", json!(["ann"])),
        ];
        for (claim, value) in lies {
            liar.now(|says| says.claims = BTreeMap::from([(claim, value.clone())]));
            refused_for(signs_in_at(&app).await, claim);
        }
        // Names and addresses that are none.
        for (claim, value, status) in [("sub", "x".repeat(256), 403), ("sub", "\u{0}".into(), 403), ("email", "\u{0}@example.com".into(), 403), ("email", format!("{}@example.com", "x".repeat(100_000)), 403)] {
            liar.now(|says| says.claims = BTreeMap::from([("sub", json!("eve")), (claim, json!(value))]));
            liar.now(|says| says.user_info = json!({ "sub": "eve" }));
            let answer = signs_in_at(&app).await;
            assert_eq!(answer.status, status, "{claim}: {}", answer.body);
        }
        liar.now(|says| says.claims.clear());
        // Tokens that nobody signed, or whoever knows the client's secret, or somebody else.
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let unsigned = |algorithm: &str| format!("{}.{}.", part(json!({ "alg": algorithm })), part(liar.claims("x")));
        let hmac = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &liar.claims("x"), &jsonwebtoken::EncodingKey::from_secret(b"a secret of the tests & more")).unwrap();
        for (token, field) in [(unsigned("none"), "alg"), (unsigned("ES256"), "signature"), (hmac, "alg"), ("nonsense".into(), "id_token"), ("a.b.c.d.e".into(), "id_token")] {
            liar.now(|says| says.id_token = Some(token.clone()));
            refused_for(signs_in_at(&app).await, field);
        }
        liar.now(|says| { says.id_token = None; says.published = Some(Key::new()); });
        signs_in_at(&app).await.is(200);
        app.clock.advance(Duration::from_mins(10));
        liar.now(|says| says.claims = BTreeMap::from([("exp", json!(9_000_000_000_i64))]));
        refused_for(signs_in_at(&app).await, "signature");
        // However many come with it, its keys aren't asked for again at once.
        let before = liar.keys_asked();
        for _ in 0..3 {
            refused_for(signs_in_at(&app).await, "signature");
        }
        assert_eq!(liar.keys_asked(), before);
        // A new key that it does publish is learnt.
        app.clock.advance(Duration::from_secs(15));
        liar.now(|says| { says.published = None; says.key = Key::new(); });
        signs_in_at(&app).await.is(200);
        // The address may come from elsewhere, but about the same person.
        liar.now(|says| { says.claims = BTreeMap::from([("email", Value::Null), ("sub", json!("carol")), ("exp", json!(9_000_000_000_i64))]); says.user_info = json!({ "sub": "mallory", "email": "carol@example.com", "email_verified": true }); });
        refused_for(signs_in_at(&app).await, "sub");
        liar.now(|says| says.user_info["sub"] = json!("carol"));
        assert_eq!(signs_in_at(&app).await.is(200)["user"]["email"], "carol@example.com");
        assert_eq!(app.database.number("select count(*) from users").await, 2);
    }

    async fn a_provider_that_is_not_there_is_said_to_be_away(app: TestApp) {
        let away = Pretender::start().await;
        let options = Options { providers: configured("work", &away.issuer), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        away.now(|says| {
            says.discovery.insert("issuer", json!("https://id.example"));
            says.claims.insert("exp", json!(9_000_000_000_i64));
        });
        refused_for(signs_in_at(&app).await, "issuer");
        // It is left alone for a while, however many want to go there.
        away.now(|says| says.discovery.clear());
        refused_for(signs_in_at(&app).await, "issuer");
        app.clock.advance(Duration::from_secs(15));
        away.now(|says| { says.discovery.insert("token_endpoint", json!("http://127.0.0.1:1/token")); });
        signs_in_at(&app).await.refuses(503, "provider_unavailable");
        app.clock.advance(Duration::from_mins(10));
        away.now(|says| says.discovery.clear());
        for (status, tokens, answer) in [(400, json!({}), (401, "invalid_code")), (503, json!({ "error": null }), (503, "provider_unavailable")), (404, json!({ "error": null }), (403, "provider_refused")), (401, json!({ "error": "invalid_client" }), (403, "provider_refused")), (200, json!({ "error": "bad_verification_code" }), (403, "provider_refused"))] {
            away.now(|says| {
                says.token_status = status;
                says.tokens = tokens.get("error").map(|error| ("error", error.clone())).into_iter().collect();
            });
            signs_in_at(&app).await.refuses(answer.0, answer.1);
        }
        away.now(|says| says.tokens.clear());
        away.now(|says| says.token_status = 200);
        assert_eq!(each(&app.anon().get("/v1/auth/providers").await.is(200)["items"], "/id"), ["work"]);
        signs_in_at(&app).await.is(200);
    }

    async fn what_it_says_besides_is_not_read_and_the_rest_leniently(app: TestApp) {
        let other = Pretender::start().await;
        let app = served(&app, configured("work", &other.issuer)).await;
        let soon = Clock::system().now().seconds() + 300;
        // As Auth0, Cognito, Apple, Entra and others have it.
        let cases: [&[(&str, Value)]; 9] = [
            &[("updated_at", json!("2026-11-20T10:00:00.000Z")), ("picture", json!(5)), ("address", json!("here"))],
            &[("cognito:groups", json!(["a"])), ("identities", json!([{}])), ("auth_time", json!("yesterday")), ("at_hash", json!("nonsense"))],
            &[("email_verified", json!("true")), ("is_private_email", json!("false"))],
            &[("email_verified", json!(1)), ("phone_number_verified", json!("maybe")), ("locale", json!(["de", 7]))],
            &[("exp", json!(soon.to_string())), ("iat", json!(1_700_000_000.5)), ("nbf", json!("soon"))],
            &[("iat", Value::Null), ("given_name", json!({ "de": 1 })), ("amr", json!("pwd")), ("acr", json!(0))],
            &[("aud", json!(["guildhall"])), ("azp", json!("guildhall"))],
            &[("name", json!({ "first": "Ann" })), ("nickname", json!(null))],
            &[("sub", json!(4711)), ("email", json!("numbers@example.com"))],
        ];
        for claims in cases {
            other.now(|says| says.claims = claims.iter().cloned().collect());
            signs_in_at(&app).await.is(200);
        }
        other.now(|says| {
            says.claims.clear();
            says.tokens = BTreeMap::from([("expires_in", json!("3599")), ("token_type", Value::Null), ("scope", json!(["email"])), ("not_before", json!("x"))]);
            says.discovery = BTreeMap::from([("scopes_supported", json!("openid")), ("claims_locales_supported", json!([5])), ("subject_types_supported", Value::Null), ("response_types_supported", Value::Null), ("id_token_signing_alg_values_supported", json!(["RS256", 7]))]);
        });
        app.clock.advance(Duration::from_mins(10));
        other.now(|says| says.claims = BTreeMap::from([("exp", json!(9_000_000_000_i64))]));
        signs_in_at(&app).await.is(200);
        // Keys without a name or an algorithm.
        other.now(|says| { says.is_terse = true; says.key = Key::new(); });
        app.clock.advance(Duration::from_secs(15));
        signs_in_at(&app).await.is(200);
        assert_eq!(app.database.number("select count(*) from users").await, 2);
    }

    async fn its_clock_may_be_off_by_a_minute(app: TestApp) {
        let other = Pretender::start().await;
        let app = served(&app, configured("work", &other.issuer)).await;
        let now = app.clock.now().seconds();
        for (claim, at, good) in [("exp", now - 30, true), ("exp", now - 90, false), ("iat", now + 30, true), ("iat", now + 120, false)] {
            other.now(|says| says.claims = BTreeMap::from([(claim, json!(at))]));
            let answer = signs_in_at(&app).await;
            if good { answer.is(200); } else { refused_for(answer, claim) }
        }
    }

    async fn a_token_for_others_too_is_good_if_they_are_trusted_or_it_is_ours(app: TestApp) {
        let other = Pretender::start().await;
        let plain = served(&app, configured("work", &other.issuer)).await;
        let trusting = served(&app, configured_with(&other.issuer, &json!({ "trusted_audiences": ["project-7"] }))).await;
        for (audience, party, plainly, trustingly) in [
            (json!(["guildhall", "project-7"]), Value::Null, Some("aud"), None),
            (json!(["guildhall", "project-7"]), json!("guildhall"), None, None),
            (json!(["guildhall", "project-7"]), json!("project-7"), Some("azp"), None),
            (json!(["guildhall", "project-8"]), Value::Null, Some("aud"), Some("aud")),
            (json!("guildhall"), json!("somebody"), Some("azp"), Some("azp")),
            (json!(["project-7"]), json!("guildhall"), Some("aud"), Some("aud")),
        ] {
            other.now(|says| says.claims = BTreeMap::from([("aud", audience.clone()), ("azp", party.clone())]));
            for (app, refused) in [(&plain, plainly), (&trusting, trustingly)] {
                match refused {
                    Some(field) => refused_for(signs_in_at(app).await, field),
                    None => drop(signs_in_at(app).await.is(200)),
                }
            }
        }
    }

    async fn the_client_logs_in_as_the_provider_wants_it(app: TestApp) {
        let secret = "a secret of the tests & more";
        let basic = "Basic Z3VpbGRoYWxsOmElMjBzZWNyZXQlMjBvZiUyMHRoZSUyMHRlc3RzJTIwJTI2JTIwbW9yZQ==";
        for (methods, settings, login, in_form) in [
            (Value::Null, json!({}), Some(basic), None),
            (json!(["client_secret_post", "client_secret_basic"]), json!({}), Some(basic), None),
            (json!(["private_key_jwt", "client_secret_post"]), json!({}), None, Some(secret)),
            (json!(["client_secret_basic"]), json!({ "token_endpoint_auth_method": "client_secret_post" }), None, Some(secret)),
            (json!(["client_secret_basic"]), json!({ "client_secret": null }), None, None),
        ] {
            let other = Pretender::start().await;
            other.now(|says| { says.discovery.insert("token_endpoint_auth_methods_supported", methods.clone()); });
            let app = served(&app, configured_with(&other.issuer, &settings)).await;
            // Each is another issuer, at which nobody has been before.
            signs_in_at(&app).await.is(200);
            let asked = other.asked().remove(0);
            let field = |name: &str| asked.get(name).map(String::as_str);
            assert_eq!((field("authorization"), field("client_secret")), (login, in_form), "{methods}");
            assert_eq!(field("client_id").is_some(), login.is_none());
        }
        let other = Pretender::start().await;
        other.now(|says| { says.discovery.insert("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])); });
        let app = served(&app, configured("work", &other.issuer)).await;
        refused_for(signs_in_at(&app).await, "token_endpoint_auth_methods_supported");
    }

    async fn an_address_is_taken_for_verified_only_where_that_is_set(app: TestApp) {
        let other = Pretender::start().await;
        let plain = served(&app, configured("work", &other.issuer)).await;
        let assuming = served(&app, configured_with(&other.issuer, &json!({ "email_verified": "assume" }))).await;
        // As Entra has it: no word of it, there nor at the other endpoint.
        other.now(|says| {
            says.claims = BTreeMap::from([("email_verified", Value::Null)]);
            says.user_info = json!({ "sub": "ann", "email": "ann@example.com" });
        });
        signs_in_at(&plain).await.refuses(403, "provider_email_unverified");
        for no in [json!(false), json!("false"), json!("no"), json!(0)] {
            other.now(|says| says.claims = BTreeMap::from([("email_verified", no)]));
            signs_in_at(&assuming).await.refuses(403, "provider_email_unverified");
        }
        other.now(|says| says.claims = BTreeMap::from([("email_verified", Value::Null)]));
        assert_eq!(signs_in_at(&assuming).await.is(200)["user"]["email_verified"], true);
        // As Zitadel and Keycloak have it: the other endpoint knows.
        other.now(|says| {
            says.claims = BTreeMap::from([("sub", json!("bob")), ("email", Value::Null), ("email_verified", Value::Null)]);
            says.user_info = json!({ "sub": "bob", "email": "bob@example.com", "email_verified": "true" });
        });
        assert_eq!(signs_in_at(&plain).await.is(200)["user"]["email"], "bob@example.com");
        // Whether an address is verified is never told of another one.
        other.now(|says| {
            says.claims = BTreeMap::from([("sub", json!("carol")), ("email", json!("carol@example.com")), ("email_verified", Value::Null)]);
            says.user_info = json!({ "sub": "carol", "email_verified": true });
        });
        signs_in_at(&plain).await.refuses(403, "provider_email_unverified");
        other.now(|says| says.user_info = json!("nonsense"));
        signs_in_at(&plain).await.refuses(403, "provider_email_unverified");
    }

    async fn who_cancels_there_is_told_so(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        for (error, told) in [("access_denied", "cancelled or refused"), ("invalid_scope", "invalid_scope")] {
            let state = app.anon().post(START, back()).await.is(200)["state"].clone();
            let redirect = json!({ "error": error, "state": state });
            let refused = app.anon().post(FINISH, redirect.clone()).await.refuses(403, "provider_refused");
            assert!(refused["detail"].as_str().unwrap().contains(told), "{refused}");
            app.anon().post(FINISH, redirect).await.refuses(410, "ticket_gone");
        }
        let bob = app.signs_up("Bob").await;
        let state = bob.post("/v1/me/identities/work/start", back()).await.is(200)["state"].clone();
        bob.post("/v1/me/identities/work/finish", json!({ "error": "access_denied", "state": state })).await.refuses(403, "provider_refused");
        let state = app.anon().post(START, back()).await.is(200)["state"].clone();
        app.anon().post(FINISH, json!({ "state": state })).await.rejects("/code", "required");
        // Nothing was used up by that.
        app.anon().post(FINISH, json!({ "state": state, "code": "nonsense" })).await.refuses(401, "invalid_code");
    }

    async fn what_is_known_of_a_provider_is_kept_while_it_can_not_be_asked(app: TestApp) {
        let other = Pretender::start().await;
        let app = served(&app, configured("work", &other.issuer)).await;
        other.now(|says| says.claims = BTreeMap::from([("exp", json!(9_000_000_000_i64))]));
        signs_in_at(&app).await.is(200);
        other.now(|says| { says.discovery.insert("issuer", json!("https://id.example")); });
        for _ in 0..3 {
            app.clock.advance(Duration::from_mins(10));
            signs_in_at(&app).await.is(200);
        }
        app.clock.advance(Duration::from_hours(24));
        refused_for(signs_in_at(&app).await, "issuer");
        app.clock.advance(Duration::from_secs(15));
        other.now(|says| says.discovery.clear());
        signs_in_at(&app).await.is(200);
    }

    async fn an_issuer_may_differ_by_a_slash_and_is_one_tenants(app: TestApp) {
        let other = Pretender::start().await;
        let slashed = format!("{}/", other.issuer);
        other.now(|says| {
            says.discovery.insert("issuer", json!(slashed));
            says.claims.insert("iss", json!(slashed));
        });
        let auth0 = served(&app, configured("work", &other.issuer)).await;
        let session = signs_in_at(&auth0).await.is(200);
        let identities = Actor::of_session(auth0.clone(), &session).get("/v1/me/identities").await.is(200);
        assert_eq!(identities["items"][0]["provider"], "work");
        other.now(|says| { says.discovery.insert("issuer", json!("https://login.example/{tenantid}/v2.0")); });
        refused_for(signs_in_at(&served(&app, configured("work", &other.issuer)).await).await, "issuer");
        for (field, wrong) in [("token_endpoint", json!("http://id.example/token")), ("jwks_uri", Value::Null), ("authorization_endpoint", json!("nonsense")), ("id_token_signing_alg_values_supported", json!(["HS256", "none"]))] {
            let other = Pretender::start().await;
            other.now(|says| { says.discovery.insert(field, wrong); });
            refused_for(signs_in_at(&served(&app, configured("work", &other.issuer)).await).await, field);
        }
    }

    async fn the_answer_can_be_posted_to_the_page(app: TestApp) {
        let apple = Pretender::start().await;
        let app = served(&app, configured_with(&apple.issuer, &json!({ "response_mode": "form_post", "scopes": ["openid", "email"] }))).await;
        let url = app.anon().post(START, back()).await.is(200)["authorization_url"].as_str().unwrap().to_owned();
        assert_eq!((parameter(&url, "response_mode").as_str(), parameter(&url, "scope").as_str()), ("form_post", "openid email"));
    }
}

#[test]
fn contradictory_settings_of_a_provider_are_refused() {
    for wrong in [
        json!({ "issuer": "http://id.example.com" }),
        json!({ "issuer": "https://id.example.com?tenant=1" }),
        json!({ "client_secret": "" }),
        json!({ "token_endpoint_auth_method": "none" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "client_secret": null, "token_endpoint_auth_method": "client_secret_post" }),
        json!({ "email_verified": true }),
        json!({ "trusted_audience": [] }),
    ] {
        let mut one = json!({ "id": "work", "name": "Work", "issuer": "https://id.example.com", "client_id": "guildhall", "client_secret": "secret" });
        for (name, value) in wrong.as_object().unwrap() {
            one[name] = value.clone();
        }
        one.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert!(json!([one]).to_string().parse::<Providers>().is_err(), "{wrong}");
    }
}
