//! Full-text search: everything that has the words and that the caller sees, the best first, and nothing else.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use guildhall::app::{Choices, Words};
use serde_json::{Value, json};

use crate::support::{Actor, Dice, Engine, Org, TestApp, both_engines};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What is found: titles and names.
async fn found(actor: &Actor, org: &Org, query: &str) -> Vec<String> {
    let hits = actor.walks(&org.path(&format!("/search?q={query}")), 200).await;
    let name = |hit: &Value| match hit["kind"].as_str().unwrap() {
        "task" => text(&hit["object"]["title"]),
        _ => text(&hit["object"]["name"]),
    };
    hits.iter().map(name).collect()
}

const NOTHING: [&str; 0] = [];

struct Document {
    id: String,
    private: bool,
    is_task: bool,
    words: Words,
}

const VOCABULARY: [&str; 12] =
    ["paint", "painter", "paints", "wall", "walls", "a", "at", "ate", "zurich", "fence", "fences", "blue"];

fn some_words(dice: &mut Dice, most: usize) -> String {
    let words: Vec<&str> = (0..=dice.below(most)).map(|_| *dice.one_of(&VOCABULARY)).collect();
    words.join(" ")
}

/// How good a document is for these words; none if one is missing.
fn score(document: &Document, query: &str) -> Option<i64> {
    let mut terms: Vec<&str> = query.split(' ').collect();
    terms.sort_unstable();
    terms.dedup();
    let of = |term: &&str| {
        let fits = document.words.iter().filter(|(word, _)| match term.len() {
            1 => *word == *term,
            _ => word.starts_with(*term),
        });
        fits.map(|(word, weight)| if word == *term { 2 * weight } else { weight }).max()
    };
    terms.iter().map(of).sum()
}

both_engines! {
    async fn words_are_found_whatever_their_case_accents_and_ends(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Fence").await;
        let new = json!({ "title": "Paint the Café in Zürich", "description": "Colours: **blue**, see snake_case." });
        ann.post(acme.path("/projects/FEN/tasks"), new).await.is(201);
        acme.task("FEN", "Buy paint").await;
        for query in ["paint cafe", "PAINT%20CAF%C3%89", "zuri", "z%C3%BCrich%20blu", "blue", "colours", "snake", "case", "paint+the+cafe"] {
            assert_eq!(found(&ann, &acme, query).await, ["Paint the Café in Zürich"], "{query}");
        }
        for query in ["aint", "caff", "paint+fence", "z", "blues", "+x+"] {
            assert_eq!(found(&ann, &acme, query).await, NOTHING, "{query}");
        }
        assert_eq!(found(&ann, &acme, "fence").await, ["Fence"]);
        // The newest first, of those that are as good.
        assert_eq!(found(&ann, &acme, "paint").await, ["Buy paint", "Paint the Café in Zürich"]);
    }

    async fn what_has_it_in_its_name_and_whole_comes_first(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Painting").await;
        for (title, description) in [("Wall", "paint"), ("Paint", ""), ("Fence", "some paintings"), ("Painters", "paint")] {
            ann.post(acme.path("/projects/PAI/tasks"), json!({ "title": title, "description": description })).await.is(201);
        }
        assert_eq!(found(&ann, &acme, "paint").await, ["Paint", "Painters", "Painting", "Wall", "Fence"]);
        assert_eq!(found(&ann, &acme, "paint&kind=task").await, ["Paint", "Painters", "Wall", "Fence"]);
        assert_eq!(found(&ann, &acme, "paint&kind=project").await, ["Painting"]);
        assert_eq!(found(&ann, &acme, "paint&project=PAI&kind=task,project").await.len(), 5);
        assert_eq!(found(&ann, &acme, "paint&project=NONE").await, NOTHING);
    }

    async fn a_key_finds_its_task(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        acme.project("Web").await;
        acme.task("WEB", "Paint").await;
        acme.task("WEB", "After web 1").await;
        for query in ["WEB-1", "web-1"] {
            assert_eq!(found(&ann, &acme, query).await, ["Paint", "After web 1"]);
            assert_eq!(ann.walks(&acme.path(&format!("/search?q={query}")), 1).await.len(), 2);
        }
        assert_eq!(found(&ann, &acme, "WEB-1&kind=project").await, NOTHING);
        ann.patch(acme.path("/projects/WEB"), json!({ "key": "NET", "visibility": "private" })).await.is(200);
        assert_eq!(found(&ann, &acme, "WEB-1").await, ["Paint", "After web 1"]);
        assert_eq!(found(&ann, &acme, "NET-1").await, ["Paint"]);
        assert_eq!(found(&mia, &acme, "NET-1").await, NOTHING);
    }

    async fn what_changes_is_found_by_what_it_says_now(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Paint it").await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Hang it", "description": "Paint first" })).await.is(200);
        assert_eq!(found(&ann, &acme, "hang").await, ["Hang it"]);
        assert_eq!(found(&ann, &acme, "paint").await, ["Hang it"]);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "description": null })).await.is(200);
        assert_eq!(found(&ann, &acme, "paint").await, NOTHING);
        ann.patch(acme.path("/projects/WEB"), json!({ "name": "Site", "description": "Pages" })).await.is(200);
        assert_eq!(found(&ann, &acme, "site+pages").await, ["Site"]);
        assert_eq!(found(&ann, &acme, "web").await, NOTHING);
        for path in ["/tasks/WEB-1", "/projects/WEB"] {
            ann.delete(acme.path(path)).await.is(204);
            assert_eq!(found(&ann, &acme, "hang").await, NOTHING);
            ann.posts(acme.path(&format!("{path}/restore"))).await.is(200);
            assert_eq!(found(&ann, &acme, "hang").await, ["Hang it"]);
        }
        // An archived project can be read, and so found.
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        assert_eq!(found(&ann, &acme, "hang").await, ["Hang it"]);
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        // A text that is refused leaves what there was.
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Sand it", "parent_id": "01890000-0000-7000-8000-000000000000" })).await.is(422);
        assert_eq!(found(&ann, &acme, "sand").await, NOTHING);
        let words = "select count(*) from search_words";
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        assert!(app.database.number(words).await > 0);
        app.clock.advance(Duration::from_hours(32 * 24));
        guildhall::app::purge::run(&app.app.public()).await.unwrap();
        assert_eq!(app.database.number(words).await, 0);
    }

    async fn of_many_changes_at_once_the_last_is_found_alone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Begin").await;
        let rename = |n: usize| {
            let (ann, path) = (ann.clone(), acme.path("/tasks/WEB-1"));
            async move { ann.patch(path, json!({ "title": format!("Common word{n}") })).await.is(200) }
        };
        join_all((0..20).map(rename)).await;
        let title = text(&ann.get(acme.path("/tasks/WEB-1")).await.is(200)["title"]);
        assert_eq!(found(&ann, &acme, "common").await, [title.as_str()]);
        assert_eq!(app.database.number("select count(*) from search_words where word like 'word%'").await, 1);
        assert_eq!(found(&ann, &acme, &title.replace(' ', "+")).await, [title]);
    }

    async fn an_imported_organization_is_found_too(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Fence").await;
        acme.task("FEN", "Paint it").await;
        let archive = ann.get(acme.path("/export")).await.bytes;
        let choices = Choices { owner: Some(ann.email.parse().unwrap()), match_people: false };
        let imported = app.app.import(choices, std::io::Cursor::new(archive)).await.unwrap();
        let other = Org { id: String::new(), slug: imported.slug.as_str().to_owned(), founder: ann.clone() };
        assert_eq!(found(&ann, &other, "paint").await, ["Paint it"]);
        assert_eq!(found(&ann, &other, "fence").await, ["Fence"]);
        // Each organization has its own.
        assert_eq!(found(&ann, &acme, "paint").await, ["Paint it"]);
    }

    async fn what_cannot_be_looked_for_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        ann.get(acme.path("/search")).await.rejects("/q", "required");
        for nothing in ["", "...", "%20", "%E2%82%AC"] {
            ann.get(acme.path(&format!("/search?q={nothing}"))).await.rejects("/q", "invalid_value");
        }
        ann.get(acme.path(&format!("/search?q={}", "x".repeat(201)))).await.rejects("/q", "too_long");
        ann.get(acme.path("/search?q=a%00b")).await.rejects("/q", "invalid_text");
        ann.get(acme.path("/search?q=a&kind=label")).await.rejects("/kind", "invalid_value");
        ann.get(acme.path("/search?q=a&sort=title")).await.rejects("/sort", "unknown_field");
        // As many words as anybody types; of more, the first count.
        let words: Vec<String> = (0..30).map(|n| format!("w{n}")).collect();
        assert_eq!(found(&ann, &acme, &words.join("+")).await, NOTHING);
        // A list that isn't asked for words has everything.
        acme.project("Web").await;
        acme.task("WEB", "Paint it").await;
        for (query, count) in [("", 1), ("pai", 1), ("...", 0), ("x", 0)] {
            assert_eq!(ann.walks(&acme.path(&format!("/tasks?q={query}")), 50).await.len(), count, "{query:?}");
        }
    }

    async fn a_long_text_is_found_by_its_words(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let words: Vec<String> = (0..1500).map(|n| format!("w{n:x}x")).collect();
        let new = json!({ "title": "Long", "description": words.join(" ") });
        ann.post(acme.path("/projects/WEB/tasks"), new).await.is(201);
        assert_eq!(found(&ann, &acme, "w0x+w5dbx+w2ffx").await, ["Long"]);
        assert_eq!(app.database.number("select count(*) from search_words where word like 'w%x'").await, 1500);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "description": words[700..].join(" ") })).await.is(200);
        assert_eq!(app.database.number("select count(*) from search_words where word like 'w%x'").await, 800);
        assert_eq!(found(&ann, &acme, "w0x").await, NOTHING);
    }

    async fn everything_that_has_the_words_and_is_seen_is_found_in_the_order_of_its_worth(app: TestApp) {
        let dice = &mut Dice(7);
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let mut documents = BTreeMap::new();
        for n in 0..6 {
            let (name, private) = (some_words(dice, 3), n % 3 == 0);
            let visibility = if private { "private" } else { "organization" };
            let new = json!({ "name": name, "visibility": visibility });
            let project = ann.post(acme.path("/projects"), new).await.is(201);
            let id = text(&project["id"]);
            documents.insert(id.clone(), Document { id, private, is_task: false, words: Words::of(&name, "") });
            for _ in 0..12 {
                let (title, description) = (some_words(dice, 3), some_words(dice, 6));
                let new = json!({ "title": title, "description": description });
                let path = acme.path(&format!("/projects/{}/tasks", project["key"].as_str().unwrap()));
                let id = text(&ann.post(path, new).await.is(201)["id"]);
                documents.insert(id.clone(), Document { id, private, is_task: true, words: Words::of(&title, &description) });
            }
        }
        let mut shown = 0;
        for round in 0..40 {
            let query = some_words(dice, 2);
            for actor in [&ann, &mia] {
                let sees = |document: &&Document| !document.private || actor.id == ann.id;
                let mut expected: Vec<(i64, &String, bool)> = documents.values().filter(sees)
                    .filter_map(|document| Some((score(document, &query)?, &document.id, document.is_task))).collect();
                expected.sort_unstable_by(|a, b| b.cmp(a));
                let q = query.replace(' ', "+");
                let hits = actor.walks(&acme.path(&format!("/search?q={q}")), 1 + round % 7).await;
                let hits: Vec<String> = hits.iter().map(|hit| text(&hit["id"])).collect();
                let all: Vec<&String> = expected.iter().map(|(_, id, _)| *id).collect();
                assert_eq!(hits.iter().collect::<Vec<_>>(), all, "{query}");
                let tasks = actor.walks(&acme.path(&format!("/tasks?sort=created_at&q={q}")), 5).await;
                let tasks: Vec<String> = tasks.iter().map(|task| text(&task["id"])).collect();
                let mut of_tasks: Vec<&String> = expected.iter().filter(|(.., is_task)| *is_task).map(|(_, id, _)| *id).collect();
                of_tasks.sort_unstable();
                assert_eq!(tasks.iter().collect::<Vec<_>>(), of_tasks, "{query}");
                shown += all.len();
            }
        }
        assert!(shown > 200, "{shown}");
    }

    async fn a_word_that_nearly_all_have_finds_a_page_and_a_rare_one_beside_it_what_has_both(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Common heron").await;
        acme.task("WEB", "Common").await;
        // Ten thousand more that have the word, made beside the API.
        let id = match app.database.engine() { Engine::Sqlite => "randomblob(16)", Engine::Postgres => "gen_random_uuid()" };
        let columns = "project_id, title, description, status, priority, due_at, parent_id, position, created_by, completed_at, version, comments, \
             subtasks, subtasks_done, column_id";
        app.database.run(&format!(
            "insert into tasks (org_id, id, number, created_at, updated_at, {columns})
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 10100)
             select org_id, {id}, 2 + i, created_at + i, updated_at + i, {columns} from tasks, n where number = 2;
             insert into search_words (org_id, subject_id, project_id, word, weight)
             select t.org_id, t.id, t.project_id, 'common', 8 from tasks t where t.number > 2;"
        )).await;
        let first = ann.get(acme.path("/search?q=common&limit=200")).await.is(200);
        assert_eq!((first["items"].as_array().unwrap().len(), first["next_cursor"].is_string()), (200, true));
        assert_eq!(found(&ann, &acme, "common+heron").await, ["Common heron"]);
        let listed = async |query: &str| {
            let page = ann.get(acme.path(&format!("/tasks?{query}&sort=number&limit=2"))).await.is(200);
            page["items"].as_array().unwrap().iter().map(|task| task["number"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(listed("q=common").await, [1, 2]);
        assert_eq!(listed("q=common+heron").await, [1]);
        assert_eq!(listed("q=heron+comm").await, [1]);
        assert_eq!(listed("q=nothing+common").await, [0; 0]);
    }
}
