import { expect, test } from "@playwright/test";
import { API, browserOf, card, cards, isLive, PASSWORD, someone, studio } from "./people";

test("somebody signs up, founds an organization, invites another, and they work together", async ({ page, browser }) => {
    await page.goto("/");
    await page.getByRole("link", { name: "Create an account" }).click();
    const send = page.getByRole("button", { name: "Create account" });
    await page.getByLabel("Name").fill("Ann Keller");
    await page.getByLabel("E-mail").fill("ann");
    await page.getByLabel("Password").fill("short");
    await send.click();
    await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/e-mail address/);
    await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/characters/);
    await page.getByLabel("E-mail").fill(`ann-${Date.now()}@example.com`);
    await page.getByLabel("Password").fill(PASSWORD);
    await send.click();
    await page.getByRole("button", { name: "New organization" }).click();
    await page.getByLabel("Name").fill("Lantern Studio");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Website");
    await page.getByLabel("Key").fill("WEB");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "New task in To do" }).click();
    await page.getByRole("button", { name: "Create" }).click();
    await expect(page.getByLabel("Title")).toHaveAccessibleDescription(/empty/);
    await page.getByLabel("Title").fill("Call the printer");
    await page.getByRole("button", { name: "Create" }).click();
    await expect(cards(page, "To do")).toHaveText(["Call the printer"]);

    const bob = await someone("Bob Osei");
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByLabel("E-mail").fill(bob.email);
    await page.getByRole("button", { name: "Invite" }).click();
    await expect(page.getByText("invited just now")).toBeVisible();
    await page.getByLabel("E-mail").fill(bob.email);
    await page.getByRole("button", { name: "Invite" }).click();
    await expect(page.getByRole("alert")).toHaveText(/pending/);
    await page.evaluate(() => navigator.clipboard.writeText = text => (document.title = text, Promise.resolve()));
    await page.getByRole("button", { name: "Copy the link" }).click();
    await expect(page).toHaveTitle(/#token=/);

    const bobs = await browser.newPage();
    await bobs.goto(await page.title());
    await expect(bobs.getByRole("heading", { name: "Join Lantern Studio" })).toBeVisible();
    await bobs.getByRole("link", { name: "Sign in" }).click();
    await bobs.getByLabel("E-mail").fill(bob.email);
    await bobs.getByLabel("Password").fill(PASSWORD);
    await bobs.getByRole("button", { name: "Sign in" }).click();
    await bobs.getByRole("button", { name: "Accept" }).click();
    await bobs.getByRole("link", { name: "Website" }).click();
    await card(bobs, "Call the printer").click();
    await bobs.getByRole("button", { name: "Take" }).click();
    await bobs.getByLabel("New subtask").fill("Find the number");
    await bobs.getByLabel("New subtask").press("Enter");
    await bobs.getByLabel("Find the number is done").check();
    await bobs.getByLabel("Comment").fill("They are **closed** <script>alert(1)</script>");
    await bobs.getByRole("button", { name: "Comment", exact: true }).click();
    await expect(bobs.locator(".said .text")).toHaveText("They are closed <script>alert(1)</script>");

    await page.getByRole("link", { name: "Website" }).click();
    await expect(card(page, "Call the printer")).toContainText("1/1");
    await expect(card(page, "Call the printer").locator("[title='Bob Osei']")).toBeVisible();
    await page.getByRole("link", { name: "Activity" }).click();
    await expect(page.getByText("Bob Osei commented on WEB-1")).toBeVisible();
});

test("somebody makes a passkey and signs in with it; a provider is another way", async ({ page, browser }) => {
    const ann = await someone("Ann Keller");
    const phone = await browserOf(browser, ann, "/account");
    const devices = await phone.context().newCDPSession(phone);
    await devices.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
    await devices.send("WebAuthn.addVirtualAuthenticator", { options });
    await phone.getByLabel("Name of the passkey").fill("Ann’s phone");
    await phone.getByLabel("Your password").fill(PASSWORD);
    await phone.getByRole("button", { name: "Add a passkey" }).click();
    await expect(phone.getByText("Ann’s phone")).toBeVisible();
    await phone.getByRole("button", { name: "Sign out" }).click();
    await phone.getByRole("button", { name: "Use a passkey" }).click();
    await expect(phone.getByRole("heading", { name: "Your account" })).toBeVisible();

    // Of a provider, what the app does: it goes where the server says, and hands in what comes back.
    const cors = { "Access-Control-Allow-Origin": new URL(phone.url()).origin, "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Headers": "content-type" };
    await page.route(`${API}/v1/auth/providers`, route => route.fulfill({ headers: cors, json: { items: [{ id: "acme", name: "Acme" }], next_cursor: null } }));
    await page.route(`${API}/v1/auth/oidc/acme/start`, async route => {
        const { redirect_uri } = route.request().postDataJSON() ?? {};
        await route.fulfill({ headers: cors, json: { authorization_url: `${redirect_uri}?code=abc&state=xyz` } });
    });
    const handedIn = page.waitForRequest(`${API}/v1/auth/oidc/acme/finish`);
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Continue with Acme" }).click();
    expect((await handedIn).postDataJSON()).toMatchObject({ code: "abc", state: "xyz", session: "cookie" });
    await expect(page.getByRole("heading", { name: "That didn’t work" })).toBeVisible();
    expect(page.url()).not.toContain("abc");
});

test("a member sees no button that they may not press", async ({ browser }) => {
    const { ann, bob, org, slug, board } = await studio();
    const page = await browserOf(browser, bob, `${board}/1`);
    await isLive(page);
    await expect(page.getByRole("button", { name: "Take" })).toBeVisible();
    await expect(page.locator(".properties :enabled, .task :text('Edit'), button:has-text('Delete'), [aria-label^=Delete]")).toHaveCount(0);
    await page.goto(`/o/${slug}/members`);
    await expect(page.getByText(ann.email)).toBeVisible();
    await expect(page.locator("main").getByRole("combobox")).toHaveCount(0);
    await expect(page.locator("main").getByRole("button")).toHaveText([""]);
    await expect(page.getByRole("button", { name: "Leave" })).toBeVisible();
    await page.goto(`/o/${slug}/settings`);
    await expect(page.getByRole("heading", { name: "Labels" })).toBeVisible();
    await expect(page.locator("main").getByRole("button")).toHaveCount(0);
    // A role acts at once.
    await ann.api.members_update({ org, user: (await bob.api.accounts_get()).id }, { role: "admin" });
    await expect(page.getByRole("button", { name: "Save" })).toBeVisible();
});

test("a text that somebody else changed isn't lost, a deleted task comes back, and a toast takes back its own change", async ({ browser }) => {
    const { ann, org, board } = await studio();
    const page = await browserOf(browser, ann, `${board}/1`);
    await isLive(page);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Description").fill("Mine");
    await ann.api.tasks_update({ org, task: "WEB-1" }, { description: "Theirs" });
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText("Theirs");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator(".description")).toContainText("Mine");

    await page.getByRole("button", { name: "Delete the task" }).click();
    await expect(cards(page, "To do")).toHaveCount(2);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(cards(page, "To do")).toHaveCount(3);

    await card(page, "Draw the icons").click();
    const priority = page.getByLabel("Priority", { exact: true });
    await priority.selectOption("High");
    const toast = page.locator(".toast", { hasText: "WEB-2 has the priority high now" });
    await expect(toast).toBeVisible();
    await page.getByLabel("Column").selectOption("Review");
    await expect(page.getByText("WEB-2 moved to Review")).toBeVisible();
    await toast.getByRole("button", { name: "Undo" }).click();
    await expect(priority).toHaveValue("none");
    await expect(cards(page, "Review")).toHaveText(["Draw the icons"]);
});

test("without a network, what is kept is shown, also after a reload, and what is written is sent afterwards", async ({ browser }) => {
    const { ann, org, board } = await studio();
    const page = await browserOf(browser, ann, board);
    await isLive(page);
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.reload(); // so that the worker has seen what the app is made of
    await isLive(page);
    await page.context().setOffline(true);
    await expect(page.getByText("Offline", { exact: true }).first()).toBeAttached();
    await card(page, "Draw the icons").click();
    await page.getByLabel("Column").selectOption("Review");
    await expect(page.getByText("It is sent when there is a network")).toBeVisible();
    await page.getByLabel("Priority", { exact: true }).selectOption("High");
    await page.getByRole("button", { name: "New task", exact: true }).click();
    await page.getByLabel("Title").last().fill("Buy paper");
    await page.getByRole("button", { name: "Create" }).click();
    await expect(cards(page, "To do")).toHaveText(["Choose a font", "Write the home page", "Buy paper"]);
    await ann.api.tasks_delete({ org, task: "WEB-1" });
    await card(page, "Choose a font").click();
    await page.getByLabel("Priority", { exact: true }).selectOption("Low");
    await expect(page.getByText("Offline, 4 to send").first()).toBeAttached();

    await page.reload();
    await expect(cards(page, "Review")).toHaveText(["Draw the icons"]);
    await expect(page.getByText("Offline, 4 to send").first()).toBeAttached();
    await page.context().setOffline(false);
    await isLive(page);
    await expect(page.getByRole("alert")).toContainText("wasn’t taken");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(cards(page, "To do")).toHaveText(["Write the home page", "Buy paper"]);
    const { items } = await ann.api.tasks_list({ org }, { sort: ["created_at"] });
    expect(items.map(({ key, title, status, priority }) => `${key} ${title} ${status} ${priority}`)).toEqual([
        "WEB-2 Draw the icons review high", "WEB-3 Write the home page todo none", "WEB-4 Buy paper todo none",
    ]);

    // Who signs out leaves nothing behind.
    await page.goto("/account");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/sign-in/);
    const kept = () => new Promise<number>(over => {
        const request = indexedDB.open("guildhall");
        request.onsuccess = () => {
            const count = request.result.transaction("things").objectStore("things").count();
            count.onsuccess = () => over(count.result);
        };
    });
    await expect.poll(() => page.evaluate(kept)).toBe(0);
});
