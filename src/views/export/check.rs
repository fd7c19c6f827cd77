//! Validation of an archive beyond the types of its rows. An organization that breaks these rules couldn't have come
//! about through the API, and requests on it would fail.

use std::{
    collections::{HashMap, HashSet},
    iter::successors,
};

use super::{
    import::Contents,
    rows::{Member, Task},
};
use crate::{
    access::Role,
    base::{
        id::{ProjectId, TaskId, UserId},
        text::{Email, Title},
    },
    workspace::tasks::DEPTH,
};

/// The largest integer that every JSON reader represents exactly.
const NUMBER_MOST: i64 = (1 << 53) - 1;

type Verdict = Result<(), String>;

pub(super) fn check(contents: &Contents) -> Verdict {
    people(contents)?;
    members(contents)?;
    projects(contents)?;
    numbers(contents)?;
    tasks(contents)?;
    let missing = (1..).zip(&contents.entries).find(|(seq, entry)| entry.seq != *seq);
    missing.map_or(Ok(()), |(seq, _)| Err(format!("ledger.ndjson: the entry {seq} is missing")))
}

/// Returns an error for the first row of a file for which `wrong` returns a reason.
fn each<R>(file: &str, rows: &[R], mut wrong: impl FnMut(&R) -> Option<&'static str>) -> Verdict {
    let first = (1..).zip(rows).find_map(|(line, row): (usize, _)| wrong(row).map(|why| (line, why)));
    first.map_or(Ok(()), |(line, why)| Err(format!("{file}.ndjson, line {line}: {why}")))
}

fn version(version: i64) -> Option<&'static str> {
    (!(1..=NUMBER_MOST).contains(&version)).then_some("the version is out of range")
}

fn people(contents: &Contents) -> Verdict {
    let mut addresses = HashSet::new();
    each("people", &contents.people, |person| {
        let email: Option<Result<Email, _>> = person.email.as_deref().map(str::parse);
        match email? {
            Ok(email) if addresses.insert(email.canonical().to_owned()) => None,
            Ok(_) => Some("somebody above has the same address"),
            Err(_) => Some("the email is no address"),
        }
    })
}

fn members(contents: &Contents) -> Verdict {
    let addressed = contents.people.iter().filter(|person| person.email.is_some());
    let addressed: HashSet<UserId> = addressed.map(|person| person.id).collect();
    each("organization", std::slice::from_ref(&contents.organization), |org| version(org.version))?;
    each("members", &contents.members, |member| {
        let nobody = member.ended_at.is_none() && !addressed.contains(&member.user_id);
        version(member.version).or(nobody.then_some("a member has an address"))
    })?;
    let owns = |member: &Member| member.role == Role::Owner && member.ended_at.is_none();
    if contents.members.iter().any(owns) { Ok(()) } else { Err("members.ndjson: nobody is owner".into()) }
}

fn projects(contents: &Contents) -> Verdict {
    let keys: HashMap<&str, ProjectId> =
        contents.keys.iter().map(|row| (row.key.as_str(), row.project_id)).collect();
    each("projects", &contents.projects, |project| {
        version(project.version)
            .or((!(0..=NUMBER_MOST).contains(&project.numbers)).then_some("numbers is out of range"))
            .or((keys.get(project.key.as_str()) != Some(&project.id))
                .then_some("project_keys.ndjson lacks the key"))
    })
}

/// Rejects task numbers beyond the project's last one, since the project would give them out again.
fn numbers(contents: &Contents) -> Verdict {
    let last: HashMap<ProjectId, i64> =
        contents.projects.iter().map(|project| (project.id, project.numbers)).collect();
    each("task_numbers", &contents.numbers, |row| {
        let last = last.get(&row.project_id)?;
        (!(1..=*last).contains(&row.number)).then_some("the project hasn't given out the number")
    })
}

fn tasks(contents: &Contents) -> Verdict {
    let numbers: HashMap<(ProjectId, i64), TaskId> =
        contents.numbers.iter().map(|row| ((row.project_id, row.number), row.task_id)).collect();
    let tasks: HashMap<TaskId, &Task> = contents.tasks.iter().map(|task| (task.id, task)).collect();
    each("tasks", &contents.tasks, |task| {
        let untitled = task.purged_at.is_none() && task.title.parse::<Title>().is_err();
        let unnumbered = numbers.get(&(task.project_id, task.number)) != Some(&task.id);
        version(task.version)
            .or(untitled.then_some("there is no title"))
            .or(unnumbered.then_some("task_numbers.ndjson lacks the number"))
            .or((!is_well_placed(task, &tasks))
                .then_some("the parent is below the task, too deep, or in another project"))
    })
}

/// Returns whether a task has at most [`DEPTH`] ancestors, all in its own project. A cycle counts as too deep.
fn is_well_placed(task: &Task, tasks: &HashMap<TaskId, &Task>) -> bool {
    let line = successors(Some(task), |task| tasks.get(&task.parent_id?).copied());
    let mut above = line.skip(1).take(DEPTH + 1);
    let of_its_project =
        |(depth, above): (usize, &Task)| depth < DEPTH && above.project_id == task.project_id;
    (0..).zip(&mut above).all(of_its_project)
}
