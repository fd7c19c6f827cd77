// The Markdown of the guides and of the document's descriptions, as elements. What it doesn't know stays text.
import { h, codeBox } from "/docs/dom.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[((?:`[^`]*`|[^\]])+)\]\(([^)\s]+)\)|<(https?:\/\/[^>\s]+)>|\*([^*\s][^*]*)\*/;

/** Texts within a line. `link` says where a target leads: to a place of this page, or nowhere. */
export function inline(text, link = external) {
  const parts = [];
  for (let match; (match = INLINE.exec(text)); text = text.slice(match.index + match[0].length)) {
    const [, code, strong, label, target, address, emphasis] = match;
    parts.push(text.slice(0, match.index));
    if (code !== undefined) parts.push(h("code", code));
    else if (strong !== undefined) parts.push(h("strong", inline(strong, link)));
    else if (emphasis !== undefined) parts.push(h("em", inline(emphasis, link)));
    else {
      const href = link(target ?? address);
      const shown = label === undefined ? [address] : inline(label, link);
      parts.push(href ? h("a", { href }, shown) : h("span", shown));
    }
  }
  return [...parts, text].filter(part => part !== "");
}

function external(target) {
  return /^(https?:\/\/|#)/.test(target) ? target : null;
}

export function slug(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
}

/** A whole text. Its headings get ids that begin with `prefix`. */
export function markdown(text, { link = external, prefix = "" } = {}) {
  const lines = text.split("\n");
  const blocks = [];
  const paragraph = from => {
    const own = [];
    while (from < lines.length && lines[from].trim() && !/^(```|#{1,4} |\||- |\d+\. )/.test(lines[from])) own.push(lines[from++]);
    return [own.join(" "), from];
  };
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (!line.trim()) at++;
    else if (heading) {
      const id = prefix + slug(heading[2]);
      const own = heading[1].length > 1;
      blocks.push(h(`h${heading[1].length}`, { id: own ? id : null }, inline(heading[2], link), own && anchor(id)));
      at++;
    } else if (line.startsWith("```")) {
      const end = lines.indexOf("```", at + 1);
      const [language] = line.slice(3).split(" ");
      blocks.push(codeBox(NAMES[language] ?? "Text", lines.slice(at + 1, end).join("\n"), language));
      at = end + 1;
    } else if (line.startsWith("|")) {
      const rows = [];
      for (; lines[at]?.startsWith("|"); at++) rows.push(cells(lines[at]));
      blocks.push(table(rows, link));
    } else if (/^(- |\d+\. )/.test(line)) {
      const ordered = !line.startsWith("- ");
      const items = [];
      while (at < lines.length && (/^(- |\d+\. )/.test(lines[at]) || /^ {2,}\S/.test(lines[at]) || nested(lines, at))) {
        const start = /^(- |\d+\. )(.*)/.exec(lines[at]);
        if (start) items.push([start[2]]);
        else items.at(-1).push(lines[at].replace(/^ {2,3}/, ""));
        at++;
      }
      blocks.push(h(ordered ? "ol" : "ul", items.map(item => h("li", loose(markdown(item.join("\n"), { link, prefix }))))));
    } else {
      const [own, next] = paragraph(at);
      blocks.push(h("p", inline(own || line, link)));
      at = Math.max(next, at + 1);
    }
  }
  return blocks;
}

const NAMES = { bash: "Shell", js: "JavaScript", json: "JSON", sql: "SQL" };

/** An item of one paragraph needs no paragraph. */
function loose(blocks) {
  return blocks.length > 0 && blocks[0].tagName === "P" ? [...blocks[0].childNodes, ...blocks.slice(1)] : blocks;
}

/** Whether a blank line is inside an item, because what follows is indented. */
function nested(lines, at) {
  return !lines[at].trim() && /^ {2,}\S/.test(lines[at + 1] ?? "");
}

function anchor(id) {
  return h("a.anchor", { href: `#${id}`, "aria-label": "Link to this section" }, "#");
}

function cells(line) {
  return line.slice(1, line.lastIndexOf("|")).split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll("\\|", "|"));
}

function table([head, , ...rows], link) {
  const isNamed = head.some(cell => cell !== "");
  return h("div.table", { tabindex: "0" }, h("table",
    isNamed && h("thead", h("tr", head.map(cell => h("th", { scope: "col" }, inline(cell, link))))),
    h("tbody", rows.map(row => h("tr", row.map(cell => h("td", inline(cell, link))))))));
}
