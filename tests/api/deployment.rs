//! Settings as deployments give them: empty variables, white space, misspelt names; and where links and origins lead.

use std::{
    path::Path,
    process::{Command, Output},
};

use guildhall::app::config::Origins;
use serde_json::json;

use crate::support::{MailServer, Options, PASSWORD, SECRET, TestApp, both_engines};

/// `guildhall` in a folder, with these settings.
fn runs(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(args).envs(variables.iter().copied()).current_dir(folder).output().unwrap()
}

/// The variable of every setting.
fn variables(folder: &Path) -> Vec<String> {
    let help = String::from_utf8(runs(folder, &["serve", "--help"], &[]).stdout).unwrap();
    let all = help.split("[env: ").skip(1).map(|rest| rest.split(']').next().unwrap().trim_end_matches('='));
    all.map(str::to_owned).collect()
}

/// What `guildhall doctor` says, and its exit status.
fn doctor(folder: &Path, variables: &[(&str, &str)]) -> (String, Option<i32>) {
    let output = runs(folder, &["doctor"], variables);
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.code())
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let folder = tempfile::tempdir().unwrap();
    let all = variables(folder.path());
    assert!(all.len() >= 18 && all.contains(&"GUILDHALL_APP_URL".into()), "{all:?}");
    let secret = ("GUILDHALL_SECRET", SECRET);
    for name in &all {
        let others: Vec<_> = [secret].into_iter().filter(|(other, _)| other != name).collect();
        let unset = doctor(folder.path(), &others);
        for empty in ["", " ", "\r\n"] {
            let with = [others.clone(), vec![(name.as_str(), empty)]].concat();
            assert_eq!(doctor(folder.path(), &with), unset, "{name}");
        }
    }
    let none: Vec<_> = all.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(doctor(folder.path(), &none), doctor(folder.path(), &[]));
    assert_eq!(runs(folder.path(), &["migrate"], &none).status.code(), Some(0));
}

#[test]
fn white_space_around_a_value_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let given = [
        ("GUILDHALL_SECRET", SECRET),
        ("GUILDHALL_ADMIN_TOKEN", "6b1d0c9e4f7a2358a1c6e9d70b43f52e"),
        ("GUILDHALL_LISTEN", "127.0.0.1:9999"),
        ("GUILDHALL_DATABASE_URL", "sqlite:here.db"),
        ("GUILDHALL_PUBLIC_URL", "https://api.example.com/"),
        ("GUILDHALL_APP_URL", "https://app.example.com"),
        ("GUILDHALL_SMTP_URL", "smtp://127.0.0.1:1"),
        ("GUILDHALL_MAIL_FROM", "Guildhall <no-reply@example.com>"),
        ("GUILDHALL_SIGNUP", "invited"),
        ("GUILDHALL_EMAIL_VERIFICATION", "optional"),
        ("GUILDHALL_TRUSTED_PROXIES", "10.0.0.0/8"),
        ("GUILDHALL_CORS_ORIGINS", "https://a.example, capacitor://localhost"),
        ("GUILDHALL_PASSKEY_DOMAIN", "example.com"),
        ("GUILDHALL_OIDC_PROVIDERS", "[]"),
        ("GUILDHALL_RATE_LIMIT", "off"),
        ("GUILDHALL_ORG_LIMITS", "members=5"),
        ("GUILDHALL_METRICS_LISTEN", "127.0.0.1:9998"),
        ("GUILDHALL_OTLP_URL", "http://127.0.0.1:1"),
        ("GUILDHALL_OTLP_HEADERS", "authorization=Bearer%20x"),
        ("GUILDHALL_TRACE_RATIO", "0.5"),
        ("GUILDHALL_BACKUP_DIR", "backups"),
        ("GUILDHALL_BACKUP_EVERY", "90m"),
        ("GUILDHALL_BACKUP_KEEP", "7"),
        ("GUILDHALL_LOG_FORMAT", "json"),
    ];
    // All but the files, beside which a secret, a token and headers contradict.
    assert_eq!(variables(folder.path()).len(), given.len() + 3);
    let padded: Vec<_> = given.iter().map(|(name, value)| (*name, format!(" {value}\r\n"))).collect();
    let padded: Vec<_> = padded.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(doctor(folder.path(), &padded), doctor(folder.path(), &given));
    std::fs::write(folder.path().join("secret"), format!("{SECRET}\r\n")).unwrap();
    let file = doctor(folder.path(), &[("GUILDHALL_SECRET_FILE", "secret\n")]);
    assert!(file.0.contains("read from secret") || file.0.contains("chmod 600 secret"), "{}", file.0);
}

#[test]
fn a_wrong_setting_ends_the_start_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, option, value) in [
        ("GUILDHALL_PUBLIC_URL", "--public-url", "api.example.com"),
        ("GUILDHALL_APP_URL", "--app-url", "ftp://app.example.com"),
        ("GUILDHALL_CORS_ORIGINS", "--cors-origins", "https://app.example.com/board"),
        ("GUILDHALL_CORS_ORIGINS", "--cors-origins", "*"),
        ("GUILDHALL_LISTEN", "--listen", ":8080"),
        ("GUILDHALL_SIGNUP", "--signup", "anybody"),
        ("GUILDHALL_BACKUP_EVERY", "--backup-every", "59s"),
    ] {
        let (said, status) = doctor(folder.path(), &[(name, value)]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(option) && said.contains(value), "{said}");
    }
}

#[test]
fn a_misspelt_variable_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (said, _) = doctor(
        folder.path(),
        &[
            ("GUILDHALL_SECRET", SECRET),
            ("GUILDHALL_PUBLIC_ULR", "https://api.example.com"),
            // As Kubernetes sets them for a service of this name.
            ("GUILDHALL_SERVICE_HOST", "10.0.0.1"),
            ("GUILDHALL_PORT", "tcp://10.0.0.1:8080"),
        ],
    );
    assert!(said.contains("warn  settings      no setting is called GUILDHALL_PUBLIC_ULR"), "{said}");
    assert_eq!(said.matches("no setting is called").count(), 1, "{said}");
}

both_engines! {
    async fn links_lead_to_the_front_end(app: TestApp) {
        let base = "https://app.guildhall.test/board";
        let with_app = |mail| Options { app_url: Some(base.into()), mail, ..Options::default() };
        let server = MailServer::start().await;
        let mailing = TestApp::start_on(app.database.clone(), app.clock.clone(), with_app(Some(server.clone()))).await;
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        mailing.anon().post("/v1/auth/signup", body).await.is(202);
        let mail = server.to("ann@example.com").await;
        assert!(mail.text.contains(&format!("{base}/verify-email#token=")), "{}", mail.text);
        mailing.anon().post("/v1/auth/email/verify", json!({ "token": mail.token() })).await.is(204);
        mailing.anon().post("/v1/auth/password/forgot", json!({ "email": "ann@example.com" })).await.is(202);
        assert!(server.to("ann@example.com").await.text.contains(&format!("{base}/reset-password#token=")));
        let acme = mailing.logs_in("ann@example.com").await.founds("Acme").await;
        let bob = json!({ "email": "bob@example.com", "role": "member" });
        acme.founder.post(acme.path("/invitations"), bob).await.is(201);
        assert!(server.to("bob@example.com").await.text.contains(&format!("{base}/invitations#token=")));
        // Without mail, it is answered.
        let silent = TestApp::start_on(app.database.clone(), app.clock.clone(), with_app(None)).await;
        let ann = silent.logs_in("ann@example.com").await;
        let carol = json!({ "email": "carol@example.com", "role": "member" });
        let invitation = ann.post(acme.path("/invitations"), carol).await.is(201);
        assert!(invitation["url"].as_str().unwrap().starts_with(&format!("{base}/invitations#token=")), "{invitation}");
    }

    async fn without_a_front_end_of_their_own_links_lead_to_the_public_url(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let invitation = acme.founder.post(acme.path("/invitations"), json!({ "email": "bob@example.com", "role": "member" })).await.is(201);
        assert!(invitation["url"].as_str().unwrap().starts_with("http://guildhall.test/invitations#token="), "{invitation}");
    }
}

#[test]
fn an_origin_is_taken_as_browsers_send_it() {
    let origins: Origins =
        " https://App.example.com/ ,http://localhost:3000,capacitor://localhost".parse().unwrap();
    for origin in ["https://app.example.com", "http://localhost:3000", "capacitor://localhost"] {
        assert!(origins.allow(&origin.parse().unwrap()), "{origin}");
    }
    for wrong in [
        "app.example.com",
        "https://app.example.com/board",
        "https://app.example.com?a",
        "*",
        "null",
        "https://",
        "file:///app",
        "https://u@app.example.com",
    ] {
        assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
    }
}

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn what_is_shipped_to_run_a_server_names_settings_that_there_are_and_gives_it_no_rights() {
    let folder = tempfile::tempdir().unwrap();
    let all = variables(folder.path());
    let (container, compose) = (file("Containerfile"), file("deploy/compose.yaml"));
    let unit = file("deploy/guildhall.service");
    for (name, text) in
        [("Containerfile", &container), ("compose.yaml", &compose), ("guildhall.service", &unit)]
    {
        let named: Vec<&str> = text
            .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .filter(|word| word.starts_with("GUILDHALL_"))
            .collect();
        assert!(
            !named.is_empty() && named.iter().all(|word| all.iter().any(|known| known == word)),
            "{name}: {named:?}"
        );
    }
    let last = container.rsplit_once("\nFROM scratch\n").unwrap().1;
    assert!(last.contains("\nUSER 65532:65532\n") && last.contains("\nVOLUME /data\n"), "{last}");
    // Without a shell, a command is a list.
    for word in ["ENTRYPOINT ", "CMD "] {
        let commands: Vec<&str> = last.split(word).skip(1).collect();
        assert!(!commands.is_empty() && commands.iter().all(|rest| rest.starts_with('[')), "{word}");
    }

    let installed = unit.replace("/usr/local/bin/guildhall", env!("CARGO_BIN_EXE_guildhall"));
    let path = folder.path().join("guildhall.service");
    std::fs::write(&path, installed).unwrap();
    for args in [["verify"].as_slice(), &["security", "--offline=true", "--threshold=15"]] {
        let output = match Command::new("systemd-analyze").args(args).arg(&path).output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("systemd-analyze is not installed: the unit was not checked");
                return;
            }
            output => output.unwrap(),
        };
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
        );
    }
}

/// No shell, no locales, no list of users, and no other place to write to than its data.
#[test]
fn the_binary_works_where_there_is_nothing_else() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/bare");
    let output = Command::new(script).arg(env!("CARGO_BIN_EXE_guildhall")).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    eprint!("{said}");
}

#[test]
fn a_secret_that_leaked_is_exchanged_as_the_page_on_incidents_tells() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(runs(folder.path(), &["demo"], &[]).status.code(), Some(0));
    let secret = || std::fs::read_to_string(folder.path().join("data/secret")).unwrap().trim().to_owned();
    let old = secret();
    let page = file("docs/operate/incident.md");
    let chapter = page.split_once("\n## The secret leaked\n").unwrap().1.split("\n## ").next().unwrap();
    let commands: Vec<&str> = chapter.split("```\n").skip(1).step_by(2).collect();
    let both = |command: &str| {
        let ran = Command::new("bash").args(["-ec", command]).current_dir(folder.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8(ran.stderr).unwrap());
        secret()
    };
    let (new, rest) =
        both(commands[0]).split_once(',').map(|(new, rest)| (new.to_owned(), rest.to_owned())).unwrap();
    assert!(rest == old && new.len() == 64, "{new},{rest}");
    assert!(doctor(folder.path(), &[]).0.contains("ok    secret        read from "));
    assert_eq!(both(commands[1]), new);
    assert!(doctor(folder.path(), &[]).0.contains("ok    secret        read from "));
}

#[test]
fn the_doctor_tells_programs_what_it_tells_people() {
    let folder = tempfile::tempdir().unwrap();
    let reports = |variables: &[(&str, &str)]| {
        let output = runs(folder.path(), &["doctor", "--json"], variables);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (report, output.status.code())
    };
    let secret = ("GUILDHALL_SECRET", SECRET);
    let compare = |variables: &[(&str, &str)], status: i32| {
        let (report, ended) = reports(variables);
        assert_eq!(
            (&report["version"], &report["engine"]),
            (&json!(env!("CARGO_PKG_VERSION")), &json!("SQLite"))
        );
        let checks = report["checks"].as_array().unwrap();
        let lines = checks.iter().map(|check| {
            let [name, state, found] = ["name", "state", "found"].map(|field| check[field].as_str().unwrap());
            let name = name.replace('_', " ").replace("url", "URL");
            let advice = check["advice"].as_str().map_or_else(String::new, |advice| format!("; {advice}"));
            format!("{state:<6}{name:<14}{found}{advice}\n")
        });
        assert_eq!((lines.collect::<String>(), ended), doctor(folder.path(), variables));
        assert_eq!(ended, Some(status), "{report}");
        report
    };
    let none = compare(&[], 1);
    assert_eq!(none["checks"][0]["advice"], "the first start creates it");
    assert_eq!(
        compare(&[secret, ("GUILDHALL_MAIL_FROM", "ann@example.com")], 1)["checks"][3]["name"],
        "database"
    );
    // What only the settings together rule out.
    let refused = compare(&[secret, ("GUILDHALL_PASSKEY_DOMAIN", "elsewhere.example")], 1);
    assert_eq!(
        (&refused["checks"][0]["name"], &refused["checks"][1]),
        (&json!("configuration"), &json!(null))
    );
    assert_eq!(runs(folder.path(), &["migrate"], &[]).status.code(), Some(0));
    let well = compare(&[secret, ("GUILDHALL_PUBLIC_ULR", "https://api.example.com")], 0);
    let all = well["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap());
    assert_eq!(
        all.collect::<Vec<_>>().join(" "),
        "settings public_url app_url secret database mail_server outbox second_factor task_counts search_index"
    );

    // What the command line refuses, too, and it tells no secret.
    for (name, value, word) in [
        ("GUILDHALL_PUBLIC_URL", "api.example.com", "'api.example.com' for '--public-url"),
        ("GUILDHALL_SIGNUP", "anybody", "[possible values: open, invited"),
        ("GUILDHALL_BACKUP_EVERY", "2h", "--backup-dir"),
        ("GUILDHALL_SECRET", "hunter2", "--secret"),
    ] {
        let (report, status) = reports(&[(name, value)]);
        let check = &report["checks"][0];
        assert_eq!(
            (&check["name"], &check["state"], status),
            (&json!("configuration"), &json!("error"), Some(2))
        );
        let found = check["found"].as_str().unwrap();
        assert!(found.contains(word) && !found.contains("hunter2") && !found.contains("For more"), "{found}");
        assert_eq!(
            (&report["engine"], &report["version"]),
            (&json!(null), &json!(env!("CARGO_PKG_VERSION")))
        );
    }
    let help = runs(folder.path(), &["doctor", "--json", "--help"], &[]);
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage: "));
}
