//! Who is in an organization: listing, roles, removal, leaving, passing the ownership on; and the last owner.

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines};

const ROLES: [&str; 3] = ["owner", "admin", "member"];

fn member(org: &Org, who: &Actor) -> String {
    org.path(&format!("/members/{}", who.id))
}

/// Invites an address with a role, and answers the invitation.
async fn invites(inviter: &Actor, org: &Org, email: &str, role: &str) -> Value {
    inviter.post(org.path("/invitations"), json!({ "email": email, "role": role })).await.is(201)
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|member| member["user"]["name"].as_str().unwrap()).collect()
}

/// Who stands in a list of assignments, as "Bob WEB-1".
fn assignments(list: &Value) -> Vec<String> {
    let words = |value: &Value| value.as_str().unwrap().to_owned();
    let list = list.as_array().unwrap();
    list.iter().map(|one| format!("{} {}", words(&one["user"]["name"]), words(&one["task"]["key"]))).collect()
}

/// What was written into the ledger after `seq`, which must follow it without a gap: action, actor, subject.
async fn entries_after(org: &Org, reader: &Actor, seq: i64) -> Vec<String> {
    let page = reader.get(org.path("/activity?limit=200")).await.is(200);
    let mut entries: Vec<&Value> = page["items"].as_array().unwrap().iter().collect();
    entries.reverse();
    let words = |value: &Value| value.as_str().unwrap().to_owned();
    let mut next = 0;
    let mut told = Vec::new();
    for entry in entries {
        next += 1;
        assert_eq!(entry["seq"], next, "{page}");
        if next > seq {
            let (actor, subject) = (&entry["actor"]["name"], &entry["subject"]["label"]);
            told.push(format!("{} {} {}", words(&entry["action"]), words(actor), words(subject)));
        }
    }
    told
}

/// The members who are owners, as this member sees them.
async fn owners(org: &Org, reader: &Actor) -> Vec<String> {
    let page = reader.get(org.path("/members?role=owner")).await.is(200);
    names(&page).into_iter().map(str::to_owned).collect()
}

/// Caller and target, then the status of making the target owner, admin, member.
const CHANGES: &str = "
    owner  owner   200 200 200
    owner  admin   200 200 200
    owner  member  200 200 200
    admin  owner   403 403 403
    admin  admin   403 200 200
    admin  member  403 200 200
    member owner   403 403 403
    member admin   403 403 403
    member member  403 403 403";

/// The caller's role, then the status of making oneself owner, admin, member.
const STEPS: &str = "
    owner  200 200 200
    admin  403 200 200
    member 403 403 200";

/// The caller's role, then the status of removing an owner, an admin, a member.
const REMOVALS: &str = "
    owner  204 204 204
    admin  403 204 204
    member 403 403 403";

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.trim().lines().map(|line| line.split_whitespace().collect())
}

both_engines! {
    async fn members_are_listed_by_role_and_by_name_or_address_in_pages(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, _cid) = (acme.gets("Bob", "admin").await, acme.gets("Cid", "member").await);
        let dan = app.signs_up_as("Dän_100%", "dan@example.org").await;
        acme.takes(&dan, "member").await;
        for (query, found) in [
            ("", vec!["Ann", "Bob", "Cid", "Dän_100%"]),
            ("?role=owner", vec!["Ann"]),
            ("?role=admin,member", vec!["Bob", "Cid", "Dän_100%"]),
            ("?role=member,member", vec!["Cid", "Dän_100%"]),
            ("?q=BO", vec!["Bob"]),
            ("?q=example.org", vec!["Dän_100%"]),
            ("?q=%25", vec![]),
            ("?q=DAN_100", vec!["Dän_100%"]),
            ("?q=%5C", vec![]),
            ("?q=example.com&role=member", vec!["Cid"]),
        ] {
            assert_eq!(names(&bob.get(acme.path(&format!("/members{query}"))).await.is(200)), found, "{query}");
        }
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = bob.get(acme.path(&format!("/members?limit=1{cursor}"))).await.is(200);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, ["Ann", "Bob", "Cid", "Dän_100%"]);
        bob.get(acme.path("/members?role=boss")).await.rejects("/role", "invalid_value");
        bob.get(acme.path("/members?name=Bob")).await.rejects("/name", "unknown_field");
        bob.get(acme.path(&format!("/members?role=owner{cursor}"))).await.refuses(422, "invalid_cursor");
    }

    async fn a_member_is_shown_with_what_the_caller_may_do(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (adam, mia) = (acme.gets("Adam", "admin").await, acme.gets("Mia", "member").await);
        let both = json!(["change_role", "remove"]);
        for (caller, target, can) in [
            (&ann, &ann, &both), (&ann, &adam, &both), (&ann, &mia, &both),
            (&adam, &ann, &json!([])), (&adam, &adam, &both), (&adam, &mia, &both),
            (&mia, &ann, &json!([])), (&mia, &adam, &json!([])), (&mia, &mia, &json!([])),
        ] {
            let shown = caller.get(member(&acme, target)).await.is(200);
            assert_eq!(&shown["can"], can, "{} {}", caller.name, target.name);
            assert_eq!(shown["user"], json!({ "id": target.id, "name": target.name, "email": target.email }));
        }
        let stranger = app.signs_up("Sam").await;
        for nobody in [&stranger.id, "me", "00000000-0000-0000-0000-000000000000"] {
            ann.get(acme.path(&format!("/members/{nobody}"))).await.refuses(404, "not_found");
        }
    }

    async fn who_may_give_whom_which_role(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let target = acme.gets("Tom", "member").await;
        for row in rows(CHANGES) {
            let [caller_role, target_role, statuses @ ..] = row.as_slice() else { unreachable!() };
            let caller = acme.gets(&format!("Caller {caller_role} of {target_role}"), caller_role).await;
            for (role, status) in ROLES.iter().zip(statuses) {
                ann.patch(member(&acme, &target), json!({ "role": target_role })).await.is(200);
                let seq = acme.last_seq().await;
                let answer = caller.patch(member(&acme, &target), json!({ "role": role })).await;
                assert_eq!(answer.status.to_string(), **status, "{caller_role} makes {target_role} {role}: {}", answer.body);
                let now = if answer.succeeded() { role } else { target_role };
                assert_eq!(ann.get(member(&acme, &target)).await.is(200)["role"], **now);
                assert_eq!(acme.last_seq().await - seq, i64::from(now != target_role));
            }
        }
    }

    async fn everybody_may_step_down_and_nobody_up(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        for row in rows(STEPS) {
            let [from, statuses @ ..] = row.as_slice() else { unreachable!() };
            for (to, status) in ROLES.iter().zip(statuses) {
                ann.patch(member(&acme, &bob), json!({ "role": from })).await.is(200);
                let answer = bob.patch(member(&acme, &bob), json!({ "role": to })).await;
                assert_eq!(answer.status.to_string(), **status, "{from} makes themself {to}: {}", answer.body);
                if answer.succeeded() {
                    assert_eq!(answer.body["role"], *to);
                    assert_eq!(answer.body, {
                        let mut shown = bob.get(member(&acme, &bob)).await.is(200);
                        shown["unassigned"] = json!([]);
                        shown["revoked_invitations"] = json!([]);
                        shown
                    });
                }
            }
        }
    }

    async fn who_may_remove_whom(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let target = app.signs_up("Tom").await;
        for row in rows(REMOVALS) {
            let [caller_role, statuses @ ..] = row.as_slice() else { unreachable!() };
            let caller = acme.gets(&format!("Caller {caller_role}"), caller_role).await;
            for (role, status) in ROLES.iter().zip(statuses) {
                acme.takes(&target, role).await;
                let answer = caller.delete(member(&acme, &target)).await;
                assert_eq!(answer.status.to_string(), **status, "{caller_role} removes {role}: {}", answer.body);
                if !answer.succeeded() {
                    ann.delete(member(&acme, &target)).await.is(204);
                }
            }
        }
    }

    async fn a_role_change_is_on_record_and_takes_a_version(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let path = member(&acme, &bob);
        let tag = ann.get(&path).await.header("etag").to_owned();
        let change = async |tag: &str, role: &str| {
            ann.send(Method::PATCH, &path, &[("if-match", tag)], Some(json!({ "role": role }))).await
        };
        let seq = acme.last_seq().await;
        change(&tag, "admin").await.is(200);
        change(&tag, "owner").await.refuses(412, "precondition_failed");
        ann.send(Method::DELETE, &path, &[("if-match", &tag)], None).await.refuses(412, "precondition_failed");
        ann.patch(&path, json!({ "role": "admin" })).await.is(200);
        assert_eq!(entries_after(&acme, &ann, seq).await, ["member.role_changed Ann Bob"]);
        assert_eq!(acme.told().await.last().unwrap(), "Ann changed the role of Bob from member to admin");
        for (body, pointer, code) in [
            (json!({}), "/role", "required"),
            (json!({ "role": null }), "/role", "invalid_type"),
            (json!({ "role": "boss" }), "/role", "invalid_value"),
            (json!({ "role": "admin", "user_id": ann.id }), "/user_id", "unknown_field"),
        ] {
            ann.patch(&path, body).await.rejects(pointer, code);
        }
    }

    async fn anybody_may_leave_and_is_gone_with_the_next_request(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for role in ROLES {
            let bob = acme.gets(&format!("Bob the {role}"), role).await;
            let seq = acme.last_seq().await;
            bob.posts(acme.path("/leave")).await.is(204);
            for path in ["", "/members", "/permissions", "/activity"] {
                bob.get(acme.path(path)).await.refuses(404, "not_found");
            }
            bob.posts(acme.path("/leave")).await.refuses(404, "not_found");
            assert_eq!(bob.get("/v1/orgs").await.is(200)["items"], json!([]));
            let told = entries_after(&acme, &ann, seq).await;
            assert_eq!(told, [format!("member.left {} {}", bob.name, bob.name)]);
        }
    }

    async fn the_ownership_passes_in_one(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for role in ["member", "admin"] {
            let heir = acme.gets(&format!("Heir {role}"), role).await;
            let seq = acme.last_seq().await;
            let org = ann.post(acme.path("/transfer"), json!({ "user_id": heir.id })).await.is(200);
            assert_eq!(org, ann.get(acme.path("")).await.is(200));
            assert_eq!(org["role"], "admin");
            assert_eq!(owners(&acme, &ann).await, [heir.name.as_str()]);
            assert_eq!(entries_after(&acme, &ann, seq).await, [
                format!("ownership.transferred Ann {}", heir.name),
                "member.role_changed Ann Ann".into(),
            ]);
            ann.post(acme.path("/transfer"), json!({ "user_id": heir.id })).await.refuses(403, "forbidden");
            heir.post(acme.path("/transfer"), json!({ "user_id": ann.id })).await.is(200);
        }
    }

    async fn the_ownership_passes_to_nobody_else(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (gone, stranger) = (acme.gets("Gus", "member").await, app.signs_up("Sam").await);
        gone.posts(acme.path("/leave")).await.is(204);
        let seq = acme.last_seq().await;
        for nobody in [&ann.id, &gone.id, &stranger.id, &acme.id] {
            ann.post(acme.path("/transfer"), json!({ "user_id": nobody })).await.rejects("/user_id", "invalid_value");
        }
        ann.post(acme.path("/transfer"), json!({ "user_id": "Bob" })).await.rejects("/user_id", "invalid_format");
        ann.post(acme.path("/transfer"), json!({})).await.rejects("/user_id", "required");
        assert_eq!((acme.last_seq().await, owners(&acme, &ann).await), (seq, vec!["Ann".into()]));
    }

    async fn of_two_transfers_at_once_one_happens(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, cid) = (acme.gets("Bob", "member").await, acme.gets("Cid", "member").await);
        for _ in 0..5 {
            let to = |heir: &Actor| json!({ "user_id": heir.id });
            let (a, b) = join(
                ann.post(acme.path("/transfer"), to(&bob)),
                ann.post(acme.path("/transfer"), to(&cid)),
            ).await;
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 403]);
            let heir = if a.status == 200 { &bob } else { &cid };
            assert_eq!(owners(&acme, &ann).await, [heir.name.as_str()]);
            heir.patch(member(&acme, &ann), json!({ "role": "owner" })).await.is(200);
            heir.patch(member(&acme, heir), json!({ "role": "member" })).await.is(200);
        }
    }

    async fn the_last_owner_stays(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (_adam, gone) = (acme.gets("Adam", "admin").await, acme.gets("Gus", "owner").await);
        gone.posts(acme.path("/leave")).await.is(204);
        let before = acme.last_seq().await;
        for role in ["admin", "member"] {
            ann.patch(member(&acme, &ann), json!({ "role": role })).await.refuses(409, "last_owner");
        }
        ann.delete(member(&acme, &ann)).await.refuses(409, "last_owner");
        ann.posts(acme.path("/leave")).await.refuses(409, "last_owner");
        ann.patch(member(&acme, &ann), json!({ "role": "owner" })).await.is(200);
        assert_eq!((acme.last_seq().await, owners(&acme, &ann).await), (before, vec!["Ann".into()]));
    }

    async fn fifty_attempts_at_once_to_be_rid_of_both_owners_leave_one(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, mia) = (acme.gets("Bob", "owner").await, acme.gets("Mia", "member").await);
        let attempts = (0..50).map(async |n| {
            let (one, other) = if n % 2 == 0 { (&ann, &bob) } else { (&bob, &ann) };
            match n % 5 {
                0 => one.posts(acme.path("/leave")).await,
                1 => one.delete(member(&acme, other)).await,
                2 => one.patch(member(&acme, other), json!({ "role": "admin" })).await,
                3 => one.patch(member(&acme, one), json!({ "role": "member" })).await,
                _ => one.delete(member(&acme, one)).await,
            }
        });
        let answers = join_all(attempts).await;
        assert!(answers.iter().any(crate::support::Answer::succeeded));
        for answer in answers {
            assert!([200, 204, 403, 404, 409].contains(&answer.status), "{}: {}", answer.asked, answer.body);
        }
        assert_eq!(owners(&acme, &mia).await.len(), 1);
    }

    async fn of_two_owners_who_demote_each_other_at_once_one_stays(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "owner").await;
        for _ in 0..8 {
            let demotion = json!({ "role": "member" });
            let (a, b) = join(
                ann.patch(member(&acme, &bob), demotion.clone()),
                bob.patch(member(&acme, &ann), demotion),
            ).await;
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 403], "{} {}", a.body, b.body);
            let (owner, other) = if a.status == 200 { (&ann, &bob) } else { (&bob, &ann) };
            assert_eq!(owners(&acme, other).await, [owner.name.as_str()]);
            owner.patch(member(&acme, other), json!({ "role": "owner" })).await.is(200);
        }
    }

    async fn whoever_leaves_while_ownership_passes_to_them_never_takes_it_along(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = app.signs_up("Bob").await;
        for _ in 0..8 {
            acme.takes(&bob, "admin").await;
            let (transfer, leave) = join(
                ann.post(acme.path("/transfer"), json!({ "user_id": bob.id })),
                bob.posts(acme.path("/leave")),
            ).await;
            match (transfer.status, leave.status) {
                (200, 409) => {
                    assert_eq!(owners(&acme, &ann).await, ["Bob"]);
                    bob.post(acme.path("/transfer"), json!({ "user_id": ann.id })).await.is(200);
                    bob.posts(acme.path("/leave")).await.is(204);
                }
                (422, 204) => assert_eq!(owners(&acme, &ann).await, ["Ann"]),
                other => panic!("{other:?}: {} {}", transfer.body, leave.body),
            }
        }
    }

    async fn who_is_removed_while_they_write_wrote_before_or_not_at_all(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let bob = app.signs_up("Bob").await;
        for _ in 0..6 {
            acme.takes(&bob, "member").await;
            let seq = acme.last_seq().await;
            let path = acme.path("/projects/WEB/tasks");
            let writes = join_all((0..6).map(|_| bob.post(&path, json!({ "title": "Mine" }))));
            let (removal, writes) = join(ann.delete(member(&acme, &bob)), writes).await;
            removal.is(204);
            let written = writes.iter().filter(|answer| answer.status == 201).count();
            for answer in writes {
                assert!([201, 404].contains(&answer.status), "{}", answer.body);
            }
            let told = entries_after(&acme, &ann, seq).await;
            assert_eq!(told.len(), written + 1);
            assert_eq!(told.last().unwrap(), "member.removed Ann Bob");
        }
    }

    async fn the_removed_act_no_more_and_keep_their_name_on_what_they_did(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let bob = acme.gets("Bob", "admin").await;
        let task = bob.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Mine" })).await.is(201);
        ann.delete(member(&acme, &bob)).await.is(204);
        bob.get(acme.path("/tasks/WEB-1")).await.refuses(404, "not_found");
        bob.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Still mine" })).await.refuses(404, "not_found");
        bob.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Another" })).await.refuses(404, "not_found");
        ann.get(member(&acme, &bob)).await.refuses(404, "not_found");
        ann.delete(member(&acme, &bob)).await.refuses(404, "not_found");
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["created_by"], bob.person());
        let told = acme.told().await;
        assert!(told.contains(&"Bob created WEB-1".into()) && told.contains(&"Ann removed Bob".into()), "{told:?}");
        let by_bob = ann.get(acme.path(&format!("/activity?actor={}&action=task.created", bob.id))).await.is(200);
        assert_eq!(by_bob["items"][0]["subject"]["id"], task["id"]);
        bob.get("/v1/me").await.is(200);
    }

    async fn a_later_invitation_revives_the_same_membership(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "admin").await;
        let before = ann.get(member(&acme, &bob)).await.is(200);
        ann.delete(member(&acme, &bob)).await.is(204);
        app.clock.advance(std::time::Duration::from_mins(1));
        acme.takes(&bob, "member").await;
        let after = bob.get(member(&acme, &bob)).await.is(200);
        assert_eq!((&after["role"], &after["user"]), (&json!("member"), &before["user"]));
        assert!(after["version"].as_i64() > before["version"].as_i64());
        assert!(after["joined_at"].as_str() > before["joined_at"].as_str());
        assert_eq!(names(&ann.get(acme.path("/members")).await.is(200)), ["Ann", "Bob"]);
        assert_eq!(bob.get("/v1/orgs").await.is(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(acme.told().await.last().unwrap(), "Bob joined as member");
    }

    async fn open_tasks_lose_who_left_or_pass_to_an_heir_who_sees_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, cid) = (acme.gets("Bob", "admin").await, acme.gets("Cid", "member").await);
        acme.project("Web").await;
        acme.private_project("Ops").await;
        let assign = async |key: &str, status: &str| {
            let task = json!({ "title": "Do it", "status": status, "assignee_ids": [bob.id] });
            ann.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
        };
        let assignees = async |task: &str| ann.get(acme.path(&format!("/tasks/{task}"))).await.is(200)["assignees"].clone();
        assign("WEB", "todo").await;
        assign("WEB", "done").await;
        assign("OPS", "review").await;
        let seq = acme.last_seq().await;
        let removal = |heir: &str| format!("{}?reassign_to={heir}", member(&acme, &bob));
        let stranger = app.signs_up("Sam").await;
        for (heir, code) in [(&bob.id, "invalid_value"), (&stranger.id, "not_found"), (&acme.id, "not_found")] {
            ann.delete(removal(heir)).await.rejects("/reassign_to", code);
        }
        ann.delete(removal("Cid")).await.rejects("/reassign_to", "invalid_format");
        ann.delete(format!("{}?heir={}", member(&acme, &bob), cid.id)).await.rejects("/heir", "unknown_field");
        assert_eq!(acme.last_seq().await, seq);

        let departure = ann.delete(removal(&cid.id)).await.is(200);
        assert_eq!(assignments(&departure["reassigned"]), ["Cid WEB-1"]);
        assert!(assignments(&departure["unassigned"]).contains(&"Bob OPS-1".into()), "{departure}");
        assert_eq!(assignees("WEB-1").await, json!([cid.person()]));
        assert_eq!(assignees("WEB-2").await, json!([bob.person()]));
        assert_eq!(assignees("OPS-1").await, json!([]));
        assert_eq!(entries_after(&acme, &ann, seq).await, [
            "member.removed Ann Bob",
            "task.unassigned Ann WEB-1",
            "task.assigned Ann WEB-1",
            "task.unassigned Ann OPS-1",
        ]);
        let departure = cid.posts(acme.path("/leave")).await.is(200);
        assert_eq!(assignments(&departure["unassigned"]), ["Cid WEB-1"]);
        assert_eq!(assignees("WEB-1").await, json!([]));
    }

    async fn who_left_stays_on_a_done_task_until_it_is_open_again(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Web").await;
        let task = json!({ "title": "Done", "status": "done", "assignee_ids": [bob.id, ann.id] });
        ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        bob.posts(acme.path("/leave")).await.is(204);
        let seq = acme.last_seq().await;
        let renamed = ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Still done" })).await.is(200);
        assert_eq!(renamed["assignees"].as_array().unwrap().len(), 2);
        let reopened = ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "todo" })).await.is(200);
        assert_eq!(reopened["assignees"], json!([ann.person()]));
        assert_eq!(entries_after(&acme, &ann, seq).await, [
            "task.updated Ann WEB-1",
            "task.status_changed Ann WEB-1",
            "task.unassigned Ann WEB-1",
        ]);
    }

    async fn a_demoted_admin_loses_the_tasks_that_they_no_longer_see(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, mia) = (acme.gets("Bob", "admin").await, acme.gets("Mia", "member").await);
        acme.project("Web").await;
        for name in ["Ops", "Lab"] {
            acme.private_project(name).await;
        }
        ann.put(acme.path(&format!("/projects/LAB/members/{}", bob.id))).await.is(204);
        for key in ["WEB", "OPS", "LAB"] {
            let task = json!({ "title": "Do it", "assignee_ids": [bob.id, ann.id] });
            ann.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
        }
        let seq = acme.last_seq().await;
        let changed = ann.patch(member(&acme, &bob), json!({ "role": "member" })).await.is(200);
        assert_eq!(assignments(&changed["unassigned"]), ["Bob OPS-1"]);
        assert_eq!(entries_after(&acme, &ann, seq).await, ["member.role_changed Ann Bob", "task.unassigned Ann OPS-1"]);
        bob.get(acme.path("/tasks/OPS-1")).await.refuses(404, "not_found");
        bob.get(acme.path("/tasks/LAB-1")).await.is(200);
        mia.get(acme.path("/tasks/LAB-1")).await.refuses(404, "not_found");
        assert_eq!(ann.get(acme.path("/tasks/OPS-1")).await.is(200)["assignees"], json!([ann.person()]));
    }

    async fn invitations_end_with_the_right_to_make_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "owner").await;
        let mut invited = Vec::new();
        for role in ROLES {
            invited.push(invites(&bob, &acme, &format!("new.{role}@example.com"), role).await);
        }
        let others = invites(&ann, &acme, "other@example.com", "owner").await;
        for (to, lost) in [("admin", vec![0]), ("member", vec![1, 2])] {
            let seq = acme.last_seq().await;
            let changed = ann.patch(member(&acme, &bob), json!({ "role": to })).await.is(200);
            let ids: Vec<&Value> = lost.iter().map(|n: &usize| &invited[*n]["id"]).collect();
            assert_eq!(changed["revoked_invitations"], json!(ids));
            let mut told = vec!["member.role_changed Ann Bob".to_owned()];
            for n in lost {
                let email = invited[n]["email"].as_str().unwrap();
                told.push(format!("invitation.revoked Ann {email}"));
                let lookup = json!({ "token": invited[n]["token"] });
                app.anon().post("/v1/invitations/lookup", lookup).await.refuses(410, "invitation_gone");
            }
            assert_eq!(entries_after(&acme, &ann, seq).await, told);
        }
        app.anon().post("/v1/invitations/lookup", json!({ "token": others["token"] })).await.is(200);
    }

    async fn the_invitations_of_the_removed_the_leaving_and_the_transferring_end(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, cid) = (acme.gets("Bob", "admin").await, acme.gets("Cid", "admin").await);
        let by_bob = invites(&bob, &acme, "one@example.com", "member").await;
        let by_cid = invites(&cid, &acme, "two@example.com", "admin").await;
        let owner = invites(&ann, &acme, "three@example.com", "owner").await;
        let stays = invites(&ann, &acme, "four@example.com", "admin").await;
        let departure = ann.delete(member(&acme, &bob)).await.is(200);
        assert_eq!(departure["revoked_invitations"], json!([by_bob["id"]]));
        let departure = cid.posts(acme.path("/leave")).await.is(200);
        assert_eq!(departure["revoked_invitations"], json!([by_cid["id"]]));
        let dan = acme.gets("Dan", "member").await;
        ann.post(acme.path("/transfer"), json!({ "user_id": dan.id })).await.is(200);
        for (invitation, status) in [(&by_bob, 410), (&by_cid, 410), (&owner, 410), (&stays, 200)] {
            let lookup = json!({ "token": invitation["token"] });
            app.anon().post("/v1/invitations/lookup", lookup).await.is(status);
        }
    }
}
