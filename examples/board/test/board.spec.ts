import { expect, test } from "@playwright/test";
import { API, browserOf, card, cards, isLive, studio } from "./people";

const ALL = ["Choose a font", "Draw the icons", "Write the home page"];

test("a card is dragged with the keys and by the mouse, and a move is undone", async ({ browser }) => {
    const { ann, org, board } = await studio();
    const page = await browserOf(browser, ann, board);
    await isLive(page);
    await expect(cards(page, "To do")).toHaveText(ALL);
    await card(page, "Draw the icons").focus();
    await page.keyboard.press("Space");
    await expect(page.locator("[data-dnd-dragging]")).toBeVisible();
    await page.keyboard.press("ArrowRight");
    await expect(cards(page, "In progress")).toHaveText(["Draw the icons"]);
    await page.keyboard.press("Space");
    await expect(page.getByText("WEB-2 moved to In progress")).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(cards(page, "To do")).toHaveText(ALL);

    // Above the first of its column.
    await card(page, "Write the home page").hover();
    await page.mouse.down();
    const first = (await card(page, "Choose a font").boundingBox())!;
    await page.mouse.move(first.x + 60, first.y + 30, { steps: 12 });
    await page.mouse.move(first.x + 60, first.y + 4, { steps: 6 });
    await expect(cards(page, "To do")).toHaveText(["Write the home page", "Choose a font", "Draw the icons"]);
    const moved = page.waitForResponse(answer => answer.url().endsWith("/move") && answer.ok());
    await page.mouse.up();
    await moved;
    const { items } = await ann.api.tasks_list_in_project({ org, project: "WEB" });
    expect(items.toSorted((a, b) => (a.position < b.position ? -1 : 1)).map(task => task.key)).toEqual(["WEB-3", "WEB-1", "WEB-2"]);
});

test("a change is on another's screen at once, and a reload asks three times", async ({ browser }) => {
    const { ann, bob, board } = await studio();
    const [anns, bobs] = await Promise.all([browserOf(browser, ann, `${board}/1`), browserOf(browser, bob, board)]);
    await Promise.all([isLive(anns), isLive(bobs)]);
    await expect(cards(bobs, "To do")).toHaveText(ALL);
    const late: number[] = [];
    for (const column of ["In progress", "Review", "Done"]) {
        const seen = await bobs.evaluateHandle(column => {
            const list = document.querySelector(`[aria-label='${column}']`)!;
            const arrival = new Promise<number>(over => {
                const look = () => list.querySelector(".card") && over(performance.timeOrigin + performance.now());
                new MutationObserver(look).observe(list, { childList: true });
            });
            return { arrival };
        }, column);
        await anns.evaluate(() => performance.clearResourceTimings());
        await anns.getByLabel("Column").selectOption(column);
        const answered = await anns.waitForFunction(() => {
            const requests = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
            const request = requests.find(({ name }) => /tasks\/[0-9a-f-]+$/.test(name));
            return request && performance.timeOrigin + request.responseEnd;
        });
        late.push(Math.round((await seen.evaluate(({ arrival }) => arrival)) - ((await answered.jsonValue()) as number)));
    }
    console.log(`on another's screen after the answer: ${late.join(", ")} ms`);
    expect(Math.min(...late)).toBeLessThan(200); // not each: the machine may be busy

    const asked: string[] = [];
    bobs.on("request", request => request.url().startsWith(API) && asked.push(new URL(request.url()).pathname));
    await bobs.reload();
    await isLive(bobs);
    await expect(cards(bobs, "Done")).toHaveText(["Choose a font"]);
    expect(asked.map(path => path.split("/").at(-1))).toEqual(["refresh", "changes", "events"]);
});
