import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";
import { browserOf, card, isLive, studio } from "./people";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Whatever axe finds on a page: each rule that it breaks, and where. */
async function findings(page: Page): Promise<string[]> {
    await page.addScriptTag({ path: AXE });
    return page.evaluate(async () => {
        const { violations } = await (window as never as { axe: typeof import("axe-core") }).axe.run();
        return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 300)}`));
    });
}

for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in ${colorScheme} colors`, async ({ browser }) => {
        const { ann, slug, org, board } = await studio();
        const label = await ann.api.labels_create({ org }, { name: "Bug", color: "#d73a4a" });
        const { id } = await ann.api.accounts_get();
        await ann.api.tasks_update({ org, task: "WEB-1" }, { label_ids: [label.id], assignee_ids: [id], due_on: "2020-01-01", priority: "urgent" });
        await ann.api.comments_create({ org, task: "WEB-1" }, { body: "Look, <@" + id + ">: *this*." });
        await ann.api.tasks_create({ org, project: "WEB" }, { title: "Buy it", parent_id: (await ann.api.tasks_get({ org, task: "WEB-1" })).id });
        const page = await browserOf(browser, ann, "/", { colorScheme, reducedMotion: "reduce" });
        const found: Record<string, string[]> = {};
        for (const path of ["/", `/o/${slug}`, board, `${board}/1`, `/o/${slug}/activity`, `/o/${slug}/members`, `/o/${slug}/settings`, "/account"]) {
            await page.goto(path);
            await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
            if (path.startsWith("/o/")) await isLive(page);
            found[path] = await findings(page);
        }
        await page.goto(board);
        await page.getByRole("button", { name: "New task", exact: true }).click();
        found["a dialog"] = await findings(page);
        await page.goto("/account");
        await page.getByRole("button", { name: "Sign out" }).click();
        for (const path of ["/sign-in", "/sign-up", "/forgot-password", "/reset-password", "/nowhere"]) {
            await page.goto(path);
            await expect(page.locator("h1")).toBeVisible();
            found[path] = await findings(page);
        }
        expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
    });
}

test("on a phone, the menu opens, a task is in the board's place, and nothing is wider than the screen", async ({ browser }) => {
    const { bob, board } = await studio();
    const page = await browserOf(browser, bob, board, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await isLive(page);
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
