import { operation, pause, type Client } from "./client.js";
import type { Copied, Copy } from "./copy.js";
import { newId } from "./id.js";
import { Over, type Done } from "./over.js";
import { Problem } from "./problem.js";
import { alone, ended } from "./tabs.js";
import type { Api, CallOptions, OperationId } from "./types.js";
import { writesInMemory, type Shown, type Write, type WriteStore } from "./writes.js";

export { writesInIndexedDb, writesInMemory, type Shown, type Write, type WriteStore } from "./writes.js";

/** What tabs tell each other: that a write is done, whether there is a network, or that other writes are kept. */
type News = Done | { isOffline: boolean } | "writes";

/** Who waits for a write. */
interface Waiter {
    over: (answer: unknown) => void;
    fail: (problem: Problem) => void;
    onSeq: CallOptions["onSeq"];
}

interface OutboxOptions {
    /** Who writes. */
    user: string;
    /** Where writes are kept: `writesInIndexedDb()` in a browser. In memory if absent. */
    store?: WriteStore;
}

/** How old an id of the client's own may get before it is sent, in milliseconds: the server takes those of the last day. */
const ID_AGE = 23 * 3600 * 1000;

/** What is worked on. Other changes are never kept, as they have secrets, or aren't for later. */
const KEPT = /^(projects|columns|tasks|labels|comments|activity|batch)_/;

/**
 * A client whose writes are kept until they are sent: in order, once, from one tab, as soon as there is a network. Writes to projects,
 * columns, tasks, labels and comments are; everything else goes out at once, as by any client.
 */
export class Outbox implements Client {
    readonly baseUrl: string;
    /** The operations. A write that is kept answers when it was sent, or is refused then, however long that takes. */
    readonly api: Api;
    readonly #name: string;
    readonly #store: WriteStore;
    readonly #listeners = new Set<() => void>();
    readonly #finished = new Set<(write: Write, done: Done) => void>();
    readonly #waiting = new Map<string, Waiter>();
    readonly #channel: BroadcastChannel | undefined;
    #writes: readonly Write[] = [];
    #waitingWrites: readonly Write[] = [];
    #failedWrites: readonly Write[] = [];
    #isOffline = false;
    #wake = () => {};
    /** What is done with the store, one after the other. */
    #turn: Promise<unknown> = Promise.resolve();

    constructor(
        private readonly client: Client,
        options: OutboxOptions,
    ) {
        this.baseUrl = client.baseUrl;
        this.#name = `${client.baseUrl} ${options.user}`;
        this.#store = options.store ?? writesInMemory();
        this.api = this.#api(async (write, onSeq) => (await this.#put(write, onSeq)).answer);
        if (!this.#store.isShared) return;
        this.#channel = new BroadcastChannel(`guildhall writes ${this.#name}`);
        this.#channel.onmessage = ({ data }: MessageEvent<News>) => this.#hear(data);
    }

    send(path: string, init?: RequestInit): Promise<Response> {
        return this.client.send(path, init);
    }

    /** The writes that wait, in order. The same array until it changes. */
    get waiting(): readonly Write[] {
        return this.#waitingWrites;
    }

    /** The refused writes that nobody waited for, until they are retried or dismissed. The same array until it changes. */
    get failed(): readonly Write[] {
        return this.#failedWrites;
    }

    /** Whether the last request got no answer. */
    get isOffline(): boolean {
        return this.#isOffline;
    }

    /** Calls back whenever the writes, or whether it is offline, have changed. Returns what ends that. */
    subscribe = (listener: () => void): (() => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    };

    /** Puts a refused write at the end of those that wait. */
    async retry({ id }: Write): Promise<void> {
        await this.#change(async writes => {
            const write = writes.find(write => write.id === id);
            if (!write?.refusal) return;
            const { refusal: _, place: __, ...again } = write;
            await this.#store.remove(write);
            await this.#store.put(this.#name, again);
        });
    }

    /** Forgets a refused write, once its user was told. */
    async dismiss({ id }: Write): Promise<void> {
        await this.#change(async writes => {
            for (const write of writes) if (write.id === id && write.refusal) await this.#store.remove(write);
        });
    }

    /** Forgets all writes. For those who log out. */
    async clear(): Promise<void> {
        await this.#change(async writes => {
            for (const write of writes) await this.#store.remove(write);
        });
    }

    /** Tries at once what waits, instead of after a pause. */
    flush(): void {
        this.#wake();
    }

    /**
     * Sends what waits until the signal, while no other tab does. Ends with a `Problem` when nobody is logged in any more; the writes stay.
     */
    async run(signal: AbortSignal): Promise<void> {
        try {
            await this.#change(async () => {});
            await (this.#store.isShared ? alone(`guildhall writes ${this.#name}`, signal, () => this.#send(signal)) : this.#send(signal));
        } catch (error) {
            if (!signal.aborted) throw error;
        }
    }

    /** What a copy of an organization will be once the writes are sent. */
    over(copy: Copy, org: string): Copied {
        return new Over(this, copy, org);
    }

    /** The operations, for a write that shows something. It answers when it was sent, or when it is kept and there is no network. */
    showing(shows: Shown): Api {
        return this.#api(async (write, onSeq) => {
            const { answer } = await this.#put({ ...write, shows }, onSeq);
            return new Promise((over, fail) => {
                const look = () => {
                    if (!this.#isOffline) return;
                    this.#waiting.delete(write.id);
                    end();
                    over(undefined);
                };
                const end = this.subscribe(look);
                answer.then(over, fail).finally(end);
                look();
            });
        });
    }

    /** Calls back with each write that is done. Returns what ends that. */
    onDone(listener: (write: Write, done: Done) => void): () => void {
        this.#finished.add(listener);
        return () => this.#finished.delete(listener);
    }

    #api(put: (write: Write, onSeq: CallOptions["onSeq"]) => Promise<unknown>): Api {
        return new Proxy(this.client.api, {
            get: (api, id) => {
                const call = Reflect.get(api, id) as unknown;
                const name = id as OperationId;
                if (!call || !KEPT.test(name) || operation(name)?.method === "GET") return call;
                return (path: Record<string, string>, input?: Record<string, unknown>, options: CallOptions = {}) => {
                    const query = options.query as Record<string, unknown> | undefined;
                    if (input?.["dry_run"] || query) return (call as (...args: unknown[]) => unknown)(path, input, options);
                    const { idempotencyKey = crypto.randomUUID(), ifMatch, onSeq } = options;
                    return put({ id: idempotencyKey, operation: name, path, input, at: Date.now(), ...(ifMatch ? { ifMatch } : {}) }, onSeq);
                };
            },
        });
    }

    /** Keeps a write. Returns what waits for its answer. */
    async #put(write: Write, onSeq: CallOptions["onSeq"]): Promise<{ answer: Promise<unknown> }> {
        let answer: Promise<unknown> | undefined;
        await this.#change(async () => {
            await this.#store.put(this.#name, write);
            answer = new Promise((over, fail) => this.#waiting.set(write.id, { over, fail, onSeq }));
        });
        return { answer: answer as Promise<unknown> };
    }

    /** Changes what is kept, and tells all tabs. */
    async #change(change: (writes: Write[]) => Promise<void>): Promise<void> {
        await this.#alone(async () => change(await this.#store.load(this.#name)));
        this.#tell("writes");
        await this.#refresh();
    }

    #alone<T>(run: () => Promise<T>): Promise<T> {
        const turn = this.#turn.then(run);
        this.#turn = turn.catch(() => undefined);
        return turn;
    }

    /** Takes up what is kept. */
    #refresh(): Promise<void> {
        return this.#alone(async () => {
            const writes = new Map((await this.#store.load(this.#name)).map(write => [write.id, write]));
            for (const [id, { over, fail }] of this.#waiting) {
                const write = writes.get(id);
                if (write && !write.refusal) continue;
                this.#waiting.delete(id);
                if (write?.refusal) {
                    // Who waits hears of it.
                    fail(new Problem(write.refusal.body, write.refusal.status));
                    await this.#store.remove(write);
                    writes.delete(id);
                } else {
                    over(undefined);
                }
            }
            this.#become([...writes.values()]);
        });
    }

    #become(writes: readonly Write[]): void {
        this.#writes = writes;
        this.#waitingWrites = writes.filter(write => !write.refusal);
        this.#failedWrites = writes.filter(write => write.refusal);
        this.#changed();
    }

    #changed(): void {
        this.#wake();
        for (const listener of this.#listeners) listener();
    }

    #tell(news: News): void {
        this.#channel?.postMessage(news);
    }

    #hear(news: News): void {
        if (news === "writes") this.#refresh().catch(() => undefined);
        else if ("id" in news) this.#done(news);
        else this.#online(!news.isOffline);
    }

    #became(isOnline: boolean): void {
        this.#tell({ isOffline: !isOnline });
        this.#online(isOnline);
    }

    #online(isOnline: boolean): void {
        if (this.#isOffline === !isOnline) return;
        this.#isOffline = !isOnline;
        for (const listener of this.#listeners) listener();
    }

    /** A write was sent, by this tab or another. */
    #done(done: Done): void {
        const { id, answer, seq } = done;
        const write = this.#writes.find(write => write.id === id);
        if (write) for (const listener of this.#finished) listener(write, done);
        const waiter = this.#waiting.get(id);
        if (seq !== undefined) waiter?.onSeq?.(seq);
        waiter?.over(answer);
        this.#waiting.delete(id);
        this.#become(this.#writes.filter(write => write.id !== id));
    }

    async #send(signal: AbortSignal): Promise<void> {
        const isStopped = ended(signal);
        for (let failures = 0; ; ) {
            signal.throwIfAborted();
            const isWoken = new Promise<void>(over => (this.#wake = over));
            const writes = await this.#alone(() => this.#store.load(this.#name));
            const write = writes.find(write => !write.refusal);
            if (!write) {
                await Promise.race([isWoken, isStopped]);
                continue;
            }
            if (await this.#renew(write)) continue;
            try {
                const done = await this.#once(write, signal);
                failures = 0;
                this.#became(true);
                await this.#alone(() => this.#store.remove(write));
                this.#tell(done);
                this.#done(done);
            } catch (error) {
                if (!(error instanceof Problem) || error.status === 401) throw error;
                this.#became(!error.isPassing);
                if (error.isPassing) await Promise.race([pause(failures++, undefined, signal), isWoken]);
                else await this.#refuse(write, error);
            }
        }
    }

    /** Gives what a write makes another id if its own is too old by now, also where later writes name it. Returns whether it did. */
    async #renew({ at, input, isTried }: Write): Promise<boolean> {
        const old = idOf(input);
        if (!old || isTried || Date.now() - at < ID_AGE) return false;
        const id = newId();
        await this.#change(async writes => {
            for (const write of writes) {
                const text = JSON.stringify(write);
                if (!text.includes(old)) continue;
                const { at, ...rest } = JSON.parse(text.replaceAll(old, id)) as Write;
                await this.#store.put(this.#name, { ...rest, at: idOf(rest.input) === id ? Date.now() : at });
            }
        });
        return true;
    }

    /** Sends a write. One that was sent before may be done already. */
    async #once(write: Write, signal: AbortSignal): Promise<Done> {
        const { id, path, input, ifMatch, isTried = false } = write;
        if (!isTried) await this.#alone(() => this.#store.put(this.#name, { ...write, isTried: true }));
        const call = this.client.api[write.operation] as (...args: unknown[]) => Promise<unknown>;
        const done: Done = { id, answer: undefined, isTried };
        const onSeq = (seq: number) => void (done.seq = seq);
        try {
            done.answer = await call(path, input, { signal, idempotencyKey: id, onSeq, ...(ifMatch ? { ifMatch } : {}) });
        } catch (error) {
            const isDelete = operation(write.operation)?.method === "DELETE";
            if (isTried && (Problem.is(error, "id_taken") || (isDelete && Problem.is(error, "not_found")))) return done;
            throw error;
        }
        return done;
    }

    /** Marks a write as refused, and with it those that are about what it would have made. */
    async #refuse(refused: Write, { status, body }: Problem): Promise<void> {
        const made = idOf(refused.input);
        await this.#change(async writes => {
            for (const write of writes) {
                const isAboutIt = made !== undefined && !write.refusal && JSON.stringify([write.path, write.input]).includes(made);
                if (write.id !== refused.id && !isAboutIt) continue;
                const { isTried: _, ...rest } = write;
                await this.#store.put(this.#name, { ...rest, refusal: { status, body } });
            }
        });
    }

    /** Ends what it holds open: the channel between tabs. For tests and servers. */
    close(): void {
        this.#channel?.close();
        this.#listeners.clear();
    }
}

/** The id that what is made shall have. */
function idOf(input: unknown): string | undefined {
    return (input as { id?: string } | undefined)?.id;
}
