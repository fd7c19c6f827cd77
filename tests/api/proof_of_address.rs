//! Whose account is it? Nobody's, until somebody proves the address; then theirs alone.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::config::{EmailVerification, Signup};
use serde_json::{Value, json};

use crate::{
    providers::{ann, links, signs_in, with_provider},
    support::{
        Actor, Answer, Authenticator, Device, Engine, MailServer, Options, Org, PASSWORD, TestApp,
        both_engines,
    },
};

const OWN: &str = "her very own staple";
const EMAIL: &str = "ann@example.com";

/// What somebody made of an account with Ann's address, which isn't theirs.
struct Squat {
    actor: Actor,
    refresh_token: Value,
    api_token: Actor,
    phone: Device,
    app: Authenticator,
}

/// The same database, with mail and a provider, where addresses may be proved later.
async fn with_mail(app: &TestApp, email_verification: EmailVerification) -> TestApp {
    let options = Options {
        mail: Some(MailServer::start().await),
        email_verification: Some(email_verification),
        ..Options::default()
    };
    with_provider(app, options).await
}

impl Squat {
    /// Signs up with Ann's address and takes every way in that there is.
    async fn on(app: &TestApp) -> Self {
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Squatter" });
        let session = app.anon().post("/v1/auth/signup", body).await.is(201);
        let actor = Actor::of_session(app.clone(), &session);
        links(&actor, &json!({ "sub": "squatter", "email": "squatter@example.com", "email_verified": true }))
            .await
            .is(201);
        let body = json!({ "name": "Script", "scopes": ["read", "write"] });
        let token = actor.post("/v1/me/tokens", body).await.is(201);
        let api_token = actor.with_token(token["token"].as_str().unwrap());
        let mut phone = Device::new();
        phone.registers(&actor, "Phone").await.is(201);
        let own = Authenticator::of(&actor).await;
        let squat =
            Self { refresh_token: session["refresh_token"].clone(), api_token, phone, app: own, actor };
        squat.actor.get("/v1/me").await.is(200);
        squat.api_token.get("/v1/me").await.is(200);
        squat
    }

    /// Nothing that the squatter had opens the account.
    async fn is_out(&mut self, app: &TestApp) {
        self.actor.get("/v1/me").await.refuses(401, "unauthenticated");
        self.has_no_more_than_a_password(app).await;
        let refresh = json!({ "refresh_token": self.refresh_token });
        app.anon().post("/v1/auth/refresh", refresh).await.refuses(401, "unauthenticated");
        let login = json!({ "email": EMAIL, "password": PASSWORD, "totp_code": self.app.shows() });
        app.anon().post("/v1/auth/login", login).await.refuses(401, "invalid_credentials");
    }

    /// No API token, passkey, provider or second factor of theirs is left.
    async fn has_no_more_than_a_password(&mut self, app: &TestApp) {
        self.api_token.get("/v1/me").await.refuses(401, "unauthenticated");
        self.phone.logs_in(app).await.refuses(401, "passkey_refused");
        let claims = json!({ "sub": "squatter", "email": "squatter@example.com", "email_verified": true });
        let elsewhere = signs_in(app, &claims).await.is(200);
        assert_ne!(elsewhere["user"]["id"], json!(self.actor.id));
        assert_eq!(app.database.number("select count(*) from totps").await, 0);
        assert_eq!(app.database.number("select count(*) from recovery_codes").await, 0);
    }
}

/// The session of who proved the address: the account that was there, and theirs.
#[track_caller]
fn is_theirs(session: &Value, squat: &Squat, name: &str) {
    let user = &session["user"];
    assert_eq!(
        (&user["id"], &user["email_verified"], &user["mfa_enabled"], &user["name"]),
        (&json!(squat.actor.id), &json!(true), &json!(false), &json!(name))
    );
}

fn sign_up(invitation_token: Option<&str>) -> Value {
    json!({ "email": EMAIL, "password": OWN, "name": "Ann", "invitation_token": invitation_token })
}

async fn logs_in(app: &TestApp, password: &str) -> Answer {
    app.anon().post("/v1/auth/login", json!({ "email": EMAIL, "password": password })).await
}

/// Invites Ann, by the founder.
async fn invites(org: &Org) -> Value {
    org.founder.post(org.path("/invitations"), json!({ "email": EMAIL, "role": "member" })).await.is(201)
}

/// Ann's mailed invitation to an organization of Olga's.
async fn invited_by_mail(app: &TestApp) -> (Org, String) {
    let acme = app.signs_up("Olga").await.founds("Acme").await;
    assert_eq!(invites(&acme).await.get("token"), None);
    let token = app.mail_about(EMAIL, "invites you").await.token();
    (acme, token)
}

both_engines! {
    async fn a_reset_hands_the_account_over_clean(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let mut squat = Squat::on(&app).await;
        app.anon().post("/v1/auth/password/forgot", json!({ "email": EMAIL })).await.is(202);
        let token = app.mail_about(EMAIL, "Choose a new password").await.token();
        app.anon().post("/v1/auth/password/reset", json!({ "token": token, "password": OWN })).await.is(204);
        squat.is_out(&app).await;
        is_theirs(&logs_in(&app, OWN).await.is(200), &squat, "Squatter");
    }

    async fn a_provider_hands_the_account_over_clean(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let mut squat = Squat::on(&app).await;
        let session = signs_in(&app, &ann()).await.is(200);
        is_theirs(&session, &squat, "Ann");
        assert_eq!(session["user"]["has_password"], false);
        squat.is_out(&app).await;
        // The link that the squatter's sign-up had mailed is good for nothing now.
        let old = app.mail_about(EMAIL, "Verify").await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": old })).await.refuses(410, "link_gone");
    }

    async fn a_change_of_the_address_that_a_squatter_asked_for_happens_no_more(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let squat = Squat::on(&app).await;
        squat.actor.post("/v1/me/email", json!({ "email": "eve@example.com" })).await.is(202);
        let link = app.mail_to("eve@example.com").await.token();
        signs_in(&app, &ann()).await.is(200);
        app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.refuses(410, "link_gone");
        assert_eq!(signs_in(&app, &ann()).await.is(200)["user"]["email"], EMAIL);
    }

    async fn a_mailed_invitation_hands_the_account_over_clean(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let mut squat = Squat::on(&app).await;
        let (acme, token) = invited_by_mail(&app).await;
        let session = app.anon().post("/v1/auth/signup", sign_up(Some(&token))).await.is(201);
        is_theirs(&session, &squat, "Ann");
        squat.is_out(&app).await;
        let ann = Actor::of_session(app.clone(), &session);
        assert_eq!(ann.get(acme.path("")).await.is(200)["role"], "member");
        logs_in(&app, OWN).await.is(200);
        // Now it is proved, and stays with who proved it.
        let beta = acme.founder.founds("Beta").await;
        invites(&beta).await;
        let token = app.mail_about(EMAIL, "invites you to Beta").await.token();
        app.anon().post("/v1/auth/signup", sign_up(Some(&token))).await.refuses(409, "email_taken");
        ann.get("/v1/me").await.is(200);
    }

    async fn the_link_of_a_sign_up_hands_the_account_over_clean_to_that_sign_up(app: TestApp) {
        // The squatter was here before addresses had to be verified, and has not been seen since.
        let app = with_provider(&app, Options::default()).await;
        let mut squat = Squat::on(&app).await;
        app.database.run("delete from sessions; delete from mails").await;
        let app = with_mail(&app, EmailVerification::Required).await;
        app.anon().post("/v1/auth/signup", sign_up(None)).await.is(202);
        let token = app.mail_about(EMAIL, "Verify").await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        squat.is_out(&app).await;
        is_theirs(&logs_in(&app, OWN).await.is(200), &squat, "Ann");
    }

    async fn the_accounts_own_link_leaves_its_password_and_sessions_and_nothing_that_outlasts_a_reset(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let mut squat = Squat::on(&app).await;
        let token = app.mail_about(EMAIL, "Verify").await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        assert_eq!(squat.actor.get("/v1/me").await.is(200)["email_verified"], true);
        squat.has_no_more_than_a_password(&app).await;
        logs_in(&app, PASSWORD).await.is(200);
    }

    async fn a_shown_token_proves_no_address(app: TestApp) {
        let acme = app.signs_up("Mallory").await.founds("Acme").await;
        let shown = invites(&acme).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Mallory", "invitation_token": shown["token"] });
        let session = app.anon().post("/v1/auth/signup", body).await.is(201);
        assert_eq!(session["user"]["email_verified"], false);
        let squatter = Actor::of_session(app.clone(), &session);
        squatter.get(acme.path("")).await.is(200);
        let app = with_mail(&app, EmailVerification::Optional).await;
        assert_eq!(signs_in(&app, &ann()).await.is(200)["user"]["id"], json!(squatter.id));
        squatter.get("/v1/me").await.refuses(401, "unauthenticated");
        logs_in(&app, PASSWORD).await.refuses(401, "invalid_credentials");
    }

    async fn a_shown_token_takes_no_account_over_and_where_addresses_must_be_verified_none_is_made(app: TestApp) {
        let acme = app.signs_up("Mallory").await.founds("Acme").await;
        let shown = invites(&acme).await;
        let token = shown["token"].as_str().unwrap();
        let first = app.signs_up("Ann").await;
        app.anon().post("/v1/auth/signup", sign_up(Some(token))).await.refuses(409, "email_taken");
        first.get("/v1/me").await.is(200);
        let app = with_mail(&app, EmailVerification::Required).await;
        let invited = json!({ "email": "bob@example.com", "role": "member" });
        let shown = Actor { app: app.clone(), ..acme.founder.clone() };
        shown.post(acme.path("/invitations"), invited).await.is(201);
        let mailed = app.mail_to("bob@example.com").await.token();
        // As if the mail had never been set up: the same token, shown in an answer.
        app.database.run("update invitations set mailed_at = null").await;
        let bob = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob", "invitation_token": mailed });
        app.anon().post("/v1/auth/signup", bob).await.is(202);
        let token = app.mail_about("bob@example.com", "Verify").await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        let bob = app.logs_in("bob@example.com").await;
        bob.get(acme.path("")).await.refuses(404, "not_found");
        bob.post("/v1/invitations/accept", json!({ "token": mailed })).await.is(200);
    }

    async fn a_token_that_was_resent_by_mail_proves_the_address_and_the_one_that_was_shown_is_gone(app: TestApp) {
        let acme = app.signs_up("Olga").await.founds("Acme").await;
        let shown = invites(&acme).await;
        let app = with_mail(&app, EmailVerification::Required).await;
        let olga = Actor { app: app.clone(), ..acme.founder.clone() };
        olga.posts(acme.path(&format!("/invitations/{}/resend", shown["id"].as_str().unwrap()))).await.is(200);
        let mailed = app.mail_about(EMAIL, "invites you").await.token();
        app.anon().post("/v1/auth/signup", sign_up(shown["token"].as_str())).await.rejects("/invitation_token", "invitation_gone");
        let session = app.anon().post("/v1/auth/signup", sign_up(Some(&mailed))).await.is(201);
        assert_eq!(session["user"]["email_verified"], true);
    }

    async fn an_unfinished_sign_up_keeps_no_invited_person_out(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Required).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Squatter" });
        app.anon().post("/v1/auth/signup", body).await.is(202);
        let link = app.mail_about(EMAIL, "Verify").await.token();
        let acme = app.signs_up_by_mail("Olga").await.founds("Acme").await;
        invites(&acme).await;
        let token = app.mail_about(EMAIL, "invites you").await.token();
        let session = app.anon().post("/v1/auth/signup", sign_up(Some(&token))).await.is(201);
        assert_eq!((&session["user"]["name"], &session["user"]["email_verified"]), (&json!("Ann"), &json!(true)));
        app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.refuses(410, "link_gone");
        logs_in(&app, PASSWORD).await.refuses(401, "invalid_credentials");
    }

    async fn fifty_sign_ups_at_once_with_one_mailed_token_give_one_account(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        app.signs_up_as("Squatter", EMAIL).await;
        let (acme, token) = invited_by_mail(&app).await;
        let signs_up = async |n: usize| {
            let body = json!({ "email": EMAIL, "password": format!("{OWN} {n}"), "name": "Ann", "invitation_token": token });
            app.anon().post("/v1/auth/signup", body).await
        };
        let answers = join_all((0..50).map(signs_up)).await;
        let (inside, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
        assert_eq!(inside.len(), 1);
        assert!(refused.iter().all(|answer| matches!(answer.status, 409 | 422)), "{:?}", refused[0].body);
        let ann = Actor::of_session(app.clone(), &inside[0].body);
        assert_eq!(ann.get(acme.path("/members")).await.is(200)["items"].as_array().unwrap().len(), 2);
    }

    async fn a_disabled_account_stays_so_whoever_proves_its_address(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        app.signs_up_as("Squatter", EMAIL).await;
        app.app.operator().set_disabled(&EMAIL.parse().unwrap(), true).await.unwrap();
        let (_, token) = invited_by_mail(&app).await;
        app.anon().post("/v1/auth/signup", sign_up(Some(&token))).await.refuses(409, "email_taken");
        signs_in(&app, &ann()).await.refuses(401, "unauthenticated");
    }

    async fn an_unfinished_account_that_was_disabled_gets_no_other_link(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Required).await;
        app.anon().post("/v1/auth/signup", sign_up(None)).await.is(202);
        app.mail_about(EMAIL, "Verify").await;
        app.app.operator().set_disabled(&EMAIL.parse().unwrap(), true).await.unwrap();
        app.anon().post("/v1/auth/signup", sign_up(None)).await.is(202);
        assert_eq!(app.mail_to(EMAIL).await.subject, "You have an account already");
    }

    async fn an_unproved_address_finds_no_invitation_and_accepts_none_without_its_token(app: TestApp) {
        let acme = app.signs_up("Olga").await.founds("Acme").await;
        let body = json!({ "email": EMAIL, "role": "owner" });
        let shown = acme.founder.post(acme.path("/invitations"), body).await.is(201);
        let ann = app.signs_up("Ann").await;
        assert_eq!(ann.get("/v1/me/invitations").await.is(200)["items"], json!([]));
        let mine = format!("/v1/me/invitations/{}", shown["id"].as_str().unwrap());
        ann.posts(format!("{mine}/accept")).await.refuses(404, "not_found");
        ann.posts(format!("{mine}/decline")).await.refuses(404, "not_found");
        ann.post("/v1/invitations/accept", json!({ "token": shown["token"] })).await.is(200);
        assert_eq!(ann.get("/v1/me").await.is(200)["email_verified"], false);
    }

    async fn accepting_with_a_mailed_token_proves_the_address_of_who_is_logged_in(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let ann = app.signs_up("Ann").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read", "write"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let (acme, mailed) = invited_by_mail(&app).await;
        ann.post("/v1/invitations/accept", json!({ "token": mailed })).await.is(200);
        assert_eq!(ann.get("/v1/me").await.is(200)["email_verified"], true);
        assert_eq!(ann.get(acme.path("")).await.is(200)["role"], "member");
        script.get("/v1/me").await.refuses(401, "unauthenticated");
        logs_in(&app, PASSWORD).await.is(200);
    }

    async fn a_script_that_accepts_proves_nothing(app: TestApp) {
        let app = with_mail(&app, EmailVerification::Optional).await;
        let ann = app.signs_up("Ann").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read", "write"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let (_, mailed) = invited_by_mail(&app).await;
        script.post("/v1/invitations/accept", json!({ "token": mailed })).await.is(200);
        assert_eq!(script.get("/v1/me").await.is(200)["email_verified"], false);
    }

    async fn where_only_the_invited_sign_up_a_shown_token_lets_them_in_unproved(app: TestApp) {
        let acme = app.signs_up("Olga").await.founds("Acme").await;
        let shown = invites(&acme).await;
        let options = Options { signup: Signup::Invited, ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let session = app.anon().post("/v1/auth/signup", sign_up(shown["token"].as_str())).await.is(201);
        assert_eq!(session["user"]["email_verified"], false);
    }

    async fn a_made_up_token_does_not_wait_for_the_organizations_writes(app: TestApp) {
        if app.database.engine() == Engine::Sqlite {
            return; // has one writer, and no lock on an organization
        }
        let acme = app.signs_up("Olga").await.founds("Acme").await;
        let invitation = invites(&acme).await;
        let mallory = app.signs_up("Mallory").await;
        let admin = app.database.postgres().await;
        admin.batch_execute("begin; update org_ledgers set seq = seq").await.unwrap();
        let within = Duration::from_secs(10);
        // The right organization in a token that was never issued: its first half, and another second.
        let real = invitation["token"].as_str().unwrap();
        let made_up = format!("{}{}", &real[..real.len() - 8], "AAAAAAAA");
        for (token, status, code) in [(made_up.as_str(), 404, "not_found"), (real, 403, "invitation_email_mismatch")] {
            for route in ["/v1/invitations/accept", "/v1/invitations/decline"] {
                let answer = mallory.post(route, json!({ "token": token }));
                tokio::time::timeout(within, answer).await.expect("waits for a lock").refuses(status, code);
            }
        }
        admin.batch_execute("rollback").await.unwrap();
    }
}
