// Puts the page together: the contents, and what the address names.
import { h, codeBox } from "/docs/dom.js";
import { inline, markdown } from "/docs/markdown.js";
import { Reference, method, operationPage } from "/docs/reference.js";
import { search } from "/docs/search.js";

const read = path => fetch(path).then(answer => answer.json());
const [openapi, { guides, errors }] = await Promise.all([read("/openapi.json"), read("/docs/guides.json")]);
const reference = new Reference(openapi, errors);
const [content, nav, menu] = ["content", "nav", "menu"].map(id => document.getElementById(id));
const tagId = tag => `tag-${tag.name.toLowerCase().replaceAll(" ", "-")}`;
const firstSentence = text => text.replaceAll("\n", " ").split(/(?<=\.) /)[0];

/** Links of the guides lead to the guide of that file; other files aren't here. */
function link(target) {
  if (/^(https?:|#)/.test(target)) return target;
  const guide = guides.find(({ file }) => target.split("#")[0].endsWith(`${file.split("/").at(-1)}`) && file !== "README.md");
  if (guide) return `#guide-${guide.id}`;
  return target.startsWith("http://localhost") ? target : null;
}

/** The groups of guides, in their order. */
const groups = [...new Set(guides.map(guide => guide.group))].map(name => ({ name, guides: guides.filter(guide => guide.group === name) }));

nav.append(
  ...groups.map(group => h("section", h("h2", group.name), h("ul", group.guides.map(guide => item(`guide-${guide.id}`, guide.title))))),
  h("section", h("h2", "Reference"), h("ul", item("errors", "Error codes")),
    reference.tags.map(tag => h("details", { "data-tag": tag.name }, h("summary", tag.name),
      h("ul", item(tagId(tag), "Overview"), tag.operations.map(operation => item(operation.id, operation.summary, method(operation.method))))))));

function item(id, title, ...more) {
  return h("li", h("a", { href: `#${id}` }, h("span", title), more));
}

function overview() {
  const login = reference.byId.get("sessions_login");
  return h("article.wide",
    h("p.eyebrow", `Version ${openapi.info.version}`),
    h("h1", "Guildhall API"),
    h("p.lead", inline(openapi.info.description.split("\n\n")[0])),
    h("div.start",
      h("div", h("h2", "Begin"), h("p", "Every request goes to ", h("code", location.origin), ", with the access token of a login or an API token."),
        h("p", h("a.button", { href: "#guide-first-session" }, "A first session"), h("a.button.quiet", { href: `#${login.id}` }, "Log in"))),
      codeBox("Shell", `curl ${location.origin}/v1/me \\\n  --header "Authorization: Bearer $TOKEN"`, "bash")),
    groups.map(group => h("section", h("h2", group.name), h("ul.cards", group.guides.map(guide => h("li", h("a", { href: `#guide-${guide.id}` }, h("strong", guide.title), h("span", inline(firstSentence(guide.text.split("\n\n")[1]), () => null))))))) ),
    h("section", h("h2", "Reference"), h("ul.cards", reference.tags.map(tag => h("li", h("a", { href: `#${tagId(tag)}` }, h("strong", tag.name), h("span", tag.description)))))));
}

function tagPage(tag) {
  return h("article.wide", h("p.eyebrow", "Reference"), h("h1", tag.name), h("p.lead", tag.description),
    h("ul.operations", tag.operations.map(operation => h("li", h("a", { href: `#${operation.id}` }, method(operation.method), h("code", operation.path), h("span", operation.summary))))));
}

function guidePage(guide) {
  return h("article.guide", h("p.eyebrow", guide.group), markdown(guide.text, { link, prefix: `guide-${guide.id}:` }),
    neighbours(guides, guide, one => [`#guide-${one.id}`, one.title]));
}

/** Links to what stands before and behind one in a list. */
function neighbours(list, one, told) {
  const at = list.indexOf(one);
  const leads = (other, mark) => { const [href, title] = told(other); return h("a", { href }, mark(title)); };
  return h("nav.neighbours", { "aria-label": "Next" }, h("span", list[at - 1] && leads(list[at - 1], title => `← ${title}`)), list[at + 1] && leads(list[at + 1], title => `${title} →`));
}

function errorsPage() {
  return h("article.wide", h("p.eyebrow", "Reference"), h("h1", "Error codes"),
    h("p.lead", "Decide by the code: it doesn't change. The ", h("a", { href: "#guide-errors" }, "guide to errors"), " says what else an answer tells."),
    h("ul.errors", errors.map(error => h("li", { id: `error-${error.code}`, tabindex: "-1" },
      h("h2", h("span.status", String(error.status)), h("code", error.code), h("a.anchor", { href: `#error-${error.code}`, "aria-label": `Link to ${error.code}` }, "#")),
      h("p", h("strong", `${error.title}. `), inline(error.help))))));
}

/** What the address names: its parts, its title, its place in the contents, and where on it to go. */
function named(id) {
  const operation = reference.byId.get(id);
  const tag = reference.tags.find(one => tagId(one) === id);
  const [page, place] = id.split(":");
  const guide = guides.find(one => `guide-${one.id}` === page);
  if (operation) return { parts: operationPage(reference, operation, neighbours(reference.operations, operation, one => [`#${one.id}`, one.summary])), title: operation.summary, id };
  if (tag) return { parts: tagPage(tag), title: tag.name, id };
  if (guide) return { parts: guidePage(guide), title: guide.title, id: page, place: place && id };
  if (id === "errors" || id.startsWith("error-")) return { parts: errorsPage(), title: "Error codes", id: "errors", place: id === "errors" ? null : id };
  return { parts: overview(), title: "", id: "" };
}

let isFirst = true;
let shown;

function show() {
  const id = decodeURIComponent(location.hash.slice(1));
  const page = named(id);
  if (shown !== page.id || page.id === "") {
    content.replaceChildren(...[page.parts].flat());
    shown = page.id;
  }
  document.title = page.title ? `${page.title} · Guildhall API` : "Guildhall API";
  for (const entry of nav.querySelectorAll("a")) {
    const isHere = entry.hash === `#${page.id}` && page.id !== "";
    if (isHere) entry.setAttribute("aria-current", "page");
    else entry.removeAttribute("aria-current");
    if (isHere && entry.closest("details")) entry.closest("details").open = true;
    if (isHere) entry.scrollIntoView({ block: "nearest" });
  }
  close();
  const place = page.place && document.getElementById(page.place);
  if (place) place.scrollIntoView();
  else scrollTo(0, 0);
  if (!isFirst) (place?.tabIndex === -1 ? place : content).focus({ preventScroll: true });
  isFirst = false;
}

function close() {
  document.body.classList.remove("open");
  menu.setAttribute("aria-expanded", "false");
}

menu.append(h("span"), h("span"), h("span"));
menu.addEventListener("click", () => {
  const isOpen = document.body.classList.toggle("open");
  menu.setAttribute("aria-expanded", String(isOpen));
});
document.addEventListener("keydown", event => { if (event.key === "Escape") close(); });
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault();
  content.focus();
});
document.getElementById("find").addEventListener("click", search(reference, guides));
addEventListener("hashchange", show);
show();
document.documentElement.dataset.ready = String(Math.round(performance.now()));
