// People with an organization of their own, made through the API, who then come with a browser.
import { randomUUID } from "node:crypto";
import { Session, createClient, inMemory, type Client } from "@guildhall/client";
import { expect, type Browser, type BrowserContextOptions, type Page } from "@playwright/test";

export const API = process.env["VITE_API_URL"] ?? "http://localhost:8080";
export const PASSWORD = "violet-kettle-harbour";

export interface Someone {
    name: string;
    email: string;
    api: Client["api"];
}

export async function someone(name: string): Promise<Someone> {
    const session = new Session({ baseUrl: API, store: inMemory() });
    const email = `${randomUUID()}@example.com`;
    await session.signUp({ email, password: PASSWORD, name });
    return { name, email, api: createClient({ baseUrl: API, auth: session }).api };
}

/** An organization of Ann's with Bob as a member, and the project WEB with three tasks of Ann's. */
export async function studio() {
    const [ann, bob] = await Promise.all([someone("Ann Keller"), someone("Bob Osei")]);
    const { id: org, slug } = await ann.api.orgs_create({ name: "Lantern Studio" });
    const { token } = await ann.api.invitations_create({ org }, { email: bob.email, role: "member" });
    await bob.api.invitations_accept({ token: token as string });
    await ann.api.projects_create({ org }, { name: "Website", key: "WEB" });
    for (const title of ["Choose a font", "Draw the icons", "Write the home page"]) {
        await ann.api.tasks_create({ org, project: "WEB" }, { title, description: "As *agreed*." });
    }
    return { ann, bob, org, slug, board: `/o/${slug}/p/WEB` };
}

/** A browser of somebody's, in which they are logged in. */
export async function browserOf(browser: Browser, { email }: Someone, path: string, options?: BrowserContextOptions): Promise<Page> {
    const page = await browser.newPage(options);
    await page.goto(`/sign-in?to=${encodeURIComponent(path)}`);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(path);
    return page;
}

/** The cards of a column, from top to bottom. */
export const cards = (page: Page, column: string) => page.getByRole("list", { name: column, exact: true }).locator(".card:not([inert]) .card-title");
export const card = (page: Page, title: string) => page.locator(".card > a", { hasText: title });
export const isLive = (page: Page) => expect(page.getByText("Live", { exact: true }).first()).toBeAttached();
