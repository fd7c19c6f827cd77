//! The examples of the document, made by asking: one story that comes past every operation. What is recorded is
//! `src/http/examples.json`, and the document shows that.

use std::collections::BTreeMap;

use guildhall::app::overdue;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Actor, Authenticator, Contract, Device, Engine, MailServer, Options, Org, Pretender, Recorder, Route,
    TestApp, both_engines, configured_with, parameter,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/examples.json");
const BACK: &str = "https://app.harbour-pine.example/signed-in";
const PASSWORD: &str = "violet-kettle-harbour";

/// A workshop that makes furniture, its people and their server.
struct Story {
    app: TestApp,
    /// The same with a mail server, where addresses have to be verified.
    with_mail: TestApp,
    provider: Pretender,
    recorder: Recorder,
}

impl Story {
    async fn begins(app: &TestApp) -> Self {
        let (clock, mut recorder) = Recorder::starting_at("2026-11-23T08:00:00.000Z");
        let provider = Pretender::start().await;
        recorder.calls(&provider.issuer, "https://login.harbour-pine.example");
        let named = json!({ "name": "Harbour & Pine" });
        let options = || Options {
            public_url: "https://api.harbour-pine.example".into(),
            app_url: Some("https://app.harbour-pine.example".into()),
            providers: configured_with(&provider.issuer, &named),
            ..Options::default()
        };
        let mail = Options { mail: Some(MailServer::start().await), ..options() };
        let with_mail = TestApp::start_on(app.database.clone(), clock.clone(), mail).await;
        let app = TestApp::start_on(app.database.clone(), clock, options()).await;
        Self { app, with_mail, provider, recorder }
    }

    /// Somebody whose address is proved.
    async fn signs_up(&self, name: &str, email: &str) -> Actor {
        let body = json!({ "email": email, "password": PASSWORD, "name": name });
        self.with_mail.anon().post("/v1/auth/signup", body).await.is(202);
        let token = self.with_mail.mail_to(email).await.token();
        self.app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        self.logs_in(email).await
    }

    /// Somebody with a fresh session, which counts as confirmed.
    async fn logs_in(&self, email: &str) -> Actor {
        let body = json!({ "email": email, "password": PASSWORD });
        Actor::of_session(self.app.clone(), &self.app.anon().post("/v1/auth/login", body).await.is(200))
    }

    async fn told(mut self) -> Value {
        self.of_an_account().await;
        self.of_mails().await;
        self.of_a_second_factor().await;
        self.of_a_passkey().await;
        self.of_a_provider().await;
        self.of_api_tokens().await;
        let org = self.of_an_organization().await;
        let members = self.of_invitations(&org).await;
        self.of_members(&org, &members).await;
        self.of_projects(&org, &members).await;
        self.of_tasks(&org, &members).await;
        self.of_labels(&org).await;
        self.of_comments(&org, &members).await;
        self.of_what_is_read(&org).await;
        self.of_endings(&org, &members).await;
        self.of_administration(&org).await;
        self.of_the_server().await;
        self.recorder.examples()
    }

    async fn of_an_account(&mut self) {
        let (recorder, anon) = (&mut self.recorder, self.app.anon());
        let new =
            json!({ "email": "mara@harbour-pine.example", "password": PASSWORD, "name": "Mara Lindqvist" });
        recorder.post(&anon, "/v1/auth/signup", new).await;
        recorder.later(2);
        let login = json!({ "email": "mara@harbour-pine.example", "password": PASSWORD });
        let session = recorder.post(&anon, "/v1/auth/login", login.clone()).await;
        let refresh = json!({ "refresh_token": session["refresh_token"] });
        let mara =
            Actor::of_session(self.app.clone(), &recorder.post(&anon, "/v1/auth/refresh", refresh).await);
        recorder.get(&mara, "/v1/me").await;
        recorder.patch(&mara, "/v1/me", json!({ "time_zone": "Europe/Stockholm" })).await;
        recorder.post(&mara, "/v1/auth/confirm", json!({ "password": PASSWORD })).await;
        recorder.later(1);
        let sessions = recorder.get(&mara, "/v1/me/sessions").await;
        let first =
            sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
        recorder.deletes(&mara, format!("/v1/me/sessions/{}", first["id"].as_str().unwrap())).await;
        recorder.deletes(&mara, "/v1/me/sessions").await;
        recorder.get(&mara, "/v1/me/security-log?limit=3").await;
        recorder.posts(&mara, "/v1/auth/logout").await;
    }

    /// Jonas comes, changes what there is to change, and goes again.
    async fn of_mails(&mut self) {
        let (recorder, app) = (&mut self.recorder, &self.with_mail);
        let email = "jonas@harbour-pine.example";
        let new = json!({ "email": email, "password": PASSWORD, "name": "Jonas Weber" });
        app.anon().post("/v1/auth/signup", new.clone()).await.is(202);
        app.mail_to(email).await;
        let mut applied = new;
        recorder.later(1);
        recorder.post(&app.anon(), "/v1/auth/email/resend", json!({ "email": email })).await;
        let token = app.mail_to(email).await.token();
        recorder.post(&app.anon(), "/v1/auth/email/verify", json!({ "token": token })).await;
        applied["email"] = json!("ida@harbour-pine.example");
        recorder.post(&app.anon(), "/v1/auth/signup", applied).await;
        recorder.post(&app.anon(), "/v1/auth/password/forgot", json!({ "email": email })).await;
        let token = app.mail_about(email, "password").await.token();
        let new = json!({ "token": token, "password": "copper-meadow-lantern" });
        recorder.post(&app.anon(), "/v1/auth/password/reset", new).await;
        recorder.later(1);
        let login = json!({ "email": email, "password": "copper-meadow-lantern" });
        let jonas = Actor::of_session(app.clone(), &app.anon().post("/v1/auth/login", login).await.is(200));
        recorder.post(&jonas, "/v1/me/email", json!({ "email": "jonas.weber@harbour-pine.example" })).await;
        let change = |from: &str, to: &str| Some(json!({ "current_password": from, "new_password": to }));
        recorder
            .put(&jonas, "/v1/me/password", change("copper-meadow-lantern", "walnut-drawer-sunday"))
            .await;
        jonas.post("/v1/me/tokens", json!({ "name": "Stock list", "scopes": ["read"] })).await.is(201);
        recorder
            .put(&jonas, "/v1/me/password", change("walnut-drawer-sunday", "copper-meadow-lantern"))
            .await;
        recorder.deletes(&jonas, "/v1/me").await;
    }

    async fn of_a_second_factor(&mut self) {
        let aiko = self.signs_up("Aiko Tanaka", "aiko@harbour-pine.example").await;
        let (recorder, anon) = (&mut self.recorder, self.app.anon());
        recorder.later(1);
        let mut phone = Authenticator::scans(&self.app, &recorder.posts(&aiko, "/v1/me/totp").await);
        let on = json!({ "code": phone.shows() });
        recorder.post(&aiko, "/v1/me/totp/confirm", on).await;
        recorder.later(1);
        let login = json!({ "email": aiko.email, "password": PASSWORD });
        let asked = anon.post("/v1/auth/login", login).await.refuses(401, "mfa_required");
        let code = json!({ "mfa_token": asked["mfa_token"], "code": phone.shows() });
        let session = recorder.post(&anon, "/v1/auth/login/mfa", code).await;
        let aiko = Actor::of_session(self.app.clone(), &session);
        phone.recovery_codes.clear();
        recorder.posts(&aiko, "/v1/me/recovery-codes").await;
        recorder.deletes(&aiko, "/v1/me/totp").await;
    }

    async fn of_a_passkey(&mut self) {
        let aiko = self.logs_in("aiko@harbour-pine.example").await;
        let (recorder, anon) = (&mut self.recorder, self.app.anon());
        let mut laptop = Device::of("https://app.harbour-pine.example", "app.harbour-pine.example");
        let options = recorder.posts(&aiko, "/v1/me/passkeys/begin").await;
        let new =
            json!({ "ticket": options["ticket"], "name": "Laptop", "credential": laptop.creates(&options) });
        let passkey = recorder.post(&aiko, "/v1/me/passkeys/finish", new).await;
        recorder.later(1);
        let options = recorder.posts(&anon, "/v1/auth/passkey/begin").await;
        let answer = json!({ "ticket": options["ticket"], "credential": laptop.signs(&options) });
        let session = recorder.post(&anon, "/v1/auth/passkey/finish", answer).await;
        let aiko = Actor::of_session(self.app.clone(), &session);
        recorder.get(&aiko, "/v1/me/passkeys").await;
        recorder.deletes(&aiko, format!("/v1/me/passkeys/{}", passkey["id"].as_str().unwrap())).await;
    }

    async fn of_a_provider(&mut self) {
        let mara = self.logs_in("mara@harbour-pine.example").await;
        let (recorder, anon) = (&mut self.recorder, self.app.anon());
        let now = self.app.clock.now().seconds();
        let is = |sub: &'static str, email: &'static str, name: &'static str| {
            let times = [("iat", json!(now)), ("exp", json!(now + 600))];
            let person = [("sub", json!(sub)), ("email", json!(email)), ("name", json!(name))];
            person.into_iter().chain(times).collect::<BTreeMap<_, _>>()
        };
        let back = json!({ "redirect_uri": BACK });
        let code = |begun: &Value| {
            let nonce = parameter(begun["authorization_url"].as_str().unwrap(), "nonce");
            json!({ "code": nonce, "state": begun["state"] })
        };
        recorder.later(1);
        recorder.get(&anon, "/v1/auth/providers").await;
        self.provider.now(|says| says.claims = is("1017", "lena@harbour-pine.example", "Lena Fischer"));
        let begun = recorder.post(&anon, "/v1/auth/oidc/work/start", back.clone()).await;
        recorder.post(&anon, "/v1/auth/oidc/work/finish", code(&begun)).await;
        self.provider.now(|says| says.claims = is("1001", "mara@harbour-pine.example", "Mara Lindqvist"));
        let begun = recorder.post(&mara, "/v1/me/identities/work/start", back).await;
        let identity = recorder.post(&mara, "/v1/me/identities/work/finish", code(&begun)).await;
        recorder.get(&mara, "/v1/me/identities").await;
        recorder.deletes(&mara, format!("/v1/me/identities/{}", identity["id"].as_str().unwrap())).await;
    }

    async fn of_api_tokens(&mut self) {
        let mara = self.logs_in("mara@harbour-pine.example").await;
        let recorder = &mut self.recorder;
        recorder.later(1);
        let new =
            json!({ "name": "Stock list", "scopes": ["read"], "expires_at": "2027-02-21T08:00:00.000Z" });
        let token = recorder.post(&mara, "/v1/me/tokens", new).await;
        recorder.get(&mara, "/v1/me/tokens").await;
        recorder.deletes(&mara, format!("/v1/me/tokens/{}", token["id"].as_str().unwrap())).await;
    }

    async fn of_an_organization(&mut self) -> Org {
        let mara = self.logs_in("mara@harbour-pine.example").await;
        let recorder = &mut self.recorder;
        recorder.later(2);
        let org = recorder.post(&mara, "/v1/orgs", json!({ "name": "Harbour & Pine" })).await;
        let text = |field: &str| org[field].as_str().unwrap().to_owned();
        let org = Org { id: text("id"), slug: text("slug"), founder: mara.clone() };
        recorder.get(&mara, "/v1/orgs").await;
        recorder.get(&mara, org.path("")).await;
        recorder
            .patch(
                &mara,
                org.path(""),
                json!({ "settings": { "members_edit": "any", "time_zone": "Europe/Lisbon" } }),
            )
            .await;
        recorder.get(&mara, org.path("/permissions")).await;
        org
    }

    /// Tomás, Aiko and Priya come in, each by another door.
    async fn of_invitations(&mut self, org: &Org) -> [Actor; 3] {
        let mara = &org.founder;
        let tomas = self.signs_up("Tomás Rivera", "tomas@harbour-pine.example").await;
        let aiko = self.logs_in("aiko@harbour-pine.example").await;
        let priya = self.signs_up("Priya Nair", "priya@harbour-pine.example").await;
        let recorder = &mut self.recorder;
        recorder.later(2);
        let new = json!({ "email": tomas.email, "role": "member" });
        let invitation = recorder.post(mara, org.path("/invitations"), new).await;
        let token = json!({ "token": invitation["token"] });
        recorder.post(&self.app.anon(), "/v1/invitations/lookup", token.clone()).await;
        recorder.post(&tomas, "/v1/invitations/accept", token).await;
        let several = json!({ "invitations": [
            { "email": aiko.email, "role": "member" }, { "email": tomas.email, "role": "member" },
        ] });
        recorder.post(mara, org.path("/invitations/bulk"), several).await;
        let at = |list: &Value, place: usize| list["items"][place]["id"].as_str().unwrap().to_owned();
        let list = recorder.get(&aiko, "/v1/me/invitations").await;
        recorder.posts(&aiko, format!("/v1/me/invitations/{}/accept", at(&list, 0))).await;
        recorder.later(1);
        let invites_priya = async || {
            let new = json!({ "email": priya.email, "role": "member" });
            mara.post(org.path("/invitations"), new).await.is(201)
        };
        let token = json!({ "token": invites_priya().await["token"] });
        recorder.post(&priya, "/v1/invitations/decline", token).await;
        let id = invites_priya().await["id"].as_str().unwrap().to_owned();
        recorder.posts(&priya, format!("/v1/me/invitations/{id}/decline")).await;
        let id = invites_priya().await["id"].as_str().unwrap().to_owned();
        recorder.get(mara, org.path("/invitations?state=pending")).await;
        recorder.posts(mara, org.path(&format!("/invitations/{id}/resend"))).await;
        recorder.deletes(mara, org.path(&format!("/invitations/{id}"))).await;
        let token = json!({ "token": invites_priya().await["token"] });
        priya.post("/v1/invitations/accept", token).await.is(200);
        [tomas, aiko, priya]
    }

    async fn of_members(&mut self, org: &Org, [tomas, ..]: &[Actor; 3]) {
        let (recorder, mara) = (&mut self.recorder, &org.founder);
        recorder.later(1);
        recorder.get(mara, org.path("/members?limit=2")).await;
        let member = org.path(&format!("/members/{}", tomas.id));
        recorder.get(mara, &member).await;
        recorder.patch(mara, &member, json!({ "role": "admin" })).await;
    }

    async fn of_projects(&mut self, org: &Org, [tomas, aiko, _]: &[Actor; 3]) {
        let (recorder, mara) = (&mut self.recorder, &org.founder);
        recorder.later(1);
        let new = json!({ "name": "Website", "description": "The new shop, before the winter fair." });
        recorder.post(mara, org.path("/projects"), new).await;
        let project = org.path("/projects/WEB");
        recorder.get(mara, &project).await;
        recorder
            .patch(mara, &project, json!({ "description": "The new shop, ready before the winter fair." }))
            .await;
        for member in [tomas, aiko] {
            recorder.put(mara, format!("{project}/members/{}", member.id), None).await;
        }
        recorder.get(mara, format!("{project}/members")).await;
        recorder.deletes(mara, format!("{project}/members/{}", tomas.id)).await;
        recorder.posts(mara, format!("{project}/archive")).await;
        recorder.posts(mara, format!("{project}/unarchive")).await;
        let old =
            mara.post(org.path("/projects"), json!({ "name": "Spring fair", "key": "FAIR" })).await.is(201);
        let old = org.path(&format!("/projects/{}", old["key"].as_str().unwrap()));
        recorder.deletes(mara, &old).await;
        recorder.posts(mara, format!("{old}/restore")).await;
        recorder.get(mara, org.path("/projects")).await;
    }

    async fn of_tasks(&mut self, org: &Org, [tomas, aiko, _]: &[Actor; 3]) {
        let (mara, aiko) = (self.logs_in(&org.founder.email).await, self.logs_in(&aiko.email).await);
        let recorder = &mut self.recorder;
        recorder.later(1);
        let tasks = org.path("/projects/WEB/tasks");
        let new = json!({
            "title": "Photograph the oak tables", "description": "Daylight, from three sides.", "priority": "high",
            "due_at": "2026-11-27T16:00:00.000Z", "assignee_ids": [aiko.id],
        });
        recorder.post(&mara, &tasks, new).await;
        for (title, due) in
            [("Write the page on delivery", Some("2026-11-30")), ("Repair the checkout on phones", None)]
        {
            mara.post(&tasks, json!({ "title": title, "due_on": due })).await.is(201);
        }
        recorder.later(1);
        let started = json!({ "status": "in_progress", "start_on": "2026-11-26" });
        recorder.patch(&aiko, org.path("/tasks/WEB-1"), started).await;
        let columns = org.path("/projects/WEB/columns");
        let shown = recorder.get(&mara, &columns).await["items"].clone();
        let new = json!({
            "name": "In the workshop", "status": "in_progress", "color": "#bf8700", "task_limit": 3, "after": shown[1]["id"],
        });
        let column = recorder.post(&mara, &columns, new).await["id"].as_str().unwrap().to_owned();
        recorder.patch(&mara, format!("{columns}/{column}"), json!({ "name": "In the studio" })).await;
        recorder.post(&aiko, org.path("/tasks/WEB-1/move"), json!({ "column_id": column })).await;
        let again = json!({ "with": ["labels", "subtasks", "due"], "starts_on": "2026-12-07" });
        let again = recorder.post(&aiko, org.path("/tasks/WEB-1/duplicate"), again).await["id"].clone();
        mara.delete(org.path(&format!("/tasks/{}", again.as_str().unwrap()))).await.is(204);
        let old = mara.post(&columns, json!({ "name": "Waiting", "status": "todo" })).await.is(201);
        recorder.deletes(&mara, format!("{columns}/{}", old["id"].as_str().unwrap())).await;
        recorder.get(&mara, org.path("/tasks/WEB-1")).await;
        recorder.get(&mara, org.path("/tasks/WEB-2/assignable?q=tomas")).await;
        recorder.put(&mara, org.path(&format!("/tasks/WEB-2/assignees/{}", tomas.id)), None).await;
        recorder.put(&mara, org.path(&format!("/tasks/WEB-2/assignees/{}", aiko.id)), None).await;
        recorder.deletes(&mara, org.path(&format!("/tasks/WEB-2/assignees/{}", aiko.id))).await;
        let page = mara.get(org.path("/tasks/WEB-2")).await.is(200)["id"].clone();
        let link = json!({ "kind": "blocks", "task_id": page });
        let link = recorder.post(&mara, org.path("/tasks/WEB-1/links"), link).await["id"].clone();
        recorder.get(&mara, org.path("/tasks/WEB-2/links")).await;
        recorder.get(&mara, org.path(&format!("/tasks/WEB-2/links/{}", link.as_str().unwrap()))).await;
        let page = json!({ "kind": "relates_to", "task_id": page });
        let link = mara.post(org.path("/tasks/WEB-3/links"), page).await.is(201)["id"].clone();
        recorder.deletes(&mara, org.path(&format!("/tasks/WEB-3/links/{}", link.as_str().unwrap()))).await;
        recorder.get(&mara, format!("{tasks}?status=todo,in_progress&group_by=column&limit=1")).await;
        recorder.get(&mara, org.path(&format!("/tasks?status=in_progress&assignee={}", aiko.id))).await;
        recorder.get(&aiko, "/v1/me/tasks").await;
        recorder.deletes(&mara, org.path("/tasks/WEB-3")).await;
        recorder.get(&mara, org.path("/trash")).await;
        recorder.posts(&mara, org.path("/tasks/WEB-3/restore")).await;
        let due = json!({ "due_on": "2027-03-12", "add_assignee_ids": [aiko.id] });
        let due = json!({ "filter": { "project": ["WEB"], "status": ["todo"] }, "patch": due });
        recorder.post(&mara, org.path("/tasks/bulk"), due).await;
    }

    async fn of_labels(&mut self, org: &Org) {
        let mara = self.logs_in(&org.founder.email).await;
        let recorder = &mut self.recorder;
        recorder.later(1);
        let new = json!({ "name": "Photo", "color": "#8250df", "description": "Needs the camera" });
        let label = recorder.post(&mara, org.path("/labels"), new).await["id"].as_str().unwrap().to_owned();
        let label_path = org.path(&format!("/labels/{label}"));
        recorder.put(&mara, org.path(&format!("/tasks/WEB-1/labels/{label}")), None).await;
        recorder.get(&mara, org.path("/labels")).await;
        recorder.get(&mara, &label_path).await;
        recorder.patch(&mara, &label_path, json!({ "color": "#bf3989" })).await;
        mara.put(org.path(&format!("/tasks/WEB-2/labels/{label}"))).await.is(200);
        recorder.deletes(&mara, org.path(&format!("/tasks/WEB-2/labels/{label}"))).await;
        let old = mara.post(org.path("/labels"), json!({ "name": "Fair" })).await.is(201);
        recorder.deletes(&mara, org.path(&format!("/labels/{}", old["id"].as_str().unwrap()))).await;
        // Without a reference in a body: generators of clients follow each `$ref`, in examples too.
        let operations = json!([
            { "method": "POST", "path": "/labels", "ref": "fair", "body": { "name": "Fair" } },
            { "method": "POST", "path": "/projects/WEB/tasks", "ref": "plan", "body": { "title": "Plan the fair" } },
            { "method": "PUT", "path": "/tasks/{plan}/labels/{fair}" },
            { "method": "POST", "path": "/tasks/{plan}/comments", "body": { "body": "Who comes along?" } },
        ]);
        recorder.post(&mara, org.path("/batch"), json!({ "operations": operations })).await;
    }

    async fn of_comments(&mut self, org: &Org, [tomas, aiko, _]: &[Actor; 3]) {
        let (mara, aiko) = (self.logs_in(&org.founder.email).await, self.logs_in(&aiko.email).await);
        let recorder = &mut self.recorder;
        recorder.later(1);
        let comments = org.path("/tasks/WEB-1/comments");
        let new = json!({ "body": format!("Which table first, <@{}>?", tomas.id) });
        let asked = recorder.post(&aiko, &comments, new).await["id"].as_str().unwrap().to_owned();
        recorder.later(1);
        let answer = json!({ "body": "The round one.", "parent_id": asked });
        mara.post(&comments, answer).await.is(201);
        let comment = format!("{comments}/{asked}");
        recorder
            .patch(&aiko, &comment, json!({ "body": format!("Which oak table first, <@{}>?", tomas.id) }))
            .await;
        recorder.put(&mara, format!("{comment}/reactions/%F0%9F%91%8D"), None).await;
        recorder.get(&mara, &comment).await;
        recorder.get(&mara, &comments).await;
        recorder.put(&mara, format!("{comment}/resolved"), None).await;
        recorder.get(&mara, org.path("/tasks/WEB-1/timeline?limit=3&order=desc")).await;
        recorder.deletes(&mara, format!("{comment}/resolved")).await;
        recorder.deletes(&mara, format!("{comment}/reactions/%F0%9F%91%8D")).await;
        let slip = aiko.post(&comments, json!({ "body": "Oops" })).await.is(201);
        recorder.deletes(&aiko, format!("{comments}/{}", slip["id"].as_str().unwrap())).await;
    }

    async fn of_what_is_read(&mut self, org: &Org) {
        let mara = self.logs_in(&org.founder.email).await;
        let recorder = &mut self.recorder;
        recorder.later(1);
        recorder.get(&mara, org.path("/search?q=oak")).await;
        recorder.get(&mara, org.path("/stats?days=2")).await;
        recorder.get(&mara, org.path("/activity?limit=3")).await;
        recorder.get(&mara, org.path("/projects/WEB/activity?limit=2")).await;
        recorder.get(&mara, org.path("/tasks/WEB-1/activity?limit=2")).await;
        mara.patch(org.path("/tasks/WEB-1"), json!({ "priority": "urgent" })).await.is(200);
        let seq = mara.get(org.path("/activity?limit=1")).await.is(200)["items"][0]["seq"].clone();
        recorder.posts(&mara, org.path(&format!("/activity/{seq}/undo"))).await;
        recorder.get(&mara, org.path("/changes?limit=3")).await;
        recorder.get(&mara, "/v1/me/changes?limit=3").await;
        let begun = recorder.posts(&mara, org.path("/events/ticket")).await;
        mara.patch(org.path("/tasks/WEB-2"), json!({ "status": "in_progress" })).await.is(200);
        recorder.follows(&mara, org, begun["last_event_id"].as_str().unwrap()).await;
        let begun = recorder.posts(&mara, "/v1/me/events/ticket").await;
        mara.patch(org.path("/tasks/WEB-2"), json!({ "status": "todo" })).await.is(200);
        recorder.follows_all(&mara, begun["last_event_id"].as_str().unwrap()).await;
    }

    async fn of_endings(&mut self, org: &Org, [tomas, aiko, priya]: &[Actor; 3]) {
        let mara = self.logs_in(&org.founder.email).await;
        let priya = self.logs_in(&priya.email).await;
        let recorder = &mut self.recorder;
        recorder.later(1);
        mara.put(org.path(&format!("/tasks/WEB-2/assignees/{}", priya.id))).await.is(200);
        recorder.tries_before(&priya, Method::POST, &org.path("/leave")).await;
        mara.put(org.path(&format!("/tasks/WEB-1/assignees/{}", aiko.id))).await.is(200);
        recorder.deletes(&mara, org.path(&format!("/members/{}?reassign_to={}", aiko.id, tomas.id))).await;
        recorder.get(&mara, org.path("/security-log?limit=3")).await;
        recorder.get(&mara, org.path("/export")).await;
        recorder.deletes(&mara, format!("{}?confirm={}", org.path(""), org.slug)).await;
        recorder.posts(&mara, org.path("/restore")).await;
        recorder.post(&mara, org.path("/transfer"), json!({ "user_id": tomas.id })).await;
    }

    /// Whoever runs the server looks after it.
    async fn of_administration(&mut self, org: &Org) {
        let (operator, mara) = (self.app.operator(), self.logs_in("mara@harbour-pine.example").await);
        // What the jobs of the other server do meanwhile isn't the same in each run.
        self.app.database.waits_for("select count(*) from mails", 0).await;
        overdue::run(&self.app.app.public()).await.unwrap();
        let recorder = &mut self.recorder;
        recorder.later(1);
        recorder.get(&operator, "/v1/admin/status").await;
        recorder.get(&operator, "/v1/admin/jobs").await;
        let found = recorder.get(&operator, "/v1/admin/users?q=priya").await;
        let path = format!("/v1/admin/users/{}", found["items"][0]["id"].as_str().unwrap());
        recorder.get(&operator, &path).await;
        recorder.post(&operator, format!("{path}/sign-out"), json!({ "revoke_tokens": true })).await;
        recorder.posts(&operator, format!("{path}/password-reset")).await;
        for verb in ["disable", "enable"] {
            recorder.posts(&operator, format!("{path}/{verb}")).await;
        }
        recorder.get(&operator, "/v1/admin/orgs?q=harbour").await;
        recorder.get(&operator, format!("/v1/admin/orgs/{}", org.slug)).await;
        for verb in ["disable", "enable"] {
            recorder.posts(&operator, format!("/v1/admin/orgs/{}/{verb}", org.slug)).await;
        }
        recorder.get(&operator, "/v1/admin/load?sort=transactions").await;
        // The reminder of an invitation waits for its day.
        let inviting = Actor { app: self.with_mail.clone(), ..mara };
        let new = json!({ "email": "nils@harbour-pine.example", "role": "member" });
        inviting.post(org.path("/invitations"), new).await.is(201);
        self.app.database.waits_for("select count(*) from mails", 1).await;
        let mails = recorder.get(&operator, "/v1/admin/mails?state=waiting&limit=1").await;
        let path = format!("/v1/admin/mails/{}", mails["items"][0]["id"].as_str().unwrap());
        recorder.posts(&operator, format!("{path}/retry")).await;
        recorder.deletes(&operator, path).await;
    }

    async fn of_the_server(&mut self) {
        let (recorder, anon) = (&mut self.recorder, self.app.anon());
        for path in ["/livez", "/readyz", "/openapi.json", "/problems/not_found", "/.well-known/jwks.json"] {
            recorder.get(&anon, path).await;
        }
    }
}

both_engines! {
    async fn the_document_s_examples_are_what_the_server_answers(app: TestApp) {
        let told = Story::begins(&app).await.told().await;
        for route in Route::all() {
            let id = route.operation["operationId"].as_str().unwrap();
            assert!(told.get(id).is_some(), "the story doesn't come past {id}");
        }
        if is_to_be_renewed() {
            // Both engines tell the same.
            if app.database.engine() == Engine::Sqlite {
                std::fs::write(FILE, format!("{told:#}\n")).unwrap();
            }
            return;
        }
        let committed: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
        for (id, example) in told.as_object().unwrap() {
            assert_eq!(*example, committed[id], "{id}: `INSTA_UPDATE=always cargo test examples` renews {FILE}");
        }
        assert_eq!(told.as_object().unwrap().len(), committed.as_object().unwrap().len());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "as for the golden document, the environment says whether to write"
)]
fn is_to_be_renewed() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
}

#[test]
fn every_operation_has_examples_that_fit_it() {
    for route in Route::all() {
        for parameter in route.operation["parameters"].as_array().unwrap() {
            if let Some(example) = parameter.get("example") {
                Contract::get().fits(
                    &parameter["schema"],
                    example,
                    &format!("{route}: {} in {}", parameter["name"], parameter["in"]),
                );
            }
            assert!(parameter["in"] != "path" || parameter.get("example").is_some(), "{route}: {parameter}");
        }
        let request = route.operation["requestBody"]["content"].as_object();
        for (kind, content) in request.into_iter().flatten() {
            if takes_fields(&content["schema"]) {
                assert!(content.get("example").is_some(), "{route} has no example of a request as {kind}");
                Contract::get().fits(&content["schema"], &content["example"], &format!("{route}: {kind}"));
            }
        }
        for (status, response) in route.operation["responses"].as_object().unwrap() {
            let content = response["content"].as_object().into_iter().flatten();
            for (kind, content) in
                content.filter(|(kind, _)| status.starts_with('2') && *kind != "application/zip")
            {
                assert!(content.get("example").is_some(), "{route} has no example of {status} as {kind}");
                Contract::get().fits(&content["schema"], &content["example"], &format!("{route} {status}"));
            }
        }
    }
}

/// Whether a request has something to say.
fn takes_fields(schema: &Value) -> bool {
    let named = schema["$ref"].as_str().map(|name| name.trim_start_matches('#'));
    let schema = named.map_or(schema, |pointer| Contract::get().document.pointer(pointer).unwrap());
    schema["properties"].as_object().is_some_and(|fields| !fields.is_empty()) || schema.get("anyOf").is_some()
}
