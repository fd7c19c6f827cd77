// The client against a real server, at GUILDHALL_URL.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { Problem, Session, createClient, follow, inMemory, inStorage, type Client, type LiveState, type Task } from "../src/index.js";

const baseUrl = process.env["GUILDHALL_URL"] ?? "http://localhost:8080";
const password = "violet-kettle-harbour";

interface Person {
    session: Session;
    client: Client;
    email: string;
}

/** Somebody with a new account, whose client sends through `fetch`. */
async function someone(name: string, send?: typeof fetch): Promise<Person> {
    const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
    const session = new Session({ baseUrl, store: inMemory() });
    assert.equal(await session.signUp({ email, password, name }), true);
    const client = createClient({ baseUrl, auth: session, ...(send ? { fetch: send } : {}) });
    return { session, client, email };
}

/** An organization with a project, WEB. */
async function website({ client: { api } }: Person): Promise<string> {
    const org = await api.orgs_create({ name: "Acme" });
    await api.projects_create({ org: org.id }, { name: "Website", key: "WEB" });
    return org.id;
}

/** Sends for real, but for what `loses` picks: those requests reach the server, and their answers are lost. */
function losing(loses: (url: string, init: RequestInit) => boolean): typeof fetch {
    return async (url, init) => {
        const answer = await fetch(url, init);
        if (loses(String(url), init ?? {})) {
            await answer.arrayBuffer();
            throw new TypeError("the connection broke");
        }
        return answer;
    };
}

/** Answers with these one after the other, and notes what was asked. */
function answering(...answers: (Response | Error)[]) {
    const asked: { url: string; init: RequestInit }[] = [];
    const send: typeof fetch = async (url, init) => {
        asked.push({ url: String(url), init: init ?? {} });
        const answer = answers[Math.min(asked.length, answers.length) - 1] as Response | Error;
        if (answer instanceof Error) throw answer;
        return answer.clone();
    };
    return { send, asked };
}

const busy = (status: number) =>
    Response.json({ type: "", title: "", status, detail: "Busy", code: "overloaded", request_id: "" }, { status });
const header = (init: RequestInit | undefined, name: string) => new Headers(init?.headers).get(name);

describe("operations", () => {
    it("take what is in the path, and the body or the query, and answer the body", async () => {
        const ann = await someone("Ann");
        const org = await website(ann);
        const { api } = ann.client;
        const task = await api.tasks_create({ org, project: "WEB" }, { title: "A/B test", priority: "high" });
        assert.deepEqual([task.key, task.status, task.priority], ["WEB-1", "todo", "high"]);
        const page = await api.tasks_list({ org }, { status: ["todo", "review"], limit: 1 });
        assert.deepEqual(page.items.map((item: Task) => item.id), [task.id]);
        assert.equal(await api.tasks_delete({ org, task: task.id }), undefined);
        const counted = await api.projects_delete({ org, project: "WEB" }, { dry_run: true });
        assert.equal(counted?.counts.projects, 1);
        const found = await api.search({ org }, { q: "a/b?&=" });
        assert.deepEqual(found.items, []);
        const archive = await api.orgs_export({ org });
        assert.equal(archive.constructor.name, "Blob");
    });

    it("walk a list to its end", async () => {
        const ann = await someone("Ann");
        const org = await website(ann);
        const { api } = ann.client;
        for (let number = 1; number <= 7; number++) {
            await api.tasks_create({ org, project: "WEB" }, { title: `Task ${number}` });
        }
        const keys = [];
        for await (const task of api.tasks_list.all({ org }, { sort: ["number"], limit: 3 })) keys.push(task.key);
        assert.deepEqual(keys, ["WEB-1", "WEB-2", "WEB-3", "WEB-4", "WEB-5", "WEB-6", "WEB-7"]);
        const mine = [];
        for await (const one of api.orgs_list.all()) mine.push(one.name);
        assert.deepEqual(mine, ["Acme"]);
    });

    it("fail with a problem, by its code", async () => {
        const ann = await someone("Ann");
        const org = await website(ann);
        const { api } = ann.client;
        const wrong = await api.tasks_create({ org, project: "WEB" }, { title: "" }).catch((error: unknown) => error);
        assert.ok(Problem.is(wrong, "invalid_input") && Object.keys(wrong.fields)[0] === "/title");
        await assert.rejects(api.tasks_get({ org, task: "WEB-9" }), (error: Problem) => error.code === "not_found" && error.status === 404);
        // The names are those of the document, and so are the types.
        // @ts-expect-error There is no such priority.
        await assert.rejects(api.tasks_create({ org, project: "WEB" }, { title: "A", priority: "huge" }), Problem);
        // @ts-expect-error A task needs a title.
        await assert.rejects(api.tasks_create({ org, project: "WEB" }, {}), Problem);
        // @ts-expect-error A task is in an organization.
        assert.throws(() => api.tasks_get({ task: "WEB-1" }), TypeError);
        const proxy = answering(new Response("<h1>Bad gateway</h1>", { status: 500 }));
        const behind = createClient({ baseUrl, fetch: proxy.send });
        await assert.rejects(behind.api.server_livez(), (error: Problem) => error.code === "internal" && error.status === 500);
    });

    it("refuse to change what has changed since it was read", async () => {
        const ann = await someone("Ann");
        const org = await website(ann);
        const { api } = ann.client;
        const task = await api.tasks_create({ org, project: "WEB" }, { title: "One" });
        const path = { org, task: task.id };
        const newer = await api.tasks_update(path, { title: "Two" }, { ifMatch: task });
        const refused = await api.tasks_update(path, { title: "Three" }, { ifMatch: task }).catch((error: unknown) => error);
        assert.ok(Problem.is(refused, "precondition_failed"));
        assert.equal(refused.body?.current?.["title"], "Two");
        assert.equal((await api.tasks_update(path, { title: "Three" }, { ifMatch: newer })).title, "Three");
    });
});

describe("a change", () => {
    it("tells its place in the activity, by which it is undone", async () => {
        let lost = 0;
        const ann = await someone("Ann", losing((url, init) => init.method === "POST" && url.endsWith("/tasks") && lost++ < 1));
        const org = await website(ann);
        const { api } = ann.client;
        const seqs: number[] = [];
        const options = { onSeq: (seq: number) => void seqs.push(seq) };
        const task = await api.tasks_create({ org, project: "WEB" }, { title: "One" }, options);
        const path = { org, task: task.id };
        await api.tasks_update(path, { title: "Two", priority: "high" }, options);
        await api.tasks_update(path, { title: "Two" }, options);
        await api.tasks_get(path, {}, options);
        assert.equal(await api.tasks_delete(path, {}, options), undefined);
        const { items } = await api.activity_list({ org }, { task: [task.id] });
        assert.deepEqual(items.map(entry => entry.action), ["task.deleted", "task.updated", "task.created"]);
        assert.deepEqual(seqs, items.map(entry => entry.seq).reverse(), "what changes nothing, and what reads, has none");
        for (const seq of seqs.slice(1).reverse()) await api.activity_undo({ org, seq });
        const { title, priority } = await api.tasks_get(path);
        assert.deepEqual([title, priority], ["One", "none"]);
    });
});

describe("requests that get no answer", () => {
    it("are sent again, and do nothing twice", async () => {
        let lost = 0;
        const ann = await someone("Ann", losing((url, init) => init.method === "POST" && url.endsWith("/tasks") && lost++ < 2));
        const org = await website(ann);
        const task = await ann.client.api.tasks_create({ org, project: "WEB" }, { title: "Once" });
        assert.equal(lost, 3);
        assert.equal(task.key, "WEB-1");
        assert.equal((await ann.client.api.tasks_list({ org })).items.length, 1);
    });

    it("are not sent again where that isn't safe", async () => {
        const broken = answering(new TypeError("the connection broke"));
        const { api } = createClient({ baseUrl, auth: "gh_x", fetch: broken.send });
        await assert.rejects(api.tasks_delete({ org: "acme", task: "WEB-1" }), (error: Problem) => error.code === "network");
        assert.equal(broken.asked.length, 1);
        await assert.rejects(api.tasks_update({ org: "acme", task: "WEB-1" }, {}, { ifMatch: { version: 3 } }), Problem);
        assert.equal(broken.asked.length, 2);
        assert.equal(header(broken.asked[1]?.init, "If-Match"), '"3"');
    });

    it("wait as long as a busy server asks, with the same key", async () => {
        const { send, asked } = answering(busy(503), busy(429), Response.json({ id: "x" }, { status: 201 }));
        const { api } = createClient({ baseUrl, auth: "gh_x", fetch: send });
        await api.labels_create({ org: "acme" }, { name: "Bug" });
        const keys = asked.map(({ init }) => header(init, "Idempotency-Key"));
        assert.equal(keys.length, 3);
        assert.ok(keys[0] && new Set(keys).size === 1);
        const own = answering(Response.json({ id: "x" }, { status: 201 }));
        const other = createClient({ baseUrl, auth: "gh_x", fetch: own.send });
        await other.api.labels_create({ org: "acme" }, { name: "Bug" }, { idempotencyKey: "mine" });
        assert.equal(header(own.asked[0]?.init, "Idempotency-Key"), "mine");
    });

    it("end when they are cancelled, also while they wait", async () => {
        const { send } = answering(busy(503));
        const { api } = createClient({ baseUrl, auth: "gh_x", fetch: send, retries: 99 });
        const ended = new AbortController();
        const call = api.orgs_list({}, { signal: ended.signal });
        ended.abort(new Error("enough"));
        await assert.rejects(call, /enough/);
    });
});

describe("a session", () => {
    it("renews its access token once, however many ask", async () => {
        const store = inMemory();
        let refreshed = 0;
        const counting: typeof fetch = (url, init) => {
            if (String(url).endsWith("/refresh")) refreshed++;
            return fetch(url, init);
        };
        const session = new Session({ baseUrl, store, fetch: counting });
        const email = `ann-${randomUUID()}@example.com`;
        await session.signUp({ email, password, name: "Ann" });
        const { api } = createClient({ baseUrl, auth: session });
        store.save({ ...store.load(), expires_at: 0 });
        await Promise.all(Array.from({ length: 8 }, () => api.accounts_get()));
        assert.equal(refreshed, 1);
        // One that the server doesn't take, though it looks good.
        store.save({ ...store.load(), access_token: "x.y.z", expires_at: Date.now() + 600_000 });
        await Promise.all(Array.from({ length: 8 }, () => api.accounts_get()));
        assert.equal(refreshed, 2);
    });

    it("goes on after a reload, and is over everywhere after a logout", async () => {
        const kept = new Map<string, string>();
        const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => void kept.set(name, text) };
        const open = () => new Session({ baseUrl, store: inStorage(storage) });
        const [first, second] = [open(), open()];
        assert.equal(await first.resume(), false);
        const email = `ann-${randomUUID()}@example.com`;
        await first.signUp({ email, password, name: "Ann" });
        assert.equal(await second.resume(), true);
        assert.equal(second.state.status === "in" && second.state.user.email, email);
        const told = new Promise<void>(over => first.subscribe(state => state.status === "out" && over()));
        await second.logOut();
        await told;
        assert.equal(await first.renew(undefined), false);
        await assert.rejects(createClient({ baseUrl, auth: first }).api.accounts_get(), (error: Problem) => error.code === "unauthenticated");
        assert.ok(JSON.parse(kept.get("guildhall") ?? "{}").device_token, "the device is known on");
        assert.equal(await first.logIn(email, password), undefined);
        await assert.rejects(first.logIn(email, "wrong-kettle-harbour"), (error: Problem) => error.code === "invalid_credentials");
        await first.confirm({ password });
        const token = await createClient({ baseUrl, auth: first }).api.api_tokens_create({ name: "Script", scopes: ["read"] });
        const script = createClient({ baseUrl, auth: token.token as string });
        assert.equal((await script.api.accounts_get()).email, email);
        first.close();
        second.close();
    });

    it("begins on a device where another one was, by each way in", async () => {
        const store = inMemory();
        const session = new Session({ baseUrl, store });
        const email = `${randomUUID()}@example.com`;
        assert.equal(await session.signUp({ email, password, name: "Ann" }), true);
        const device = store.load().device_token;
        assert.ok(device);
        await session.logOut();
        assert.equal(await session.signUp({ email: `${randomUUID()}@example.com`, password, name: "Bob" }), true);
        await session.logOut();
        assert.ok(store.load().device_token);
        await session.logIn(email, password);
        assert.equal(session.state.status, "in");
    });

    it("stays where the server can't be reached", async () => {
        const ann = await someone("Ann");
        const store = inMemory();
        const offline = answering(new TypeError("no network"));
        store.save({ refresh_token: "ghr_x" });
        const session = new Session({ baseUrl, store, fetch: offline.send });
        await assert.rejects(session.resume(), (error: Problem) => error.code === "network");
        assert.equal(store.load().refresh_token, "ghr_x");
        assert.equal(ann.session.state.status, "in");
    });
});

describe("live events", () => {
    it("come as things are done, without a gap when the connection breaks", async () => {
        const ann = await someone("Ann");
        const org = await website(ann);
        const { api } = ann.client;
        let streams = 0;
        const breaking: typeof fetch = async (url, init) => {
            const answer = await fetch(url, init);
            if (!String(url).includes("/events") || ++streams > 1) return answer;
            // The first stream breaks after its first event.
            const reader = answer.body!.getReader();
            let text = "";
            const body = new ReadableStream({
                async pull(controller) {
                    const { value } = await reader.read();
                    text += new TextDecoder().decode(value);
                    controller.enqueue(value);
                    if (text.includes("data:")) controller.error(new TypeError("the connection broke"));
                },
            });
            return new Response(body, answer);
        };
        const client = createClient({ baseUrl, auth: ann.session, fetch: breaking });
        const ended = new AbortController();
        const states: LiveState[] = [];
        const told: string[] = [];
        for await (const event of follow(client, { org, since: "0", signal: ended.signal, onState: state => states.push(state) })) {
            if (event.type === "entry") told.push(event.entry.action);
            if (told.length === 3) await api.tasks_create({ org, project: "WEB" }, { title: "One" });
            if (told.length === 4) await api.tasks_update({ org, task: "WEB-1" }, { status: "done" });
            if (told.length === 5) break;
        }
        assert.deepEqual(told, ["organization.created", "member.joined", "project.created", "task.created", "task.status_changed"]);
        assert.deepEqual(states.slice(0, 4), ["connecting", "live", "offline", "live"]);
    });

    it("end when the caller may no longer follow, or wants no more", async () => {
        const [ann, bob] = [await someone("Ann"), await someone("Bob")];
        const org = await website(ann);
        const refused = follow(bob.client, { org }).next();
        await assert.rejects(refused, (error: Problem) => error.code === "not_found");
        const ended = new AbortController();
        const stream = follow(ann.client, { org, signal: ended.signal }).next();
        ended.abort(new Error("enough"));
        await assert.rejects(stream, /enough/);
    });
});
