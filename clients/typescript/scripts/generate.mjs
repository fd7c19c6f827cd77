// Makes src/schema.ts and src/operations.ts out of an OpenAPI document: `guildhall openapi | npm run generate`. With `--check`,
// writes nothing, and fails if they aren't what the document makes.
import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const HEAD = "// Made by `npm run generate` out of the server's OpenAPI document. Change nothing here.\n";
const METHODS = ["get", "post", "put", "patch", "delete"];

const document = JSON.parse(await text(process.stdin));
// Examples are for readers of the document; refusals are all of one type, `Problem`.
for (const media of all(document)) delete media.example;
for (const { responses } of all(document.paths)) {
    for (const status of Object.keys(responses ?? {})) if (Number(status) >= 300) delete responses[status];
}
const lines = [];
for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS.filter(method => operations[method])) {
        const { operationId, requestBody } = operations[method];
        lines.push(`${operationId} ${method.toUpperCase()} ${path}${requestBody ? " body" : ""}`);
    }
}
/** Every object in a value. */
function* all(value) {
    if (value === null || typeof value !== "object") return;
    if (!Array.isArray(value)) yield value;
    for (const inner of Object.values(value)) yield* all(inner);
}

const files = {
    "schema.ts": `${HEAD}/* eslint-disable */\n${astToString(await openapiTS(document))}`,
    "operations.ts": `${HEAD}
/** Each operation on a line: its id, method and path, and \`body\` if it takes one. */
export const operations = \`${lines.join("\n")}\`;
`,
};
let stale = false;
for (const [name, made] of Object.entries(files)) {
    const file = fileURLToPath(new URL(`../src/${name}`, import.meta.url));
    if (!process.argv.includes("--check")) {
        writeFileSync(file, made);
    } else if (readFileSync(file, "utf8") !== made) {
        console.error(`src/${name} isn't what the server's document makes: run \`guildhall openapi | npm run generate\``);
        stale = true;
    }
}
process.exit(stale ? 1 : 0);
