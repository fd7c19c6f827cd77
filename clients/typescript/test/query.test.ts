// Queries for TanStack Query against a real server, at GUILDHALL_URL.
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { InfiniteQueryObserver, QueryClient, QueryObserver } from "@tanstack/query-core";
import { follow, type LiveEvent, type Task } from "../src/index.js";
import { queries, touchedBy } from "../src/query.js";
import { someone, studio } from "./support.js";

it("queries read by their names, and their keys say what", async () => {
    const { ann, org } = await studio();
    const [cache, query] = [new QueryClient(), queries(ann.client)];
    const one = query.tasks_get({ org, task: "WEB-1" });
    assert.deepEqual(one.queryKey, ["guildhall", "tasks", "tasks_get", { org, task: "WEB-1" }, {}]);
    assert.equal((await cache.fetchQuery(one)).title, "One");
    const kept: Task | undefined = cache.getQueryData(one.queryKey);
    assert.equal(kept?.key, "WEB-1");
    // The order in which a query is written doesn't matter.
    await cache.fetchQuery(query.tasks_list({ org }, { limit: 1, status: ["todo"] }));
    assert.ok(cache.getQueryData(query.tasks_list({ org }, { status: ["todo"], limit: 1 }).queryKey));
    assert.deepEqual((await cache.fetchQuery(query.orgs_list())).items.map(item => item.id), [org]);
    assert.deepEqual(query.orgs_list().queryKey, ["guildhall", "orgs", "orgs_list", {}, {}]);
    assert.equal("tasks_create" in query || (query as Record<string, unknown>)["tasks_create"], undefined);

    const pages = query.tasks_list.pages({ org }, { sort: ["number"], limit: 1 });
    const all = await cache.fetchInfiniteQuery({ ...pages, pages: 5 });
    assert.deepEqual(all.pages.map(page => page.items.map(task => task.title)), [["One"], ["Two"]]);
    assert.notDeepEqual(pages.queryKey, query.tasks_list({ org }, { sort: ["number"], limit: 1 }).queryKey);
    // @ts-expect-error There is no such filter.
    query.tasks_list({ org }, { colour: "red" });
    // @ts-expect-error A search needs a text.
    query.search({ org });
    const observed = new QueryObserver(cache, { ...one, select: task => task.title.length });
    const pagesObserved = new InfiniteQueryObserver(cache, pages);
    assert.deepEqual([observed.getCurrentResult().data, pagesObserved.getCurrentResult().hasNextPage], [3, false]);
    cache.clear();
});

it("an event says which queries are to be asked anew", async () => {
    const { ann, org } = await studio();
    const { api } = ann.client;
    const other = (await api.orgs_create({ name: "Other" })).id;
    const query = queries(ann.client);
    const { items } = await api.tasks_list({ org }, { sort: ["number"] });
    const asked = {
        one: query.tasks_get({ org, task: "web-1" }),
        tasks: query.tasks_list({ org }, { status: ["todo"] }),
        pages: query.tasks_list.pages({ org }),
        mine: query.tasks_list_mine(),
        talk: query.comments_list({ org, task: "WEB-1" }),
        "talk by id": query.comments_list({ org, task: items[0]!.id }),
        "other talk": query.comments_list({ org, task: "WEB-2" }),
        "other talk by id": query.timeline_list({ org, task: items[1]!.id }),
        labels: query.labels_list({ org }),
        columns: query.columns_list({ org, project: "WEB" }),
        members: query.members_list({ org }),
        elsewhere: query.tasks_list({ org: other }),
        account: query.accounts_get(),
        "not ours": { queryKey: ["tasks"] },
    };
    const touched = (event: LiveEvent) => Object.entries(asked).filter(([, one]) => touchedBy(event, org)(one)).map(([name]) => name);
    const since = (await api.changes_list({ org })).next;
    const events = follow(ann.client, { org, since, include: "object" });
    after(() => events.return());
    const next = async () => {
        let event: LiveEvent;
        do event = (await events.next()).value as LiveEvent;
        while (event.type !== "entry");
        return touched(event);
    };
    const tasks = ["one", "tasks", "pages", "mine"];
    await api.tasks_update({ org, task: "WEB-1" }, { title: "Uno" });
    assert.deepEqual(await next(), [...tasks, "talk", "talk by id", "labels"]);
    await api.comments_create({ org, task: "WEB-1" }, { body: "Look" });
    // By its key, a comment's task is known; by another one's id it may be meant.
    assert.deepEqual(await next(), [...tasks, "talk", "talk by id", "other talk by id"]);
    await api.labels_create({ org }, { name: "Bug" });
    assert.deepEqual(await next(), [...tasks, "labels"]);
    const bob = await someone("Bob");
    await api.invitations_create({ org }, { email: bob.email, role: "member" });
    assert.deepEqual(await next(), []);
    await api.orgs_update({ org }, { name: "Lantern Studio" });
    const everything = Object.keys(asked).filter(name => !["elsewhere", "account", "not ours"].includes(name));
    assert.deepEqual(await next(), everything);
    assert.deepEqual(touched({ type: "reset", since }), everything);
    assert.deepEqual(touched({ type: "changes", since, items: [{ kind: "label", id: "x", seq: 1, deleted: true, object: null }] }), [...tasks, "labels"]);
});
