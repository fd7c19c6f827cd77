//! A real browser, with the examples: the session's cookie, from pages that may call and from others; a passkey; a provider;
//! events. And with the reference at `/docs`.

use serde_json::json;

use crate::support::{
    Authenticator, Browser, Cable, IdentityProvider, Options, PASSWORD, TestApp, both_engines, serves_a_page,
};

const FRONT_END: &str = include_str!("../../examples/sign-in.html");

/// `examples/events.html`, and what looks what it does.
const EVENTS: &str = include_str!("../../examples/events.html");
const WATCH: &str = "
    const all = [], waiting = [], pauses = [];
    let streams = 0;
    const look = () => waiting.splice(0).forEach(again => again());
    const until = async what => { while (!what()) await new Promise(again => waiting.push(again)); };
    window.opened = count => until(() => streams >= count);
    window.heard = count => until(() => all.length >= count).then(() => all);
    window.EventSource = class extends EventSource {
        constructor(url) { super(url); this.addEventListener('open', () => { window.streams = ++streams; look(); }); }
    };
    // It waits as long as it wants to, in no time, and by no chance.
    const later = setTimeout;
    window.setTimeout = (then, wait) => { pauses.push(wait); look(); later(then); };
    window.paused = count => until(() => pauses.length >= count).then(() => pauses);
    Math.random = () => 0.5;
    window.watch = (token, org) => {
        window.over = follow(() => token, org, entry => { all.push(entry.summary); look(); }).catch(problem => problem.code);
    }";

/// A server that this front end may call, with a provider that sends people back to it; and the page's URL.
async fn called_from_a_page(app: &TestApp) -> (TestApp, String) {
    let page = format!("http://localhost:{}", serves_a_page(FRONT_END).await);
    let options = Options {
        cors_origins: page.parse().unwrap(),
        public_url: "http://localhost".into(),
        providers: IdentityProvider::get().configured_for("work", &format!("{page}/")).await,
        ..Options::default()
    };
    let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
    let url = at(&page, &app);
    (app, url)
}

/// The front end's URL on this origin.
fn at(origin: &str, app: &TestApp) -> String {
    format!("{origin}/?api=http://localhost:{}", app.address.port())
}

/// What the page says once it has looked who is logged in.
const SAYS: &str = "opened.then(() => element('says').textContent)";

/// What a test does with the reference: waiting for something to be there, going to a page, writing, pressing a key.
const READER: &str = "
    window.until = what => new Promise(done => {
        const look = () => { const found = what(); if (found) { observer.disconnect(); done(found); } };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
    });
    window.one = selector => document.querySelector(selector);
    window.title = () => one('#content h1')?.textContent;
    window.goes = async (hash, heading) => { location.hash = hash; await until(() => title() === heading); };
    window.writes = (selector, text) => { one(selector).value = text; one(selector).dispatchEvent(new Event('input', { bubbles: true })); };
    window.presses = (key, target) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    window.sends = async () => { one('.try form:not(.token)').requestSubmit(); return (await until(() => one('.result .status'))).textContent; };";

both_engines! {
    async fn the_reference_is_searched_read_copied_and_tried(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        acme.project("Website").await;
        let browser = Browser::start();
        let tab = browser.opens(&format!("http://{}/docs", app.address)).await;
        tab.may_use_the_clipboard().await;
        tab.runs(READER).await;
        assert_eq!(tab.runs("until(() => document.documentElement.dataset.ready).then(title)").await, "Guildhall API");

        // Searched with the keyboard: a guide, and an operation.
        let finds = |words: &str, heading: &str| {
            format!("presses('/', document.body); writes('dialog input', '{words}'); presses('Enter', one('dialog input')); until(() => title() === '{heading}').then(() => location.hash)")
        };
        assert_eq!(tab.runs(&finds("reset password", "Reset a password")).await, "#accounts_reset_password");
        assert_eq!(tab.runs(&finds("working offline", "A copy in the client")).await, "#guide-changes");
        assert!(tab.runs("one('#content').textContent").await.as_str().unwrap().contains("Three rules make the copy true"));
        tab.runs("goes('#error-not_found', 'Error codes')").await;
        assert_eq!(tab.runs("document.activeElement.id").await, "error-not_found");

        // Copied.
        tab.runs("goes('#tasks_create', 'Create a task')").await;
        assert_eq!(tab.runs("one('.beside .copy').click(); until(() => one('.beside .copy').textContent === 'Copied').then(() => 'copied')").await, "copied");
        let copied = tab.runs("navigator.clipboard.readText()").await;
        assert!(copied.as_str().unwrap().starts_with("curl") && copied.as_str().unwrap().contains("/projects/WEB/tasks"), "{copied}");

        // Tried: the token is asked for once, and the rest is filled in.
        let token = acme.founder.token.clone().unwrap();
        tab.runs(&format!("writes('.token input', '{token}'); one('form.token').requestSubmit(); until(() => !one('.send').disabled)")).await;
        assert_eq!(tab.runs("sends()").await, "201");
        let tasks = acme.founder.get(acme.path("/tasks")).await.is(200);
        assert_eq!(tasks["items"][0]["assignees"], json!([acme.founder.person()]));
        let answer = tab.runs("until(() => one('.result pre')?.textContent)").await;
        assert!(answer.as_str().unwrap().contains("\"key\": \"WEB-1\""), "{answer}");
        // What can't be undone takes two clicks.
        tab.runs("goes('#tasks_delete', 'Delete a task').then(() => until(() => !one('.send').disabled))").await;
        tab.runs("one('.try form:not(.token)').requestSubmit()").await;
        assert_eq!(tab.runs("one('.send').textContent").await, "Really send DELETE? Click again");
        assert_eq!(acme.founder.get(acme.path("/tasks")).await.is(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(tab.runs("sends()").await, "204");
        assert_eq!(acme.founder.get(acme.path("/tasks")).await.is(200)["items"], json!([]));
        assert_eq!(tab.runs("JSON.stringify({ ...localStorage }) + document.cookie").await, "{}");
        assert_eq!(browser.complaints(), [] as [String; 0]);
    }

    async fn every_page_of_the_reference_can_be_shown(app: TestApp) {
        let browser = Browser::start();
        let tab = browser.opens(&format!("http://{}/docs", app.address)).await;
        tab.runs(READER).await;
        tab.runs("until(() => document.documentElement.dataset.ready)").await;
        let shown = tab.runs("(async () => {
            const titles = [];
            for (const { hash } of document.querySelectorAll('#nav a')) {
                const arrived = new Promise(done => addEventListener('hashchange', done, { once: true }));
                location.hash = hash;
                await arrived;
                for (const fold of document.querySelectorAll('#content details')) fold.open = true;
                titles.push(title());
            }
            return titles;
        })()").await;
        let shown = shown.as_array().unwrap();
        assert!(shown.len() > 130 && shown.iter().all(|title| title != "Guildhall API" && title.is_string()), "{shown:?}");
        // All of it came from here, compressed.
        let bytes = tab.runs("performance.getEntriesByType('resource').reduce((sum, { transferSize }) => sum + transferSize, 0)").await;
        assert!(bytes.as_i64().unwrap() < 200_000, "{bytes}");
        assert_eq!(browser.complaints(), [] as [String; 0]);
    }

    async fn a_page_that_may_call_stays_logged_in_without_seeing_how(app: TestApp) {
        let (app, url) = called_from_a_page(&app).await;
        app.signs_up("Ann").await;
        let browser = Browser::start();
        let tab = browser.opens(&url).await;
        assert_eq!(tab.runs(SAYS).await, "");
        assert_eq!(tab.runs("[...document.querySelectorAll('#others button')].map(button => button.textContent)").await, json!(["Log in with a passkey", "Log in with The Provider"]));
        let log_in = format!("logIn('ann@example.com', '{PASSWORD}').then(user => user.name)");
        assert_eq!(tab.runs(&log_in).await, "Ann");
        // Opened again, it has nothing but the cookie.
        for _ in 0..2 {
            tab.goes_to(&url).await;
            assert_eq!(tab.runs(SAYS).await, "You are Ann.");
        }
        assert_eq!(tab.runs("document.cookie").await, "");
        assert!(!tab.runs("JSON.stringify({...sessionStorage, ...localStorage})").await.to_string().contains("ghr_"));
        // Another site's page, and another origin of the same site, get nothing and change nothing.
        let generation = "select max(generation) from sessions";
        assert_eq!(app.database.number(generation).await, 3);
        let port = serves_a_page(FRONT_END).await;
        for foreign in [format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")] {
            tab.goes_to(&at(&foreign, &app)).await;
            for attempt in ["resume()", "call('POST', '/v1/auth/refresh')", "fetch(API + '/v1/auth/refresh', { method: 'POST', credentials: 'include', mode: 'no-cors' }).then(answer => answer.text()).then(text => { if (!text) throw new TypeError() })"] {
                let came_to = format!("{attempt}.then(() => 'got in', error => error.name)");
                assert_eq!(tab.runs(&came_to).await, "TypeError", "{foreign} {attempt}");
            }
        }
        assert_eq!(app.database.number(generation).await, 3);
        tab.goes_to(&url).await;
        assert_eq!(tab.runs("opened.then(logOut).then(() => resume()).catch(refusal => refusal.detail)").await, "There is no cookie with a session: log in.");
        // Logged out, it is known: what others behind the same address guess doesn't shut it out.
        let guess = |password: &str| json!({ "email": "ann@example.com", "password": password });
        for _ in 0..10 {
            app.anon().post("/v1/auth/login", guess("wrong")).await.is(401);
        }
        app.anon().post("/v1/auth/login", guess(PASSWORD)).await.refuses(429, "too_many_attempts");
        assert_eq!(tab.runs(&log_in).await, "Ann");
    }

    async fn a_page_asks_for_the_second_factor(app: TestApp) {
        let (app, url) = called_from_a_page(&app).await;
        let own = Authenticator::of(&app.signs_up("Ann").await).await;
        let browser = Browser::start();
        let tab = browser.opens(&url).await;
        let log_in = format!("logIn('ann@example.com', '{PASSWORD}', () => '{}').then(user => user.name)", own.shows());
        assert_eq!(tab.runs(&log_in).await, "Ann");
    }

    async fn a_passkey_is_made_and_used_by_a_page(app: TestApp) {
        let (app, url) = called_from_a_page(&app).await;
        app.signs_up("Ann").await;
        let browser = Browser::start();
        let tab = browser.opens(&url).await;
        tab.has_a_passkey_device().await;
        let make = format!("logIn('ann@example.com', '{PASSWORD}').then(() => makePasskey('Laptop')).then(made => made.name)");
        assert_eq!(tab.runs(&make).await, "Laptop");
        for _ in 0..2 {
            assert_eq!(tab.runs("logOut().then(usePasskey).then(user => user.name)").await, "Ann");
        }
        tab.goes_to(&url).await;
        assert_eq!(tab.runs(SAYS).await, "You are Ann.");
    }

    async fn a_page_sends_somebody_to_a_provider_and_takes_them_back(app: TestApp) {
        let (app, url) = called_from_a_page(&app).await;
        let browser = Browser::start();
        let tab = browser.opens(&url).await;
        tab.runs(SAYS).await;
        tab.leaves("leaveFor('work')").await;
        let claims = json!({ "sub": "ann", "email": "ann@example.com", "email_verified": true, "name": "Ann at Work" });
        let fill = format!("document.querySelector('[name=login]').value = '{}'", IdentityProvider::login(&claims));
        tab.runs(&format!("{fill}; document.querySelector('[name=password]').value = 'anything'")).await;
        tab.leaves("document.forms[0].submit()").await;
        tab.leaves("document.forms[0].submit()").await;
        assert_eq!(tab.runs(SAYS).await, "You are Ann at Work.");
        tab.goes_to(&url).await;
        assert_eq!(tab.runs(SAYS).await, "You are Ann at Work.");
        // Whoever is sent here by a link didn't begin here.
        tab.goes_to(&format!("{url}&code=stolen&state=theirs")).await;
        assert_eq!(tab.runs(SAYS).await, "This sign-in didn't begin here.");
        assert_eq!(app.database.number("select count(*) from users").await, 1);
    }

    async fn a_page_follows_what_is_done_and_comes_back_when_the_stream_breaks(app: TestApp) {
        let page = format!("http://localhost:{}", serves_a_page(EVENTS).await);
        let options = || Options { cors_origins: page.parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options()).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (mia, token) = { let mia = acme.gets("Mia", "member").await; (mia.clone(), mia.token.unwrap()) };
        let browser = Browser::start();
        let tab = browser.opens(&at(&page, &app)).await;
        tab.runs(&format!("{WATCH}; watch('{token}', '{}'); opened(1)", acme.slug)).await;
        acme.project("Web").await;
        assert_eq!(tab.runs("heard(1)").await, json!(["Ann created the project Web"]));
        // 32 others of hers end this one. What is done until it is back comes then.
        let mut others = Vec::new();
        for _ in 0..32 {
            others.push(mia.follows(&acme, "").await);
        }
        acme.task("WEB", "Paint it").await;
        drop(others);
        assert_eq!(tab.runs("heard(2)").await, json!(["Ann created the project Web", "Ann created WEB-1"]));
        acme.task("WEB", "Hang it").await;
        assert_eq!(tab.runs("heard(3).then(all => all.at(-1))").await, "Ann created WEB-2");
        assert!(tab.runs("streams").await.as_i64().unwrap() > 1);
        ann.delete(acme.path(&format!("/members/{}", mia.id))).await.is(204);
        assert_eq!(tab.runs("over").await, "not_found");
    }

    async fn a_page_comes_back_however_long_the_server_is_away(app: TestApp) {
        let page = format!("http://localhost:{}", serves_a_page(EVENTS).await);
        let options = || Options { cors_origins: page.parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options()).await;
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let mut cable = Cable::to(app.address).await;
        let browser = Browser::start();
        let tab = browser.opens(&format!("{page}/?api=http://localhost:{}", cable.port)).await;
        let token = acme.founder.token.clone().unwrap();
        tab.runs(&format!("{WATCH}; watch('{token}', '{}'); opened(1)", acme.slug)).await;
        acme.project("Web").await;
        assert_eq!(tab.runs("heard(1)").await, json!(["Ann created the project Web"]));
        cable.is_cut().await;
        // It tries again and again, after longer and longer pauses.
        let pauses = tab.runs("paused(8)").await;
        assert_eq!(pauses.as_array().unwrap()[..8], [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000].map(|wait| json!(wait)));
        acme.task("WEB", "Paint it").await;
        cable.is_mended(app.address).await;
        assert_eq!(tab.runs("heard(2)").await, json!(["Ann created the project Web", "Ann created WEB-1"]));
        let (before, streams) = (tab.runs("pauses.length").await, tab.runs("streams").await);
        // Once it is back, the first pause is short again; what is on the way meanwhile comes, too.
        cable.is_cut().await;
        cable.is_mended(app.address).await;
        acme.task("WEB", "Hang it").await;
        assert_eq!(tab.runs("heard(3).then(all => all.at(-1))").await, "Ann created WEB-2");
        assert_eq!(tab.runs(&format!("pauses[{before}]")).await, 500);
        assert_eq!(tab.runs(&format!("opened({}).then(() => all.length)", streams.as_i64().unwrap() + 1)).await, 3);
    }
}
