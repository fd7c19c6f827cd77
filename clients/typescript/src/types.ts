import type { operations } from "./schema.js";

/** The name of an operation in the OpenAPI document, such as `tasks_create`. */
export type OperationId = keyof operations;

type Empty = Record<never, never>;
type In<O, K extends string> = O extends { parameters: infer P }
    ? K extends keyof P
        ? [NonNullable<P[K]>] extends [never]
            ? Empty
            : NonNullable<P[K]>
        : Empty
    : Empty;
export type PathOf<O> = In<O, "path">;
type QueryOf<O> = In<O, "query">;

type ContentOf<T> = T extends { content: infer C } ? C[keyof C] : never;
type BodyOf<O> = O extends { requestBody: infer B }
    ? ContentOf<B>
    : O extends { requestBody?: infer B }
      ? ContentOf<NonNullable<B>>
      : never;
type HasBody<O> = [BodyOf<O>] extends [never] ? false : true;

type JsonOf<R> = R extends { content: { "application/json": infer T } } ? T : never;
type Successes<R> = { [S in keyof R & (200 | 201 | 202)]: JsonOf<R[S]> }[keyof R & (200 | 201 | 202)];
type Nothing<R> = 204 extends keyof R ? undefined : never;
type FileOf<R> = R extends { 200: { content: { "application/zip": unknown } } } ? Blob : never;

/** What an operation answers: the parsed body of a success, or `undefined` if it has none. */
export type AnswerOf<O> = O extends { responses: infer R } ? Successes<R> | Nothing<R> | FileOf<R> : never;

/** An object with a version, as answers have it. */
export interface Versioned {
    version: number;
}

/** What a call can be told besides its input. */
export interface CallOptions<O = unknown> {
    /** Ends the call, its retries and its pauses. */
    signal?: AbortSignal;
    /** The object that is changed, as it was read: refuses the change with 412 if it has another version by now. */
    ifMatch?: Versioned;
    /** Names this change, in place of a key of the client's own, so that it can be sent again after a restart of the app. */
    idempotencyKey?: string;
    /**
     * Told the `seq` of the last entry that the change wrote to the activity, before it answers: what `activity_undo` takes. Not called if
     * nothing was changed.
     */
    onSeq?: (seq: number) => void;
    /** The parameters of the query, for operations whose input is their body, or nothing. */
    query?: QueryOf<O>;
}

type IsOptional<T> = Empty extends T ? true : false;
type InputOf<O> = HasBody<O> extends true ? BodyOf<O> : QueryOf<O>;
export type InputArgs<O> =
    IsOptional<InputOf<O>> extends true
        ? [input?: InputOf<O>, options?: CallOptions<O>]
        : [input: InputOf<O>, options?: CallOptions<O>];
type Args<O> = keyof PathOf<O> extends never ? InputArgs<O> : [path: PathOf<O>, ...InputArgs<O>];

export type ItemOf<O> = AnswerOf<O> extends { items: (infer I)[]; next_cursor?: unknown } ? I : never;

/** An operation, as a function: of the values in its path, if it has any, and of its input: the body, or else the query. */
export type Call<O> = ((...args: Args<O>) => Promise<AnswerOf<O>>) &
    ([ItemOf<O>] extends [never]
        ? unknown
        : {
              /** Every item of the list, read page by page as they are asked for. */
              all: (...args: Args<O>) => AsyncGenerator<ItemOf<O>, void, undefined>;
          });

/** All operations, by the names that they have in the OpenAPI document. */
export type Api = { readonly [Id in OperationId]: Call<operations[Id]> };
