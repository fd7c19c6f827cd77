import type { Client } from "./client.js";
import type { Copy, CopyChange, Kind, Thing } from "./copy.js";
import type { components } from "./schema.js";

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
    transaction: { mutations: { key: string; original: object; modified: T; changes: Partial<T>; metadata?: unknown }[] };
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
export function collectionOf<K extends Kind>(copy: Copy, kind: K) {
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

/** Runs the writes of a transaction one after the other, and waits until the copy has them. */
function writes<T extends object>(copy: Copy, kind: Kind, write: (mutation: Mutations<T>["transaction"]["mutations"][0]) => Promise<unknown>) {
    return async ({ transaction }: Mutations<T>) => {
        for (const mutation of transaction.mutations) {
            const answer = (await write(mutation)) as { version?: number } | undefined;
            await copy.has(kind, mutation.key, answer?.version);
        }
    };
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

const TASK = [
    "title", "description", "column_id", "status", "priority", "start_on", "due_at", "due_on", "assignees", "labels", "parent_id",
] as const;

/**
 * The options of a collection of tasks that writes: what is inserted, updated and deleted is shown at once, sent, and taken back if
 * it is refused. An inserted task needs an `id` of the client's own (a UUIDv7), a `project_id` and a `title`. A changed `column_id` comes
 * before a changed `status`. A changed `position` is a move: its `metadata` says `before` or `after` which task ({@link placeAfter}).
 */
export function tasks(copy: Copy, { api }: Client, org: string) {
    const update = (changes: Partial<Thing<"task">>) => {
        const { status, ...rest } = body<Schemas["TaskPatch"]>(changes, TASK);
        return rest.column_id === undefined && status !== undefined ? { ...rest, status } : rest;
    };
    return {
        ...collectionOf(copy, "task"),
        onInsert: writes<Thing<"task">>(copy, "task", ({ modified }) => {
            const { status, ...rest } = body<Schemas["NewTask"]>(modified, ["id", ...TASK]);
            const place = rest.column_id === undefined && status !== undefined ? { status } : {};
            return api.tasks_create({ org, project: modified.project_id }, { ...rest, ...place });
        }),
        onUpdate: writes<Thing<"task">>(copy, "task", ({ key, changes, metadata }) => {
            const path = { org, task: key };
            if (changes.position === undefined) return api.tasks_update(path, update(changes));
            return api.tasks_move(path, { ...body<Schemas["TaskMove"]>(changes, ["column_id"]), ...(metadata as Schemas["TaskMove"]) });
        }),
        onDelete: writes<Thing<"task">>(copy, "task", ({ key }) => api.tasks_delete({ org, task: key })),
    };
}

/** A position just after a task, or before all of them: to show a move until the server says which position it has. */
export function placeAfter(task: Pick<Thing<"task">, "position"> | undefined): string {
    // Positions are made of letters and digits: the sign is less than each of them.
    return `${task?.position ?? ""}!`;
}

/** The options of a collection of comments that writes. An inserted comment needs an `id`, a `task_id` and a `body`. */
export function comments(copy: Copy, { api }: Client, org: string) {
    const path = (comment: { task_id: string }, id: string) => ({ org, task: comment.task_id, id });
    return {
        ...collectionOf(copy, "comment"),
        onInsert: writes<Thing<"comment">>(copy, "comment", ({ modified }) =>
            api.comments_create({ org, task: modified.task_id }, body(modified, ["id", "body", "parent_id"])),
        ),
        onUpdate: writes<Thing<"comment">>(copy, "comment", ({ key, modified, changes }) =>
            api.comments_update(path(modified, key), body(changes, ["body"])),
        ),
        onDelete: writes<Thing<"comment">>(copy, "comment", ({ key, original }) =>
            api.comments_delete(path(original as Thing<"comment">, key)),
        ),
    };
}

/** The options of a collection of labels that writes. An inserted label needs an `id` and a `name`. */
export function labels(copy: Copy, { api }: Client, org: string) {
    const names = ["name", "color", "description"];
    return {
        ...collectionOf(copy, "label"),
        onInsert: writes<Thing<"label">>(copy, "label", ({ modified }) => api.labels_create({ org }, body(modified, ["id", ...names]))),
        onUpdate: writes<Thing<"label">>(copy, "label", ({ key, changes }) => api.labels_update({ org, label: key }, body(changes, names))),
        onDelete: writes<Thing<"label">>(copy, "label", ({ key }) => api.labels_delete({ org, label: key })),
    };
}

/** The options of a collection of projects that writes. An inserted project needs an `id` and a `name`. */
export function projects(copy: Copy, { api }: Client, org: string) {
    const names = ["name", "key", "description", "visibility"];
    return {
        ...collectionOf(copy, "project"),
        onInsert: writes<Thing<"project">>(copy, "project", ({ modified }) => api.projects_create({ org }, body(modified, ["id", ...names]))),
        onUpdate: writes<Thing<"project">>(copy, "project", ({ key, changes }) =>
            api.projects_update({ org, project: key }, body(changes, names)),
        ),
        onDelete: writes<Thing<"project">>(copy, "project", ({ key }) => api.projects_delete({ org, project: key })),
    };
}
