//! Sensitive calls: what takes an organization from its owners, or out of the server, takes a session that proved itself
//! within ten minutes. An owner's leaked API token and forgotten session don't do.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, PASSWORD, TestApp, both_engines};

const TEN_MINUTES: Duration = Duration::from_mins(10);

/// An organization with two owners, an admin, a member and a pending invitation of an owner.
struct World {
    acme: Org,
    ann: Actor,
    olga: Actor,
    ada: Actor,
    mia: Actor,
    invitation: String,
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (olga, ada) = (acme.gets("Olga", "owner").await, acme.gets("Ada", "admin").await);
        let mia = acme.gets("Mia", "member").await;
        let invited = json!({ "email": "otto@example.com", "role": "owner" });
        let invited = ann.post(acme.path("/invitations"), invited).await.is(201);
        let invitation = format!("/invitations/{}", invited["id"].as_str().unwrap());
        Self { acme, ann, olga, ada, mia, invitation }
    }

    /// Every sensitive call in an organization, in an order in which each succeeds.
    fn sensitive(&self) -> Vec<(Method, String, Option<Value>, u16)> {
        let post = |path: String, body: Option<Value>, status| (Method::POST, path, body, status);
        vec![
            (Method::GET, "/export".into(), None, 200),
            (Method::PATCH, member(&self.ada), Some(json!({ "role": "owner" })), 200),
            (Method::PATCH, member(&self.olga), Some(json!({ "role": "admin" })), 200),
            (Method::PATCH, member(&self.olga), Some(json!({ "role": "owner" })), 200),
            post("/invitations".into(), Some(json!({ "email": "oda@example.com", "role": "owner" })), 201),
            post(format!("{}/resend", self.invitation), None, 200),
            (Method::DELETE, self.invitation.clone(), None, 204),
            (Method::DELETE, format!("{}?dry_run=true", member(&self.olga)), None, 200),
            (Method::DELETE, member(&self.olga), None, 204),
            (Method::DELETE, "?dry_run=true".into(), None, 200),
            (Method::DELETE, "?confirm=acme".into(), None, 204),
            post("/restore".into(), None, 200),
            post("/transfer".into(), Some(json!({ "user_id": self.mia.id })), 200),
        ]
    }

    async fn sends(&self, who: &Actor, call: &(Method, String, Option<Value>, u16), status: u16, code: &str) {
        let (method, path, body, _) = call;
        let answer = who.send(method.clone(), &self.acme.path(path), &[], body.clone()).await;
        answer.refuses(status, code);
    }

    /// Who has which role, what is pending, and how much happened.
    async fn state(&self) -> (Value, Value, i64) {
        let members = self.mia.get(self.acme.path("/members")).await.is(200);
        let invitations = self.ada.get(self.acme.path("/invitations")).await.is(200);
        let seq = self.ada.get(self.acme.path("/activity?limit=1")).await.is(200)["items"][0]["seq"].clone();
        (members["items"].clone(), invitations["items"].clone(), seq.as_i64().unwrap())
    }
}

fn member(who: &Actor) -> String {
    format!("/members/{}", who.id)
}

async fn script(who: &Actor) -> Actor {
    let body = json!({ "name": "Script", "scopes": ["read", "write"] });
    let token = who.post("/v1/me/tokens", body).await.is(201);
    who.with_token(token["token"].as_str().unwrap())
}

both_engines! {
    async fn nothing_of_an_owner_takes_the_organization_without_a_proof(app: TestApp) {
        let mut world = World::new(&app).await;
        let script = script(&world.ann).await;
        app.clock.advance(TEN_MINUTES);
        let forgotten = world.ann.refreshed().await;
        (world.ada, world.mia) = (world.ada.again().await, world.mia.again().await);
        let before = world.state().await;
        for call in world.sensitive().iter().filter(|(_, path, ..)| path != "/restore") {
            world.sends(&script, call, 403, "token_not_allowed").await;
            world.sends(&forgotten, call, 403, "confirmation_required").await;
        }
        assert_eq!(world.state().await, before);
        // A proof opens all of it to the same session, and nothing to the token.
        forgotten.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.is(204);
        for call in world.sensitive() {
            if call.1 != "/restore" {
                world.sends(&script, &call, 403, "token_not_allowed").await;
            }
            let (method, path, body, status) = call;
            forgotten.send(method, &world.acme.path(&path), &[], body).await.is(status);
        }
    }

    async fn a_proof_lasts_ten_minutes(app: TestApp) {
        let world = World::new(&app).await;
        let call = |role: &str| (world.acme.path(&member(&world.ada)), json!({ "role": role }));
        app.clock.advance(Duration::from_secs(599));
        let ann = world.ann.refreshed().await;
        let (path, owner) = call("owner");
        ann.patch(path, owner).await.is(200);
        app.clock.advance(Duration::from_secs(1));
        let (path, admin) = call("admin");
        ann.patch(path, admin).await.refuses(403, "confirmation_required");
    }

    async fn a_deleted_organization_is_not_brought_back_without_a_proof(app: TestApp) {
        let world = World::new(&app).await;
        let script = script(&world.ann).await;
        world.ann.delete(world.acme.path("?confirm=acme")).await.is(204);
        app.clock.advance(TEN_MINUTES);
        let forgotten = world.ann.refreshed().await;
        script.posts(world.acme.path("/restore")).await.refuses(403, "token_not_allowed");
        forgotten.posts(world.acme.path("/restore")).await.refuses(403, "confirmation_required");
        script.get(world.acme.path("")).await.refuses(404, "not_found");
        world.ann.again().await.posts(world.acme.path("/restore")).await.is(200);
    }

    async fn what_leaves_the_owners_alone_takes_no_proof(app: TestApp) {
        let world = World::new(&app).await;
        let scripts = [script(&world.ann).await, script(&world.ada).await];
        app.clock.advance(TEN_MINUTES);
        let mut all = vec![world.ann.refreshed().await, world.ada.refreshed().await];
        all.extend(scripts);
        for (n, who) in all.iter().enumerate() {
            let org = Org { founder: world.ann.again().await, ..world.acme.clone() };
            let (ea, em) = (org.gets(&format!("Ea {n}"), "admin").await, org.gets(&format!("Em {n}"), "member").await);
            let path = |of: &Actor| world.acme.path(&member(of));
            who.patch(path(&em), json!({ "role": "admin" })).await.is(200);
            who.patch(path(&ea), json!({ "role": "member" })).await.is(200);
            who.delete(path(&ea)).await.is(204);
            who.delete(path(&em)).await.is(204);
            let invited = json!({ "email": format!("e{n}@example.com"), "role": "admin" });
            let invited = who.post(world.acme.path("/invitations"), invited).await.is(201);
            let invited = world.acme.path(&format!("/invitations/{}", invited["id"].as_str().unwrap()));
            who.posts(format!("{invited}/resend")).await.is(200);
            who.delete(invited).await.is(204);
            who.patch(world.acme.path(""), json!({ "settings": { "members_edit": "any" } })).await.is(200);
        }
        // One's own role is one's own.
        let olga = world.olga.refreshed().await;
        olga.patch(world.acme.path(&member(&olga)), json!({ "role": "admin" })).await.is(200);
        olga.posts(world.acme.path("/leave")).await.is(204);
    }

    async fn of_many_invitations_those_of_owners_are_refused(app: TestApp) {
        let world = World::new(&app).await;
        let script = script(&world.ann).await;
        app.clock.advance(TEN_MINUTES);
        let forgotten = world.ann.refreshed().await;
        for (who, name, code) in [(script, "s", "token_not_allowed"), (forgotten, "f", "confirmation_required")] {
            let one = |role: &str| json!({ "email": format!("{name}-{role}@example.com"), "role": role });
            let body = json!({ "invitations": [one("owner"), one("member")] });
            let results = who.post(world.acme.path("/invitations/bulk"), body).await.is(200)["results"].clone();
            assert_eq!((&results[0]["status"], &results[0]["error"]["code"]), (&json!(403), &json!(code)));
            assert_eq!((&results[0]["invitation"], &results[1]["status"]), (&Value::Null, &json!(201)));
        }
    }

    async fn the_role_is_asked_for_first_then_the_proof_then_the_input(app: TestApp) {
        let world = World::new(&app).await;
        app.clock.advance(TEN_MINUTES);
        let (ann, ada) = (world.ann.refreshed().await, world.ada.refreshed().await);
        for call in world.sensitive().iter().filter(|(_, path, ..)| path != "/restore") {
            world.sends(&ada, call, 403, "forbidden").await;
        }
        let path = |of: &Actor| world.acme.path(&member(of));
        ann.patch(path(&world.olga), json!({ "role": "boss" })).await.refuses(403, "confirmation_required");
        ann.patch(path(&world.ada), json!({ "role": "boss" })).await.rejects("/role", "invalid_value");
        ann.delete(world.acme.path("?confirm=wrong")).await.refuses(403, "confirmation_required");
    }

    async fn the_permissions_tell_which_actions_take_a_proof(app: TestApp) {
        let world = World::new(&app).await;
        for who in [&world.ann, &world.mia] {
            let told = who.get(world.acme.path("/permissions")).await.is(200)["sensitive"].clone();
            let expected = ["organization.delete", "organization.transfer", "organization.export", "invitation.manage_owner", "member.manage_owner"];
            assert_eq!(told, json!(expected));
        }
    }
}
