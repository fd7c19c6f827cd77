// What the tests share.
import { randomUUID } from "node:crypto";
import { Copy, type CopyStore } from "../src/copy.js";
import { Session, createClient, inMemory, type Client } from "../src/index.js";

export const baseUrl = process.env["GUILDHALL_URL"] ?? "http://localhost:8080";

/** Sends for real while it is online. */
export class Network {
    isOnline = true;
    /** The methods of the requests whose answers get lost next. */
    loses: string[] = [];
    sent: string[] = [];
    /** The keys of what was sent with one. */
    keys: string[] = [];
    readonly #open = new Set<AbortController>();

    readonly fetch: typeof fetch = async (url, init) => {
        if (!this.isOnline) throw new TypeError("no network");
        this.sent.push(`${init?.method ?? "GET"} ${new URL(String(url)).pathname.replace(/[0-9a-f-]{36}/g, "…")}`);
        const key = new Headers(init?.headers).get("Idempotency-Key");
        if (key) this.keys.push(key);
        const cut = new AbortController();
        this.#open.add(cut);
        const signals = [cut.signal, ...(init?.signal ? [init.signal] : [])];
        const answer = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
        if (this.loses.length > 0 && init?.method === this.loses[0]) {
            this.loses.shift();
            throw new TypeError("the connection broke");
        }
        return answer;
    };

    breaks(): void {
        this.isOnline = false;
        for (const open of this.#open) open.abort(new TypeError("the connection broke"));
    }
}

export interface Person {
    client: Client;
    id: string;
    email: string;
    network: Network;
}

/** Somebody with a new account. Requests that get no answer are sent again this often. */
export async function someone(name: string, retries = 3): Promise<Person> {
    const session = new Session({ baseUrl, store: inMemory() });
    const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
    await session.signUp({ email, password: "violet-kettle-harbour", name });
    const network = new Network();
    const client = createClient({ baseUrl, auth: session, fetch: network.fetch, retries });
    return { client, email, id: session.state.status === "in" ? session.state.user.id : "", network };
}

/** An organization of Ann's with Bob, and the project WEB with two tasks. */
export async function studio(role: "member" | "admin" = "member") {
    const [ann, bob] = [await someone("Ann"), await someone("Bob", 0)];
    const { api } = ann.client;
    const org = (await api.orgs_create({ name: "Lantern" })).id;
    const invitation = await api.invitations_create({ org }, { email: bob.email, role });
    await bob.client.api.invitations_accept({ token: invitation.token as string });
    await api.projects_create({ org }, { name: "Website", key: "WEB" });
    for (const title of ["One", "Two"]) await api.tasks_create({ org, project: "WEB" }, { title });
    return { ann, bob, org, api };
}

/** A copy that runs until the signal, and with what it ended. */
export function copyOf({ client, id }: Person, org: string, signal: AbortSignal, store?: CopyStore) {
    const copy = new Copy(client, { org, user: id, ...(store ? { store } : {}) });
    const ended = copy.run(signal).catch((error: unknown) => error);
    return { copy, ended };
}

/** What says when it changes. */
interface Changing {
    subscribe(listener: () => void): () => void;
    onState?(listener: () => void): () => void;
}

/** Waits until something holds of a copy or an outbox. */
export function until(changing: Changing, holds: () => boolean): Promise<void> {
    return new Promise(over => {
        const ends: (() => void)[] = [];
        const look = () => {
            if (!holds()) return;
            for (const end of ends) end();
            over();
        };
        ends.push(changing.subscribe(look));
        if (changing.onState) ends.push(changing.onState(look));
        look();
    });
}

export const isLive = (copy: Copy) => until(copy, () => copy.state === "live");
