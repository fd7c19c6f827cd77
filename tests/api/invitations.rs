//! Offers of membership: making them, what becomes of them, and what the invited do with them.

use std::time::Duration;

use futures_util::future::{join, join_all};
use guildhall::base::clock::Time;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, MailServer, Options, Org, PASSWORD, TestApp, both_engines};

const WEEK: Duration = Duration::from_hours(7 * 24);

fn offer(email: &str, role: &str) -> Value {
    json!({ "email": email, "role": role })
}

fn by_token(invitation: &Value) -> Value {
    json!({ "token": invitation["token"] })
}

/// Invites an address as member.
async fn invites(inviter: &Actor, org: &Org, email: &str) -> Value {
    inviter.post(org.path("/invitations"), offer(email, "member")).await.is(201)
}

async fn accepts(who: &Actor, invitation: &Value) -> Answer {
    who.post("/v1/invitations/accept", by_token(invitation)).await
}

async fn looks_up(app: &TestApp, invitation: &Value) -> Answer {
    app.anon().post("/v1/invitations/lookup", by_token(invitation)).await
}

fn one(org: &Org, invitation: &Value, rest: &str) -> String {
    org.path(&format!("/invitations/{}{rest}", invitation["id"].as_str().unwrap()))
}

/// In milliseconds since 1970.
fn expiry(invitation: &Value) -> i64 {
    invitation["expires_at"].as_str().unwrap().parse::<Time>().unwrap().millis()
}

/// A refusal without what tells requests apart.
fn bytes(answer: Answer) -> Value {
    let mut body = answer.body;
    body.as_object_mut().unwrap().remove("request_id");
    body
}

async fn states(org: &Org, query: &str) -> Vec<(String, String)> {
    let page = org.founder.get(org.path(&format!("/invitations{query}"))).await.is(200);
    let words = |value: &Value| value.as_str().unwrap().to_owned();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|one| (words(&one["email"]), words(&one["state"]))).collect()
}

/// Who invites, then the status of inviting an owner, an admin, a member.
const INVITERS: [(&str, [u16; 3]); 3] =
    [("owner", [201, 201, 201]), ("admin", [403, 201, 201]), ("member", [403, 403, 403])];

both_engines! {
    async fn tell_who_may_resend_and_revoke_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        for role in ["member", "owner"] {
            let body = json!({ "email": format!("{role}@example.com"), "role": role });
            ann.post(acme.path("/invitations"), body).await.is(201);
        }
        // Of an owner, of a member, of Eve, who has accepted.
        for (actor, of_owner) in [(&ann, json!(["resend", "revoke"])), (&eve, json!([]))] {
            let listed = actor.get(acme.path("/invitations")).await.is(200);
            let can: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["can"]).collect();
            assert_eq!(can, [&of_owner, &json!(["resend", "revoke"]), &json!([])], "{}", actor.name);
        }
    }

    async fn who_may_invite_as_what(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for (inviter_role, statuses) in INVITERS {
            let inviter = acme.gets(&format!("Inviter {inviter_role}"), inviter_role).await;
            for (role, status) in ["owner", "admin", "member"].into_iter().zip(statuses) {
                let seq = acme.last_seq().await;
                let email = format!("{role}.by.{inviter_role}@example.com");
                let answer = inviter.post(acme.path("/invitations"), offer(&email, role)).await;
                assert_eq!(answer.status, status, "{inviter_role} invites {role}: {}", answer.body);
                assert_eq!(acme.last_seq().await - seq, i64::from(status == 201));
                if status == 201 {
                    let invitation = answer.is(201);
                    assert_eq!((&invitation["email"], &invitation["role"]), (&json!(email), &json!(role)));
                    assert_eq!((&invitation["state"], &invitation["invited_by"]), (&json!("pending"), &inviter.person()));
                }
            }
        }
    }

    async fn only_an_owner_resends_and_revokes_an_owners_invitation(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let adam = acme.gets("Adam", "admin").await;
        let invitation = ann.post(acme.path("/invitations"), offer("bob@example.com", "owner")).await.is(201);
        let refusal = adam.posts(one(&acme, &invitation, "/resend")).await.refuses(403, "forbidden");
        assert_eq!((&refusal["required_role"], &refusal["role"]), (&json!("owner"), &json!("admin")));
        adam.delete(one(&acme, &invitation, "")).await.refuses(403, "forbidden");
        looks_up(&app, &invitation).await.is(200);
        ann.delete(one(&acme, &invitation, "")).await.is(204);
    }

    async fn an_invitation_shows_its_token_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let invitation = invites(&ann, &acme, "Bob@Example.com").await;
        let token = invitation["token"].as_str().unwrap();
        assert_eq!(invitation["url"], format!("http://guildhall.test/invitations#token={token}"));
        assert_eq!(invitation["email"], "Bob@Example.com");
        for path in ["/invitations", "/activity"] {
            assert!(!ann.get(acme.path(path)).await.is(200).to_string().contains(token));
        }
        let listed = ann.get(acme.path("/invitations")).await.is(200);
        let mut shown = invitation.clone();
        shown.as_object_mut().unwrap().retain(|field, _| field != "token" && field != "url");
        assert_eq!(listed["items"], json!([shown]));
    }

    async fn an_address_is_invited_once_in_any_spelling(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let invitation = invites(&ann, &acme, "jürgen@bücher.example").await;
        for same in ["JÜRGEN@bücher.example", "ju\u{308}rgen@BÜCHER.example", "jürgen@xn--bcher-kva.example"] {
            ann.post(acme.path("/invitations"), offer(same, "admin")).await.refuses(409, "already_invited");
        }
        invites(&ann, &beta, "jürgen@bücher.example").await;
        let jurgen = app.signs_up_as("Jürgen", "Jürgen@XN--BCHER-KVA.example").await;
        accepts(&jurgen, &invitation).await.is(200);
        for member in ["jürgen@bücher.example", "JÜRGEN@xn--bcher-kva.example", "ANN@example.com"] {
            ann.post(acme.path("/invitations"), offer(member, "admin")).await.refuses(409, "already_member");
        }
    }

    async fn what_invites_nobody(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for (body, pointer, code) in [
            (json!({ "role": "member" }), "/email", "required"),
            (json!({ "email": "bob@example.com" }), "/role", "required"),
            (json!({ "email": "bob", "role": "member" }), "/email", "invalid_format"),
            (json!({ "email": "bob@example.com", "role": "boss" }), "/role", "invalid_value"),
            (json!({ "email": "bob@example.com", "role": "member", "token": "mine" }), "/token", "unknown_field"),
            (json!({ "email": "bob@example.com", "role": "member", "invited_by": ann.id }), "/invited_by", "unknown_field"),
        ] {
            ann.post(acme.path("/invitations"), body).await.rejects(pointer, code);
        }
        assert_eq!(states(&acme, "").await, []);
    }

    async fn a_new_one_has_a_tag_of_how_long_it_is_good(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let new = ann.post(acme.path("/invitations"), json!({ "email": "bob@example.com", "role": "member" })).await;
        let tag = new.header("etag").to_owned();
        let until = expiry(&new.is(201));
        assert!(tag.starts_with(&format!("W/\"{until}-")), "{tag}");
    }

    async fn resending_gives_a_new_token_and_another_week(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let first = invites(&ann, &acme, "bob@example.com").await;
        app.clock.advance(Duration::from_hours(6 * 24));
        let ann = ann.again().await;
        let second = ann.posts(one(&acme, &first, "/resend")).await.is(200);
        assert_eq!(second["id"], first["id"]);
        assert_ne!(second["token"], first["token"]);
        assert!(expiry(&second) - expiry(&first) >= 6 * 24 * 60 * 60 * 1000, "six days later");
        looks_up(&app, &first).await.refuses(410, "invitation_gone");
        app.clock.advance(Duration::from_hours(6 * 24));
        looks_up(&app, &second).await.is(200);
        let bob = app.signs_up("Bob").await;
        accepts(&bob, &first).await.refuses(410, "invitation_gone");
        accepts(&bob, &second).await.is(200);
    }

    async fn a_revoked_invitation_is_gone_and_can_be_made_again(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let invitation = invites(&ann, &acme, "bob@example.com").await;
        ann.delete(one(&acme, &invitation, "")).await.is(204);
        for _ in 0..2 {
            ann.delete(one(&acme, &invitation, "")).await.refuses(410, "invitation_gone");
            ann.posts(one(&acme, &invitation, "/resend")).await.refuses(410, "invitation_gone");
        }
        for nothing in [acme.id.as_str(), "nothing"] {
            ann.delete(acme.path(&format!("/invitations/{nothing}"))).await.refuses(404, "not_found");
            ann.posts(acme.path(&format!("/invitations/{nothing}/resend"))).await.refuses(404, "not_found");
        }
        let again = invites(&ann, &acme, "bob@example.com").await;
        assert_ne!(again["id"], invitation["id"]);
        let told = acme.told().await;
        assert_eq!(told[2..], [
            "Ann invited bob@example.com as member",
            "Ann revoked the invitation of bob@example.com",
            "Ann invited bob@example.com as member",
        ]);
    }

    async fn looking_one_up_needs_no_login(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let invitation = ann.post(acme.path("/invitations"), offer("bob@example.com", "admin")).await.is(201);
        let told = looks_up(&app, &invitation).await.is(200);
        assert_eq!(told, json!({
            "organization": { "id": acme.id, "name": "Acme", "slug": "acme" },
            "email": "bob@example.com",
            "role": "admin",
            "invited_by": ann.person(),
            "expires_at": invitation["expires_at"],
        }));
        let mut altered = invitation["token"].as_str().unwrap().to_owned();
        let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
        altered.push(last);
        let unknown = ["", "ghi_", "nonsense", &altered, &"x".repeat(200), "ghi_\u{e4}"];
        let mut refusals = Vec::new();
        for token in unknown {
            let answer = app.anon().post("/v1/invitations/lookup", json!({ "token": token })).await;
            assert_eq!(answer.status, 404, "{token}");
            refusals.push(bytes(answer));
        }
        refusals.dedup();
        assert_eq!(refusals.len(), 1);
        app.anon().post("/v1/invitations/lookup", json!({ "token": "x".repeat(201) })).await.rejects("/token", "too_long");
        app.anon().post("/v1/invitations/lookup", json!({})).await.rejects("/token", "required");
    }

    async fn the_used_the_declined_the_revoked_and_the_expired_are_gone_alike(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = app.signs_up("Bob").await;
        let expired = invites(&ann, &acme, "cid@example.com").await;
        app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60 - 1));
        looks_up(&app, &expired).await.is(200);
        app.clock.advance(Duration::from_secs(1));
        let (ann, bob) = (ann.again().await, bob.again().await);
        let revoked = invites(&ann, &acme, "bob@example.com").await;
        ann.delete(one(&acme, &revoked, "")).await.is(204);
        let declined = invites(&ann, &acme, "bob@example.com").await;
        bob.post("/v1/invitations/decline", by_token(&declined)).await.is(204);
        let used = invites(&ann, &acme, "bob@example.com").await;
        accepts(&bob, &used).await.is(200);
        let cid = app.signs_up("Cid").await;
        let acme = Org { founder: ann, ..acme };
        let seq = acme.last_seq().await;
        let mut refusals = Vec::new();
        for (who, gone) in [(&bob, &used), (&bob, &declined), (&bob, &revoked), (&cid, &expired)] {
            refusals.push(bytes(looks_up(&app, gone).await));
            refusals.push(bytes(accepts(who, gone).await));
            refusals.push(bytes(who.post("/v1/invitations/decline", by_token(gone)).await));
        }
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0]["code"], "invitation_gone");
        assert_eq!(acme.last_seq().await, seq);
    }

    async fn an_invitation_is_for_its_address_only(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, eve) = (app.signs_up("Bob").await, app.signs_up("Eve").await);
        let invitation = invites(&ann, &acme, "BOB@example.com").await;
        let seq = acme.last_seq().await;
        accepts(&eve, &invitation).await.refuses(403, "invitation_email_mismatch");
        eve.post("/v1/invitations/decline", by_token(&invitation)).await.refuses(403, "invitation_email_mismatch");
        accepts(&app.anon(), &invitation).await.refuses(401, "unauthenticated");
        for rest in ["accept", "decline"] {
            eve.posts(format!("/v1/me/invitations/{}/{rest}", invitation["id"].as_str().unwrap())).await.refuses(404, "not_found");
        }
        eve.get(acme.path("")).await.refuses(404, "not_found");
        assert_eq!(acme.last_seq().await, seq);
        let org = accepts(&bob, &invitation).await.is(200);
        assert_eq!(org, bob.get(acme.path("")).await.is(200));
        assert_eq!(org["role"], "member");
    }

    async fn an_expired_address_can_be_invited_again(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let first = invites(&ann, &acme, "bob@example.com").await;
        ann.post(acme.path("/invitations"), offer("bob@example.com", "admin")).await.refuses(409, "already_invited");
        app.clock.advance(WEEK);
        let ann = ann.again().await;
        ann.posts(one(&acme, &first, "/resend")).await.refuses(410, "invitation_gone");
        let second = ann.post(acme.path("/invitations"), offer("bob@example.com", "admin")).await.is(201);
        let bob = app.signs_up("Bob").await;
        accepts(&bob, &first).await.refuses(410, "invitation_gone");
        assert_eq!(accepts(&bob, &second).await.is(200)["role"], "admin");
    }

    async fn invitations_are_listed_by_state(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        invites(&ann, &acme, "expired@example.com").await;
        app.clock.advance(WEEK);
        let ann = ann.again().await;
        let acme = Org { founder: ann.clone(), ..acme };
        let revoked = invites(&ann, &acme, "revoked@example.com").await;
        ann.delete(one(&acme, &revoked, "")).await.is(204);
        let (bob, cid) = (app.signs_up("Bob").await, app.signs_up("Cid").await);
        let invitation = invites(&ann, &acme, "bob@example.com").await;
        accepts(&bob, &invitation).await.is(200);
        let invitation = invites(&ann, &acme, "cid@example.com").await;
        cid.post("/v1/invitations/decline", by_token(&invitation)).await.is(204);
        invites(&ann, &acme, "pending@example.com").await;
        let all = [
            ("pending@example.com", "pending"),
            ("cid@example.com", "declined"),
            ("bob@example.com", "accepted"),
            ("revoked@example.com", "revoked"),
            ("expired@example.com", "expired"),
        ];
        let owned = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(email, state)| ((*email).to_owned(), (*state).to_owned())).collect()
        };
        assert_eq!(states(&acme, "").await, owned(&all));
        for one in all {
            assert_eq!(states(&acme, &format!("?state={}", one.1)).await, owned(&[one]));
        }
        assert_eq!(states(&acme, "?state=pending,expired").await, owned(&[all[0], all[4]]));
        ann.get(acme.path("/invitations?state=lost")).await.rejects("/state", "invalid_value");
        let page = ann.get(acme.path("/invitations?limit=2")).await.is(200);
        let next = page["next_cursor"].as_str().unwrap();
        assert_eq!(states(&acme, &format!("?limit=200&cursor={next}")).await, owned(&all[2..]));
    }

    async fn signing_up_with_the_token_joins(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let invitation = ann.post(acme.path("/invitations"), offer("Bob@example.com", "admin")).await.is(201);
        let sign_up = |email: &str, token: &Value| {
            json!({ "email": email, "password": PASSWORD, "name": "Bob", "invitation_token": token })
        };
        let newcomer = app.anon();
        let token = &invitation["token"];
        newcomer.post("/v1/auth/signup", sign_up("eve@example.com", token)).await.refuses(403, "invitation_email_mismatch");
        newcomer.post("/v1/auth/signup", sign_up("eve@example.com", &json!("ghi_no"))).await.rejects("/invitation_token", "not_found");
        // Who has no token for an address isn't told that it has an account.
        newcomer.post("/v1/auth/signup", sign_up("ann@example.com", token)).await.refuses(403, "invitation_email_mismatch");
        newcomer.post("/v1/auth/signup", sign_up("ann@example.com", &json!("ghi_no"))).await.rejects("/invitation_token", "not_found");
        let session = newcomer.post("/v1/auth/signup", sign_up("bob@example.com", token)).await.is(201);
        let bob = Actor::of_session(app.clone(), &session);
        assert_eq!(bob.get(acme.path("")).await.is(200)["role"], "admin");
        assert_eq!(acme.told().await.last().unwrap(), "Bob joined as admin");
        newcomer.post("/v1/auth/signup", sign_up("cid@example.com", token)).await.rejects("/invitation_token", "invitation_gone");
        // None of the refused left an account behind.
        for email in ["eve@example.com", "cid@example.com"] {
            assert_eq!(app.signs_up_as("Eve", email).await.get("/v1/me").await.is(200)["email_verified"], false);
        }
    }

    async fn the_invited_find_theirs_and_answer_them_there(app: TestApp) {
        let options = Options { mail: Some(MailServer::start().await), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let (ann, bob) = (app.signs_up_by_mail("Ann").await, app.signs_up_by_mail("Bob").await);
        assert_eq!(bob.get("/v1/me/invitations").await.is(200), json!({ "items": [], "next_cursor": null }));
        let orgs = [ann.founds("Acme").await, ann.founds("Beta").await, ann.founds("Gamma").await];
        let mut invited = Vec::new();
        for org in &orgs {
            invited.push(invites(&ann, org, "bob@example.com").await);
        }
        let (mut cursor, mut listed) = (String::new(), Vec::new());
        loop {
            let page = bob.get(format!("/v1/me/invitations?limit=1{cursor}")).await.is(200);
            listed.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let shown = |org: &Org, invitation: &Value, name: &str| json!({
            "id": invitation["id"],
            "organization": { "id": org.id, "name": name, "slug": org.slug },
            "role": "member",
            "invited_by": ann.person(),
            "created_at": invitation["created_at"],
            "expires_at": invitation["expires_at"],
        });
        assert_eq!(listed, [
            shown(&orgs[0], &invited[0], "Acme"),
            shown(&orgs[1], &invited[1], "Beta"),
            shown(&orgs[2], &invited[2], "Gamma"),
        ]);
        let mine = |n: usize, rest: &str| format!("/v1/me/invitations/{}/{rest}", invited[n]["id"].as_str().unwrap());
        assert_eq!(bob.posts(mine(0, "accept")).await.is(200), bob.get(orgs[0].path("")).await.is(200));
        bob.posts(mine(1, "decline")).await.is(204);
        bob.get(orgs[1].path("")).await.refuses(404, "not_found");
        assert_eq!(orgs[1].told().await.last().unwrap(), "Bob declined the invitation of bob@example.com");
        for answered in [mine(0, "accept"), mine(0, "decline"), mine(1, "accept"), mine(1, "decline")] {
            bob.posts(answered).await.refuses(404, "not_found");
        }
        assert_eq!(bob.get("/v1/me/invitations").await.is(200)["items"], json!([listed[2]]));
        app.clock.advance(WEEK);
        let bob = bob.again().await;
        assert_eq!(bob.get("/v1/me/invitations").await.is(200)["items"], json!([]));
        bob.posts(mine(2, "accept")).await.refuses(410, "invitation_gone");
        bob.posts("/v1/me/invitations/nothing/accept").await.refuses(404, "not_found");
    }

    async fn fifty_accepts_at_once_give_one_membership(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = app.signs_up("Bob").await;
        let invitation = invites(&ann, &acme, "bob@example.com").await;
        let answers = join_all((0..50).map(|_| accepts(&bob, &invitation))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200);
        assert!(statuses[1..].iter().all(|status| *status == 410), "{statuses:?}");
        assert_eq!(ann.get(acme.path("/members")).await.is(200)["items"].as_array().unwrap().len(), 2);
        assert_eq!(acme.told().await[2..], ["Ann invited bob@example.com as member", "Bob joined as member"]);
    }

    async fn fifty_invitations_at_once_of_one_address_give_one(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let path = acme.path("/invitations");
        let answers = join_all((0..50).map(|_| ann.post(&path, offer("bob@example.com", "member")))).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.body["code"] == "already_invited").count();
        assert_eq!((made, refused), (1, 49));
    }

    async fn an_invitation_that_is_accepted_and_revoked_at_once_is_one_of_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = app.signs_up("Bob").await;
        for _ in 0..8 {
            let invitation = invites(&ann, &acme, "bob@example.com").await;
            let (accept, revoke) = join(accepts(&bob, &invitation), ann.delete(one(&acme, &invitation, ""))).await;
            let told = acme.told().await;
            let told: Vec<&str> = told.iter().rev().take(2).map(String::as_str).collect();
            let invited = "Ann invited bob@example.com as member";
            match (accept.status, revoke.status) {
                (200, 410) => {
                    assert_eq!(told, ["Bob joined as member", invited]);
                    bob.posts(acme.path("/leave")).await.is(204);
                }
                (410, 204) => {
                    assert_eq!(told, ["Ann revoked the invitation of bob@example.com", invited]);
                    bob.get(acme.path("")).await.refuses(404, "not_found");
                }
                other => panic!("{other:?}: {} {}", accept.body, revoke.body),
            }
            assert_eq!(states(&acme, "?state=pending").await, []);
        }
    }

    async fn members_see_nothing_of_invitations(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let invitation = invites(&ann, &acme, "bob@example.com").await;
        ann.posts(one(&acme, &invitation, "/resend")).await.is(200);
        ann.delete(one(&acme, &invitation, "")).await.is(204);
        mia.get(acme.path("/invitations")).await.refuses(403, "forbidden");
        mia.post(acme.path("/invitations"), offer("cid@example.com", "member")).await.refuses(403, "forbidden");
        for id in [invitation["id"].as_str().unwrap(), &acme.id] {
            mia.delete(acme.path(&format!("/invitations/{id}"))).await.refuses(403, "forbidden");
            mia.posts(acme.path(&format!("/invitations/{id}/resend"))).await.refuses(403, "forbidden");
        }
        for query in ["", "?action=invitation.created,invitation.resent,invitation.revoked"] {
            let activity = mia.get(acme.path(&format!("/activity{query}"))).await.is(200).to_string();
            assert!(!activity.contains('@') && !activity.contains("invit"), "{activity}");
        }
        assert_eq!(ann.get(acme.path("/activity?action=invitation.revoked")).await.is(200)["items"].as_array().unwrap().len(), 1);
    }
}
