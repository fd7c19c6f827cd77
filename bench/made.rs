//! The tasks that `bench fill` makes up, with all that the API keeps of them. The same number always gives the same task.

use std::ops::Range;

use uuid::{Builder, Uuid};

use crate::Outcome;

pub const PROJECTS: usize = 20;
pub const PEOPLE: usize = 20;
/// The word that every task has, and a word that ten of them have.
pub const COMMON: &str = "the";
pub const RARE: &str = "xbabababa";

/// The words of the titles, without those two; how often one is used goes by Zipf's law.
const WORDS: f64 = 50_000.0;
const YEARS: i64 = 2 * 365 * DAY;
const DAY: i64 = 86_400_000;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The tables that a task has rows in, with the columns that are set.
pub const TABLES: [(&str, &str); 6] = [
    (
        "tasks",
        "org_id, id, project_id, number, title, description, status, priority, due_at, parent_id, position, created_by,
         completed_at, version, created_at, updated_at, comments, subtasks, subtasks_done",
    ),
    ("task_numbers", "org_id, project_id, number, task_id"),
    ("task_assignees", "org_id, task_id, user_id, assigned_at, task_created_at, open_due_at"),
    ("search_words", "org_id, subject_id, project_id, word, weight"),
    (
        "ledger",
        "org_id, seq, id, at, actor_kind, actor_id, token_id, action, subject_kind, subject_id, project_id, task_id,
         changes",
    ),
    ("ledger_texts", "org_id, seq, subject_id, texts"),
];

/// A value of a column.
#[derive(Clone)]
pub enum Cell {
    Null,
    Int(i64),
    Id(Uuid),
    Text(String),
}

/// Takes a row of one of the tables, which is given by its place.
pub type Take<'a> = dyn FnMut(usize, &[Cell]) -> Outcome<()> + 'a;

/// `SplitMix64` (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % most.max(1)
    }

    /// A number below `most - 1`; one twice as large is half as frequent.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small and positive")]
    fn zipf(&mut self, most: f64) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        most.powf(part) as usize - 1
    }
}

/// An organization whose tasks are made up.
#[derive(Debug, Clone)]
pub struct Made {
    pub org: Uuid,
    pub projects: Vec<Uuid>,
    pub people: Vec<Uuid>,
    pub tasks: usize,
    /// In milliseconds since 1970: the last of them was created just before.
    pub now: i64,
    /// The newest entry of the ledger before theirs.
    pub seq: i64,
}

impl Made {
    /// A task's id. Ids follow each other in time.
    pub fn task(&self, n: usize) -> Uuid {
        id(self.created(n), &mut Dice(self.seed(n)))
    }

    /// How many tasks a project has.
    pub fn numbers(&self, project: usize) -> usize {
        (self.tasks + PROJECTS - 1 - project) / PROJECTS
    }

    fn seed(&self, n: usize) -> u64 {
        self.org.as_u64_pair().1 ^ (n as u64).wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn created(&self, n: usize) -> i64 {
        let (n, tasks) = (int(n), int(self.tasks));
        // In two steps, so that the product stays below what an i64 takes.
        self.now - YEARS + YEARS / 1_000 * n / tasks * 1_000
    }

    /// Hands out the rows of some of the tasks.
    pub fn write(&self, some: Range<usize>, take: &mut Take<'_>) -> Outcome<()> {
        for n in some {
            self.write_one(n, take)?;
        }
        Ok(())
    }

    fn write_one(&self, n: usize, take: &mut Take<'_>) -> Outcome<()> {
        let (dice, created) = (&mut Dice(self.seed(n)), self.created(n));
        let task = id(created, dice);
        let project = *self.projects.get(n % PROJECTS).ok_or("too few projects")?;
        let number = n / PROJECTS + 1;
        let person = |dice: &mut Dice| self.people.get(dice.zipf(PEOPLE as f64 + 1.0)).copied();
        let creator = person(dice).ok_or("nobody")?;
        let words = words(n, self.tasks, dice);
        let title = words.join(" ");
        // Of the newest tenth few are done, of the others most.
        let is_new = n * 10 > self.tasks * 9;
        let is_done = dice.below(10) < if is_new { 2 } else { 9 };
        let status = if is_done { 3 } else { [0, 0, 0, 1, 1, 2].get(dice.below(6)).copied().unwrap_or(0) };
        let priority = [0, 0, 0, 0, 1, 2, 2, 3, 3, 4].get(dice.below(10)).copied().unwrap_or(0);
        let due = (dice.below(10) < 4).then(|| created + int(dice.below(60) + 1) * DAY);
        let updated = (created + int(dice.below(30)) * DAY).min(self.now);
        let optional = |value: Option<i64>| value.map_or(Cell::Null, Cell::Int);
        let row = [
            Cell::Id(self.org),
            Cell::Id(task),
            Cell::Id(project),
            Cell::Int(int(number)),
            Cell::Text(title.clone()),
            Cell::Text(String::new()),
            Cell::Int(status),
            Cell::Int(priority),
            optional(due),
            Cell::Null,
            Cell::Text(position(number)),
            Cell::Id(creator),
            optional(is_done.then_some(updated)),
            Cell::Int(1),
            Cell::Int(created),
            Cell::Int(updated),
            Cell::Int(0),
            Cell::Int(0),
            Cell::Int(0),
        ];
        take(0, &row)?;
        take(1, &[Cell::Id(self.org), Cell::Id(project), Cell::Int(int(number)), Cell::Id(task)])?;
        // Of ten tasks two have nobody, and one has two people.
        let (one, other) = (person(dice).ok_or("nobody")?, person(dice).ok_or("nobody")?);
        let assignees: &[Uuid] = match dice.below(10) {
            0 | 1 => &[],
            2 if one != other => &[one, other],
            _ => &[one],
        };
        let open_due = if is_done { Cell::Null } else { Cell::Int(due.unwrap_or(i64::MAX)) };
        for assignee in assignees {
            let (org, person) = (Cell::Id(self.org), Cell::Id(*assignee));
            take(
                2,
                &[org, Cell::Id(task), person, Cell::Int(created), Cell::Int(created), open_due.clone()],
            )?;
        }
        let mut sorted = words;
        sorted.sort_unstable();
        sorted.dedup();
        for word in sorted {
            take(
                3,
                &[Cell::Id(self.org), Cell::Id(task), Cell::Id(project), Cell::Text(word), Cell::Int(8)],
            )?;
        }
        let seq = self.seq + 1 + int(n);
        let entry = [
            Cell::Id(self.org),
            Cell::Int(seq),
            Cell::Id(id(created, dice)),
            Cell::Int(created),
            Cell::Text("user".into()),
            Cell::Id(creator),
            Cell::Null,
            Cell::Text("task.created".into()),
            Cell::Text("task".into()),
            Cell::Id(task),
            Cell::Id(project),
            Cell::Id(task),
            Cell::Text(crate::limit::CHANGES.into()),
        ];
        take(4, &entry)?;
        let texts = format!(r#"{{"title":{{"from":null,"to":"{title}"}}}}"#);
        take(5, &[Cell::Id(self.org), Cell::Int(seq), Cell::Id(task), Cell::Text(texts)])
    }
}

fn int(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn id(time: i64, dice: &mut Dice) -> Uuid {
    let mut random = [0; 10];
    for half in random.chunks_mut(5) {
        half.copy_from_slice(&dice.next().to_le_bytes()[..5]);
    }
    Builder::from_unix_timestamp_millis(u64::try_from(time).unwrap_or(0), &random).into_uuid()
}

/// The words of a task's title: the one that all have, five by Zipf's law, and one that it shares with nine others.
fn words(n: usize, tasks: usize, dice: &mut Dice) -> Vec<String> {
    let mut words = vec![COMMON.to_owned()];
    words.extend((0..5).map(|_| word("", 3, dice.zipf(WORDS))));
    words.push(word("x", 4, n % tasks.div_ceil(10)));
    words
}

/// A word of so many syllables, of which no other begins with it.
fn word(start: &str, syllables: usize, mut rank: usize) -> String {
    let mut word = start.to_owned();
    for _ in 0..syllables {
        let (consonant, vowel) = (rank % 16, rank / 16 % 5);
        word.extend("bcdfghjklmnpqrst".chars().nth(consonant).into_iter().chain("aeiou".chars().nth(vowel)));
        rank /= 80;
    }
    word
}

/// The position of so manieth task on a board, as src/workspace/position.rs makes it.
fn position(mut n: usize) -> String {
    let (mut head, mut most) = (b'a', 62);
    while n >= most {
        n -= most;
        most *= 62;
        head += 1;
    }
    let mut text = vec![head];
    while most > 1 {
        most /= 62;
        text.extend(DIGITS.get(n / most));
        n %= most;
    }
    text.into_iter().map(char::from).collect()
}
