import type { DataTag } from "@tanstack/query-core";
import { operation, type Client } from "./client.js";
import type { LiveEvent } from "./live.js";
import type { operations as table } from "./operations.js";
import type { Problem } from "./problem.js";
import type { operations } from "./schema.js";
import type { AnswerOf, CallOptions, InputArgs, ItemOf, OperationId, PathOf } from "./types.js";

type ReadOf<Line> = Line extends `${infer Id} GET ${string}` ? Id : never;
type ReadsOf<Lines, Found = never> = Lines extends `${infer Line}\n${infer Rest}` ? ReadsOf<Rest, Found | ReadOf<Line>> : Found | ReadOf<Lines>;

/** An operation that reads. */
export type ReadId = Exclude<ReadsOf<typeof table>, "events_follow"> & OperationId;

/** Of everything that is read, of a group such as `tasks`, of an operation, with these values in its path, and with this query. */
export type Key = readonly ["guildhall", group: string, operation: ReadId, path: object, query: object, pages?: "pages"];

type InputOf<O> = InputArgs<O> extends [infer Q, CallOptions<O>?] ? [query: Q] : InputArgs<O> extends [(infer Q)?, CallOptions<O>?] ? [query?: Q] : [];
type ArgsOf<O> = keyof PathOf<O> extends never ? InputOf<O> : [path: PathOf<O>, ...InputOf<O>];

/** What `useQuery`, `fetchQuery` and their like take. */
export interface Query<T> {
    queryKey: DataTag<Key, T, Problem>;
    queryFn: (context: { signal: AbortSignal }) => Promise<T>;
}

/** What `useInfiniteQuery` and its like take. */
export interface PagesQuery<T> {
    queryKey: DataTag<Key, { pages: T[]; pageParams: (string | null)[] }, Problem>;
    queryFn: (context: { signal: AbortSignal; pageParam: string | null }) => Promise<T>;
    initialPageParam: null;
    getNextPageParam: (last: T) => string | null;
}

/** The query of an operation, by the values in its path, if it has any, and its query. A list has its pages, too. */
export type QueryOf<O> = ((...args: ArgsOf<O>) => Query<AnswerOf<O>>) &
    ([ItemOf<O>] extends [never] ? unknown : { pages: (...args: ArgsOf<O>) => PagesQuery<AnswerOf<O>> });

/** The queries of all operations that read, by their names. */
export type Queries = { readonly [Id in ReadId]: QueryOf<operations[Id]> };

/** Makes queries for TanStack Query, whose keys say what they read. */
export function queries(client: Client): Queries {
    return new Proxy({} as Queries, {
        get: (_, id) => {
            const found = typeof id === "string" ? operation(id) : undefined;
            return found?.method === "GET" ? query(client, id as ReadId, found.path.includes("{")) : undefined;
        },
    });
}

function query(client: Client, id: ReadId, hasPath: boolean) {
    const call = client.api[id] as (...args: unknown[]) => Promise<unknown>;
    const split = (args: object[]): [path: object, query: object] => (hasPath ? [args[0] ?? {}, args[1] ?? {}] : [{}, args[0] ?? {}]);
    const run = (path: object, query: object, signal: AbortSignal) => call(...(hasPath ? [path] : []), query, { signal });
    const keyOf = (path: object, query: object) => ["guildhall", groupOf(id), id, path, query] as const;
    const one = (...args: object[]) => {
        const [path, query] = split(args);
        return { queryKey: keyOf(path, query), queryFn: ({ signal }: { signal: AbortSignal }) => run(path, query, signal) };
    };
    const pages = (...args: object[]) => {
        const [path, query] = split(args);
        return {
            queryKey: [...keyOf(path, query), "pages"],
            queryFn: ({ signal, pageParam: cursor }: { signal: AbortSignal; pageParam: string | null }) =>
                run(path, { ...query, cursor }, signal),
            initialPageParam: null,
            getNextPageParam: (last: { next_cursor: string | null }) => last.next_cursor,
        };
    };
    return Object.assign(one, { pages });
}

/** The group of an operation: the first word of its name. */
function groupOf(id: string): string {
    return id.split("_", 1)[0] as string;
}

/** The groups that a change of a kind of thing touches. A change of another kind, such as of a member's role, touches everything. */
const TOUCHED: Record<string, readonly string[]> = {
    task: ["tasks", "projects", "labels", "comments", "timeline", "search", "trash", "stats", "activity"],
    comment: ["comments", "timeline", "tasks", "search", "trash", "activity"],
    label: ["labels", "tasks", "search", "activity"],
    column: ["columns", "projects", "tasks", "activity"],
    invitation: ["invitations", "activity"],
};

/** What a change is about, by all names that paths may have for it. */
interface Subject {
    kind: string;
    names: unknown[];
}

/**
 * Says of a query whether an event of an organization may have changed its answer: `invalidateQueries({ predicate: touchedBy(event, org) })`.
 * The organization is to be named as in the paths of the queries.
 */
export function touchedBy(event: LiveEvent, org: string): (query: { queryKey: readonly unknown[] }) => boolean {
    const subjects = subjectsOf(event);
    return ({ queryKey: [root, group, , path] }) => {
        if (root !== "guildhall") return false;
        const { org: its, task } = path as { org?: string; task?: string };
        // Without an organization in its path, it may be about several.
        if (its === undefined ? group !== "tasks" && group !== "orgs" : its !== org) return false;
        return subjects === "everything" || subjects.some(subject => isTouched(group as string, task, subject));
    };
}

function isTouched(group: string, task: string | undefined, { kind, names }: Subject): boolean {
    if (!(TOUCHED[kind]?.includes(group) ?? true)) return false;
    const isOfTask = task !== undefined && (kind === "task" || kind === "comment") && (group === "comments" || group === "timeline");
    // An event may name a comment's task by its key alone.
    const isKey = (name: string) => !/^[0-9a-f-]{36}$/.test(name);
    return !isOfTask || names.some(name => name === task?.toUpperCase() || name === task) || (kind === "comment" && !isKey(task));
}

function subjectsOf(event: LiveEvent): Subject[] | "everything" {
    if (event.type === "reset") return "everything";
    if (event.type === "entry") {
        const { kind, id, label } = event.entry.subject;
        return [{ kind, names: [id, label] }];
    }
    return event.items.map(({ kind, id, object }) => {
        const { key, task_id } = (object ?? {}) as { key?: string; task_id?: string };
        return { kind, names: [id, key, task_id] };
    });
}
