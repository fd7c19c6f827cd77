import { pause, type Client } from "./client.js";
import { Problem } from "./problem.js";
import type { components } from "./schema.js";

type Schemas = components["schemas"];

/**
 * An entry of the activity, with its object if that is asked for; what changed besides; or that the server went back to a
 * backup, upon which everything is to be loaded anew. Each with the place to go on from.
 */
export type LiveEvent = { since: string } & (
    | { type: "entry"; entry: Schemas["Activity"] & { object?: Schemas["Change"] } }
    | { type: "changes"; items: Schemas["Change"][] }
    | { type: "reset" }
);

/** Whether events come at once: it is connecting for the first time, they do, or the connection was lost. */
export type LiveState = "connecting" | "live" | "offline";

/** How to follow an organization. */
export interface FollowOptions {
    /** The organization's id or slug. */
    org: string;
    /** The place after which events are wanted: `next` of the changes, or an entry's `seq` and `id` with a hyphen in between. */
    since?: string;
    /** `object`: each entry has its object, and what changes besides is told too. */
    include?: "object";
    /** Ends it. */
    signal?: AbortSignal;
    /** Is told how it stands. */
    onState?: (state: LiveState) => void;
}

/** How long nothing may come, in milliseconds. The server says every 15 seconds that it is there. */
const SILENCE = 40_000;

/**
 * Follows what is done in an organization, for as long as the loop over it runs. Connects anew by itself, and misses nothing.
 * Ends with a `Problem` when the caller may no longer follow.
 */
export async function* follow(client: Client, options: FollowOptions): AsyncGenerator<LiveEvent, void, undefined> {
    const { org, include, signal, onState } = options;
    let { since } = options;
    let failures = 0;
    onState?.("connecting");
    for (;;) {
        signal?.throwIfAborted();
        const query = new URLSearchParams({
            ...(since === undefined ? {} : { last_event_id: since }),
            ...(include ? { include } : {}),
        }).toString();
        const ended = new AbortController();
        const stop = () => ended.abort(signal?.reason);
        signal?.addEventListener("abort", stop, { once: true });
        // Browsers say that there is no network, but leave the connection open.
        globalThis.addEventListener?.("offline", stop);
        let answer: Response | undefined;
        try {
            answer = await client.send(`/v1/orgs/${encodeURIComponent(org)}/events${query && `?${query}`}`, {
                headers: { Accept: "text/event-stream" },
                signal: ended.signal,
            });
            if (!answer.ok) {
                const isOver = answer.status < 500 && answer.status !== 429;
                if (isOver) throw await Problem.of(answer);
            } else {
                failures = 0;
                onState?.("live");
                for await (const message of messages(answer, ended)) {
                    if (message.id) since = message.id;
                    if (!message.data) continue;
                    const data = JSON.parse(message.data);
                    if (message.event === "message") since = `${data.seq}-${data.id}`;
                    const place = { since: since as string };
                    if (message.event === "reset") yield { type: "reset", ...place };
                    else if (message.event === "changes") yield { type: "changes", items: data.items, ...place };
                    else yield { type: "entry", entry: data, ...place };
                }
            }
        } catch (error) {
            signal?.throwIfAborted();
            if (error instanceof Problem && error.status > 0) throw error;
        } finally {
            signal?.removeEventListener("abort", stop);
            globalThis.removeEventListener?.("offline", stop);
            ended.abort();
        }
        onState?.("offline");
        await pause(failures++, answer?.ok ? undefined : answer, signal);
    }
}

interface Message {
    event: string;
    data: string;
    id: string;
}

/** Reads a stream of server-sent events (WHATWG HTML, 9.2.6). Gives up where nothing comes for too long. */
async function* messages(answer: Response, ended: AbortController): AsyncGenerator<Message, void, undefined> {
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let rest = "";
    let message: Message = { event: "message", data: "", id: "" };
    try {
        for (;;) {
            clearTimeout(timer);
            timer = setTimeout(() => ended.abort(), SILENCE);
            const { done, value } = (await reader.read()) as { done: boolean; value?: string };
            if (done) return;
            const lines = (rest + value).split(/\r\n|\n|\r/);
            rest = lines.pop() ?? "";
            for (const line of lines) {
                if (line === "") {
                    if (message.data || message.id) yield message;
                    message = { event: "message", data: "", id: "" };
                    continue;
                }
                const [, field, text] = /^([^:]*):? ?(.*)$/s.exec(line) as unknown as [string, string, string];
                if (field === "data") message.data += (message.data && "\n") + text;
                if (field === "event") message.event = text;
                if (field === "id") message.id = text;
            }
        }
    } finally {
        clearTimeout(timer);
        await reader.cancel().catch(() => undefined);
    }
}
