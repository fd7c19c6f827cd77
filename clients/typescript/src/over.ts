import type { Copied, Copy, CopyChange, Kind, Thing } from "./copy.js";
import type { Shown, Write } from "./writes.js";

/** A write that is done, with its answer, what it wrote to the activity, and whether it was sent before. */
export interface Done {
    id: string;
    answer: unknown;
    seq?: number;
    isTried: boolean;
}

/** What has writes that wait. */
interface Waiting {
    readonly waiting: readonly Write[];
    subscribe(listener: () => void): () => void;
    onDone(listener: (write: Write, done: Done) => void): () => void;
}

/** A copy with the writes that wait. */
export class Over implements Copied {
    /** What is done, which the copy doesn't have yet. */
    readonly #arriving = new Set<Shown>();

    constructor(
        private readonly outbox: Waiting,
        private readonly copy: Copy,
        private readonly org: string,
    ) {}

    get state() {
        return this.copy.state;
    }

    onState: Copied["onState"] = listener => this.copy.onState(listener);

    all<K extends Kind>(kind: K): ReadonlyMap<string, Thing<K>> {
        const shown = this.#shown().filter(shows => shows.kind === kind);
        if (shown.length === 0) return this.copy.all(kind);
        const all = new Map<string, unknown>(this.copy.all(kind));
        for (const shows of shown) {
            const thing = after(all.get(shows.id), shows);
            if (thing) all.set(shows.id, thing);
            else all.delete(shows.id);
        }
        return all as Map<string, Thing<K>>;
    }

    subscribe(listener: (changes: CopyChange[], all: boolean) => void): () => void {
        let before = this.#shown();
        const look = () => {
            const shown = this.#shown();
            const concerned = new Map([...before, ...shown].map(({ kind, id }) => [`${kind} ${id}`, { kind, id }]));
            before = shown;
            if (concerned.size > 0) listener([...concerned.values()].map(({ kind, id }) => this.#now(kind, id)), false);
        };
        const arrive = (write: Write, { answer, isTried }: Done) => {
            // What was sent before may have arrived, and gone, long ago.
            if (isTried || !write.shows || write.path["org"] !== this.org) return;
            const { kind, id, type } = write.shows;
            const { version } = (answer ?? { version: 0 }) as { version?: number };
            const shows = version && type !== "delete" ? { ...write.shows, fields: answer as object } : write.shows;
            this.#arriving.add(shows);
            void this.copy.has(kind, id, type === "delete" ? undefined : version).then(() => {
                this.#arriving.delete(shows);
                look();
            });
        };
        const ends = [
            this.copy.subscribe((changes, all) => listener(changes.map(({ kind, id }) => this.#now(kind, id)), all)),
            this.outbox.subscribe(look),
            this.outbox.onDone(arrive),
        ];
        return () => ends.forEach(end => end());
    }

    /** What is shown of the organization besides the copy, in order. */
    #shown(): Shown[] {
        const waiting = this.outbox.waiting.filter(({ path }) => path["org"] === this.org);
        return [...this.#arriving, ...waiting.flatMap(({ shows }) => shows ?? [])];
    }

    #now(kind: Kind, id: string): CopyChange {
        let thing: unknown = this.copy.all(kind).get(id);
        for (const shows of this.#shown()) if (shows.kind === kind && shows.id === id) thing = after(thing, shows);
        return { kind, id, object: thing ?? null } as CopyChange;
    }
}

/** What a thing is after a write. */
function after(thing: unknown, { type, fields }: Shown): unknown {
    if (type === "insert") return thing ?? fields;
    if (type === "delete") return undefined;
    return thing && { ...thing, ...fields };
}
