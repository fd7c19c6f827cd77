//! Words: what people take for the same is found alike everywhere, and names show what they are.

use std::sync::Arc;

use guildhall::{
    app::{Choices, purge, reindex},
    base::clock::Clock,
    db::Migrations,
};
use serde_json::{Value, json};

use crate::support::{Actor, Database, Engine, Options, Org, TestApp, both_engines};

/// Undoes the migration that folded the words of an earlier version, with those that search had then.
const UNDO: &str = "drop index users_name; drop index users_email; alter table users drop column name_folded; alter table users drop column email_folded;
    alter table projects drop column folded; delete from search_words;
    insert into search_words (org_id, subject_id, project_id, word, weight)
    select org_id, id, project_id, 'straße', 8 from tasks where title = 'Straße';
    delete from schema_migrations where version = 14;";

/// A text, what is asked, and whether it is found.
const FOUND: [(&str, &str, bool); 26] = [
    ("page d'accueil", "accueil", true),
    ("page d’accueil", "d'accueil", true),
    ("Don’t", "don't", true),
    ("Don't", "don’t", true),
    ("Straße", "STRASSE", true),
    ("Strasse", "straße", true),
    ("Søren", "soren", true),
    ("invoice.pdf", "pdf", true),
    ("invoice.pdf", "invoice", true),
    ("client/server", "server", true),
    ("a-b:c", "c", true),
    ("Özgür", "özgür", true),
    ("ÖZGÜR", "ozgur", true),
    ("ISPARTA", "ısparta", true),
    ("İzmir", "izmir", true),
    ("Łódź", "lodz", true),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ", true),
    ("Ёлка", "елка", true),
    ("東京都庁", "東京", true),
    ("東京都庁", "都庁", true),
    ("東京都庁", "京", true),
    ("京東", "東京", false),
    ("ガイド", "カイト", false),
    ("ship it 🚀", "🚀", true),
    ("ship it 🚀", "🎉", false),
    ("Fence", "ence", false),
];

/// Names that don't show what they are.
const HIDDEN: [&str; 7] =
    ["\u{200B}", "\u{2800}", "\u{3164}", "Ann\u{202E}nnA", "\u{2066}Ann\u{2069}", "Ann\u{200B}", "An\u{AD}n"];

async fn titles(actor: &Actor, path: String) -> Vec<String> {
    let found = actor.walks(&path, 200).await;
    let object = |item: &Value| if item["object"].is_null() { item.clone() } else { item["object"].clone() };
    found.iter().map(|item| object(item)["title"].as_str().unwrap_or_default().to_owned()).collect()
}

fn asked(query: &str) -> String {
    url::form_urlencoded::byte_serialize(query.as_bytes()).collect()
}

/// That each text is found in a search and in a list of tasks, as a project and as a member, by what is asked for it.
async fn are_found(ann: &Actor, acme: &Org) {
    for (text, query, found) in FOUND {
        let q = asked(query);
        for path in [format!("/search?kind=task&q={q}"), format!("/tasks?q={q}")] {
            assert_eq!(
                titles(ann, acme.path(&path)).await.iter().any(|title| title == text),
                found,
                "{path} {text}"
            );
        }
    }
}

both_engines! {
    async fn what_people_take_for_the_same_finds_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for (text, ..) in FOUND {
            acme.task("WEB", text).await;
        }
        are_found(&ann, &acme).await;
        assert_eq!(reindex::differing(&app.app.public()).await.unwrap(), 0);

        // As an earlier version left them.
        app.database.run(UNDO).await;
        assert_eq!(Migrations::run(&app.database.location()).await.unwrap(), 1);
        are_found(&ann, &acme).await;
        assert_eq!(reindex::differing(&app.app.public()).await.unwrap(), 0);
    }

    async fn lists_of_members_and_projects_are_asked_in_the_same_words(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for (name, address) in [("Søren O’Neill", "soeren@example.com"), ("Özgür", "o@example.org"), ("京東", "jd@example.org")] {
            let actor = app.signs_up_as(name, address).await;
            acme.takes(&actor, "member").await;
        }
        for name in ["Straße", "東京", "Élan"] {
            acme.project(name).await;
        }
        let names = async |path: &str, query: &str, field: &str| {
            let found = ann.walks(&acme.path(&format!("{path}?q={}", asked(query))), 200).await;
            found.iter().map(|one| one.pointer(field).unwrap().as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let all_found = async || {
            for (query, name) in [
                ("soren", "Søren O’Neill"), ("ØREN", "Søren O’Neill"), ("neill", "Søren O’Neill"), ("o'neill søren", "Søren O’Neill"),
                ("ÖZGÜR", "Özgür"), ("ozgur", "Özgür"), ("O@EXAMPLE.ORG", "Özgür"), ("京東", "京東"),
            ] {
                assert_eq!(names("/members", query, "/user/name").await, [name], "{query}");
            }
            for (query, name) in [("STRASSE", "Straße"), ("elan", "Élan"), ("東京", "東京"), ("prj", "東京"), ("traß", "Straße")] {
                assert_eq!(names("/projects", query, "/name").await, [name], "{query}");
            }
        };
        all_found().await;
        for nothing in ["東京", "%", "_", "...", "neill zzz", "org.example"] {
            assert!(names("/members", nothing, "/user/name").await.is_empty(), "{nothing}");
        }
        app.database.run(UNDO).await;
        assert_eq!(Migrations::run(&app.database.location()).await.unwrap(), 1);
        all_found().await;

        // What changes is found as it is now.
        ann.patch("/v1/me", json!({ "name": "Zoë" })).await.is(200);
        assert_eq!(names("/members", "zoe", "/user/name").await, ["Zoë"]);
        assert!(names("/members", "ann ann", "/user/name").await.len() <= 1);
        ann.patch(acme.path("/projects/STR"), json!({ "name": "Łąka", "key": "MEA" })).await.is(200);
        for (query, count) in [("laka", 1), ("mea", 1), ("strasse", 0)] {
            assert_eq!(names("/projects", query, "/name").await.len(), count, "{query}");
        }
        assert_eq!(reindex::differing(&app.app.public()).await.unwrap(), 0);
    }

    async fn wrong_words_are_told_and_corrected(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Straße").await;
        acme.task("WEB", "Gone").await;
        ann.post(acme.path("/tasks/WEB-2/comments"), json!({ "body": "Søren" })).await.is(201);
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        let public = app.app.public();
        assert_eq!(reindex::run(&public).await.unwrap(), 0);
        for (damage, wrong) in [
            ("delete from search_words", 3),
            ("update search_words set weight = 1 where word = 'web'", 1),
            ("insert into search_words (org_id, subject_id, project_id, word, weight)
              select org_id, id, project_id, 'straße', 8 from tasks where number = 1", 1),
            ("update users set name_folded = ''", 1),
            ("update projects set folded = 'x'", 1),
        ] {
            app.database.run(damage).await;
            assert_eq!(reindex::differing(&public).await.unwrap(), wrong, "{damage}");
            assert_eq!(reindex::run(&public).await.unwrap(), wrong, "{damage}");
            assert_eq!(reindex::differing(&public).await.unwrap(), 0, "{damage}");
        }
        assert_eq!(app.database.number("select count(*) from search_words").await, 3);
        purge::run(&public).await.unwrap();
    }

    async fn slugs_and_keys_come_out_of_the_same_words(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        for (name, slug) in [("Straße GmbH", "strasse-gmbh"), ("Łódź & Søn", "lodz-son"), ("Æther.io", "aether-io")] {
            assert_eq!(ann.post("/v1/orgs", json!({ "name": name })).await.is(201)["slug"], slug);
        }
        let acme = ann.founds("Acme").await;
        assert_eq!(acme.project("Ørsted").await["key"], "ORS");
    }

    async fn names_show_what_they_are(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Paint").await;
        for name in HIDDEN {
            let sign_up = json!({ "email": "new@example.com", "password": "correct horse battery staple", "name": name });
            app.anon().post("/v1/auth/signup", sign_up).await.rejects("/name", "invalid_text");
            ann.patch("/v1/me", json!({ "name": name })).await.rejects("/name", "invalid_text");
            ann.post("/v1/me/tokens", json!({ "name": name, "scopes": ["read"] })).await.rejects("/name", "invalid_text");
            ann.post("/v1/orgs", json!({ "name": name })).await.rejects("/name", "invalid_text");
            ann.patch(acme.path(""), json!({ "name": name })).await.rejects("/name", "invalid_text");
            ann.post(acme.path("/projects"), json!({ "name": name })).await.rejects("/name", "invalid_text");
            ann.patch(acme.path("/projects/WEB"), json!({ "name": name })).await.rejects("/name", "invalid_text");
            ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": name })).await.rejects("/title", "invalid_text");
            ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": name })).await.rejects("/title", "invalid_text");
        }
        for name in ["می\u{200C}خواهم", "👩\u{200D}👩\u{200D}👧", "❤\u{FE0F}", "שלום"] {
            acme.task("WEB", name).await;
        }
        // What an earlier version took is shown as it is, and goes away with the next change of it.
        app.database.run("update tasks set title = 'Pai\u{200B}nt' where number = 1").await;
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["title"], "Pai\u{200B}nt");
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
        app.database.run("update organizations set name = 'Ac\u{200B}me'; update users set name = 'A\u{200B}nn'").await;
        let archive = ann.get(acme.path("/export")).await.bytes;
        let choices = Choices { owner: Some(ann.email.parse().unwrap()), match_people: false };
        let there = app.app.import(choices, std::io::Cursor::new(archive)).await.unwrap();
        let task = ann.get(format!("/v1/orgs/{}/tasks/WEB-1", there.slug)).await.is(200);
        assert_eq!(task["title"], "Pai\u{200B}nt");
    }
}

/// Where the engine itself takes `I` for another letter than `i`.
#[test]
fn a_turkish_database_finds_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let beside = Database::empty(Engine::Postgres).await;
        let Database::Postgres(name) = &beside else { panic!("it is on PostgreSQL") };
        let turkish = format!("{name}_tr");
        let create = format!(
            "create database {turkish} template template0 encoding 'UTF8' locale_provider icu icu_locale 'tr'"
        );
        beside.run(&create).await;
        let database = Arc::new(Database::Postgres(turkish));
        assert_eq!(database.text("select lower('I')").await, "ı");
        Migrations::run(&database.location()).await.unwrap();
        let app = TestApp::start_on(database.clone(), Clock::adjustable(), Options::default()).await;
        let ann = app.signs_up("IRIS").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for (text, ..) in FOUND {
            acme.task("WEB", text).await;
        }
        are_found(&ann, &acme).await;
        for path in ["/members?q=iris", "/members?q=%C4%B1r%C4%B1s", "/projects?q=web"] {
            assert_eq!(ann.walks(&acme.path(path), 50).await.len(), 1, "{path}");
        }
        database.discard().await;
        beside.discard().await;
    });
}
