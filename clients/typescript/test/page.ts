// What runs in the page of the browser's tests.
import { createCollection } from "@tanstack/db";
import { Copy, indexedDb } from "../src/copy.js";
import { Session, cookies, createClient, inStorage, newId, type Task } from "../src/index.js";
import { Outbox, writesInIndexedDb } from "../src/offline.js";
import { seqsOf, tasks } from "../src/tanstack.js";

/** A page with a session, whose refresh token is in a cookie or in the page's storage. */
function page(baseUrl: string, store: "cookie" | "storage") {
    const session = new Session({ baseUrl, store: store === "cookie" ? cookies() : inStorage(localStorage) });
    const client = createClient({ baseUrl, auth: session });
    return {
        session,
        client,
        /** Opens an organization: its copy, its outbox and its tasks. */
        open: (org: string, user: string) => {
            const over = new AbortController();
            const copy = new Copy(client, { org, user, store: indexedDb() });
            const outbox = new Outbox(client, { user, store: writesInIndexedDb() });
            const board = createCollection(tasks(copy, outbox, org));
            void copy.run(over.signal);
            void outbox.run(over.signal);
            const find = (title: string) => board.toArray.find(task => task.title === title) as Task;
            return {
                state: () => copy.state,
                isKept: async () => (await indexedDb().load(`${client.baseUrl} ${user} ${org}`)) !== undefined,
                isOffline: () => outbox.isOffline,
                waiting: () => outbox.waiting.length,
                failed: () => outbox.failed.map(write => `${write.operation} ${write.refusal?.body?.code}`).join(),
                dismiss: () => Promise.all(outbox.failed.map(write => outbox.dismiss(write))),
                titles: () => board.toArray.map(task => task.title).sort().join(),
                hasKey: (title: string) => find(title)?.key !== undefined,
                insert: async (title: string) => {
                    const { project_id, column_id } = board.toArray[0] as Task;
                    await board.insert({ id: newId(), project_id, column_id, title } as Task).isPersisted.promise;
                },
                rename: async (from: string, to: string) => {
                    const write = board.update(find(from).id, draft => void (draft.title = to));
                    await write.isPersisted.promise;
                    return seqsOf(write)[0];
                },
            };
        },
    };
}

declare global {
    interface Window {
        page: typeof page;
        mine: ReturnType<typeof page>;
        org: ReturnType<ReturnType<typeof page>["open"]>;
    }
}
window.page = page;
