//! The story of the sample: its people, projects and tasks, and who does what on which day.

use axum::http::Method;
use serde_json::{Value, json};

pub(super) const ORGANIZATION: &str = "Lantern Studio";
const FOUNDER: &str = "Ann";

/// Columns: first name, name, role in the invitation, day of joining.
pub(super) const PEOPLE: [(&str, &str, &str, usize); 10] = [
    (FOUNDER, "Ann Keller", "owner", 0),
    ("Ravi", "Ravi Menon", "admin", 0),
    ("Sofia", "Sofia Marino", "member", 0),
    ("Jonas", "Jonas Berg", "member", 0),
    ("Mei", "Mei Lin", "member", 0),
    ("Tomas", "Tomás Herrera", "member", 1),
    ("Ella", "Ella Novák", "member", 1),
    ("David", "David Osei", "member", 2),
    ("Aisha", "Aisha Rahman", "member", 3),
    ("Piotr", "Piotr Zieliński", "member", 9),
];

/// Columns: key, name, visibility, description, creator, day of creation.
#[rustfmt::skip] // a table reads across
pub(super) const PROJECTS: [(&str, &str, &str, &str, &str, usize); 6] = [
    ("WEB", "Website relaunch", "organization", "The new site, live **before the trade fair**.", "Ann", 0),
    ("APP", "Mobile app", "organization", "Version 2 for iOS and Android, with work offline.", "Ravi", 1),
    ("EXPO", "Trade fair", "organization", "Our stand in hall 4.", "Ann", 1),
    ("OPS", "Office and operations", "organization", "What keeps the lights on.", "Ravi", 2),
    ("HIRE", "Hiring", "private", "Applications are confidential: keep them here.", "Ravi", 4),
    ("FAIR", "Any trade fair", "organization", "What every fair takes. Begin a project with it.", "Ann", 23),
];

/// Columns: name, color, what it is for, titles of the tasks that get it from their creators.
#[rustfmt::skip] // a table reads across
pub(super) const LABELS: [(&str, &str, &str, &[&str]); 4] = [
    ("Bug", "#d73a4a", "Something doesn't do what it should", &["Images are too heavy on slow connections", "Battery drains overnight"]),
    ("Design", "#8250df", "", &["Choose a typeface for headings", "Design the home page", "Draw the hero illustration"]),
    ("Writing", "#0969da", "", &["Write the text of the home page", "Move forty articles from the old site"]),
    ("Customer", "#bf8700", "Somebody outside waits for it", &["Make the contact form work without JavaScript"]),
];

/// Columns: project, title, priority, creator, assignees, day of creation, days on which its status moves on, due day,
/// title of the parent task, description.
pub(super) type Task = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    usize,
    &'static [usize],
    Option<usize>,
    Option<&'static str>,
    Option<&'static str>,
);

#[rustfmt::skip] // a table reads across
pub(super) const TASKS: &[Task] = &[
    ("WEB", "Agree on the site map", "high", "Ann", &["Sofia"], 1, &[2, 3, 4], Some(5), None, Some("Five pages at the first level, not more:\n\n- Work\n- Services\n- About\n- Journal\n- Contact")),
    ("WEB", "Choose a typeface for headings", "medium", "Sofia", &["Mei"], 1, &[2, 5, 6], Some(7), None, None),
    ("WEB", "Design the home page", "high", "Ann", &["Mei"], 3, &[6, 11, 13], Some(12), None, Some("Start from the sketches of Monday. The first screen has to say what we do without scrolling.")),
    ("WEB", "Draw the hero illustration", "medium", "Mei", &["Mei"], 6, &[7, 10, 11], Some(10), Some("Design the home page"), None),
    ("WEB", "Write the text of the home page", "medium", "Mei", &["Ella"], 6, &[8, 10, 12], Some(11), Some("Design the home page"), None),
    ("WEB", "Build the page templates", "high", "Sofia", &["Jonas"], 7, &[9, 17, 19], Some(18), None, None),
    ("WEB", "Template for case studies", "medium", "Jonas", &["Jonas"], 9, &[10, 13, 15], None, Some("Build the page templates"), None),
    ("WEB", "Template for the journal", "medium", "Jonas", &["Piotr"], 11, &[12, 16, 18], None, Some("Build the page templates"), None),
    ("WEB", "Move forty articles from the old site", "low", "Ella", &["Ella", "Piotr"], 12, &[14, 24], Some(28), None, None),
    ("WEB", "Make the contact form work without JavaScript", "medium", "David", &["Jonas"], 16, &[20, 22, 23], Some(25), None, None),
    ("WEB", "Images are too heavy on slow connections", "urgent", "David", &["Jonas"], 19, &[20, 21, 22], Some(22), None, Some("The home page weighs 6.2 MB; on 3G it takes 41 s.\n\nServe AVIF with a fallback, and lazy-load what is below the fold.")),
    ("WEB", "Check every page with a screen reader", "high", "Sofia", &["David"], 21, &[23, 28], Some(30), None, None),
    ("WEB", "Redirect the old addresses", "high", "Jonas", &["Jonas"], 23, &[27], Some(31), None, None),
    ("WEB", "Write three case studies", "medium", "Ann", &["Ella"], 22, &[25], Some(27), None, None),
    ("WEB", "Prepare the launch day", "high", "Ann", &["Sofia", "Jonas"], 26, &[], Some(34), None, Some("1. Freeze the content\n2. Switch the DNS\n3. Watch the logs for an hour\n4. Cake")),
    ("WEB", "Try the new search", "low", "Piotr", &[], 27, &[], None, None, None),

    ("APP", "Decide how the app works offline", "high", "Ravi", &["Tomas"], 2, &[3, 6, 8], Some(9), None, Some("Compare a queue of changes with a full copy on the device. Write down what we lose with each.")),
    ("APP", "Crash when the camera is refused", "urgent", "David", &["Tomas"], 3, &[4, 5, 6], Some(5), None, Some("Android 14 only. Refuse the permission, go back, tap the camera again.")),
    ("APP", "New tab bar", "medium", "Ravi", &["Mei"], 5, &[12, 15, 17], Some(16), None, None),
    ("APP", "Icons for the tab bar", "low", "Mei", &["Mei"], 12, &[13, 14, 15], None, Some("New tab bar"), None),
    ("APP", "Sync in the background", "high", "Ravi", &["Tomas", "Piotr"], 9, &[11], Some(29), None, None),
    ("APP", "Queue changes while offline", "high", "Tomas", &["Tomas"], 11, &[12, 18, 20], Some(20), Some("Sync in the background"), None),
    ("APP", "Resolve conflicting changes", "high", "Tomas", &["Tomas"], 18, &[21, 28], Some(30), Some("Sync in the background"), None),
    ("APP", "Try again when the network comes back", "medium", "Tomas", &["Piotr"], 18, &[22, 26, 27], Some(28), Some("Sync in the background"), None),
    ("APP", "Dark mode", "low", "Mei", &["Mei"], 14, &[19], Some(35), None, None),
    ("APP", "Translate the app into Polish", "low", "Piotr", &["Piotr"], 15, &[17, 23, 25], None, None, None),
    ("APP", "Test on the five oldest phones", "medium", "Ravi", &["David"], 20, &[24], Some(32), None, None),
    ("APP", "Screenshots for the stores", "medium", "Ravi", &["Mei"], 24, &[], Some(36), None, None),
    ("APP", "Ask for a rating after the tenth task", "none", "Ella", &[], 25, &[], None, None, None),
    ("APP", "Battery drains overnight", "urgent", "David", &[], 28, &[], Some(31), None, Some("Two testers lost about 30 % between midnight and six. It began with build 212.")),

    ("EXPO", "Book the stand", "urgent", "Ann", &["Aisha"], 3, &[4, 5, 5], Some(5), None, None),
    ("EXPO", "Design the back wall", "high", "Ann", &["Mei"], 5, &[8, 9, 10], Some(11), None, None),
    ("EXPO", "Print 500 leaflets", "medium", "Ella", &["Aisha"], 7, &[12, 13, 14], Some(14), None, None),
    ("EXPO", "Borrow two large screens", "medium", "Aisha", &["David"], 8, &[10, 11, 12], Some(13), None, None),
    ("EXPO", "Who stands when", "low", "Aisha", &["Aisha"], 10, &[13, 14, 15], Some(15), None, None),
    ("EXPO", "Write to everybody who left a card", "high", "Ann", &["Ella", "Sofia"], 17, &[18, 20, 21], Some(21), None, None),

    ("OPS", "Renew the insurance", "high", "Ravi", &["Aisha"], 4, &[6, 7, 8], Some(10), None, None),
    ("OPS", "Keys for the new people", "medium", "Aisha", &["Aisha"], 5, &[9, 10, 10], None, None, None),
    ("OPS", "Back up the laptops", "high", "Jonas", &["Tomas"], 8, &[13, 14, 16], Some(17), None, None),
    ("OPS", "The plant on the second floor is dying", "none", "Ella", &[], 10, &[], None, None, None),
    ("OPS", "Compare electricity suppliers", "low", "Ravi", &["Aisha"], 13, &[22], Some(26), None, None),
    ("OPS", "Fire drill", "medium", "Aisha", &["David"], 19, &[], Some(33), None, None),
    ("OPS", "Expenses of October", "medium", "Ann", &["Aisha"], 21, &[23, 25, 26], Some(26), None, None),
    ("OPS", "Renew the insurance of the van", "none", "Ella", &[], 22, &[], None, None, None),

    ("HIRE", "Describe the role of a back-end developer", "high", "Ravi", &["Aisha"], 5, &[6, 8, 9], Some(9), None, None),
    ("HIRE", "Publish the advertisement", "medium", "Ravi", &["Aisha"], 9, &[10, 11, 12], Some(12), None, None),
    ("HIRE", "Read the first thirty applications", "medium", "Aisha", &["Ravi", "Aisha"], 17, &[18, 24, 26], Some(25), None, None),
    ("HIRE", "Invite five for an interview", "high", "Ravi", &["Ravi"], 26, &[28], Some(30), None, None),
    ("HIRE", "Plan the first week of whoever comes", "low", "Ann", &[], 27, &[], Some(45), None, None),

    ("FAIR", "Book a stand", "urgent", "Ann", &["Aisha"], 23, &[], Some(30), None, Some("Half a year ahead: near a corner, with power.")),
    ("FAIR", "Decide what to show", "high", "Ann", &["Sofia"], 23, &[], Some(32), None, None),
    ("FAIR", "Print leaflets", "medium", "Ann", &["Ella"], 23, &[], Some(38), Some("Decide what to show"), None),
    ("FAIR", "Write to whoever left a card", "high", "Ann", &["Ella"], 23, &[], Some(44), None, None),

    ("OPS", "The first day of somebody new", "medium", "Aisha", &["Aisha"], 27, &[], None, None, Some("Make a copy for whoever comes.")),
    ("OPS", "Hand over the keys and a laptop", "medium", "Aisha", &["Tomas"], 28, &[], None, Some("The first day of somebody new"), None),
    ("OPS", "Lunch with everybody", "low", "Aisha", &[], 28, &[], None, Some("The first day of somebody new"), None),
];

/// Columns: a name for the story only, author, day, minute, title of the task, name of the comment that it replies to,
/// text. `{Ann}` stands for the id of Ann.
pub(super) type Comment =
    (&'static str, &'static str, usize, i64, &'static str, Option<&'static str>, &'static str);

#[rustfmt::skip] // a table reads across
pub(super) const COMMENTS: &[Comment] = &[
    ("weight", "Mei", 20, 10 * 60 + 30, "Images are too heavy on slow connections", None, "The hero alone is 2.1 MB. <@{Jonas}>, could we serve it in two sizes?"),
    ("sizes", "Jonas", 20, 11 * 60 + 5, "Images are too heavy on slow connections", Some("weight"), "Yes: 800 and 1600 pixels wide, **640 kB** together."),
    ("conflicts", "Tomas", 21, 15 * 60, "Resolve conflicting changes", None, "If the last change wins, somebody loses an hour of work. I would ask the person. <@{Ravi}>, <@{Mei}>?"),
    ("ask", "Ravi", 21, 16 * 60 + 20, "Resolve conflicting changes", Some("conflicts"), "Ask, but only where both changed the same field."),
    ("launch", "Sofia", 27, 15 * 60 + 30, "Prepare the launch day", None, "- Freeze on Thursday at noon\n- <@{David}> watches the logs"),
    ("battery", "David", 28, 16 * 60 + 15, "Battery drains overnight", None, "It stops as soon as I switch the sync off."),
];

/// Columns: who links, day, minute, title of the task, kind of the link, title of the other task.
pub(super) type Link = (&'static str, usize, i64, &'static str, &'static str, &'static str);

#[rustfmt::skip] // a table reads across
pub(super) const LINKS: &[Link] = &[
    ("Tomas", 18, 16 * 60, "Resolve conflicting changes", "blocked_by", "Queue changes while offline"),
    ("Ravi", 24, 17 * 60, "Screenshots for the stores", "blocked_by", "Test on the five oldest phones"),
    ("Ann", 26, 17 * 60, "Prepare the launch day", "blocked_by", "Redirect the old addresses"),
    ("Ann", 26, 17 * 60 + 1, "Prepare the launch day", "blocked_by", "Write three case studies"),
    ("David", 28, 16 * 60 + 20, "Battery drains overnight", "relates_to", "Sync in the background"),
];

/// The number of tasks that are deleted in the course of the story.
pub(super) const DELETED: usize = 1;
const PROMOTED: (&str, &str) = ("Sofia", "admin");

pub(super) fn email(who: &str) -> String {
    format!("{}@example.com", who.to_lowercase())
}

pub(super) fn full_name(who: &str) -> &str {
    let found = PEOPLE.iter().find(|person| person.0 == who);
    found.map_or(who, |person| person.1)
}

pub(super) fn final_role(who: &str, invited_as: &'static str) -> &'static str {
    if who == PROMOTED.0 { PROMOTED.1 } else { invited_as }
}

/// A step that somebody takes at a given time. `minute` counts from midnight UTC.
pub(super) struct Event {
    pub day: usize,
    pub minute: i64,
    pub who: &'static str,
    pub step: Step,
}

pub(super) enum Step {
    /// Create an account and the organization.
    Found,
    /// Invite somebody with a role; they sign up with the invitation.
    Bring(&'static str, &'static str),
    /// Create a label with a name, a color and a description.
    Label(&'static str, &'static str, &'static str),
    /// Create a task.
    Plan(&'static Task),
    /// Comment on a task.
    Say(&'static Comment),
    /// Link a task to another.
    Link(&'static Link),
    /// Send any other request. The path is relative to the organization's.
    Do(Method, String, Value),
}

/// Returns the events of the whole story in chronological order.
pub(super) fn events() -> Vec<Event> {
    let mut events = vec![at(0, 8 * 60, FOUNDER, Step::Found)];
    for (place, (who, _, role, day)) in (0..).zip(PEOPLE).skip(1) {
        events.push(at(day, 8 * 60 + 10 + place, FOUNDER, Step::Bring(who, role)));
    }
    for (place, (key, name, visibility, about, who, day)) in (0..).zip(PROJECTS) {
        let new = json!({ "key": key, "name": name, "visibility": visibility, "description": about });
        let minute = 13 * 60 + place * 4;
        events.push(request(day, minute, who, Method::POST, "/projects", new));
    }
    for (place, (name, color, about, _)) in (0..).zip(LABELS) {
        events.push(at(0, 13 * 60 + 30 + place, FOUNDER, Step::Label(name, color, about)));
    }
    for (place, task) in (0..).zip(TASKS) {
        let &(_, title, _, who, to, day, moves, ..) = task;
        let minute = 14 * 60 + place * 37 % 90;
        events.push(at(day, minute, who, Step::Plan(task)));
        for (label, ..) in LABELS.iter().filter(|(.., titles)| titles.contains(&title)) {
            let path = format!("/tasks/{{{title}}}/labels/{{{label}}}");
            events.push(request(day, minute + 1, who, Method::PUT, &path, json!({})));
        }
        let does = to.first().copied().unwrap_or(who);
        // The creator marks a task as done, the first assignee does the rest.
        let steps = [("in_progress", does, 9), ("review", does, 11), ("done", who, 16)];
        for (&day, (status, who, hour)) in moves.iter().zip(steps) {
            let minute = hour * 60 + place * 23 % 90;
            events.push(patch(day, minute, who, title, json!({ "status": status })));
        }
    }
    events.extend(COMMENTS.iter().map(|comment| at(comment.2, comment.3, comment.1, Step::Say(comment))));
    events.extend(LINKS.iter().map(|link| at(link.1, link.2, link.0, Step::Link(link))));
    events.extend(turns());
    events.sort_by_key(|event| (event.day, event.minute));
    events
}

fn at(day: usize, minute: i64, who: &'static str, step: Step) -> Event {
    Event { day, minute, who, step }
}

fn request(day: usize, minute: i64, who: &'static str, method: Method, path: &str, body: Value) -> Event {
    at(day, minute, who, Step::Do(method, path.to_owned(), body))
}

fn patch(day: usize, minute: i64, who: &'static str, title: &str, body: Value) -> Event {
    let path = format!("/tasks/{{{title}}}");
    request(day, minute, who, Method::PATCH, &path, body)
}

/// Returns the events that don't follow from the tables above.
#[rustfmt::skip] // a table reads across
fn turns() -> [Event; 25] {
    const PLANT: &str = "The plant on the second floor is dying";
    const HOME: &str = "Design the home page";
    const BATTERY: &str = "Battery drains overnight";
    const IMAGES: &str = "Images are too heavy on slow connections";
    let none = Value::Null;
    let done = json!({ "status": "done" });
    [
        request(2, 16 * 60, "Ann", Method::PATCH, "", json!({ "settings": { "members_can_create_projects": true } })),
        request(4, 13 * 60 + 40, "Ravi", Method::PUT, "/projects/HIRE/members/{Aisha}", json!({})),
        request(6, 8 * 60 + 30, "Ann", Method::PATCH, "/members/{Sofia}", json!({ "role": "admin" })),
        patch(11, 17 * 60, "Ann", HOME, json!({ "status": "in_progress" })),
        patch(12, 17 * 60, "Mei", HOME, json!({ "status": "review" })),
        request(13, 12 * 60 + 40, "Ann", Method::POST, "/projects/WEB/columns", json!({ "name": "Ready to launch", "status": "review", "color": "#bf8700", "task_limit": 4 })),
        patch(13, 13 * 60, "Ravi", "Sync in the background", json!({ "priority": "urgent" })),
        request(14, 12 * 60 + 50, "David", Method::PUT, &format!("/tasks/{{{PLANT}}}/assignees/{{David}}"), json!({})),
        patch(15, 12 * 60 + 40, "David", PLANT, done),
        request(17, 13 * 60, "Ann", Method::PATCH, "/projects/WEB", json!({ "description": "The new site, live **by the end of the quarter**." })),
        request(20, 11 * 60 + 20, "Mei", Method::PUT, &format!("/tasks/{{{IMAGES}}}/comments/{{sizes}}/reactions/%F0%9F%91%8D"), json!({})),
        request(20, 11 * 60 + 40, "David", Method::PUT, &format!("/tasks/{{{IMAGES}}}/comments/{{sizes}}/reactions/%F0%9F%91%8D"), json!({})),
        request(22, 16 * 60 + 30, "Jonas", Method::PUT, &format!("/tasks/{{{IMAGES}}}/comments/{{weight}}/resolved"), json!({})),
        request(22, 17 * 60 + 10, "Ella", Method::DELETE, "/tasks/{Renew the insurance of the van}", none.clone()),
        request(22, 17 * 60 + 40, "Ann", Method::POST, "/projects/EXPO/archive", json!({})),
        request(23, 13 * 60 + 40, "Ann", Method::PATCH, "/projects/FAIR", json!({ "is_template": true })),
        request(24, 12 * 60 + 45, "Jonas", Method::PUT, "/tasks/{Redirect the old addresses}/assignees/{Piotr}", json!({})),
        request(25, 12 * 60 + 50, "Ella", Method::DELETE, "/tasks/{Move forty articles from the old site}/assignees/{Ella}", none),
        patch(26, 13 * 60, "Ravi", "Test on the five oldest phones", json!({ "title": "Test on the six oldest phones" })),
        request(27, 16 * 60, "Ann", Method::POST, "/invitations", json!({ "email": "noor@example.com", "role": "member" })),
        patch(27, 16 * 60 + 30, "Aisha", "The first day of somebody new", json!({ "is_template": true })),
        request(29, 8 * 60 + 40, "Tomas", Method::PUT, &format!("/tasks/{{{BATTERY}}}/assignees/{{Tomas}}"), json!({})),
        patch(29, 8 * 60 + 55, "Tomas", BATTERY, json!({ "status": "in_progress" })),
        patch(29, 11 * 60 + 10, "Ann", "Ask for a rating after the tenth task", json!({ "status": "cancelled" })),
        request(29, 12 * 60 + 30, "Ann", Method::PUT, "/tasks/{Prepare the launch day}/assignees/{David}", json!({})),
    ]
}
