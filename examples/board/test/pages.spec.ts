import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";
import { browserOf, card, cards, isLive, studio } from "./people";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Whatever axe finds on a page: each rule that it breaks, and where. */
async function findings(page: Page): Promise<string[]> {
    if (await page.evaluate(() => !("axe" in window))) await page.addScriptTag({ path: AXE });
    return page.evaluate(async () => {
        await new Promise(requestAnimationFrame); // colors change over a while
        await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => undefined)));
        const { violations } = await (window as never as { axe: typeof import("axe-core") }).axe.run();
        return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 300)}`));
    });
}

/** What axe finds on pages, in light and in dark colors. */
function looking(page: Page) {
    const found: Record<string, string[]> = {};
    const look = async (what: string) => {
        await expect(page.locator("h1, h2").first()).toBeVisible();
        await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
        for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            const list = await findings(page);
            if (list.length > 0) found[`${what} in ${colorScheme} colors`] = list;
        }
    };
    return { found, look };
}

test("axe finds nothing on the pages of an organization", async ({ browser }) => {
    const { ann, slug, org, board } = await studio();
    const label = await ann.api.labels_create({ org }, { name: "Bug", color: "#d73a4a" });
    const { id } = await ann.api.accounts_get();
    const task = await ann.api.tasks_update({ org, task: "WEB-1" }, { label_ids: [label.id], assignee_ids: [id], due_on: "2020-01-01", priority: "urgent" });
    await ann.api.comments_create({ org, task: "WEB-1" }, { body: `Look, <@${id}>: *this*.` });
    await ann.api.tasks_create({ org, project: "WEB" }, { title: "Buy it", parent_id: task.id });
    const page = await browserOf(browser, ann, board);
    const { found, look } = looking(page);
    for (const path of [board, `${board}/1`, `/o/${slug}`, `/o/${slug}/activity`, `/o/${slug}/members`, `/o/${slug}/settings`]) {
        await page.goto(path);
        await isLive(page);
        await look(path);
    }
    expect(found).toEqual({});
});

test("axe finds nothing on all other pages", async ({ browser }) => {
    const { ann } = await studio();
    const page = await browserOf(browser, ann, "/");
    const { found, look } = looking(page);
    await look("/");
    await page.getByRole("button", { name: "New organization" }).click();
    await look("a dialog");
    await page.goto("/account");
    await look("/account");
    await page.getByRole("button", { name: "Sign out" }).click();
    for (const path of ["/sign-in", "/sign-up", "/forgot-password", "/reset-password", "/nowhere"]) {
        await page.goto(path);
        await look(path);
    }
    expect(found).toEqual({});
});

test("on a phone, a card is dragged, a task is in the board's place, the menu opens, and nothing is wider than the screen", async ({ browser }) => {
    const { ann, board } = await studio();
    const page = await browserOf(browser, ann, board, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await isLive(page);
    const finger = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: { x: number; y: number }[]) =>
        finger.send("Input.dispatchTouchEvent", { type, touchPoints });
    const [from, to] = await Promise.all([card(page, "Write the home page").boundingBox(), card(page, "Choose a font").boundingBox()]);
    await touch("touchStart", { x: from!.x + 60, y: from!.y + 20 });
    await expect(page.locator("[data-dnd-dragging]")).toBeVisible();
    for (const part of [0.5, 1]) await touch("touchMove", { x: to!.x + 60, y: from!.y + 20 + (to!.y - from!.y - 16) * part });
    await expect(cards(page, "To do").first()).toHaveText("Write the home page");
    await touch("touchEnd");
    await expect(page.getByText("WEB-3 moved within To do")).toBeVisible();
    await card(page, "Choose a font").tap();
    await expect(page.getByRole("heading", { name: "WEB-1" })).toBeFocused();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Close the task" }).tap();
    await page.getByRole("button", { name: "Menu" }).tap();
    await page.getByRole("link", { name: "Members" }).tap();
    await expect(page.getByRole("heading", { name: "Members" })).toBeVisible();
    await expect(page.getByRole("link", { name: "Activity" })).toBeHidden();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await findings(page)).toEqual([]);
});
