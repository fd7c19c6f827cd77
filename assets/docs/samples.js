// Examples of a request in three languages, and of what is answered, out of the document's own examples.
import { h, code, copyButton } from "/docs/dom.js";

const LANGUAGES = { curl: { name: "curl", rule: "bash" }, ts: { name: "TypeScript", rule: "ts" }, python: { name: "Python", rule: "python" } };
const MADE_UP = /^019ab000-/;

/** What is asked in the example: the path filled in, the query, the body. */
export function exampleOf(operation) {
  const of = place => operation.parameters.filter(parameter => parameter.in === place && parameter.example !== undefined);
  const filled = Object.fromEntries(of("path").map(parameter => [parameter.name, String(parameter.example)]));
  const query = of("query").filter(parameter => !isFleeting(parameter.name)).map(parameter => [parameter.name, [parameter.example].flat().join(",")]);
  return { filled, query: Object.fromEntries(query), body: operation.requestBody?.content["application/json"].example };
}

/** Whether an example's value is of its own moment, and means nothing to anybody else. */
function isFleeting(name) {
  return name === "cursor" || name === "last_event_id" || name === "ticket";
}

export function isMadeUp(value) {
  return typeof value === "string" && MADE_UP.test(value);
}

export function url(operation, { filled, query }) {
  const path = operation.path.replace(/\{(\w+)\}/g, (whole, name) => (filled[name] ? encodeURIComponent(filled[name]) : whole));
  const pairs = Object.entries(query).filter(([, value]) => value !== "");
  return path + (pairs.length ? `?${new URLSearchParams(pairs).toString().replaceAll("%2C", ",")}` : "");
}

/** The request in a language. */
export function sample(operation, request, language) {
  const address = location.origin + url(operation, request);
  const isSecured = operation.security.length > 0;
  const kinds = Object.keys(operation.responses["200"]?.content ?? {});
  return WRITERS[language]({
    method: operation.method, address, isSecured, body: request.body,
    isFile: kinds.includes("application/zip"), isStream: kinds.includes("text/event-stream"),
    answers: Object.entries(operation.responses).some(([status, answer]) => Number(status) < 300 && answer.content),
  });
}

const WRITERS = {
  curl({ method, address, isSecured, body, isFile, isStream }) {
    const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
    const needsQuotes = /[?&*{}]/.test(address);
    const isPlain = method === "GET" || (method === "POST" && body !== undefined);
    const parts = [`curl ${needsQuotes ? quoted(address) : address}`];
    if (!isPlain) parts.push(`--request ${method}`);
    if (isStream) parts.push("--no-buffer");
    if (isFile) parts.push("--remote-name --remote-header-name");
    if (isSecured) parts.push('--header "Authorization: Bearer $TOKEN"');
    if (body !== undefined) parts.push("--header 'Content-Type: application/json'", `--data ${quoted(JSON.stringify(body, null, 2))}`);
    return parts.join(" \\\n  ");
  },

  ts({ method, address, isSecured, body, isFile, isStream, answers }) {
    const headers = [isSecured && "Authorization: `Bearer ${token}`", body !== undefined && '"Content-Type": "application/json"'].filter(Boolean);
    const options = [method !== "GET" && `method: "${method}"`, headers.length && `headers: { ${headers.join(", ")} }`, body !== undefined && `body: JSON.stringify(${literal(body, "ts", 1)})`].filter(Boolean);
    const given = options.length ? `, {\n  ${options.join(",\n  ")},\n}` : "";
    const then = isStream ? "for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) console.log(chunk);"
      : isFile ? "const archive = await response.blob();" : answers ? "console.log(await response.json());" : "";
    return `const response = await fetch("${address}"${given});\nif (!response.ok) throw new Error((await response.json()).detail);\n${then}`.trimEnd();
  },

  python({ method, address, isSecured, body, isFile, isStream, answers }) {
    const given = [`"${address}"`, isSecured && 'headers={"Authorization": f"Bearer {token}"}', body !== undefined && `json=${literal(body, "python", 1)}`, isStream && "stream=True"].filter(Boolean);
    const then = isStream ? "for line in response.iter_lines():\n    print(line.decode())"
      : isFile ? 'open("organization.zip", "wb").write(response.content)' : answers ? "print(response.json())" : "";
    return `import requests\n\nresponse = requests.${method.toLowerCase()}(\n    ${given.join(",\n    ")},\n)\nresponse.raise_for_status()\n${then}`.trimEnd();
  },
};

/** A value as the language writes it. */
function literal(value, language, depth) {
  const step = language === "python" ? "    " : "  ";
  const open = `\n${step.repeat(depth + 1)}`, close = `\n${step.repeat(depth)}`;
  const all = items => items.map(item => `${open}${item},`).join("") + close;
  if (Array.isArray(value)) {
    const items = value.map(item => literal(item, language, depth + 1));
    return value.every(item => typeof item !== "object") ? `[${items.join(", ")}]` : `[${all(items)}]`;
  }
  if (value && typeof value === "object") {
    const named = name => (language === "ts" && /^\w+$/.test(name) ? name : JSON.stringify(name));
    return `{${all(Object.entries(value).map(([name, item]) => `${named(name)}: ${literal(item, language, depth + 1)}`))}}`;
  }
  const words = { true: "True", false: "False", null: "None" };
  return language === "python" && String(value) in words && typeof value !== "string" ? words[String(value)] : JSON.stringify(value);
}

/** Tabs, of which the last one chosen is remembered. */
function tabs(label, entries, key) {
  const kept = key && sessionStorage.getItem(key);
  const panel = h("div", { role: "tabpanel" });
  const buttons = entries.map(({ id, title }) => h("button", { type: "button", role: "tab", click: () => choose(id), keydown: move }, title));
  let shown;
  function choose(id) {
    shown = entries.find(entry => entry.id === id) ?? entries[0];
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(entries[at] === shown));
      button.tabIndex = entries[at] === shown ? 0 : -1;
    });
    panel.replaceChildren(shown.content());
    if (key) sessionStorage.setItem(key, shown.id);
  }
  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (entries.indexOf(shown) + step + entries.length) % entries.length;
    choose(entries[next].id);
    buttons[next].focus();
  }
  choose(kept ?? entries[0].id);
  return h("div.code", h("div.bar", h("div", { role: "tablist", "aria-label": label }, buttons), copyButton(() => shown.text())), panel);
}

export function samples(reference, operation) {
  const request = exampleOf(operation);
  const written = language => sample(operation, request, language);
  const asked = Object.entries(LANGUAGES).map(([id, { name, rule }]) => ({
    id, title: name, text: () => written(id), content: () => code(written(id), rule),
  }));
  const shown = value => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  const answered = reference.successes(operation).filter(answer => answer.example !== undefined || !answer.kind).map(answer => ({
    id: answer.status, title: answer.status, text: () => (answer.kind ? shown(answer.example) : ""),
    content: () => (answer.kind ? code(shown(answer.example), "json") : h("p.nothing", `${answer.description}, without a body.`)),
  }));
  return [tabs("Language", asked, "language"), answered.length > 0 && h("div.answered", tabs("Answer", answered))];
}
