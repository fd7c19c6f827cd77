// Writes without a network, against a real server, at GUILDHALL_URL.
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { createCollection } from "@tanstack/db";
import { copiesInMemory, type CopyStore } from "../src/copy.js";
import { Problem, createClient, newId, type Comment, type Task } from "../src/index.js";
import { Outbox, writesInMemory, type WriteStore } from "../src/offline.js";
import { comments, placeAfter, seqsOf, tasks } from "../src/tanstack.js";
import { copyOf, isLive, studio, until, type Person } from "./support.js";

const over = new AbortController();
after(() => over.abort());

/** A page of somebody's: its copy, its outbox and its collections, until a signal. */
function page(person: Person, org: string, signal: AbortSignal, kept: { copies?: CopyStore; writes?: WriteStore } = {}) {
    const { copy } = copyOf(person, org, signal, kept.copies);
    const outbox = new Outbox(person.client, { user: person.id, ...(kept.writes ? { store: kept.writes } : {}) });
    const ended = outbox.run(signal).catch((error: unknown) => error);
    const board = createCollection(tasks(copy, outbox, org));
    const talk = createCollection(comments(copy, outbox, org));
    const keys = () => board.toArray.map(task => `${task.title} ${task.status}`).sort();
    const task = (key: string) => board.toArray.find(task => task.key === key) as Task;
    return { copy, outbox, board, talk, task, keys, ended };
}

it("writes without a network outlive a reload, and are sent in order, once", async () => {
    const { bob, org, api } = await studio("admin");
    const kept = { copies: copiesInMemory(), writes: writesInMemory() };
    const reload = new AbortController();
    const before = page(bob, org, reload.signal, kept);
    await before.board.preload();
    await isLive(before.copy);
    const [one, two] = [before.task("WEB-1"), before.task("WEB-2")];
    bob.network.breaks();

    const id = newId();
    await before.board.insert({ id, project_id: one.project_id, title: "Three", status: "todo" } as Task).isPersisted.promise;
    assert.equal(before.outbox.isOffline, true);
    await before.talk.insert({ id: newId(), task_id: id, body: "Look" } as Comment).isPersisted.promise;
    await before.board.update(id, draft => void (draft.title = "Tres")).isPersisted.promise;
    const top = { metadata: { before: one.id } };
    await before.board.update(two.id, top, draft => void (draft.position = placeAfter(undefined))).isPersisted.promise;
    await before.board.delete(one.id).isPersisted.promise;
    const meant = ["Tres todo", "Two todo"];
    assert.deepEqual(before.keys(), meant);
    reload.abort();
    await before.ended;

    const now = page(bob, org, over.signal, kept);
    await Promise.all([now.board.preload(), until(now.outbox, () => now.outbox.waiting.length === 5)]);
    assert.deepEqual([now.copy.state, now.keys(), now.talk.size], ["offline", meant, 1], "still without a network");

    bob.network.sent = [];
    bob.network.keys = [];
    bob.network.loses = ["POST", "POST", "DELETE"];
    bob.network.isOnline = true;
    now.outbox.flush();
    await until(now.outbox, () => now.outbox.waiting.length === 0);
    assert.deepEqual(now.outbox.failed, []);
    const sent = bob.network.sent.filter(request => !request.startsWith("GET"));
    const [create, comment] = ["POST /v1/orgs/…/projects/…/tasks", "POST /v1/orgs/…/tasks/…/comments"];
    const [update, move, remove] = ["PATCH /v1/orgs/…/tasks/…", "POST /v1/orgs/…/tasks/…/move", "DELETE /v1/orgs/…/tasks/…"];
    assert.deepEqual(sent, [create, create, create, comment, update, move, remove, remove]);
    const [key] = bob.network.keys;
    assert.deepEqual(bob.network.keys.map(other => other === key), [true, true, true, false, false], "each write has one key");
    const all = (await api.tasks_list({ org }, { sort: ["number"] })).items.map(({ key, title }) => [key, title]);
    assert.deepEqual(all, [["WEB-2", "Two"], ["WEB-3", "Tres"]]);
    await isLive(now.copy);
    await until(now.copy, () => now.copy.all("task").get(id)?.comment_count === 1);
    assert.deepEqual([now.keys(), now.board.get(id)?.key], [meant, "WEB-3"]);
});

it("a refused write is taken back and told, with what depends on it, and holds up nothing else", async () => {
    const { bob, org, api } = await studio("admin");
    const { copy, outbox, board, talk, task, keys } = page(bob, org, over.signal);
    await board.preload();
    await isLive(copy);
    const [one, two] = [task("WEB-1"), task("WEB-2")];
    bob.network.breaks();
    await until(copy, () => copy.state === "offline");
    await api.tasks_delete({ org, task: one.id });

    const id = newId();
    await board.update(one.id, draft => void (draft.title = "Uno")).isPersisted.promise;
    await board.insert({ id, project_id: one.project_id, title: "x".repeat(1000), status: "todo" } as Task).isPersisted.promise;
    await talk.insert({ id: newId(), task_id: id, body: "Look" } as Comment).isPersisted.promise;
    await board.update(two.id, draft => void (draft.status = "review")).isPersisted.promise;
    bob.network.sent = [];
    bob.network.isOnline = true;
    outbox.flush();
    await until(outbox, () => outbox.waiting.length === 0);
    const codes = outbox.failed.map(write => `${write.operation} ${write.refusal?.body?.code}`);
    assert.deepEqual(codes, ["tasks_update not_found", "tasks_create invalid_input", "comments_create invalid_input"]);
    assert.ok(!bob.network.sent.some(request => request.endsWith("/comments")), "what depends on it isn't sent");
    await isLive(copy);
    await until(copy, () => copy.all("task").get(two.id)?.status === "review");
    assert.deepEqual([keys(), talk.size], [["Two review"], 0]);

    for (const write of outbox.failed) await outbox.dismiss(write);
    assert.equal(outbox.failed.length, 0);
    // With a network, a refusal is told to who waits.
    const refused = board.update(two.id, draft => void (draft.title = ""));
    await assert.rejects(refused.isPersisted.promise, Problem);
    assert.deepEqual(keys(), ["Two review"]);
    assert.equal(outbox.failed.length, 0);
    // It can be tried again.
    await api.projects_archive({ org, project: "WEB" });
    bob.network.breaks();
    const late = { id: newId(), project_id: two.project_id, title: "Late", status: "todo" } as Task;
    await board.insert(late).isPersisted.promise;
    bob.network.isOnline = true;
    outbox.flush();
    await until(outbox, () => outbox.failed.length === 1);
    assert.equal(outbox.failed[0]?.refusal?.status, 409);
    await api.projects_unarchive({ org, project: "WEB" });
    for (const write of outbox.failed) await outbox.retry(write);
    await until(outbox, () => outbox.waiting.length === 0);
    assert.equal((await api.tasks_get({ org, task: late.id })).title, "Late");
    await outbox.clear();
    assert.deepEqual([outbox.waiting, outbox.failed], [[], []]);
});

it("what waited for longer than ids are good for gets others", async () => {
    const { bob, org, api } = await studio("admin");
    const old = "018f0000-0000-7000-8000-000000000001";
    const store = writesInMemory();
    const at = Date.now() - 3 * 24 * 3600 * 1000;
    const create = { id: "a", operation: "tasks_create", path: { org, project: "WEB" }, input: { id: old, title: "Friday" }, at } as const;
    const update = { id: "b", operation: "tasks_update", path: { org, task: old }, input: { title: "Monday" }, at } as const;
    for (const write of [create, update]) await store.put(`${bob.client.baseUrl} ${bob.id}`, write);
    const { outbox } = page(bob, org, over.signal, { writes: store });
    await until(outbox, () => outbox.waiting.length === 2);
    await until(outbox, () => outbox.waiting.length === 0);
    assert.equal(outbox.failed.length, 0);
    const titles = (await api.tasks_list({ org }, { sort: ["number"] })).items.map(task => task.title);
    assert.deepEqual(titles, ["One", "Two", "Monday"]);
});

it("a write tells its place in the activity, unless it was kept without a network", async () => {
    const { bob, org, api } = await studio("admin");
    const ended = new AbortController();
    const { copy, outbox, board, task } = page(bob, org, ended.signal);
    await board.preload();
    await isLive(copy);
    const [one, two] = [task("WEB-1"), task("WEB-2")];
    const all = board.update([one.id, two.id], drafts => drafts.forEach(draft => (draft.priority = "high")));
    await all.isPersisted.promise;
    const { items } = await api.activity_list({ org }, { limit: 2 });
    assert.deepEqual(seqsOf(all), items.map(entry => entry.seq).reverse(), "one of each request");
    const gone = board.delete(one.id);
    await gone.isPersisted.promise;
    const [seq] = seqsOf(gone);
    const undone = new Promise<number>(onSeq => void outbox.api.activity_undo({ org, seq: seq as number }, {}, { onSeq }));
    assert.ok((await undone) > (seq as number));
    await until(copy, () => copy.all("task").has(one.id));

    bob.network.breaks();
    await until(copy, () => copy.state === "offline");
    const kept = board.update(two.id, draft => void (draft.title = "Due"));
    await kept.isPersisted.promise;
    bob.network.isOnline = true;
    outbox.flush();
    await until(outbox, () => outbox.waiting.length === 0);
    assert.deepEqual(seqsOf(kept), []);
    ended.abort();
});

it("writes stay where nobody is logged in any more", async () => {
    const { bob, org } = await studio("admin");
    const writes = writesInMemory();
    const stranger = { ...bob, client: createClient({ baseUrl: bob.client.baseUrl, auth: "gh_none" }) };
    const { outbox, ended } = page(stranger, org, over.signal, { writes });
    void outbox.api.labels_create({ org }, { name: "Bug" });
    assert.ok(Problem.is(await ended, "unauthenticated"));
    const again = page(bob, org, over.signal, { writes });
    await until(again.outbox, () => again.outbox.waiting.length === 1);
    await until(again.outbox, () => again.outbox.waiting.length === 0);
    assert.deepEqual((await bob.client.api.labels_list({ org })).items.map(label => label.name), ["Bug"]);
});
