// One operation of the document: what it does, who may, what it takes, answers and refuses.
import { h, copyButton } from "/docs/dom.js";
import { inline, markdown } from "/docs/markdown.js";
import { samples } from "/docs/samples.js";
import { tryIt } from "/docs/try.js";

/** What the document has, in forms that are asked for often. */
export class Reference {
  constructor(document, errors) {
    this.document = document;
    this.errors = new Map(errors.map(error => [error.code, error]));
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, id: operation.operationId, tag: operation.tags[0], method: method.toUpperCase(), path })));
    this.byId = new Map(this.operations.map(operation => [operation.id, operation]));
    this.tags = document.tags.map(tag => ({ ...tag, operations: this.operations.filter(operation => operation.tag === tag.name) }));
  }

  /** The schema behind a reference, with what stands beside it, and its name. */
  resolve({ $ref, allOf = [], ...beside } = {}) {
    const name = $ref?.split("/").at(-1) ?? null;
    const parts = [name && this.document.components.schemas[name], ...allOf.map(part => this.resolve(part).schema)].filter(Boolean);
    const schema = parts.reduceRight((own, part) => ({
      ...part, ...own, ...(part.properties && { properties: { ...part.properties, ...own.properties }, required: [...part.required ?? [], ...own.required ?? []] }),
    }), beside);
    return { schema, name };
  }

  /** The codes of an operation's refusals, which the answers' descriptions name. */
  codes(operation) {
    return Object.entries(operation.responses).filter(([status]) => Number(status) >= 400).flatMap(([, answer]) =>
      [...answer.description.matchAll(/`(\w+)`/g)].map(([, name]) => this.errors.get(name)).filter(Boolean));
  }

  successes(operation) {
    return Object.entries(operation.responses).filter(([status]) => Number(status) < 300).map(([status, answer]) => {
      const [[kind, content] = []] = Object.entries(answer.content ?? {});
      return { status, description: answer.description, kind, schema: content?.schema, example: content?.example };
    });
  }
}

export function method(name) {
  return h(`span.method.${name.toLowerCase()}`, name === "DELETE" ? "DEL" : name);
}

/** The path with its parameters marked. */
function path(text) {
  return h("code", text.split(/(\{\w+\}|\/)/).map(part => (part.startsWith("{") ? h("b", part) : part === "/" ? [h("wbr"), part] : part)));
}

/** Who surely may; others by the permissions. */
const WHO = {
  member: "Every member", owner: "Owners",
  admin: ["Owners and admins; members as the ", h("a", { href: "#orgs_permissions" }, "permissions"), " say"],
};

export function operationPage(reference, operation, neighbours) {
  const place = name => operation.parameters.filter(parameter => parameter.in === name);
  const body = operation.requestBody && bodySchema(operation);
  const takesFields = body && Object.keys(reference.resolve(body).schema.properties ?? { "?": 1 }).length > 0;
  return [
    h("header.intro",
      h("p.eyebrow", h("a", { href: `#tag-${operation.tag.toLowerCase().replaceAll(" ", "-")}` }, operation.tag)),
      h("h1", operation.summary),
      h("p.endpoint", method(operation.method), path(operation.path), copyButton(() => operation.path)),
      markdown(operation.description),
      facts(operation)),
    h("aside.beside", { "aria-label": "Examples" }, samples(reference, operation), tryIt(operation)),
    h("article",
      parameters(reference, "Path", place("path")),
      parameters(reference, "Query", place("query")),
      parameters(reference, "Headers", place("header")),
      takesFields && section("Body", fields(reference, body), operation.requestBody.required ? "required" : "optional"),
      section("Answers", reference.successes(operation).map(answer => h("div.answer",
        h("p", h("span.status", answer.status), answer.description, answer.kind !== "application/json" && h("span.type", answer.kind)),
        answer.schema && fields(reference, answer.schema)))),
      section("Errors", h("ul.codes", reference.codes(operation).map(error => h("li", h("span.status", String(error.status)), h("a", { href: `#error-${error.code}` }, h("code", error.code)), h("span", error.title))))),
      neighbours),
  ];
}

function bodySchema(operation) {
  return operation.requestBody.content["application/json"].schema;
}

function facts(operation) {
  const role = operation["x-required-role"];
  const ways = operation.security.flatMap(Object.keys);
  return h("dl.facts",
    h("dt", "Login"), h("dd", ways.length === 0 ? "Not needed" : "Access token or API token", ways.includes("ticket") && ", or a ticket in the query"),
    role && [h("dt", "Who may"), h("dd", WHO[role], " ", h("code", operation["x-permission"]))]);
}

function section(title, content, note) {
  return h("section", h("h2", title, note && h("span.note", note)), content);
}

function parameters(reference, title, list) {
  if (list.length === 0) return null;
  const rows = list.map(parameter => row(reference, parameter.name, parameter.schema, parameter.required, parameter.description));
  return section(title, h("ul.fields", rows));
}

/** What a schema is called: its type, or its name. */
function typeOf(reference, schema) {
  const { schema: own, name } = reference.resolve(schema);
  const several = own.anyOf ?? own.oneOf;
  if (own.enum || own.const !== undefined || (several && several.every(one => one.const !== undefined))) return "string";
  if (name) return name;
  if (several) return several.filter(one => one.type !== "null").map(one => typeOf(reference, one)).join(" or ");
  const kinds = [own.type ?? "any"].flat().filter(kind => kind !== "null");
  if (kinds[0] === "array") return `array of ${typeOf(reference, own.items)}`;
  return kinds.join(" or ") + (own.format && !/^u?int/.test(own.format) ? ` · ${own.format}` : "");
}

function isNullable(schema) {
  return [schema?.type].flat().includes("null") || (schema?.anyOf ?? schema?.oneOf ?? []).some(one => one.type === "null");
}

/** The schemas with fields inside of this one, and their names. */
function inside(reference, schema) {
  const { schema: own, name } = reference.resolve(schema);
  const held = own.items ?? own.additionalProperties;
  if (held && held !== true) return inside(reference, held);
  if (own.properties) return [{ schema: own, name }];
  return (own.anyOf ?? own.oneOf ?? []).flatMap(one => inside(reference, one));
}

function values(reference, schema) {
  const { schema: own } = reference.resolve(schema);
  const several = own.anyOf ?? own.oneOf;
  if (own.enum) return own.enum.filter(one => one !== null).map(value => ({ value }));
  if (own.const !== undefined) return [{ value: own.const }];
  if (several?.every(one => one.const !== undefined || one.enum)) return several.flatMap(one => (one.enum ?? [one.const]).map(value => ({ value, says: one.description })));
  if (several) return several.flatMap(one => (one.type === "null" ? [] : values(reference, one)));
  return own.items ? values(reference, own.items) : [];
}

/** The fields of a schema; those inside of a field are folded. */
function fields(reference, schema) {
  const own = reference.resolve(schema).schema;
  if (!own.properties) {
    const objects = inside(reference, schema);
    if (objects.length === 1) return fields(reference, objects[0].schema);
    if (objects.length > 1) return [own.description && h("p.says", line(own.description)), h("ul.fields", objects.map(one => h("li", folded(reference, one.name ?? "Fields", one.schema))))];
    return h("p.says", typeOf(reference, own), own.description && [": ", line(own.description)]);
  }
  return h("ul.fields", Object.entries(own.properties).map(([name, field]) => row(reference, name, field, own.required?.includes(name))));
}

function row(reference, name, schema, isRequired, description) {
  const { schema: own } = reference.resolve(schema);
  const objects = inside(reference, schema);
  const choice = values(reference, schema);
  const most = own.maxLength ? `At most ${own.maxLength} characters.` : own.maxItems ? `At most ${own.maxItems}.` : "";
  const says = `${description ?? own.description ?? ""} ${most}`.trim();
  return h("li",
    h("p.head", h("code.name", name), h("span.type", typeOf(reference, schema)), description === undefined && isNullable(own) && h("span.type", "or null"), isRequired && h("span.required", "required")),
    says && h("p.says", line(says)),
    choice.length > 0 && choices(choice, own),
    objects.map(one => folded(reference, objects.length > 1 ? one.name ?? "Fields" : "Fields", one.schema)));
}

function choices(choice, own) {
  const list = choice.some(one => one.says)
    ? h("ul.choice.said", choice.map(one => h("li", h("code", String(one.value)), " ", line(one.says ?? ""))))
    : h("p.choice", choice.map(one => [h("code", String(one.value)), " "]));
  const more = (own["x-extensible-enum"] || own.items?.["x-extensible-enum"]) && h("p.says", "More may come.");
  return choice.length > 8 ? h("details.fold", h("summary", `${choice.length} values`), list, more) : [list, more];
}

function line(text) {
  return inline(text.replaceAll("\n", " "));
}

/** Fields that are made when somebody looks, since schemas may hold themselves. */
function folded(reference, title, schema) {
  const fill = event => { if (event.target.children.length === 1) event.target.append(fields(reference, schema)); };
  return h("details.fold", { toggle: fill }, h("summary", title));
}
