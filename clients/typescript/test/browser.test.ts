// The client in a browser, against a real server, at GUILDHALL_URL: what only a browser has are cookies, tabs, a database, and a network
// that comes and goes.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import type {} from "./page.js";
import { baseUrl, someone, studio } from "./support.js";

const host = new URL(baseUrl).hostname;
const server = createServer();
let browser: Browser;
let front: string;

before(async () => {
    const entryPoints = [fileURLToPath(new URL("page.js", import.meta.url))];
    const bundle = await build({ entryPoints, bundle: true, format: "esm", write: false });
    const script = bundle.outputFiles[0]!.text;
    server.on("request", (request, answer) => {
        const isPage = request.url === "/";
        answer.setHeader("Content-Type", isPage ? "text/html" : "text/javascript");
        answer.end(isPage ? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>' : script);
    });
    await new Promise<void>(over => server.listen(0, host, over));
    front = `http://${host}:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
    await browser?.close();
    server.close();
});

/** A new tab, or one that is loaded again. */
async function load(tab: BrowserContext | Page, store: "cookie" | "storage"): Promise<Page> {
    const page = "newPage" in tab ? await tab.newPage() : tab;
    await page.goto(front);
    await page.evaluate(([url, store]) => void (window.mine = window.page(url, store)), [baseUrl, store] as const);
    return page;
}

const resume = (page: Page) => page.evaluate(() => window.mine.session.resume());
const requests = (context: BrowserContext, path: string) => {
    const found: URL[] = [];
    context.on("request", request => {
        const url = new URL(request.url());
        if (request.url().startsWith(baseUrl) && url.pathname.endsWith(path) && request.method() !== "OPTIONS") found.push(url);
    });
    return found;
};

for (const store of ["cookie", "storage"] as const) {
    it(`a session with its token in a ${store} outlives a reload, and tabs renew it once`, async () => {
        const { email } = await someone("Ann");
        const context = await browser.newContext();
        const first = await load(context, store);
        await first.evaluate(email => window.mine.session.logIn(email, "violet-kettle-harbour"), email);
        const kept = await first.evaluate(() => localStorage.getItem("guildhall"));
        assert.equal(kept?.includes("refresh_token"), store === "storage");
        const [again, second] = [await load(first, store), await load(context, store)];
        const renewed = requests(context, "/refresh");
        if (store === "storage") {
            await again.evaluate(kept => localStorage.setItem("guildhall", JSON.stringify({ ...JSON.parse(kept), expires_at: 0 })), kept ?? "");
        }
        // The second one asks while the first one waits for its answer.
        let answer = () => {};
        const isAsked = new Promise<void>(over => (answer = over));
        await context.route("**/refresh", async route => {
            await isAsked;
            await route.continue();
        });
        const resumed = Promise.all([resume(again), resume(second)]);
        await second.waitForFunction(async () => (await navigator.locks.query()).pending?.length === 1);
        answer();
        assert.deepEqual(await resumed, [true, true]);
        assert.equal(renewed.length, 1);
        const asked = await second.evaluate(() => window.mine.client.api.accounts_get());
        assert.equal(asked.email, email);
        await again.evaluate(() => window.mine.session.logOut());
        await second.waitForFunction(() => window.mine.session.state.status === "out");
        assert.equal(await resume(await load(first, store)), false);
        await context.close();
    });
}

it("tabs have one copy, which goes on after a reload, and one of them sends what was written without a network", async () => {
    const { ann, bob, org, api } = await studio("admin");
    const context = await browser.newContext();
    const open = async (tab: BrowserContext | Page) => {
        const page = await load(tab, "cookie");
        if (!(await resume(page))) await page.evaluate(email => window.mine.session.logIn(email, "violet-kettle-harbour"), bob.email);
        await page.evaluate(([org, user]) => void (window.org = window.mine.open(org, user)), [org, bob.id] as const);
        return page;
    };
    const shows = (page: Page, titles: string) => page.waitForFunction(titles => window.org.titles() === titles, titles);
    const asked = requests(context, "/changes");
    const first = await open(context);
    await shows(first, "One,Two");
    await first.waitForFunction(() => window.org.isKept());
    const second = await open(context);
    await shows(second, "One,Two");
    await api.tasks_create({ org, project: "WEB" }, { title: "Three" });
    await Promise.all([first, second].map(page => shows(page, "One,Three,Two")));
    // The tab that kept the copy goes; the other one keeps it from then on.
    await first.close();
    await api.tasks_update({ org, task: "WEB-3" }, { title: "Tres" });
    await shows(second, "One,Tres,Two");
    const third = await open(await context.newPage());
    await shows(third, "One,Tres,Two");
    assert.deepEqual(asked.map(url => url.searchParams.has("since")), [false, true, true], "one full copy");

    await context.setOffline(true);
    await Promise.all([second, third].map(page => page.waitForFunction(() => window.org.state() === "offline")));
    await api.tasks_delete({ org, task: "WEB-1" });
    await third.evaluate(() => window.org.insert("Four"));
    await third.evaluate(() => window.org.rename("One", "Uno"));
    await Promise.all([second, third].map(page => shows(page, "Four,Tres,Two,Uno")));
    assert.equal(await third.evaluate(() => window.org.isOffline()), true);

    // A reload where the page is there, but not the server.
    await context.route(`${baseUrl}/v1/orgs/**`, route => route.abort());
    await context.setOffline(false);
    const again = await open(second);
    await shows(again, "Four,Tres,Two,Uno");
    assert.equal(await again.evaluate(() => window.org.waiting()), 2);
    await context.setOffline(true);
    await context.unroute(`${baseUrl}/v1/orgs/**`);
    const senders = new Set<Page>();
    context.on("request", request => request.method() === "POST" && request.url().endsWith("/tasks") && senders.add(request.frame().page()));
    await context.setOffline(false);
    for (const page of [again, third]) {
        await page.waitForFunction(() => window.org.failed() === "tasks_update not_found" && window.org.waiting() === 0);
        await shows(page, "Four,Tres,Two");
        await page.waitForFunction(() => window.org.hasKey("Four"));
    }
    assert.equal(senders.size, 1);
    const { items } = await ann.client.api.tasks_list({ org });
    assert.deepEqual(items.map(task => task.title).sort(), ["Four", "Tres", "Two"]);
    await again.evaluate(() => window.org.dismiss());
    await third.waitForFunction(() => window.org.failed() === "");
    // Whichever tab sends it, the one that wrote it can have it undone.
    for (const page of [again, third]) {
        const seq = await page.evaluate(() => window.org.rename("Two", "Deux"));
        await api.activity_undo({ org, seq: seq as number });
        await shows(page, "Four,Tres,Two");
    }
    await context.close();
});
