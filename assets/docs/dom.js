// Elements, and nothing else: texts become text nodes, so that no text is ever read as HTML.

/** h("a.button", { href: "#x" }, "text", child) makes an element; listeners are functions by the event's name. */
export function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (attributes instanceof Node || typeof attributes !== "object" || Array.isArray(attributes)) {
    children.unshift(attributes);
    attributes = null;
  }
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
  return element;
}

/** A button that copies what `text` returns, and says so. */
export function copyButton(text, label = "Copy") {
  const button = h("button.copy", { type: "button", click: copy }, label);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  return button;
}

const TEXT = '(?<text>f?"(?:\\\\.|[^"\\\\])*"|\'[^\']*\'|`[^`]*`)';
const NUMBER = "(?<number>-?\\b\\d[\\d.]*\\b)";
const RULES = {
  json: new RegExp(`(?<key>"(?:\\\\.|[^"\\\\])*")(?=\\s*:)|${TEXT}|(?<word>\\b(?:true|false|null)\\b)|${NUMBER}`, "g"),
  bash: new RegExp(`(?<note>(?<=^|\\s)#.*)|${TEXT}|(?<key>(?<=\\s)--?[a-z][\\w-]*)|(?<word>\\b(?:curl|jq|api|while|do|done)\\b(?=\\s|$))`, "gm"),
  js: new RegExp(`(?<note>(?<=^|\\s)(?:\\/\\/|#).*)|${TEXT}|(?<word>\\b(?:const|let|await|async|function|return|new|if|else|for|of|in|throw|try|catch|import|print|null|true|false|None|True|False)\\b)|${NUMBER}`, "gm"),
};
RULES.ts = RULES.python = RULES.js;

/** Code with its parts marked, in a block that scrolls. */
export function code(text, language) {
  const block = h("code");
  const rule = RULES[language];
  let at = 0;
  for (const match of rule ? text.matchAll(rule) : []) {
    const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    block.append(text.slice(at, match.index), h(`span.${kind}`, match[0]));
    at = match.index + match[0].length;
  }
  block.append(text.slice(at));
  return h("pre", { tabindex: "0" }, block);
}

/** Code under a title with a button to copy it. */
export function codeBox(title, text, language, ...more) {
  return h("div.code", h("div.bar", title, copyButton(() => text)), code(text, language), more);
}
