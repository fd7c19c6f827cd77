// The copy against a real server, at GUILDHALL_URL.
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { createCollection } from "@tanstack/db";
import { Problem, newId, type Task } from "../src/index.js";
import { copiesInMemory, type Copy, type Kind } from "../src/copy.js";
import { collectionOf, comments, labels, placeAfter, projects, seqsOf, tasks } from "../src/tanstack.js";
import { baseUrl, copyOf, isLive, studio, until } from "./support.js";

const over = new AbortController();
after(() => over.abort());

const titles = (copy: Copy) => [...copy.all("task").values()].map(task => task.title).sort();

it("a copy is filled, stays up to date by the stream alone, and goes on after a reload", async () => {
    const { bob, org, api } = await studio();
    const store = copiesInMemory();
    const [reload, again] = [new AbortController(), new AbortController()];
    const first = copyOf(bob, org, reload.signal, store);
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
    reload.abort();
    await first.ended;
    await api.tasks_update({ org, task: "WEB-1" }, { title: "Uno" });
    bob.network.sent = [];
    const second = copyOf(bob, org, again.signal, store);
    await until(second.copy, () => titles(second.copy).includes("Uno"));
    await isLive(second.copy);
    assert.deepEqual(titles(second.copy), ["Three", "Two", "Uno"]);
    assert.deepEqual(bob.network.sent, ["GET /v1/orgs/…/changes", "GET /v1/orgs/…/events"], "two requests after a reload");

    // A reload without a network shows what was kept.
    again.abort();
    await second.ended;
    bob.network.isOnline = false;
    const third = copyOf(bob, org, over.signal, store);
    await until(third.copy, () => third.copy.state === "offline");
    assert.deepEqual(titles(third.copy), ["Three", "Two", "Uno"]);
    bob.network.isOnline = true;
    await isLive(third.copy);

    // Who is removed keeps nothing.
    await api.members_remove({ org, user: bob.id });
    assert.ok(Problem.is(await third.ended, "not_found"));
    assert.equal(third.copy.all("task").size, 0);
    assert.equal(await store.load(`${baseUrl} ${bob.id} ${org}`), undefined);
});

it("a copy catches up after the network was away", async () => {
    const { bob, org, api } = await studio();
    const { copy } = copyOf(bob, org, over.signal);
    await isLive(copy);
    bob.network.breaks();
    await until(copy, () => copy.state === "offline");
    await api.tasks_delete({ org, task: "WEB-1" });
    await api.tasks_update({ org, task: "WEB-2" }, { title: "Due" });
    assert.deepEqual(titles(copy), ["One", "Two"]);
    bob.network.isOnline = true;
    await until(copy, () => titles(copy).join() === "Due");
});

it("collections show a write at once, and take it back if it is refused", async () => {
    const { ann, bob, org } = await studio();
    const [anns, bobs] = [copyOf(ann, org, over.signal).copy, copyOf(bob, org, over.signal).copy];
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

    const [seq] = seqsOf(update);
    await ann.client.api.activity_undo({ org, seq: seq as number });
    await until(anns, () => board.get(id)?.title === "Three");
    assert.equal(board.get(id)?.assignees.length, 0);

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
    assert.equal(board.get(id)?.title, "Three");
    assert.deepEqual(seqsOf(refused), []);

    const comment = newId();
    await talk.insert({ id: comment, task_id: id, body: "Look" } as never).isPersisted.promise;
    await talk.update(comment, draft => void (draft.body = "Look again")).isPersisted.promise;
    assert.equal(talk.get(comment)?.author.name, "Ann");
    assert.ok(talk.get(comment)?.edited_at);
    await talk.delete(comment).isPersisted.promise;
    await board.delete(id).isPersisted.promise;
    await until(bobs, () => !watching.has(id));
    assert.equal(board.has(id), false);
});
