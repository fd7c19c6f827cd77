//! What happens at once, happens in some order: no answer and no state that no order would give.

use futures_util::{future::join_all, join};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Org, TestApp, both_engines, each};

const ROUNDS: usize = 6;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

/// The actions on a project, oldest first.
async fn actions(org: &Org, project: &str) -> Vec<String> {
    let path = org.path(&format!("/activity?project={project}&limit=200"));
    let page = org.founder.get(path).await.is(200);
    let entries = page["items"].as_array().unwrap().iter().rev();
    entries.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

both_engines! {
    async fn no_task_comes_into_an_archived_project(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for _ in 0..ROUNDS {
            let project = acme.project("Website").await;
            let path = acme.path(&format!("/projects/{}", project["key"].as_str().unwrap()));
            let create = || async { ann.post(format!("{path}/tasks"), json!({ "title": "Late" })).await };
            let (early, archived, late) = join!(
                join_all((0..3).map(|_| create())), ann.posts(format!("{path}/archive")), join_all((0..3).map(|_| create())),
            );
            archived.is(200);
            let mut made = 0;
            for answer in early.into_iter().chain(late) {
                if answer.status == 201 { made += 1 } else { drop(answer.refuses(409, "project_archived")) }
            }
            let counts = &ann.get(&path).await.is(200)["task_counts"];
            assert_eq!(counts["todo"], made);
            let actions = actions(&acme, project["id"].as_str().unwrap()).await;
            assert_eq!(actions.last().unwrap(), "project.archived", "{actions:?}");
            assert_eq!(actions.len(), made + 2);
        }
    }

    async fn no_task_comes_into_a_deleted_project(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        for _ in 0..ROUNDS {
            let project = acme.project("Website").await;
            let path = acme.path(&format!("/projects/{}", project["key"].as_str().unwrap()));
            let create = || async { bob.post(format!("{path}/tasks"), json!({ "title": "Late" })).await };
            let (early, deleted, late) =
                join!(join_all((0..3).map(|_| create())), ann.delete(&path), join_all((0..3).map(|_| create())));
            deleted.is(204);
            let mut made = 0;
            for answer in early.into_iter().chain(late) {
                if answer.status == 201 { made += 1 } else { drop(answer.refuses(404, "not_found")) }
            }
            let actions = actions(&acme, project["id"].as_str().unwrap()).await;
            assert_eq!(actions.last().unwrap(), "project.deleted", "{actions:?}");
            assert_eq!(actions.len(), made + 2);
            assert_eq!(bob.get(acme.path("/tasks")).await.is(200)["items"], json!([]));
        }
    }

    async fn of_changes_to_the_same_version_exactly_one_wins(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        acme.task("WEB", "Task").await;
        for (path, field) in [("/projects/WEB", "name"), ("/tasks/WEB-1", "title")] {
            let path = acme.path(path);
            for round in 0..ROUNDS {
                let seen = ann.get(&path).await;
                let tag = seen.header("etag").to_owned();
                let version = seen.is(200)["version"].as_i64().unwrap();
                let change = |n: usize| {
                    let (path, tag, ann) = (&path, &tag, &ann);
                    let body = json!({ field: format!("Round {round} of {n}") });
                    async move { ann.send(Method::PATCH, path, &[("if-match", tag)], Some(body)).await }
                };
                let answers = join_all((0..4).map(change)).await;
                assert_eq!(statuses(&answers), [200, 412, 412, 412]);
                let won = answers.into_iter().find(|answer| answer.status == 200).unwrap().is(200);
                let now = ann.get(&path).await.is(200);
                assert_eq!((&now[field], now["version"].as_i64()), (&won[field], Some(version + 1)));
            }
        }
    }

    async fn no_change_to_the_same_task_is_lost_from_its_history(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        acme.task("WEB", "Task").await;
        let change = |n: usize| ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": format!("Title {n}") }));
        for answer in join_all((0..30).map(change)).await {
            answer.is(200);
        }
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["version"], 31);
        // Each entry goes on from what the one before it left.
        let mut entries = ann.walks(&acme.path("/tasks/WEB-1/activity?"), 50).await;
        entries.reverse();
        assert_eq!(entries.len(), 31);
        for pair in entries.windows(2) {
            assert_eq!(pair[0]["changes"]["title"]["to"], pair[1]["changes"]["title"]["from"]);
        }
    }

    async fn nobody_stays_assigned_to_what_they_were_taken_out_of(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        acme.private_project("Secret").await;
        acme.task("SEC", "Task").await;
        let (member, assignee) = (
            acme.path(&format!("/projects/SEC/members/{}", bob.id)),
            acme.path(&format!("/tasks/SEC-1/assignees/{}", bob.id)),
        );
        for round in 0..2 * ROUNDS {
            ann.put(&member).await.is(204);
            let body = json!({ "assignee_ids": [bob.id] });
            let assign = async || if round.is_multiple_of(2) { ann.put(&assignee).await }
                else { ann.patch(acme.path("/tasks/SEC-1"), body.clone()).await };
            let (given, taken) = join!(assign(), ann.delete(&member));
            match (given.status, taken.status) {
                (200, 200) => assert_eq!(taken.body["unassigned"][0]["user"], bob.person()),
                (422, 204) => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(ann.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([]));
        }
    }

    async fn a_key_asked_for_twice_is_given_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for round in 0..ROUNDS {
            let body = json!({ "name": "Any", "key": format!("KEY{round}") });
            let answers = join_all((0..4).map(|_| ann.post(acme.path("/projects"), body.clone()))).await;
            assert_eq!(statuses(&answers), [201, 409, 409, 409]);
        }
        let made = join_all((0..8).map(|_| acme.project("Website"))).await;
        let mut keys: Vec<&str> = made.iter().map(|project| project["key"].as_str().unwrap()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["WEB", "WEB2", "WEB3", "WEB4", "WEB5", "WEB6", "WEB7", "WEB8"]);
    }

    async fn a_free_task_is_taken_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
        acme.project("Website").await;
        for _ in 0..ROUNDS {
            let task = acme.task("WEB", "Free").await;
            let take = async |who: &Actor| {
                let path = format!("/tasks/{}/assignees/{}", task["id"].as_str().unwrap(), who.id);
                who.put(acme.path(&path)).await
            };
            let (first, second) = join!(take(&bob), take(&cy));
            assert_eq!(statuses(&[first, second]), [200, 403]);
        }
    }

    async fn two_tasks_never_end_below_each_other(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        for _ in 0..ROUNDS {
            let (a, b) = (acme.task("WEB", "A").await, acme.task("WEB", "B").await);
            let put = async |child: &Value, parent: &Value| {
                let path = acme.path(&format!("/tasks/{}", child["id"].as_str().unwrap()));
                ann.patch(path, json!({ "parent_id": parent["id"] })).await
            };
            let (first, second) = join!(put(&a, &b), put(&b, &a));
            assert_eq!(statuses(&[first, second]), [200, 422]);
        }
    }

    async fn who_is_removed_while_they_write_leaves_nothing_half_done(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        for round in 0..3 {
            let bob = acme.gets(&format!("Bob {round}"), "member").await;
            let body = json!({ "title": "Mine", "assignee_ids": [bob.id] });
            let create = || async { bob.post(acme.path("/projects/WEB/tasks"), body.clone()).await };
            let remove = acme.path(&format!("/members/{}", bob.id));
            let (early, removed, late) =
                join!(join_all((0..3).map(|_| create())), ann.delete(&remove), join_all((0..3).map(|_| create())));
            assert!(removed.succeeded());
            for answer in early.into_iter().chain(late).filter(|answer| answer.status != 201) {
                answer.refuses(404, "not_found");
            }
            let theirs = ann.get(acme.path(&format!("/tasks?assignee={}", bob.id))).await.is(200);
            assert_eq!(theirs["items"], json!([]));
            // In the one order of the ledger, nothing of theirs comes after the removal.
            let entries = ann.get(acme.path("/activity?action=member.removed,task.created&limit=200")).await.is(200);
            let mut latest = entries["items"].as_array().unwrap().iter();
            let after: Vec<&Value> = latest.by_ref().take_while(|entry| entry["action"] != "member.removed").collect();
            assert!(after.iter().all(|entry| entry["actor"]["id"] != json!(bob.id)), "{after:?}");
        }
    }

    async fn an_owner_who_leaves_while_passing_the_ownership_on_leaves_an_owner(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        for _ in 0..ROUNDS {
            let to_bob = json!({ "user_id": bob.id });
            let (passed, left) =
                join!(ann.post(acme.path("/transfer"), to_bob), ann.posts(acme.path("/leave")));
            assert!(matches!((passed.status, left.status), (200, 204 | 409)), "{} {}", passed.body, left.body);
            let owners = bob.get(acme.path("/members?role=owner")).await.is(200);
            assert_eq!(each(&owners["items"], "/user/name"), ["Bob"]);
            // All as before.
            if left.status == 204 {
                let invited = json!({ "email": ann.email, "role": "member" });
                let invitation = bob.post(acme.path("/invitations"), invited).await.is(201);
                ann.post("/v1/invitations/accept", json!({ "token": invitation["token"] })).await.is(200);
            }
            bob.post(acme.path("/transfer"), json!({ "user_id": ann.id })).await.is(200);
        }
    }

    async fn an_invitation_that_is_accepted_and_sent_again_at_once_is_one_of_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = app.signs_up("Bob").await;
        for _ in 0..ROUNDS {
            let invited = json!({ "email": bob.email, "role": "member" });
            let invitation = ann.post(acme.path("/invitations"), invited).await.is(201);
            let accept = |token: &Value| bob.post("/v1/invitations/accept", json!({ "token": token }));
            let again = acme.path(&format!("/invitations/{}/resend", invitation["id"].as_str().unwrap()));
            let (accepted, resent) = join!(accept(&invitation["token"]), ann.posts(again));
            match (accepted.status, resent.status) {
                (200, 410) => {}
                // Sent again, it has a new token, and the old one is worth nothing.
                (404 | 410, 200) => drop(accept(&resent.body["token"]).await.is(200)),
                other => panic!("{other:?}: {} {}", accepted.body, resent.body),
            }
            assert_eq!(acme.told().await.last().unwrap(), "Bob joined as member");
            bob.posts(acme.path("/leave")).await.is(204);
        }
    }

    async fn who_is_demoted_while_they_invite_leaves_no_invitation(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        let role = acme.path(&format!("/members/{}", eve.id));
        for round in 0..2 * ROUNDS {
            let invited = json!({ "email": format!("{round}@example.com"), "role": "member" });
            let (invited, demoted) = join!(
                eve.post(acme.path("/invitations"), invited), ann.patch(&role, json!({ "role": "member" })),
            );
            assert!(matches!(invited.status, 201 | 403), "{}", invited.body);
            let revoked = demoted.is(200)["revoked_invitations"].as_array().unwrap().len();
            assert_eq!(revoked == 1, invited.status == 201);
            let pending = ann.get(acme.path("/invitations?state=pending")).await.is(200);
            assert_eq!(pending["items"], json!([]));
            ann.patch(&role, json!({ "role": "admin" })).await.is(200);
        }
    }

    async fn a_slug_that_one_founds_with_while_another_takes_it_is_given_once(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let acme = ann.founds("Acme").await;
        for round in 0..ROUNDS {
            let slug = format!("prize-{round}");
            let founded = json!({ "name": "Prize", "slug": slug });
            let (renamed, founded) = join!(
                ann.patch(format!("/v1/orgs/{}", acme.id), json!({ "slug": slug })), bob.post("/v1/orgs", founded),
            );
            assert!(matches!((renamed.status, founded.status), (200, 409) | (409, 201)));
            let (winner, loser) = if renamed.status == 200 { (&ann, &bob) } else { (&bob, &ann) };
            winner.get(format!("/v1/orgs/{slug}")).await.is(200);
            loser.get(format!("/v1/orgs/{slug}")).await.refuses(404, "not_found");
        }
    }
}
