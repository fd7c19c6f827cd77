// The copy against a real server, at GUILDHALL_URL.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, it } from "node:test";
import { createCollection } from "@tanstack/db";
import { Problem, Session, createClient, inMemory, newId, type Client, type Task } from "../src/index.js";
import { Copy, copiesInMemory, type CopyStore, type Kind } from "../src/copy.js";
import { collectionOf, comments, labels, placeAfter, projects, tasks } from "../src/tanstack.js";

const baseUrl = process.env["GUILDHALL_URL"] ?? "http://localhost:8080";
const running = new AbortController();
after(() => running.abort());

/** Sends for real while it is online. */
class Network {
    isOnline = true;
    sent: string[] = [];
    readonly #open = new Set<AbortController>();

    readonly fetch: typeof fetch = async (url, init) => {
        if (!this.isOnline) throw new TypeError("no network");
        this.sent.push(`${init?.method ?? "GET"} ${new URL(String(url)).pathname.replace(/[0-9a-f-]{36}/g, "…")}`);
        const cut = new AbortController();
        this.#open.add(cut);
        const signals = [cut.signal, ...(init?.signal ? [init.signal] : [])];
        return fetch(url, { ...init, signal: AbortSignal.any(signals) });
    };

    breaks(): void {
        this.isOnline = false;
        for (const open of this.#open) open.abort(new TypeError("the connection broke"));
    }
}

interface Person {
    client: Client;
    id: string;
    email: string;
    network: Network;
}

async function someone(name: string): Promise<Person> {
    const session = new Session({ baseUrl, store: inMemory() });
    const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
    await session.signUp({ email, password: "violet-kettle-harbour", name });
    const network = new Network();
    const client = createClient({ baseUrl, auth: session, fetch: network.fetch });
    return { client, email, id: session.state.status === "in" ? session.state.user.id : "", network };
}

/** An organization of Ann's with Bob, and the project WEB with two tasks. */
async function studio() {
    const [ann, bob] = [await someone("Ann"), await someone("Bob")];
    const { api } = ann.client;
    const org = (await api.orgs_create({ name: "Lantern" })).id;
    const invitation = await api.invitations_create({ org }, { email: bob.email, role: "member" });
    await bob.client.api.invitations_accept({ token: invitation.token as string });
    await api.projects_create({ org }, { name: "Website", key: "WEB" });
    for (const title of ["One", "Two"]) await api.tasks_create({ org, project: "WEB" }, { title });
    return { ann, bob, org, api };
}

function copyOf({ client, id }: Person, org: string, store?: CopyStore) {
    const copy = new Copy(client, { org, user: id, ...(store ? { store } : {}) });
    const ended = copy.run(AbortSignal.any([running.signal, stop.signal])).catch((error: unknown) => error);
    return { copy, ended };
}

/** Ends the copies of one test. */
let stop = new AbortController();

/** Waits until something holds of a copy. */
function until(copy: Copy, holds: () => boolean): Promise<void> {
    return new Promise(over => {
        const ends: (() => void)[] = [];
        const look = () => {
            if (!holds()) return;
            for (const end of ends) end();
            over();
        };
        ends.push(copy.subscribe(look), copy.onState(look));
        look();
    });
}

const isLive = (copy: Copy) => until(copy, () => copy.state === "live");
const titles = (copy: Copy) => [...copy.all("task").values()].map(task => task.title).sort();

it("a copy is filled, stays up to date by the stream alone, and goes on after a reload", async () => {
    stop = new AbortController();
    const { bob, org, api } = await studio();
    const store = copiesInMemory();
    const first = copyOf(bob, org, store);
    await isLive(first.copy);
    assert.deepEqual(titles(first.copy), ["One", "Two"]);
    const kinds: [Kind, number][] = [["organization", 1], ["member", 2], ["project", 1], ["column", 5]];
    for (const [kind, count] of kinds) assert.equal(first.copy.all(kind).size, count, kind);
    bob.network.sent = [];
    const task = await api.tasks_create({ org, project: "WEB" }, { title: "Three" });
    await api.comments_create({ org, task: task.id }, { body: "Look" });
    await until(first.copy, () => first.copy.all("comment").size === 1);
    assert.deepEqual(titles(first.copy), ["One", "Three", "Two"]);
    assert.deepEqual(bob.network.sent, [], "the stream tells everything");
    // Out of sight is gone, with everything in it; back in sight it comes whole.
    await api.projects_update({ org, project: "WEB" }, { visibility: "private" });
    await until(first.copy, () => first.copy.all("project").size === 0);
    assert.deepEqual([first.copy.all("task").size, first.copy.all("column").size, first.copy.all("comment").size], [0, 0, 0]);
    await api.projects_add_member({ org, project: "WEB", user: bob.id });
    await until(first.copy, () => first.copy.all("comment").size === 1 && first.copy.all("task").size === 3);

    // A reload, after something was done meanwhile.
    stop.abort();
    await first.ended;
    stop = new AbortController();
    await api.tasks_update({ org, task: "WEB-1" }, { title: "Uno" });
    bob.network.sent = [];
    const second = copyOf(bob, org, store);
    await until(second.copy, () => titles(second.copy).includes("Uno"));
    await isLive(second.copy);
    assert.deepEqual(titles(second.copy), ["Three", "Two", "Uno"]);
    assert.deepEqual(bob.network.sent, ["GET /v1/orgs/…/changes", "GET /v1/orgs/…/events"], "two requests after a reload");

    // A reload without a network shows what was kept.
    stop.abort();
    await second.ended;
    stop = new AbortController();
    bob.network.isOnline = false;
    const third = copyOf(bob, org, store);
    await until(third.copy, () => third.copy.state === "offline");
    assert.deepEqual(titles(third.copy), ["Three", "Two", "Uno"]);
    bob.network.isOnline = true;
    await isLive(third.copy);

    // Who is removed keeps nothing.
    await api.members_remove({ org, user: bob.id });
    assert.ok(Problem.is(await third.ended, "not_found"));
    assert.equal(third.copy.all("task").size, 0);
    assert.equal(await store.load(`${baseUrl} ${bob.id} ${org}`), undefined);
    stop.abort();
});

it("a copy catches up after the network was away", async () => {
    stop = new AbortController();
    const { bob, org, api } = await studio();
    const { copy } = copyOf(bob, org);
    await isLive(copy);
    bob.network.breaks();
    await until(copy, () => copy.state === "offline");
    await api.tasks_delete({ org, task: "WEB-1" });
    await api.tasks_update({ org, task: "WEB-2" }, { title: "Due" });
    assert.deepEqual(titles(copy), ["One", "Two"]);
    bob.network.isOnline = true;
    await until(copy, () => titles(copy).join() === "Due");
    stop.abort();
});

it("collections show a write at once, and take it back if it is refused", async () => {
    stop = new AbortController();
    const { ann, bob, org } = await studio();
    const [anns, bobs] = [copyOf(ann, org).copy, copyOf(bob, org).copy];
    const board = createCollection(tasks(anns, ann.client, org));
    const talk = createCollection(comments(anns, ann.client, org));
    const marks = createCollection(labels(anns, ann.client, org));
    const all = createCollection(projects(anns, ann.client, org));
    const watching = createCollection(collectionOf(bobs, "task"));
    await Promise.all([board, talk, marks, all, watching].map(collection => collection.preload()));
    const web = all.toArray.find(project => project.key === "WEB");
    assert.ok(web);

    const id = newId();
    const insert = board.insert({ id, project_id: web.id, title: "Three", status: "todo" } as Task);
    assert.equal(board.get(id)?.title, "Three", "before any answer");
    await insert.isPersisted.promise;
    assert.equal(board.get(id)?.key, "WEB-3", "as the server has it");
    await until(bobs, () => watching.get(id)?.title === "Three");

    const label = newId();
    await marks.insert({ id: label, name: "Bug", color: "#d73a4a" } as never).isPersisted.promise;
    const update = board.update(id, draft => {
        draft.title = "Tres";
        draft.status = "review";
        draft.labels = [{ id: label, name: "Bug", color: "#d73a4a" }];
        draft.assignees = [{ id: bob.id, name: "Bob" }];
    });
    assert.equal(board.get(id)?.status, "review");
    await update.isPersisted.promise;
    const now = await ann.client.api.tasks_get({ org, task: id });
    assert.deepEqual([now.title, now.status, now.labels[0]?.name, now.assignees[0]?.name], ["Tres", "review", "Bug", "Bob"]);

    const [one, two] = board.toArray.filter(task => task.id !== id).sort((a, b) => a.number - b.number) as unknown as [Task, Task];
    const move = board.update(two.id, { metadata: { before: one.id } }, draft => void (draft.position = placeAfter(undefined)));
    assert.ok((board.get(two.id)?.position as string) < one.position);
    await move.isPersisted.promise;
    assert.ok((board.get(two.id)?.position as string) < one.position);
    assert.ok(one.position < placeAfter(one) && placeAfter(one) < (board.get(id)?.position as string));

    const refused = board.update(id, draft => {
        draft.title = "";
    });
    assert.equal(board.get(id)?.title, "");
    await assert.rejects(refused.isPersisted.promise, Problem);
    assert.equal(board.get(id)?.title, "Tres");

    const comment = newId();
    await talk.insert({ id: comment, task_id: id, body: "Look" } as never).isPersisted.promise;
    await talk.update(comment, draft => void (draft.body = "Look again")).isPersisted.promise;
    assert.equal(talk.get(comment)?.author.name, "Ann");
    assert.ok(talk.get(comment)?.edited_at);
    await talk.delete(comment).isPersisted.promise;
    await board.delete(id).isPersisted.promise;
    await until(bobs, () => !watching.has(id));
    assert.equal(board.has(id), false);
    stop.abort();
});
