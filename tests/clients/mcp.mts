// An agent's client of the Model Context Protocol, of 2026-07-28 and of the versions before it: it plans a project, tries and repeats
// changes, is refused, and takes a change back. Prints the versions that were spoken.

import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const url = process.argv[2];
if (!url) throw new Error("no URL");

const post = async (path: string, token: string, body: object): Promise<Record<string, string>> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return await answer.json() as Record<string, string>;
};

const person = { email: `${process.argv[3]}@example.com`, password: "correct horse battery staple", name: "Ann" };
const session = await post("/v1/auth/signup", "", person);
const { token } = await post("/v1/me/tokens", session.access_token!, { name: "Helper", scopes: ["read", "write"] });

const spoken: string[] = [];
for (const mode of ["auto", "legacy"] as const) {
    const { slug: organization } = await post("/v1/orgs", session.access_token!, { name: "Lantern" });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    spoken.push(client.getNegotiatedProtocolVersion()!);
    const call = async (name: string, input: object): Promise<{ isError: boolean; told: any }> => {
        const result = await client.callTool({ name, arguments: { organization, ...input } });
        return { isError: result.isError === true, told: result.structuredContent };
    };
    const does = async (name: string, input: object): Promise<any> => {
        const { isError, told } = await call(name, input);
        assert.ok(!isError, `${name}: ${JSON.stringify(told)}`);
        return told;
    };

    const { tools } = await client.listTools();
    assert.deepEqual(tools.filter(tool => tool.annotations?.readOnlyHint).map(tool => tool.name), ["find", "read", "report"]);
    await does("create", { kind: "project", fields: { name: "Web" } });
    const header = { kind: "task", project: "WEB", fields: { title: "Header" }, idempotency_key: "header" };
    const made = await does("create", header);
    assert.deepEqual(await does("create", header), { ...made, replayed: true });
    assert.equal((await does("move", { task: "WEB-1", status: "done", dry_run: true })).result.status, "done");
    assert.equal((await does("read", { task: "WEB-1" })).task.status, "todo");
    const moved = await does("move", { task: "WEB-1", status: "review" });
    await does("comment", { task: "WEB-1", body: "Please look" });
    const refused = await call("change", { task: "WEB-1", fields: { title: "" } });
    assert.deepEqual([refused.isError, refused.told.errors[0].pointer], [true, "/fields/title"]);
    await does("undo", { seq: moved.seq });
    const report = await does("report", { kind: "activity", limit: 1 });
    assert.equal(report.items[0].summary, "Helper for Ann moved WEB-1 from Review to To do");
    const found = await does("find", { kind: "tasks", status: "todo" });
    assert.deepEqual(found.items.map((task: { key: string }) => task.key), ["WEB-1"]);
    await client.close();
}
console.log(spoken.join(" "));
