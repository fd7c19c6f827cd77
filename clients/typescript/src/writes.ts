import type { Kind } from "./copy.js";
import { database } from "./database.js";
import type { Problem } from "./problem.js";
import type { OperationId, Versioned } from "./types.js";

/** What a write shows until the copy has it: a thing that comes, some fields of one that are changed, or one that goes. */
export interface Shown {
    kind: Kind;
    id: string;
    type: "insert" | "update" | "delete";
    fields: object;
}

/** A write that waits to be sent, or that was refused. */
export interface Write {
    /** Its id, which is its `Idempotency-Key` too. */
    readonly id: string;
    readonly operation: OperationId;
    readonly path: Readonly<Record<string, string>>;
    readonly input?: unknown;
    readonly ifMatch?: Versioned;
    readonly shows?: Shown;
    /** When it was made, in milliseconds since 1970. */
    readonly at: number;
    /** Whether it was sent before, without an answer. */
    readonly isTried?: boolean;
    /** Why it was refused; absent while it waits. */
    readonly refusal?: Pick<Problem, "status" | "body">;
    /** Its place in the store's order. */
    readonly place?: number;
}

/** Where writes are kept until they are sent, each under the name of whose they are. */
export interface WriteStore {
    /** Whether other tabs have it too. */
    readonly isShared?: boolean;
    /** Returns all of somebody's, in order. */
    load(owner: string): Promise<Write[]>;
    /** Puts one in its place, or at the end if it has none yet. */
    put(owner: string, write: Write): Promise<void>;
    remove(write: Write): Promise<void>;
}

/** Keeps writes in a database of the browser's. */
export function writesInIndexedDb(name = "guildhall-writes"): WriteStore {
    const transact = database(name, { writes: { keyPath: "place", autoIncrement: true } }, "owner");
    return {
        isShared: true,
        async load(owner) {
            const found = await transact("readonly", writes => writes.index("owner").getAll(owner));
            return (found.result as (Write & { owner: string })[]).map(({ owner: _, ...write }) => write);
        },
        async put(owner, write) {
            await transact("readwrite", writes => writes.put({ owner, ...write }));
        },
        async remove({ place }) {
            if (place !== undefined) await transact("readwrite", writes => writes.delete(place));
        },
    };
}

/** Keeps writes in memory: they don't outlive the page. */
export function writesInMemory(): WriteStore {
    const kept = new Map<number, Write & { owner: string }>();
    let last = 0;
    return {
        load: async owner =>
            [...kept.values()].filter(write => write.owner === owner).map(({ owner: _, ...write }) => write),
        async put(owner, write) {
            const place = write.place ?? ++last;
            kept.set(place, { ...write, place, owner });
        },
        async remove({ place }) {
            if (place !== undefined) kept.delete(place);
        },
    };
}
