import type { components } from "./schema.js";

type Schema = components["schemas"]["Problem"];

/** The code of a refusal. It is stable, so programs can rely on it. */
export type ProblemCode = Schema["code"];

/** A refusal of the server (RFC 9457), or `network` if no answer came. */
export class Problem extends Error {
    override name = "Problem";

    /** @param body the problem document; `null` if no answer came */
    constructor(
        readonly body: Schema | null,
        /** The HTTP status; 0 if no answer came. */
        readonly status: number,
        options?: ErrorOptions,
    ) {
        super(body?.detail ?? "The server can't be reached.", options);
    }

    get code(): ProblemCode | "network" {
        return this.body?.code ?? "network";
    }

    /** Whether it may be over without anybody doing anything: no answer came, or the server was busy or at fault. */
    get isPassing(): boolean {
        return this.status === 0 || this.status === 429 || this.status >= 500;
    }

    /** The mistakes in the input, by JSON Pointer: `{"/title": "must not be empty"}`. */
    get fields(): Record<string, string> {
        return Object.fromEntries(this.body?.errors?.map(error => [error.pointer, error.message]) ?? []);
    }

    /** Returns whether an error is a refusal with one of these codes. */
    static is(error: unknown, ...codes: (ProblemCode | "network")[]): error is Problem {
        return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
    }

    /** Makes the problem of an answer, also of one that a proxy made. */
    static async of(answer: Response): Promise<Problem> {
        const text = await answer.text().catch(() => "");
        try {
            return new Problem(JSON.parse(text) as Schema, answer.status);
        } catch {
            const detail = text.slice(0, 200) || answer.statusText;
            const body = { type: "about:blank", title: answer.statusText, status: answer.status, detail, request_id: "" };
            return new Problem({ ...body, code: "internal" } as Schema, answer.status);
        }
    }
}
