import type { Client } from "./client.js";
import type { Copied, Copy, CopyChange, Kind, Thing } from "./copy.js";
import type { Outbox } from "./offline.js";
import type { components } from "./schema.js";
import type { Api, CallOptions } from "./types.js";

type Schemas = components["schemas"];

/** What TanStack DB passes to the `sync` of a collection (`SyncConfig`), as far as it is used here. */
interface Sync<T extends object> {
    begin(): void;
    write(message: { type: "insert" | "update"; value: T } | { type: "delete"; key: string }): void;
    commit(): unknown;
    markReady(): void;
    truncate(options: { markReady: boolean }): void;
}

/** What TanStack DB passes to `onInsert`, `onUpdate` and `onDelete`, as far as it is used here. */
interface Mutations<T extends object> {
    transaction: { mutations: Mutation<T>[] };
}

interface Mutation<T extends object> {
    type: "insert" | "update" | "delete";
    key: string;
    original: object;
    modified: T;
    changes: Partial<T>;
    metadata?: unknown;
}

/** The key of a thing in its collection: its id, or for a member that of the user. */
export function keyOf(thing: object): string {
    const { id, user } = thing as { id?: string; user?: { id: string } };
    return id ?? (user as { id: string }).id;
}

/**
 * The options of a TanStack DB collection (`createCollection`) of what a copy has of a kind. Reads only: see {@link tasks} and its
 * like for collections that write.
 */
export function collectionOf<K extends Kind>(copy: Copied, kind: K) {
    type T = Thing<K>;
    return {
        id: kind as string,
        getKey: keyOf as (thing: T) => string,
        startSync: true,
        sync: {
            rowUpdateMode: "full" as const,
            sync: ({ begin, write, commit, markReady, truncate }: Sync<T>) => {
                const known = new Set<string>();
                const put = (id: string, value: T) => {
                    write({ type: known.has(id) ? "update" : "insert", value });
                    known.add(id);
                };
                const fill = () => {
                    begin();
                    truncate({ markReady: false });
                    known.clear();
                    for (const [id, value] of copy.all(kind)) put(id, value);
                    commit();
                };
                const take = (changes: CopyChange[], all: boolean) => {
                    if (all) return fill();
                    const mine = changes.filter(change => change.kind === kind);
                    if (mine.length === 0) return;
                    begin();
                    for (const { id, object } of mine) {
                        if (object) put(id, object as T);
                        else if (known.delete(id)) write({ type: "delete", key: id });
                    }
                    commit();
                };
                fill();
                const end = [copy.subscribe(take), copy.onState(state => state !== "filling" && markReady())];
                return () => end.forEach(end => end());
            },
        },
    };
}

/** What the requests of a transaction wrote to the activity. */
const SEQS = new WeakMap<object, readonly number[]>();

/**
 * For each request of a collection's transaction that changed something, the `seq` of the last entry that it wrote to the activity, which
 * `activity_undo` takes; once the transaction is over. None of those that were kept because there was no network.
 */
export function seqsOf(transaction: object): readonly number[] {
    return SEQS.get(transaction) ?? [];
}

/**
 * A collection that writes. Through a client, the writes of a transaction are sent one after the other, and it is over when the copy has
 * them. Through an outbox they are kept, and it is over when they were sent, or when they are kept and there is no network.
 */
function writing<K extends Kind>(
    copy: Copy,
    client: Client | Outbox,
    org: string,
    kind: K,
    how: Record<Mutation<Thing<K>>["type"], (api: Api, mutation: Mutation<Thing<K>>, options: CallOptions) => Promise<unknown>>,
) {
    const outbox = "showing" in client ? client : undefined;
    const write = async ({ transaction }: Mutations<Thing<K>>) => {
        const { mutations } = transaction;
        const seqs: number[] = [];
        SEQS.set(transaction, seqs);
        const options = { onSeq: (seq: number) => void seqs.push(seq) };
        if (outbox) {
            await Promise.all(
                mutations.map(mutation => {
                    const { type, key, modified, changes } = mutation;
                    const fields = { insert: modified, update: changes, delete: {} }[type];
                    const api = outbox.showing({ kind, id: key, type, fields });
                    return how[type](api, mutation, options);
                }),
            );
            return;
        }
        for (const mutation of mutations) {
            const { type, key } = mutation;
            const answer = (await how[type](client.api, mutation, options)) as { version?: number } | undefined;
            if (type === "insert" || copy.all(kind).has(key)) await copy.has(kind, key, answer?.version);
        }
    };
    return { ...collectionOf(outbox ? outbox.over(copy, org) : copy, kind), onInsert: write, onUpdate: write, onDelete: write };
}

/** The fields of a changed thing that a request takes by another name. */
const NAMES: Record<string, [string, (value: unknown) => unknown]> = {
    assignees: ["assignee_ids", ids],
    labels: ["label_ids", ids],
};

function ids(value: unknown): string[] {
    return (value as { id: string }[]).map(({ id }) => id);
}

/** Picks what a request takes out of a thing's fields. */
function body<B>(fields: object, names: readonly string[]): B {
    const given = Object.entries(fields).filter(([name, value]) => names.includes(name) && value !== undefined);
    return Object.fromEntries(
        given.map(([name, value]) => {
            const [as, how] = NAMES[name] ?? [name, (value: unknown) => value];
            return [as, how(value)];
        }),
    ) as B;
}

/** The fields of a task that requests take as they are, or by another name. */
const TASK = ["title", "description", "priority", "start_on", "due_at", "due_on", "assignees", "labels", "parent_id", "is_template"] as const;

/**
 * The options of a collection of tasks that writes: what is inserted, updated and deleted is shown at once, sent, and taken back if
 * it is refused. An inserted task needs an `id` of the client's own (a UUIDv7), a `project_id` and a `title`. A changed `column_id` comes
 * before a changed `status`. A changed `position` is a move: its `metadata` says `before` or `after` which task ({@link placeAfter}).
 */
export function tasks(copy: Copy, client: Client | Outbox, org: string) {
    const place = ({ column_id, status }: Partial<Thing<"task">>) =>
        column_id !== undefined ? { column_id } : status !== undefined ? { status } : {};
    const fields = <B>(task: Partial<Thing<"task">>, names: readonly string[]) => ({ ...body<B>(task, names), ...place(task) });
    return writing(copy, client, org, "task", {
        insert: (api, { modified }, options) => {
            const path = { org, project: modified.project_id };
            return api.tasks_create(path, fields<Schemas["NewTask"]>(modified, ["id", ...TASK]), options);
        },
        update: (api, { key, changes, metadata }, options) => {
            const path = { org, task: key };
            if (changes.position === undefined) return api.tasks_update(path, fields<Schemas["TaskPatch"]>(changes, TASK), options);
            return api.tasks_move(path, { ...place(changes), ...(metadata as Schemas["TaskMove"]) }, options);
        },
        delete: (api, { key }, options) => api.tasks_delete({ org, task: key }, {}, options),
    });
}

/** A position just after a task, or before all of them: to show a move until the server says which position it has. */
export function placeAfter(task: Pick<Thing<"task">, "position"> | undefined): string {
    // Positions are made of letters and digits: the sign is less than each of them.
    return `${task?.position ?? ""}!`;
}

/** The options of a collection of comments that writes. An inserted comment needs an `id`, a `task_id` and a `body`. */
export function comments(copy: Copy, client: Client | Outbox, org: string) {
    const path = (comment: { task_id: string }, id: string) => ({ org, task: comment.task_id, id });
    return writing(copy, client, org, "comment", {
        insert: (api, { modified }, options) =>
            api.comments_create({ org, task: modified.task_id }, body(modified, ["id", "body", "parent_id"]), options),
        update: (api, { key, modified, changes }, options) => api.comments_update(path(modified, key), body(changes, ["body"]), options),
        delete: (api, { key, original }, options) => api.comments_delete(path(original as Thing<"comment">, key), {}, options),
    });
}

/** The options of a collection of labels that writes. An inserted label needs an `id` and a `name`. */
export function labels(copy: Copy, client: Client | Outbox, org: string) {
    const names = ["name", "color", "description"];
    return writing(copy, client, org, "label", {
        insert: (api, { modified }, options) => api.labels_create({ org }, body(modified, ["id", ...names]), options),
        update: (api, { key, changes }, options) => api.labels_update({ org, label: key }, body(changes, names), options),
        delete: (api, { key }, options) => api.labels_delete({ org, label: key }, {}, options),
    });
}

/** The options of a collection of projects that writes. An inserted project needs an `id` and a `name`. */
export function projects(copy: Copy, client: Client | Outbox, org: string) {
    const names = ["name", "key", "description", "visibility"];
    return writing(copy, client, org, "project", {
        insert: (api, { modified }, options) => api.projects_create({ org }, body(modified, ["id", ...names]), options),
        update: (api, { key, changes }, options) => api.projects_update({ org, project: key }, body(changes, names), options),
        delete: (api, { key }, options) => api.projects_delete({ org, project: key }, {}, options),
    });
}
