//! What a front end does, in a real browser: the session's cookie, from pages that may call and from others; passkeys.

use serde_json::{Value, json};

use crate::support::{Browser, Options, PASSWORD, Tab, TestApp, both_engines, serves_a_page};

/// A front end of few words: each call tells the status and the body, or that the browser kept the answer from the page.
const FRONT_END: &str = r#"<!doctype html><title>Front end</title><script>
async function call(url, body, token) {
    const headers = { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) };
    try {
        const answer = await fetch(url, { method: "POST", credentials: "include", headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        return { status: answer.status, body: text && JSON.parse(text) };
    } catch (error) {
        return { kept: error.name };
    }
}
async function makePasskey(api, token, name) {
    const begun = (await call(`${api}/v1/me/passkeys/begin`, {}, token)).body;
    const credential = await navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.public_key),
    });
    return call(`${api}/v1/me/passkeys/finish`, { ticket: begun.ticket, name, credential: credential.toJSON() }, token);
}
async function usePasskey(api) {
    const begun = (await call(`${api}/v1/auth/passkey/begin`)).body;
    const credential = await navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.public_key),
    });
    return call(`${api}/v1/auth/passkey/finish`, { ticket: begun.ticket, credential: credential.toJSON(), session: "cookie" });
}
</script>"#;

/// A server that pages of this origin may call.
async fn called_from(app: &TestApp, origin: &str) -> (TestApp, String) {
    let options = Options {
        cors_origins: origin.parse().unwrap(),
        public_url: "http://localhost".into(),
        ..Options::default()
    };
    let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
    let api = format!("http://localhost:{}", app.address.port());
    (app, api)
}

async fn calls(tab: &Tab<'_>, url: &str, body: Option<Value>) -> Value {
    let body = body.map_or("undefined".to_owned(), |body| body.to_string());
    tab.runs(&format!("call({}, {body})", json!(url))).await
}

both_engines! {
    async fn a_page_that_may_call_stays_logged_in_without_seeing_how(app: TestApp) {
        let port = serves_a_page(FRONT_END).await;
        let page = format!("http://localhost:{port}");
        let (app, api) = called_from(&app, &page).await;
        app.signs_up("Ann").await;
        let browser = Browser::start().await;
        let tab = browser.opens(&page).await;
        let refresh = format!("{api}/v1/auth/refresh");
        let none = calls(&tab, &refresh, Some(json!({ "session": "cookie" }))).await;
        assert_eq!((&none["status"], &none["body"]["code"]), (&json!(401), &json!("unauthenticated")));
        let login = json!({ "email": "ann@example.com", "password": PASSWORD, "session": "cookie" });
        let session = calls(&tab, &format!("{api}/v1/auth/login"), Some(login)).await;
        assert_eq!(session["status"], 200);
        assert!(session["body"].get("refresh_token").is_none());
        // Opened again, it has nothing but the cookie.
        tab.goes_to(&page).await;
        for _ in 0..2 {
            let again = calls(&tab, &refresh, None).await;
            assert_eq!((&again["status"], &again["body"]["user"]["name"]), (&json!(200), &json!("Ann")), "{again}");
        }
        assert_eq!(tab.runs("document.cookie").await, "");
        // Another site's page, and another origin of the same site, get nothing and change nothing.
        for foreign in [format!("http://127.0.0.1:{port}"), format!("http://localhost:{}", serves_a_page(FRONT_END).await)] {
            tab.goes_to(&foreign).await;
            let stolen = calls(&tab, &refresh, None).await;
            assert_eq!(stolen, json!({ "kept": "TypeError" }), "{foreign}");
            assert_eq!(calls(&tab, &refresh, Some(json!({}))).await, json!({ "kept": "TypeError" }), "{foreign}");
        }
        assert_eq!(app.database.number("select max(generation) from sessions").await, 3);
        tab.goes_to(&page).await;
        let again = calls(&tab, &refresh, None).await;
        assert_eq!(again["status"], 200);
        let token = again["body"]["access_token"].as_str().unwrap();
        let out = tab.runs(&format!("call('{api}/v1/auth/logout', undefined, '{token}')")).await;
        assert_eq!(out["status"], 204, "{out}");
        let none = calls(&tab, &refresh, Some(json!({ "session": "cookie" }))).await;
        assert_eq!(none["body"]["detail"], "There is no cookie with a session: log in.");
    }

    async fn a_passkey_is_made_and_used_by_a_page(app: TestApp) {
        let page = format!("http://localhost:{}", serves_a_page(FRONT_END).await);
        let (app, api) = called_from(&app, &page).await;
        let ann = app.signs_up("Ann").await;
        let browser = Browser::start().await;
        let tab = browser.opens(&page).await;
        tab.has_a_passkey_device().await;
        let made = tab.runs(&format!("makePasskey('{api}', '{}', 'Laptop')", ann.token.unwrap())).await;
        assert_eq!((&made["status"], &made["body"]["name"]), (&json!(201), &json!("Laptop")), "{made}");
        for _ in 0..2 {
            let session = tab.runs(&format!("usePasskey('{api}')")).await;
            assert_eq!((&session["status"], &session["body"]["user"]["name"]), (&json!(200), &json!("Ann")), "{session}");
        }
        let again = calls(&tab, &format!("{api}/v1/auth/refresh"), None).await;
        assert_eq!(again["status"], 200, "{again}");
    }
}
