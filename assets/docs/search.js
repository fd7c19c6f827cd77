// Finds operations, guides and error codes by their words.
import { h } from "/docs/dom.js";
import { slug } from "/docs/markdown.js";

const fold = text => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

/** What can be found: a title, what kind of thing it is, where it leads, and its words. */
function entries(reference, guides) {
  const entry = (kind, title, href, note, text) => ({ kind, title, href, note, name: fold(`${title} ${note}`), text: fold(text) });
  return [
    ...reference.operations.map(operation => entry(operation.method, operation.summary, `#${operation.id}`, operation.path, `${operation.id} ${operation.tag} ${operation.description}`)),
    ...guides.flatMap(guide => {
      const [first, ...sections] = guide.text.split(/^## /m);
      const rest = sections.map(section => section.split("\n", 1)[0]);
      return [entry("Guide", guide.title, `#guide-${guide.id}`, "", first),
        ...sections.map((section, at) => entry("Guide", rest[at], `#guide-${guide.id}:${slug(rest[at])}`, guide.title, section))];
    }),
    ...[...reference.errors.values()].map(error => entry(String(error.status), error.code, `#error-${error.code}`, error.title, error.help)),
  ];
}

function rank(entry, words) {
  let sum = 0;
  for (const word of words) {
    if (entry.name.startsWith(word)) sum += 8;
    else if (entry.name.includes(` ${word}`)) sum += 6;
    else if (entry.name.includes(word)) sum += 4;
    else if (entry.text.includes(word)) sum += 1;
    else return 0;
  }
  return sum;
}

export function search(reference, guides) {
  const all = entries(reference, guides);
  const input = h("input", { type: "search", placeholder: "Search operations, guides and errors", "aria-label": "Search", role: "combobox", "aria-expanded": "true", "aria-controls": "found", autocomplete: "off", input: find, keydown: move });
  const list = h("ul", { id: "found", role: "listbox", "aria-label": "Found" });
  const dialog = h("dialog.search", { "aria-label": "Search", click: event => { if (event.target === dialog) dialog.close(); } }, h("form", { method: "dialog" }, input, h("button", "Esc")), list);
  let chosen = 0;

  function find() {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const found = all.map(entry => ({ entry, rank: rank(entry, words) })).filter(hit => hit.rank > 0 && words.length > 0)
      .sort((one, other) => other.rank - one.rank).slice(0, 30);
    list.replaceChildren(...found.map(({ entry }, at) => h("li", { role: "option", id: `found-${at}` },
      h("a", { href: entry.href, tabindex: "-1", click: () => dialog.close() }, h(`span.method.${entry.kind.toLowerCase()}`, entry.kind === "DELETE" ? "DEL" : entry.kind), h("span.title", entry.title), h("span.note", entry.note)))));
    if (found.length === 0 && words.length > 0) list.append(h("li.nothing", "Nothing has all of these words."));
    mark(0);
  }

  function mark(next) {
    const options = [...list.querySelectorAll("[role=option]")];
    chosen = Math.max(0, Math.min(next, options.length - 1));
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    options[chosen]?.scrollIntoView({ block: "nearest" });
    if (options.length) input.setAttribute("aria-activedescendant", `found-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(chosen + step);
    else if (event.key === "Enter") list.querySelectorAll("[role=option] a")[chosen]?.click();
    else return;
    event.preventDefault();
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
  }

  document.body.append(dialog);
  document.addEventListener("keydown", event => {
    const isWriting = event.target.closest?.("input, textarea, select");
    if ((event.key === "/" && !isWriting && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
  return open;
}
