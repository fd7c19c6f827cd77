// The server, and what this app has of it.
import { Session, cookies, createClient } from "@guildhall/client";
import { indexedDb } from "@guildhall/client/copy";
import { Outbox, writesInIndexedDb } from "@guildhall/client/offline";
import { queries } from "@guildhall/client/query";
import { QueryClient } from "@tanstack/react-query";

const baseUrl: string = import.meta.env["VITE_API_URL"] ?? "http://localhost:8080";

export const session = new Session({ baseUrl, store: cookies() });
export const client = createClient({ baseUrl, auth: session });
export const { api } = client;

/** What isn't in a copy is asked for: one's organizations, invitations, the activity. */
export const query = queries(client);

/** Where copies of organizations are kept between visits. */
export const copies = indexedDb();

const writes = writesInIndexedDb();
const outboxes = new Map<string, Outbox>();

/** What somebody writes goes through here, and waits while there is no network. */
export function outboxOf(user: string): Outbox {
    const outbox = outboxes.get(user) ?? new Outbox(client, { user, store: writes });
    outboxes.set(user, outbox);
    return outbox;
}

/** The answers. The client itself tries again where that is safe. */
export const cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } });
