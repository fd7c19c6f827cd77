// What docs/typescript.md shows, run against a real server.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { it } from "node:test";
import { createCollection } from "@tanstack/db";
import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { Copy, copiesInMemory, type CopyStore } from "../src/copy.js";
import { Outbox, writesInMemory, type Write, type WriteStore } from "../src/offline.js";
import { queries, touchedBy } from "../src/query.js";
import { placeAfter, tasks } from "../src/tanstack.js";
import { Problem, Session, createClient, follow, inMemory, newId, type Client, type LiveState, type Task } from "../src/index.js";

const baseUrl = process.env["GUILDHALL_URL"] ?? "http://localhost:8080";

async function open(api: Client["api"]) {
    const org = await api.orgs_create({ name: "Lantern" });
    const project = await api.projects_create({ org: org.id }, { name: "Website", key: "WEB" });
    const task = await api.tasks_create({ org: org.id, project: project.key }, { title: "Call the printer", due_on: "2031-03-01" });
    return { org: org.id, task };
}

async function openTasks(api: Client["api"], org: string) {
    const keys = [];
    for await (const task of api.tasks_list.all({ org }, { status: ["todo", "in_progress"], sort: ["-priority"] })) {
        keys.push(task.key);
    }
    return keys;
}

async function rename(api: Client["api"], org: string, task: Task, title: string) {
    try {
        return await api.tasks_update({ org, task: task.id }, { title }, { ifMatch: task });
    } catch (error) {
        if (Problem.is(error, "precondition_failed")) return error.body?.current as unknown as Task; // somebody was faster
        if (Problem.is(error, "invalid_input")) console.warn(error.fields["/title"]); // "must not be empty"
        throw error;
    }
}

async function watch(client: Client, org: string, show: (sentence: string) => boolean) {
    for await (const event of follow(client, { org, since: "0" })) {
        if (event.type === "reset") location.reload();
        if (event.type === "entry" && show(event.entry.summary)) break;
    }
}

function openBoard(client: Client, org: string, user: string, store: CopyStore, signal: AbortSignal) {
    const copy = new Copy(client, { org, user, store });
    const ended = copy.run(signal).catch(() => console.warn("no longer a member"));
    return { board: createCollection(tasks(copy, client, org)), ended };
}

function openOutbox(client: Client, user: string, store: WriteStore, signal: AbortSignal, show: (failed: readonly Write[]) => void) {
    const outbox = new Outbox(client, { user, store });
    outbox.subscribe(() => show(outbox.failed)); // each with its `refusal`; offer outbox.retry(write) and outbox.dismiss(write)
    const ended = outbox.run(signal).catch(() => console.warn("log in again"));
    return { outbox, ended };
}

async function keepFresh(cache: QueryClient, client: Client, org: string, signal: AbortSignal) {
    const onState = (state: LiveState) => state === "live" && void cache.invalidateQueries({ queryKey: ["guildhall"] }); // what came before
    for await (const event of follow(client, { org, signal, onState })) {
        void cache.invalidateQueries({ predicate: touchedBy(event, org) });
    }
}

it("the guide's queries run", async () => {
    const session = new Session({ baseUrl, store: inMemory() });
    await session.signUp({ email: `ann-${randomUUID()}@example.com`, password: "violet-kettle-harbour", name: "Ann" });
    const client = createClient({ baseUrl, auth: session });
    const { org, task } = await open(client.api);
    const over = new AbortController();
    const cache = new QueryClient();
    const query = queries(client);
    const observer = new QueryObserver(cache, query.tasks_get({ org, task: "WEB-1" }));
    const seen = new Promise<void>(seen => observer.subscribe(({ data }) => data?.title === "Fold" && seen()));
    const fresh = keepFresh(cache, client, org, over.signal).catch(() => undefined);
    await client.api.tasks_update({ org, task: task.id }, { title: "Fold" });
    await seen;
    over.abort();
    await fresh;
    observer.destroy();
    cache.clear();
});

it("the guide's example runs", async () => {
    const store = inMemory();
    const email = `ann-${randomUUID()}@example.com`;
    const session = new Session({ baseUrl, store });
    await session.signUp({ email, password: "violet-kettle-harbour", name: "Ann" });
    const client = createClient({ baseUrl, auth: session });
    const { org, task } = await open(client.api);
    assert.deepEqual(await openTasks(client.api, org), ["WEB-1"]);
    assert.equal((await rename(client.api, org, task, "Call the other printer")).title, "Call the other printer");
    assert.equal((await rename(client.api, org, task, "Call them")).title, "Call the other printer");
    const told: string[] = [];
    await watch(client, org, sentence => told.push(sentence) === 5);
    assert.equal(told[4], "Ann changed the title of WEB-1");

    const over = new AbortController();
    const { board, ended } = openBoard(client, org, "ann", copiesInMemory(), over.signal);
    await board.preload();
    const moved = board.update(task.id, draft => {
        draft.status = "review";
    });
    assert.equal(board.get(task.id)?.status, "review"); // at once
    await moved.isPersisted.promise; // as soon as the server has it; taken back if it refuses
    assert.equal((await client.api.tasks_get({ org, task: task.id })).status, "review");
    over.abort();
    await ended;
});

it("the guide's outbox runs", async () => {
    const session = new Session({ baseUrl, store: inMemory() });
    await session.signUp({ email: `ann-${randomUUID()}@example.com`, password: "violet-kettle-harbour", name: "Ann" });
    const client = createClient({ baseUrl, auth: session });
    const { org, task } = await open(client.api);
    const over = new AbortController();
    let failed: readonly Write[] = [];
    const { outbox, ended } = openOutbox(client, "ann", writesInMemory(), over.signal, now => (failed = now));
    const copy = new Copy(client, { org, user: "ann" });
    void copy.run(over.signal);
    const board = createCollection(tasks(copy, outbox, org));
    await board.preload();
    const id = newId();
    await board.insert({ id, project_id: task.project_id, title: "Fold", status: "review" } as Task).isPersisted.promise;
    const above = board.get(id) as Task;
    const move = { metadata: { after: above.id } };
    await board.update(task.id, move, draft => {
        draft.column_id = above.column_id;
        draft.position = placeAfter(above);
    }).isPersisted.promise;
    const keys = [];
    for await (const one of client.api.tasks_list.all({ org }, { status: ["review"], sort: ["position"] })) keys.push(one.key);
    assert.deepEqual(keys, ["WEB-2", "WEB-1"]);
    await assert.rejects(board.update(id, draft => void (draft.title = "")).isPersisted.promise, Problem);
    assert.equal(failed.length, 0);
    over.abort();
    await ended;
});
