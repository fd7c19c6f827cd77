import { operations } from "./operations.js";
import { Problem } from "./problem.js";
import type { Session } from "./session.js";
import type { Api, CallOptions } from "./types.js";

/** The settings of a client. */
export interface ClientOptions {
    /** Where the server is, such as `https://api.example.com`. */
    baseUrl: string;
    /** What logs in: a session, or a text: an API token. Absent: nobody. */
    auth?: Session | string;
    /** What sends requests, in place of the global `fetch`. */
    fetch?: typeof fetch;
    /** How often a request is sent again, if that is safe. 3 if absent. */
    retries?: number;
}

/** A client: its operations, and the way to send a request of one's own. */
export interface Client {
    readonly api: Api;
    readonly baseUrl: string;
    /** Sends a request with the credentials, and returns the answer, whatever it is. For streams. */
    send(path: string, init?: RequestInit): Promise<Response>;
}

interface Operation {
    method: string;
    path: string;
    hasBody: boolean;
}

const TABLE = new Map<string, Operation>();

/** Returns an operation by its id. The table is read when the first is asked for. */
export function operation(id: string): Operation | undefined {
    if (TABLE.size === 0) {
        for (const line of operations.split("\n")) {
            const [name, method, path, body] = line.split(" ") as [string, string, string, string?];
            TABLE.set(name, { method, path, hasBody: body !== undefined });
        }
    }
    return TABLE.get(id);
}

type Values = Record<string, unknown>;

/** Makes a client. It holds no connection, and needs no closing. */
export function createClient(options: ClientOptions): Client {
    const baseUrl = options.baseUrl.replace(/\/+$/, "");
    const sender = new Sender({ ...options, baseUrl });
    const api = new Proxy({} as Api, {
        get: (_, id) => {
            const found = typeof id === "string" ? operation(id) : undefined;
            return found && call(sender, found);
        },
    });
    return { api, baseUrl, send: (path, init) => sender.fetch(path, init ?? {}) };
}

/** Makes the function of an operation. */
function call(sender: Sender, { method, path, hasBody }: Operation) {
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), match => match[1] as string);
    const split = (args: unknown[]) => {
        const [values, input, options] = names.length > 0 ? args : [{}, ...args];
        return { values: (values ?? {}) as Values, input: input as Values | undefined, options: (options ?? {}) as CallOptions };
    };
    const run = (...args: unknown[]) => {
        const { values, input, options } = split(args);
        const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
            if (values[name] === undefined) throw new TypeError(`the path ${path} needs "${name}"`);
            return encodeURIComponent(String(values[name]));
        });
        const query = search({ ...(hasBody ? {} : input), ...(options.query as Values | undefined) });
        return sender.run(method, filled + query, hasBody ? input : undefined, options);
    };
    const all = async function* (...args: unknown[]) {
        const { values, input, options } = split(args);
        let cursor: string | null | undefined;
        do {
            const page = (await run(...(names.length > 0 ? [values] : []), { ...input, ...(cursor ? { cursor } : {}) }, options)) as {
                items: unknown[];
                next_cursor: string | null;
            };
            yield* page.items;
            cursor = page.next_cursor;
        } while (cursor);
    };
    return Object.assign(run, { all });
}

/** Writes a query. Lists are joined by commas, what is `undefined` or `null` is left out. */
function search(query: Values): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text && `?${text}`;
}

/** Sends requests, again where that is safe. */
class Sender {
    constructor(private readonly options: ClientOptions) {}

    /** Sends a request once, with the credentials. */
    async fetch(path: string, init: RequestInit): Promise<Response> {
        const { auth, baseUrl, fetch: send = globalThis.fetch } = this.options;
        const headers = new Headers(init.headers);
        // Logging in needs no login, and a session that is renewed asks here itself.
        const token = path.startsWith("/v1/auth/") && path !== "/v1/auth/confirm" && path !== "/v1/auth/logout"
            ? undefined
            : typeof auth === "string" ? auth : await auth?.token();
        if (token) headers.set("Authorization", `Bearer ${token}`);
        const sent = { ...init, headers, ...(typeof auth === "object" && auth.credentials) };
        const answer = await send(baseUrl + path, sent);
        if (answer.status === 401 && token && typeof auth === "object" && (await auth.renew(token))) {
            headers.set("Authorization", `Bearer ${await auth.token()}`);
            return send(baseUrl + path, sent);
        }
        return answer;
    }

    /** Runs an operation, and returns what it answers. */
    async run(method: string, path: string, body: unknown, options: CallOptions): Promise<unknown> {
        const headers: Record<string, string> = {};
        if (body !== undefined) headers["Content-Type"] = "application/json";
        if (options.ifMatch) headers["If-Match"] = `"${options.ifMatch.version}"`;
        const isKeyed = method === "POST" && !path.startsWith("/v1/auth/");
        if (isKeyed) headers["Idempotency-Key"] = options.idempotencyKey ?? crypto.randomUUID();
        const init: RequestInit = { method, headers };
        if (body !== undefined) init.body = JSON.stringify(body);
        if (options.signal) init.signal = options.signal;
        // Without an answer, the change may have been made. Made again, these do nothing more.
        const isSafe = isKeyed || method === "GET" || method === "PUT" || (method === "PATCH" && !options.ifMatch);
        for (let attempt = 0; ; attempt++) {
            const last = attempt >= (this.options.retries ?? 3);
            let answer: Response;
            let found: unknown;
            try {
                answer = await this.fetch(path, init);
                if (answer.ok) found = await content(answer);
            } catch (error) {
                options.signal?.throwIfAborted();
                if (error instanceof Problem) throw error;
                if (last || !isSafe) throw new Problem(null, 0, { cause: error });
                await pause(attempt, undefined, options.signal);
                continue;
            }
            if (answer.ok) {
                const seq = answer.headers.get("Activity-Seq");
                if (seq) options.onSeq?.(Number(seq));
                return found;
            }
            // 429 and 503 say that nothing was done; a gateway's 502 and 504 say nothing.
            const again = [429, 503].includes(answer.status) || (isSafe && [502, 504].includes(answer.status));
            if (last || !again) throw await Problem.of(answer);
            await pause(attempt, answer, options.signal);
        }
    }
}

async function content(answer: Response): Promise<unknown> {
    if (answer.status === 204) return undefined;
    const type = answer.headers.get("Content-Type") ?? "";
    return type.includes("json") ? answer.json() : answer.blob();
}

/**
 * Waits twice as long each time, up to half a minute, and by chance, so that not everybody comes back at once; or as long as
 * the server asks. Where no answer came, it is over as soon as the browser has a network again.
 */
export function pause(attempt: number, answer: Response | undefined, signal: AbortSignal | undefined): Promise<void> {
    const own = Math.min(30, 0.2 * 2 ** attempt) * (0.5 + Math.random() / 2);
    const asked = Math.min(60, Number(answer?.headers.get("Retry-After")) || 0);
    return new Promise((over, fail) => {
        const settle = (how: () => void) => {
            clearTimeout(timer);
            signal?.removeEventListener("abort", ended);
            globalThis.removeEventListener?.("online", passed);
            how();
        };
        const ended = () => settle(() => fail(signal?.reason));
        const passed = () => settle(over);
        const timer = setTimeout(passed, 1000 * Math.max(own, asked));
        if (!answer) globalThis.addEventListener?.("online", passed);
        if (signal?.aborted) ended();
        signal?.addEventListener("abort", ended, { once: true });
    });
}
