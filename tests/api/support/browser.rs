//! A real browser: Chromium without a window, told what to do over its pipes (the Chrome `DevTools` Protocol).

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, response::Html, routing::get};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::{Child, ChildStdin, Command},
    sync::{oneshot, watch},
};

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A browser with a profile of its own, which ends with it.
pub struct Browser {
    pipe: tokio::sync::Mutex<ChildStdin>,
    waiting: Waiting,
    next: AtomicU64,
    /// How many pages have been loaded in all.
    loaded: watch::Receiver<u64>,
    complaints: Arc<Mutex<Vec<String>>>,
    _process: Child,
    _profile: tempfile::TempDir,
}

/// A page that is open in it.
pub struct Tab<'a> {
    browser: &'a Browser,
    session: String,
}

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // A page may go to more than 200 places in ten seconds, as a test of all of them does: otherwise Chromium ignores the rest.
        // It reads commands from descriptor 3 and answers on 4; of ours these are the ends of standard input and output.
        let script = "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
                      --disable-background-networking --disable-ipc-flooding-protection --remote-debugging-pipe --user-data-dir=\"$0\" about:blank \
                      3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut process = Command::new("sh")
            .args(["-c", script])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let waiting = Waiting::default();
        let (output, answered) = (process.stdout.take().unwrap(), waiting.clone());
        let (load, loaded) = watch::channel(0);
        let complaints: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = complaints.clone();
        tokio::spawn(async move {
            let mut messages = BufReader::new(output).split(0);
            while let Ok(Some(message)) = messages.next_segment().await {
                let message: Value = serde_json::from_slice(&message).unwrap();
                if message["method"] == "Page.loadEventFired" {
                    load.send_modify(|count| *count += 1);
                }
                let is_complaint = match message["method"].as_str() {
                    Some("Runtime.exceptionThrown") => true,
                    Some("Runtime.consoleAPICalled") => message["params"]["type"] == "error",
                    Some("Log.entryAdded") => message["params"]["entry"]["level"] == "error",
                    _ => false,
                };
                if is_complaint {
                    heard.lock().unwrap().push(message["params"].to_string());
                }
                // What has no id is an event.
                let asked = message["id"].as_u64().and_then(|id| answered.lock().unwrap().remove(&id));
                if let Some(asked) = asked {
                    let _ = asked.send(message);
                }
            }
        });
        let pipe = tokio::sync::Mutex::new(process.stdin.take().unwrap());
        Self {
            pipe,
            waiting,
            next: AtomicU64::new(1),
            loaded,
            complaints,
            _process: process,
            _profile: profile,
        }
    }

    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let (asked, answer) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, asked);
        self.pipe.lock().await.write_all(format!("{message}\0").as_bytes()).await.unwrap();
        let answer = answer.await.expect("Chromium ended: is it installed?");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Opens a page.
    pub async fn opens(&self, url: &str) -> Tab<'_> {
        let target = self.call(None, "Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session =
            self.call(None, "Target.attachToTarget", attach).await["sessionId"].as_str().unwrap().to_owned();
        let tab = Tab { browser: self, session };
        for events in ["Page.enable", "Runtime.enable", "Log.enable"] {
            tab.call(events, json!({})).await;
        }
        tab.goes_to(url).await;
        tab
    }
}

impl Browser {
    /// What pages have written into the console as an error: exceptions, and what a policy forbade, too.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }
}

impl Tab<'_> {
    async fn call(&self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params).await
    }

    /// Goes to another page, and waits until it is there.
    pub async fn goes_to(&self, url: &str) {
        self.leaves(&format!("location.assign({})", json!(url))).await;
    }

    /// Runs what leads to another page, and waits until that is there.
    pub async fn leaves(&self, script: &str) {
        let mut loaded = self.browser.loaded.clone();
        let before = *loaded.borrow_and_update();
        self.runs(&format!("void ({script})")).await;
        loaded.wait_for(|count| *count > before).await.unwrap();
    }

    /// Gives the page a device that keeps passkeys, whose person is verified at once.
    pub async fn has_a_passkey_device(&self) {
        self.call("WebAuthn.enable", json!({})).await;
        let device = json!({ "options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        } });
        self.call("WebAuthn.addVirtualAuthenticator", device).await;
    }

    /// Lets the page use the clipboard, as one does that somebody looks at.
    pub async fn may_use_the_clipboard(&self) {
        self.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.browser.call(None, "Browser.grantPermissions", permissions).await;
    }

    /// What a script in the page comes to.
    pub async fn runs(&self, script: &str) -> Value {
        let params = json!({
            "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let result = self.call("Runtime.evaluate", params).await;
        assert!(result.get("exceptionDetails").is_none(), "{script}: {result}");
        result["result"]["value"].clone()
    }
}

/// A web server with one page, and its port.
pub async fn serves_a_page(html: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = Router::new().route("/", get(async move || Html(html)));
    tokio::spawn(async move { axum::serve(listener, page).await });
    port
}
