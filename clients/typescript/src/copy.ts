import { pause, type Client } from "./client.js";
import { database } from "./database.js";
import { follow, type LiveState } from "./live.js";
import { Problem } from "./problem.js";
import type { components } from "./schema.js";
import { alone, ended } from "./tabs.js";

type Change = components["schemas"]["Change"];

/** A kind of thing that a copy has. */
export type Kind = Change["kind"];

/** A thing of a kind, as the API shows it. */
export type Thing<K extends Kind> = NonNullable<Extract<Change, { kind: K }>["object"]>;

/** What became of a thing: it is so now, or it is gone. */
export type CopyChange = { [K in Kind]: { kind: K; id: string; object: Thing<K> | null } }[Kind];

/**
 * How a copy stands: it is being filled for the first time and can't be shown yet; it is what it was at the last visit; it is
 * brought up to date as things change; or the server can't be reached.
 */
export type CopyState = "filling" | LiveState;

/** What collections are made of: a {@link Copy}, or what it will be once waiting writes are sent. */
export type Copied = Pick<Copy, "all" | "subscribe" | "state" | "onState">;

/** A copy as it is kept between visits. */
export interface Kept {
    /** The place up to which it has everything. */
    since: string;
    /** All things. */
    things: { kind: Kind; id: string; object: unknown }[];
}

/** Where copies are kept between visits, each under a name. */
export interface CopyStore {
    /** Whether other tabs have it too. */
    readonly isShared?: boolean;
    load(name: string): Promise<Kept | undefined>;
    /** Writes what changed, in place of everything if `all`. */
    save(name: string, since: string, changes: CopyChange[], all: boolean): Promise<void>;
    remove(name: string): Promise<void>;
    /** Forgets all copies. For those who log out. */
    clear(): Promise<void>;
}

interface CopyOptions {
    /** The organization's id. */
    org: string;
    /** Who looks: copies of different people are different. */
    user: string;
    /** Where it is kept; absent: nowhere, so that it is filled anew each time. */
    store?: CopyStore;
}

/** The number of things in one answer while a copy is filled. */
const PAGE = 200;

/**
 * What somebody sees of an organization, kept up to date by the changes and the stream of events: a client that has it needs no
 * other GET.
 */
export class Copy {
    readonly #things = new Map<Kind, Map<string, unknown>>();
    readonly #listeners = new Set<(changes: CopyChange[], all: boolean) => void>();
    readonly #states = new Set<(state: CopyState) => void>();
    readonly #name: string;
    #state: CopyState = "filling";
    #since: string | undefined;
    /** Until when this tab keeps it. */
    #keeping: AbortSignal | undefined;
    #saving = Promise.resolve();

    constructor(
        private readonly client: Client,
        private readonly options: CopyOptions,
    ) {
        this.#name = `${client.baseUrl} ${options.user} ${options.org}`;
    }

    /** The things of a kind, by their ids. */
    all<K extends Kind>(kind: K): ReadonlyMap<string, Thing<K>> {
        return this.#of(kind) as Map<string, Thing<K>>;
    }

    /** Waits until it has a thing in this version, or a later one, or has it no more; without a version, only that. */
    has(kind: Kind, id: string, version: number | undefined): Promise<void> {
        const isSo = () => {
            const thing = this.#of(kind).get(id) as { version?: number } | undefined;
            return thing ? version !== undefined && (thing.version ?? 0) >= version : version === undefined;
        };
        return new Promise(over => {
            if (isSo()) return over();
            const end = this.subscribe(changes => {
                const isGone = changes.some(change => change.kind === kind && change.id === id && !change.object);
                if (!isGone && !isSo()) return;
                end();
                over();
            });
        });
    }

    get state(): CopyState {
        return this.#state;
    }

    /** Calls back with what changed, whenever it does. With `all`, that is everything there is. Returns what ends that. */
    subscribe(listener: (changes: CopyChange[], all: boolean) => void): () => void {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    /** Calls back with how it stands, at once and whenever that changes. Returns what ends that. */
    onState(listener: (state: CopyState) => void): () => void {
        this.#states.add(listener);
        listener(this.#state);
        return () => this.#states.delete(listener);
    }

    /**
     * Fills the copy and keeps it up to date, until the signal. Ends with a `Problem` when the caller may no longer see the
     * organization; the copy is empty then, and kept nowhere.
     */
    async run(signal: AbortSignal): Promise<void> {
        if (this.options.store) void this.#keep(signal).catch(() => undefined);
        try {
            await this.#load();
            await this.#fill(signal);
            await this.#follow(signal);
        } catch (error) {
            if (signal.aborted) return this.#saving;
            this.#take([], true);
            await this.#saving;
            await this.options.store?.remove(this.#name);
            throw error;
        }
    }

    /** Keeps it, one tab for all: two that write what they know at different times would undo each other's changes. */
    async #keep(signal: AbortSignal): Promise<void> {
        const keep = async () => {
            this.#keeping = signal;
            const everything = [...this.#things].flatMap(([kind, things]) => [...things].map(([id, object]) => ({ kind, id, object })));
            this.#save(everything as CopyChange[], true);
            await ended(signal);
        };
        await (this.options.store?.isShared ? alone(`guildhall copy ${this.#name}`, signal, keep) : keep());
    }

    async #load(): Promise<void> {
        // What can't be read is filled anew.
        const kept = await this.options.store?.load(this.#name).catch(() => undefined);
        if (!kept) return;
        this.#since = kept.since;
        this.#apply(kept.things as CopyChange[], true);
        this.#become("connecting");
    }

    /** Asks for the changes until there are no more, and until the server can be reached. */
    async #fill(signal: AbortSignal): Promise<void> {
        const { org } = this.options;
        let failures = 0;
        for (let more = true; more; ) {
            const since = this.#since === undefined ? {} : { since: this.#since };
            try {
                const answer = await this.client.api.changes_list({ org }, { ...since, limit: PAGE }, { signal });
                this.#since = answer.next;
                this.#take(answer.items, answer.reset);
                more = answer.has_more;
                failures = 0;
            } catch (error) {
                if (!Problem.is(error) || !error.isPassing) throw error;
                if (this.#state !== "filling") this.#become("offline");
                await pause(failures++, undefined, signal);
            }
        }
    }

    async #follow(signal: AbortSignal): Promise<void> {
        const { org } = this.options;
        const onState = (state: LiveState) => this.#become(state);
        const stream = follow(this.client, { org, since: this.#since as string, include: "object", signal, onState });
        let isReset = false;
        for await (const event of stream) {
            this.#since = event.since;
            if (event.type === "reset") {
                isReset = true;
                continue;
            }
            const items = event.type === "changes" ? event.items : event.entry.object ? [event.entry.object] : [];
            this.#take(items, isReset);
            isReset = false;
        }
    }

    /** Takes up what an answer or an event tells, and keeps it. */
    #take(items: Change[], all: boolean): void {
        this.#save(this.#apply(items as CopyChange[], all), all);
    }

    #save(changes: CopyChange[], all: boolean): void {
        const { store } = this.options;
        const since = this.#since;
        if (!store || !this.#keeping || this.#keeping.aborted || since === undefined) return;
        // One after the other. What can't be kept is filled anew next time.
        this.#saving = this.#saving.then(() => store.save(this.#name, since, changes, all)).catch(() => undefined);
    }

    #apply(items: CopyChange[], all: boolean): CopyChange[] {
        if (all) this.#things.clear();
        const changes: CopyChange[] = [];
        for (const { kind, id, object } of items) {
            if (object !== null && object !== undefined) {
                this.#of(kind).set(id, object);
                changes.push({ kind, id, object } as CopyChange);
            } else {
                this.#remove(kind, id, changes);
            }
        }
        if (all || changes.length > 0) for (const listener of this.#listeners) listener(changes, all);
        return changes;
    }

    /** Takes a thing away, with what is in it: a project's columns and tasks, a task's comments. */
    #remove(kind: Kind, id: string, changes: CopyChange[]): void {
        if (!this.#of(kind).delete(id)) return;
        changes.push({ kind, id, object: null } as CopyChange);
        const within = (inner: Kind, field: string) => {
            for (const [key, thing] of this.#of(inner)) {
                if ((thing as Record<string, unknown>)[field] === id) this.#remove(inner, key, changes);
            }
        };
        if (kind === "project") {
            within("column", "project_id");
            within("task", "project_id");
        }
        if (kind === "task") within("comment", "task_id");
    }

    #of(kind: Kind): Map<string, unknown> {
        let things = this.#things.get(kind);
        if (!things) this.#things.set(kind, (things = new Map()));
        return things;
    }

    #become(state: CopyState): void {
        this.#state = state;
        for (const listener of this.#states) listener(state);
    }
}

/** Keeps copies in a database of the browser's. */
export function indexedDb(name = "guildhall"): CopyStore {
    const transact = database(name, { places: {}, things: {} });
    const of = (name: string) => IDBKeyRange.bound([name], [name, []]);
    return {
        isShared: true,
        async load(name) {
            const [since, things] = await transact("readonly", (places, things) => [places.get(name), things.getAll(of(name))]);
            return since.result === undefined ? undefined : { since: since.result, things: things.result };
        },
        async save(name, since, changes, all) {
            await transact("readwrite", (places, things) => {
                if (all) things.delete(of(name));
                for (const change of changes) {
                    const key = [name, change.kind, change.id];
                    if (change.object === null) things.delete(key);
                    else things.put(change, key);
                }
                places.put(since, name);
            });
        },
        async remove(name) {
            await transact("readwrite", (places, things) => {
                things.delete(of(name));
                places.delete(name);
            });
        },
        async clear() {
            await transact("readwrite", (...stores) => stores.forEach(store => store.clear()));
        },
    };
}

/** Keeps copies in memory. For tests. */
export function copiesInMemory(): CopyStore {
    const kept = new Map<string, { since: string; things: Map<string, CopyChange> }>();
    return {
        async load(name) {
            const copy = kept.get(name);
            return copy && { since: copy.since, things: [...copy.things.values()] };
        },
        async save(name, since, changes, all) {
            const things = (!all && kept.get(name)?.things) || new Map<string, CopyChange>();
            for (const change of changes) {
                const key = `${change.kind} ${change.id}`;
                if (change.object === null) things.delete(key);
                else things.set(key, change);
            }
            kept.set(name, { since, things });
        },
        async remove(name) {
            kept.delete(name);
        },
        async clear() {
            kept.clear();
        },
    };
}
