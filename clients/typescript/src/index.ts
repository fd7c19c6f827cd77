export { createClient, type Client, type ClientOptions } from "./client.js";
export { newId } from "./id.js";
export { Problem, type ProblemCode } from "./problem.js";
export {
    Session,
    cookies,
    inMemory,
    inStorage,
    type Credentials,
    type SessionState,
    type TokenStore,
} from "./session.js";
export { follow, type FollowOptions, type LiveEvent, type LiveState } from "./live.js";
export type { Api, CallOptions, OperationId, Versioned } from "./types.js";
export type { components, operations, paths } from "./schema.js";

import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type Activity = Schemas["Activity"];
export type Change = Schemas["Change"];
export type Column = Schemas["Column"];
export type Comment = Schemas["Comment"];
export type Label = Schemas["Label"];
export type Member = Schemas["Member"];
export type Organization = Schemas["Organization"];
export type Person = Schemas["Person"];
export type Project = Schemas["Project"];
export type Task = Schemas["Task"];
export type User = Schemas["User"];
