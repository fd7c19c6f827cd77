//! `--secret` with a list: another master secret, and nobody is logged out or loses a second factor.

use serde_json::{Value, json};

use crate::support::{
    Actor, Authenticator, Device, MailServer, Options, PASSWORD, SECRET, TestApp, both_engines, mfa_token,
};

const NEW: &str = "another secret of the tests which is as long";

async fn with_secret(app: &TestApp, secret: String) -> TestApp {
    TestApp::start_on(app.database.clone(), app.clock.clone(), Options { secret, ..Options::default() }).await
}

/// The same person at another node.
fn at(node: &TestApp, who: &Actor) -> Actor {
    Actor { app: node.clone(), ..who.clone() }
}

async fn logs_in(app: &TestApp, code: &str) -> Value {
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "totp_code": code });
    app.anon().post("/v1/auth/login", body).await.is(200)
}

both_engines! {
    async fn nobody_is_logged_out_when_a_new_secret_comes_before_the_old(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        let own = Authenticator::of(&ann).await;
        let script = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
        ann.founds("Acme").await;
        ann.founds("Other").await;
        let page = ann.get("/v1/orgs?limit=1").await.is(200);
        let half = mfa_token(app.anon().post("/v1/auth/login", json!({ "email": ann.email, "password": PASSWORD })).await);
        let ceremony = phone.answers(&app).await;

        let both = with_secret(&app, format!("{NEW}, {SECRET}")).await;
        let here = at(&both, &ann);
        here.get("/v1/me").await.is(200);
        here.with_token(script["token"].as_str().unwrap()).get("/v1/me").await.is(200);
        here.get(format!("/v1/orgs?limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await.is(200);
        both.anon().post("/v1/auth/login/mfa", json!({ "mfa_token": half, "code": own.shows() })).await.is(200);
        own.waits();
        logs_in(&both, &own.shows()).await;
        both.anon().post("/v1/auth/passkey/finish", ceremony).await.is(200);
        let refreshed = here.refreshed().await;
        refreshed.get("/v1/me").await.is(200);
        // What is made from now on is made with the new one; the keys of both are told.
        let keys = both.anon().get("/.well-known/jwks.json").await.is(200)["keys"].clone();
        let old_keys = app.anon().get("/.well-known/jwks.json").await.is(200)["keys"].clone();
        assert_eq!((keys.as_array().unwrap().len(), &keys[1]), (2, &old_keys[0]));
        // A node that knows the new one too, but has it second, takes what this one makes.
        let first = with_secret(&app, format!("{SECRET}, {NEW}")).await;
        at(&first, &refreshed).get("/v1/me").await.is(200);
    }

    async fn the_old_one_can_be_dropped_once_a_server_with_both_has_started(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        let own = Authenticator::of(&ann).await;
        let old = app.database.text("select secret from totps").await;
        let unmoved = format!("select count(*) from totps where secret = '{old}'");
        assert_eq!(app.app.second_factor().sealed_otherwise(&app.app.public()).await.unwrap(), (0, 0));

        // Dropped too early, their second factor can't be read: they aren't let in without it.
        let early = with_secret(&app, NEW.into()).await;
        assert_eq!(early.app.second_factor().sealed_otherwise(&early.app.public()).await.unwrap(), (0, 1));
        let refused = early.anon().post("/v1/auth/login", json!({ "email": ann.email, "password": PASSWORD, "totp_code": own.shows() })).await;
        assert_eq!(refused.status, 500);

        let options = Options { secret: format!("{NEW},{SECRET}"), mail: Some(MailServer::start().await), ..Options::default() };
        let both = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        app.database.waits_for(&unmoved, 0).await;
        assert_eq!(both.app.second_factor().sealed_otherwise(&both.app.public()).await.unwrap(), (0, 0));
        assert_eq!(both.app.second_factor().reseal(&both.app.public()).await.unwrap(), 0);
        let refreshed = at(&both, &ann).refreshed().await;

        let new = with_secret(&app, NEW.into()).await;
        at(&new, &refreshed).get("/v1/me").await.is(200);
        let again = at(&new, &refreshed).refreshed().await;
        again.get("/v1/me").await.is(200);
        own.waits();
        logs_in(&new, &own.shows()).await;
        logs_in(&new, &own.recovery_codes[0]).await;
        phone.logs_in(&new).await.is(200);
        // What was made with the old one is over.
        at(&new, &ann).get("/v1/me").await.refuses(401, "unauthenticated");
        new.anon().post("/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.refuses(401, "unauthenticated");
    }

    async fn one_that_cannot_be_read_keeps_no_other_from_being_moved(app: TestApp) {
        let lost = with_secret(&app, "a third secret of the tests that nobody has kept".into()).await;
        Authenticator::of(&lost.signs_up("Ann").await).await;
        Authenticator::of(&app.signs_up("Bob").await).await;
        let both = with_secret(&app, format!("{NEW},{SECRET}")).await;
        assert_eq!(both.app.second_factor().sealed_otherwise(&both.app.public()).await.unwrap(), (1, 1));
        assert_eq!(both.app.second_factor().reseal(&both.app.public()).await.unwrap(), 1);
        assert_eq!(both.app.second_factor().sealed_otherwise(&both.app.public()).await.unwrap(), (0, 1));
    }

    async fn whoever_lost_everything_is_helped_from_the_servers_shell(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        Authenticator::of(&ann).await;
        app.app.operator().remove_factors(&ann.email.parse().unwrap()).await.unwrap();
        ann.get("/v1/me").await.refuses(401, "unauthenticated");
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        let again = app.logs_in(&ann.email).await;
        assert_eq!(again.get("/v1/me").await.is(200)["mfa_enabled"], false);
    }
}
