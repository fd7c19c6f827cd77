//! The house: layers that import downwards only, features without circles, the database behind `access`, a map that is
//! true. Read from the sources with `syn`.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::visit::Visit;

/// From the highest to the lowest. A file imports from its own layer and from those behind it.
const LAYERS: [&str; 10] =
    ["app", "views", "lifecycle", "workspace", "identity", "effects", "access", "http", "db", "base"];

/// Layers whose files are parts of one whole rather than features: a transaction and what authorizes it, an answer and
/// its description.
const WHOLES: [&str; 3] = ["access", "http", "db"];

/// What only `access` may hold: with one of them, data is reached without authorization.
const DATABASE: [&str; 3] = ["Db", "Tx", "Scope"];

/// Each source file by its module path, such as `["workspace", "tasks", "store"]`.
type Sources = BTreeMap<Vec<String>, String>;

fn sources() -> Sources {
    fn read(folder: &Path, at: &[String], sources: &mut Sources) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let within: Vec<String> = at.iter().cloned().chain([name.clone()]).collect();
            if path.is_dir() {
                read(&path, &within, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = if name == "mod" { at.to_vec() } else { within };
                sources.insert(module, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut sources);
    for root in ["main", "lib"] {
        sources.remove([root.to_owned()].as_slice());
    }
    sources
}

/// The paths inside this crate that a file names, each from the root; what its unit tests name doesn't count.
struct Imports<'a> {
    module: &'a [String],
    found: BTreeSet<Vec<String>>,
}

impl Imports<'_> {
    fn of(module: &[String], text: &str) -> BTreeSet<Vec<String>> {
        let mut imports = Imports { module, found: BTreeSet::new() };
        imports.visit_file(&syn::parse_file(text).unwrap());
        imports.found
    }

    fn add(&mut self, path: &[String]) {
        let mut module = self.module.to_vec();
        let absolute = match path.first().map(String::as_str) {
            Some("crate") => path[1..].to_vec(),
            Some("self") => [&module, &path[1..]].concat(),
            Some("super") => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                module.truncate(module.len().saturating_sub(ups));
                [&module, &path[ups..]].concat()
            }
            _ => return,
        };
        if !absolute.is_empty() {
            self.found.insert(absolute);
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string())),
            syn::UseTree::Name(name) if name.ident == "self" => self.add(before),
            syn::UseTree::Name(name) => self.add(&with(name.ident.to_string())),
            syn::UseTree::Rename(name) => self.add(&with(name.ident.to_string())),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        if node.ident != "tests" {
            syn::visit::visit_item_mod(self, node);
        }
    }

    fn visit_item_use(&mut self, node: &'ast syn::ItemUse) {
        self.tree(&node.tree, &[]);
    }

    fn visit_path(&mut self, node: &'ast syn::Path) {
        self.add(&node.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        syn::visit::visit_path(self, node);
    }

    /// Inside a macro's brackets there are only tokens.
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.visit_path(&node.path);
        let text = node.tokens.to_string().replace(' ', "");
        for start in ["crate::", "super::"] {
            for (at, _) in text.match_indices(start) {
                let path = text[at..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
                let path: Vec<String> =
                    path.take(1).flat_map(|path| path.split("::")).map(str::to_owned).collect();
                self.add(&path);
            }
        }
    }
}

/// What is against the rules, in words.
fn violations(sources: &Sources) -> Vec<String> {
    let imports: Vec<(&[String], BTreeSet<Vec<String>>)> =
        sources.iter().map(|(module, text)| (module.as_slice(), Imports::of(module, text))).collect();
    [upward(&imports), circles(sources, &imports), beside_access(&imports)].concat()
}

type Imported<'a> = [(&'a [String], BTreeSet<Vec<String>>)];

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|name| *name == layer)
}

fn upward(imports: &Imported<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (module, paths) in imports {
        let own = rank(&module[0]).unwrap_or_else(|| panic!("{} is no layer", module[0]));
        for path in
            paths.iter().filter(|path| path.first().and_then(|layer| rank(layer)).is_some_and(|to| to < own))
        {
            found.push(format!("{} imports {} from a layer above", module.join("::"), path.join("::")));
        }
    }
    found
}

/// Features of one layer that import one another, however indirectly.
fn circles(sources: &Sources, imports: &Imported<'_>) -> Vec<String> {
    let features: BTreeSet<&[String]> =
        sources.keys().filter(|module| module.len() > 1).map(|module| &module[..2]).collect();
    let mut arrows: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (module, paths) in imports.iter().filter(|(module, _)| module.len() > 1) {
        let to = paths.iter().filter_map(|path| features.get(path.get(..2)?).copied());
        arrows
            .entry(&module[..2])
            .or_default()
            .extend(to.filter(|to| *to != &module[..2] && to[0] == module[0]));
    }
    let reaches = |from: &[String], to: &[String]| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(feature) = next.pop() {
            for after in arrows.get(feature).into_iter().flatten().filter(|after| seen.insert(**after)) {
                next.push(after);
            }
        }
        seen.contains(to)
    };
    let inside = features.iter().filter(|feature| !WHOLES.contains(&feature[0].as_str()));
    let circular = inside.filter(|feature| reaches(feature, feature));
    circular.map(|feature| format!("{} is in a circle of features", feature.join("::"))).collect()
}

fn beside_access(imports: &Imported<'_>) -> Vec<String> {
    let outside = imports.iter().filter(|(module, _)| module[0] != "access" && module[0] != "db");
    let names = |path: &&Vec<String>| {
        path[0] == "db" && path.iter().skip(1).any(|name| DATABASE.contains(&name.as_str()))
    };
    outside
        .flat_map(|(module, paths)| paths.iter().filter(names).map(move |path| (module, path)))
        .map(|(module, path)| format!("{} names {}, which is access's", module.join("::"), path.join("::")))
        .collect()
}

/// The features that the map in `ARCHITECTURE.md` names under each layer: the line behind `src/<layer>/`.
fn map(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut map = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let layer = line.strip_prefix("src/").and_then(|rest| rest.split_once('/'));
        if let Some((layer, _)) = layer {
            let names = lines.next().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
            map.insert(layer.to_owned(), names);
        }
    }
    map
}

fn there(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in sources.keys() {
        there.entry(module[0].clone()).or_default().extend(module.get(1).cloned());
    }
    there
}

#[test]
fn the_house_keeps_its_rules() {
    let found = violations(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_map_names_what_is_there() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    assert_eq!(map(&text), there(&sources()));
}

/// A small house that keeps the rules, with another text for one file of it.
fn house(file: &str, text: &str) -> Sources {
    let files = [
        ("base::id", ""),
        ("db", "pub struct Tx; pub struct Value;"),
        ("access", "use crate::db::Tx;"),
        ("workspace::members", "use crate::{access::Access, base::id::Id};"),
        ("workspace::projects", "use super::members::Member;"),
        ("workspace::projects::store", "use super::super::members; use crate::db::Value;"),
        ("views::search", "use crate::workspace::projects::{self, Project};"),
        (file, text),
    ];
    files.map(|(module, text)| (module.split("::").map(str::to_owned).collect(), text.to_owned())).into()
}

#[test]
fn a_small_house_keeps_them() {
    assert_eq!(violations(&house("app", "use crate::views::search;")), [""; 0]);
}

#[test]
fn an_arrow_upwards_is_found_however_it_is_written() {
    let ways = [
        "use crate::{base, views::search::Hit};",
        "use super::super::views::search::Hit;",
        "fn f() -> crate::views::search::Hit { todo!() }",
        "fn f() { vec![crate::views::search::find()]; }",
        "fn f() { crate::views::search::call!(); }",
    ];
    for way in ways {
        let found = violations(&house("workspace::tasks", way));
        assert!(found.len() == 1 && found[0].contains("imports views::search"), "{way}: {found:?}");
    }
    let only_tested = "#[cfg(test)] mod tests { use crate::views::search::Hit; }";
    assert_eq!(violations(&house("workspace::tasks", only_tested)), [""; 0]);
}

#[test]
fn a_circle_of_features_is_found() {
    let direct = violations(&house("workspace::members", "use super::projects::Project;"));
    assert_eq!(
        direct,
        ["workspace::members is in a circle of features", "workspace::projects is in a circle of features"]
    );
    let mut around = house("workspace::members::store", "use crate::workspace::orgs;");
    let orgs = ["workspace", "orgs"].map(str::to_owned).to_vec();
    around.insert(orgs, "use crate::workspace::projects::store::find;".to_owned());
    assert_eq!(violations(&around).len(), 3);
}

#[test]
fn the_database_beside_access_is_found() {
    for way in ["use crate::db::{Tx, Value};", "fn f(tx: &crate::db::Tx) {}"] {
        let found = violations(&house("workspace::tasks", way));
        assert_eq!(found, ["workspace::tasks names db::Tx, which is access's"], "{way}");
    }
}

#[test]
fn a_map_that_lacks_or_invents_a_room_is_found() {
    let house = house("app", "");
    let true_map = "src/access/  x\n\nsrc/app/\n\nsrc/base/\n  id\nsrc/db/\n\nsrc/views/ \n search\nsrc/workspace/\n members projects\n";
    assert_eq!(map(true_map), there(&house));
    assert_ne!(map(&true_map.replace(" projects", "")), there(&house));
    assert_ne!(map(&true_map.replace("search", "search stats")), there(&house));
}
