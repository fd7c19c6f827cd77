// "Try it": sends the example to this server, with the ids of what the caller sees there. The token stays in this tab.
import { h, code, copyButton } from "/docs/dom.js";
import { exampleOf, isMadeUp, url } from "/docs/samples.js";

const kept = {
  get: name => sessionStorage.getItem(`try-${name}`) ?? "",
  set: (name, value) => (value ? sessionStorage.setItem(`try-${name}`, value) : sessionStorage.removeItem(`try-${name}`)),
};

function headers() {
  return kept.get("token") ? { Authorization: `Bearer ${kept.get("token")}` } : {};
}

/** Where the choices for a parameter or a field come from, as a path with parameters of its own. */
function source(operation, name) {
  const org = "/v1/orgs/{org}";
  const isBack = operation.path.endsWith("/restore");
  if (/^(user|user_id|assignee_ids|assignee|creator|actor|reassign_to)$/.test(name)) {
    return operation.id === "projects_remove_member" ? `${org}/projects/{project}/members` : `${org}/members?limit=200`;
  }
  return {
    org: `/v1/orgs?limit=200${operation.id === "orgs_restore" ? "&deleted=true" : ""}`,
    organization_id: "/v1/orgs?limit=200",
    project: `${org}/${isBack ? "trash?kind=project" : "projects?limit=200"}`,
    task: `${org}/${isBack ? "trash?kind=task" : "tasks?limit=100"}`,
    parent: `${org}/tasks?limit=100`,
    parent_id: `${org}/tasks?limit=100`,
    provider: "/v1/auth/providers",
    id: operation.path.split("/{id}")[0],
  }[name];
}

function valueOf(item, name) {
  if (name === "org") return item.slug;
  if (name === "project" || name === "task") return item.key ?? item.object?.key ?? item.id;
  return item.user?.id ?? item.id;
}

function labelOf(item) {
  const own = item.object ?? item;
  return [own.key, own.title ?? own.name ?? own.user?.name ?? own.email ?? own.device ?? own.id].filter(Boolean).join("  ");
}

async function choicesOf(operation, name, filled) {
  const from = source(operation, name);
  if (!from || (from.startsWith("/v1/") && !kept.get("token") && name !== "provider")) return [];
  const path = from.replace(/\{(\w+)\}/g, (_, part) => encodeURIComponent(filled[part] ?? ""));
  if (path.includes("//")) return [];
  const answer = await fetch(path, { headers: headers(), credentials: "omit" }).catch(() => null);
  const items = answer?.ok ? (await answer.json()).items ?? [] : [];
  return items.map(item => ({ value: valueOf(item, name), label: labelOf(item) }));
}

/** One input: a text, or a choice where the server knows some. */
class Field {
  constructor(operation, name, { initial = "", hint = "", isRequired, isBoolean, changed }) {
    Object.assign(this, { operation, name, initial, isRequired, changed });
    this.input = h("input", { value: initial, placeholder: hint, autocomplete: "off", spellcheck: "false" });
    this.place = h("label.field", h("span", h("code", name), isRequired && h("span.required", "required")), this.input);
    if (isBoolean) this.offers([{ value: "true" }, { value: "false" }], "");
  }

  get value() {
    return this.input.value.trim();
  }

  offers(choices, chosen) {
    const all = this.isRequired ? choices : [{ value: "", label: "—" }, ...choices];
    const select = h("select", { change: this.changed }, all.map(({ value, label }) => h("option", { value }, label ?? value)));
    if (all.some(({ value }) => value === chosen)) select.value = chosen;
    this.input.replaceWith(select);
    this.input = select;
  }

  async load(filled) {
    const choices = await choicesOf(this.operation, this.name, filled);
    const before = this.input.tagName === "SELECT" ? this.value : kept.get(this.name);
    if (choices.length > 0) this.offers(choices, before);
  }
}

/** The places in a body where an id stands, with the names of their fields. */
function idsIn(value, name = "", path = []) {
  if (isMadeUp(value)) return [{ name, path }];
  if (!value || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => idsIn(inner, Array.isArray(value) ? name : key, [...path, key]));
}

function put(body, path, value) {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce((inner, key) => inner?.[key], body);
  if (holder) holder[last] = value;
}

export function tryIt(operation) {
  const box = h("section.try", { "aria-labelledby": "try-title" });
  draw(box, operation);
  return box;
}

function draw(box, operation) {
  const example = exampleOf(operation);
  const of = place => operation.parameters.filter(parameter => parameter.in === place);
  const made = (parameter, given = "") => new Field(operation, parameter.name, {
    isRequired: parameter.required, isBoolean: [parameter.schema.type].flat().includes("boolean"), changed: refresh,
    initial: isMadeUp(given) ? "" : given, hint: [parameter.example ?? []].flat().join(","),
  });
  const path = of("path").map(parameter => made(parameter, example.filled[parameter.name]));
  const query = of("query").map(parameter => made(parameter, example.query[parameter.name]));
  const head = of("header").map(parameter => made(parameter));
  const ids = idsIn(example.body).map(id => ({ ...id, field: new Field(operation, id.name, { isRequired: true, changed: fill }) }));
  const text = example.body !== undefined && h("textarea", { rows: String(Math.min(14, JSON.stringify(example.body, null, 2).split("\n").length)), spellcheck: "false", "aria-label": "Body" });
  if (text) text.value = JSON.stringify(example.body, null, 2);
  const isShown = field => field.isRequired || field.initial;
  const folded = [...query.filter(field => !isShown(field)), ...head];
  const isDestructive = operation.method === "DELETE" || /_(leave|transfer)$/.test(operation.id);
  const send = h("button.send", { type: "submit" }, `Send ${operation.method}`);
  const answer = h("div.result", { role: "status" });
  let armed;

  const filled = () => Object.fromEntries(path.map(field => [field.name, field.value]));

  async function refresh() {
    for (const field of path) {
      await field.load(filled());
      if (field.name === "org" && field.value && kept.get("token")) kept.set("org", field.value);
    }
    await Promise.all([...query, ...ids.map(id => id.field)].map(field => field.load(filled())));
    const confirm = query.find(field => field.name === "confirm");
    if (confirm) confirm.input.value = filled().org;
    fill();
  }

  /** Puts the chosen ids into the body. */
  function fill() {
    if (!text) return;
    try {
      const body = JSON.parse(text.value);
      ids.forEach(({ path: place, field }) => field.value && put(body, place, field.value));
      text.value = JSON.stringify(body, null, 2);
    } catch { /* It is being written. */ }
  }

  async function submit(event) {
    event.preventDefault();
    const values = Object.fromEntries(query.map(field => [field.name, field.value]));
    if (isDestructive && values.dry_run !== "true" && !armed) {
      send.textContent = `Really send ${operation.method}? Click again`;
      send.classList.add("danger");
      armed = setTimeout(disarm, 6000);
      return;
    }
    disarm();
    send.disabled = true;
    const options = { method: operation.method, headers: headers(), credentials: "omit" };
    head.filter(field => field.value).forEach(field => { options.headers[field.name] = field.value; });
    if (text && text.value.trim()) {
      options.headers["Content-Type"] = "application/json";
      options.body = text.value;
    }
    await show(answer, url(operation, { filled: filled(), query: values }), options, () => draw(box, operation));
    send.disabled = false;
  }

  function disarm() {
    clearTimeout(armed);
    armed = undefined;
    send.textContent = `Send ${operation.method}`;
    send.classList.remove("danger");
  }

  box.replaceChildren(
    h("h2", { id: "try-title" }, "Try it"),
    operation.security.length > 0 ? tokenField(() => draw(box, operation)) : "",
    h("form", { submit, autocomplete: "off" },
      [...path, ...query.filter(isShown), ...ids.map(id => id.field)].map(field => field.place),
      text && h("label.field", h("span", "Body"), text),
      folded.length > 0 && h("details.fold", h("summary", "More parameters"), folded.map(field => field.place)),
      send),
    answer);
  send.disabled = true;
  refresh().then(() => { send.disabled = false; });
}

function tokenField(changed) {
  if (kept.get("token")) {
    return h("p.token", h("span", "Your token is kept in this tab."), h("button", { type: "button", click: () => { kept.set("token", ""); kept.set("org", ""); changed(); } }, "Forget it"));
  }
  const input = h("input", { type: "password", placeholder: "eyJ… or gh_…", autocomplete: "off", "aria-label": "Token", required: true });
  return h("form.token", { submit: event => { event.preventDefault(); kept.set("token", input.value.trim()); changed(); } },
    h("label.field", h("span", "An access token or API token"), input), h("button", { type: "submit" }, "Use"),
    h("p.says", "It stays in this tab. ", h("a", { href: "#sessions_login" }, "Log in"), " gives one."));
}

async function show(place, address, options, changed) {
  const begun = performance.now();
  place.replaceChildren(h("p.nothing", "Waiting for the answer …"));
  try {
    const response = await fetch(address, options);
    const kind = (response.headers.get("content-type") ?? "").split(";")[0];
    const line = h("p", h(`span.status${response.ok ? ".good" : ".bad"}`, `${response.status}`), ` ${Math.round(performance.now() - begun)} ms`,
      ["etag", "location", "retry-after", "x-request-id"].filter(name => response.headers.get(name)).map(name => h("span.header", `${name}: ${response.headers.get(name)}`)));
    place.replaceChildren(line);
    if (kind === "text/event-stream") return await follow(place, response);
    if (kind === "application/zip") {
      const file = await response.blob();
      return place.append(h("p", h("a", { href: URL.createObjectURL(file), download: "organization.zip" }, `Save the file, ${file.size} bytes`)));
    }
    const text = await response.text();
    const body = text && JSON.parse(text);
    const shown = text && JSON.stringify(body, null, 2);
    place.append(text ? h("div.code", h("div.bar", "Answer", copyButton(() => shown)), code(shown.slice(0, 100_000), "json")) : h("p.nothing", "No body."));
    if (body.access_token) place.append(h("button.use", { type: "button", click: () => { kept.set("token", body.access_token); changed(); } }, "Use this access token"));
  } catch (error) {
    place.replaceChildren(h("p", h("span.status.bad", "No answer"), ` ${error.message}`));
  }
}

/** What a stream brings, until somebody stops it or leaves. */
async function follow(place, response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const block = h("code");
  const stop = h("button", { type: "button", click: () => reader.cancel() }, "Stop");
  place.append(h("div.code", h("div.bar", "Stream", stop), h("pre", { tabindex: "0" }, block)));
  addEventListener("hashchange", () => reader.cancel(), { once: true });
  const read = async () => {
    for (let next; !(next = await reader.read()).done;) block.append(next.value);
    stop.remove();
  };
  read().catch(() => stop.remove());
}
