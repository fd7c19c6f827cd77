import { Problem } from "./problem.js";
import type { components } from "./schema.js";

type Schemas = components["schemas"];
type Answer = Schemas["Session"];

/** What a session keeps between visits. */
export interface Credentials {
    refresh_token?: string;
    access_token?: string;
    /** When the access token expires, in milliseconds since 1970. */
    expires_at?: number;
    /** Says that this device has logged in before. It gives no access, and stays after a logout. */
    device_token?: string;
}

/** Where a session keeps its credentials. */
export interface TokenStore {
    /** Whether the refresh token is in a cookie, which no script reads. */
    readonly isCookie: boolean;
    /** What tabs with the same store have in common; absent if they share nothing. */
    readonly name?: string;
    load(): Credentials;
    save(credentials: Credentials): void;
}

/** Keeps the refresh token in a cookie of the server's, and nothing else but the device token in the page's storage. For browsers. */
export function cookies(name = "guildhall"): TokenStore {
    let kept: Credentials = {};
    return {
        isCookie: true,
        name,
        load: () => ({ ...kept, device_token: globalThis.localStorage?.getItem(name) ?? undefined }) as Credentials,
        save: credentials => {
            kept = credentials;
            if (credentials.device_token) globalThis.localStorage?.setItem(name, credentials.device_token);
        },
    };
}

/** Keeps everything in a `Storage`, such as `localStorage`, or what a mobile app has in its place. Tabs share it. */
export function inStorage(storage: Pick<Storage, "getItem" | "setItem">, name = "guildhall"): TokenStore {
    return {
        isCookie: false,
        name,
        load: () => JSON.parse(storage.getItem(name) ?? "{}") as Credentials,
        save: credentials => storage.setItem(name, JSON.stringify(credentials)),
    };
}

/** Keeps everything in memory: for servers, scripts and tests. */
export function inMemory(): TokenStore {
    let kept: Credentials = {};
    return { isCookie: false, load: () => kept, save: credentials => (kept = credentials) };
}

/** Who is logged in: nobody knows yet, nobody, or somebody. */
export type SessionState = { status: "unknown" } | { status: "out" } | { status: "in"; user: Schemas["User"] };

/** How long before its end an access token is renewed, in milliseconds. */
const EARLY = 30_000;

/** How long what another tab tells may take to arrive, in milliseconds. */
const TOLD = 1_000;

interface SessionOptions {
    baseUrl: string;
    /** Where the credentials are kept: `cookies()` in a browser, if page and API are of one site. */
    store: TokenStore;
    fetch?: typeof fetch;
}

/** Somebody's session. Renews its access token by itself, once for all tabs that share its store. */
export class Session {
    #state: SessionState = { status: "unknown" };
    #renewing: Promise<boolean> | undefined;
    readonly #listeners = new Set<(state: SessionState) => void>();
    readonly #channel: BroadcastChannel | undefined;
    #heard = () => {};

    constructor(private readonly options: SessionOptions) {
        if (!options.store.name || typeof BroadcastChannel === "undefined") return;
        this.#channel = new BroadcastChannel(options.store.name);
        this.#channel.onmessage = ({ data }: MessageEvent<Answer | null>) => {
            if (data) this.#enter(data);
            else this.#leave();
            this.#heard();
        };
    }

    /** What `fetch` is told so that the cookie goes along. */
    get credentials(): Pick<RequestInit, "credentials"> | undefined {
        return this.options.store.isCookie ? { credentials: "include" } : undefined;
    }

    get state(): SessionState {
        return this.#state;
    }

    /** Calls back at once and whenever somebody logs in or out, in another tab too. Returns what ends that. */
    subscribe(listener: (state: SessionState) => void): () => void {
        this.#listeners.add(listener);
        listener(this.#state);
        return () => this.#listeners.delete(listener);
    }

    /** Logs in with what was kept from the last visit. Returns whether somebody is logged in. */
    resume(): Promise<boolean> {
        return this.renew(undefined);
    }

    /**
     * Creates an account and logs in.
     * @returns false if a mail was sent that has to be followed first
     */
    async signUp(account: { email: string; password: string; name: string; invitation_token?: string }): Promise<boolean> {
        const answer = await this.#post("signup", { ...account, ...this.#carrier });
        if (!("access_token" in answer)) return false;
        this.#told(answer);
        return true;
    }

    /**
     * Logs in with a password.
     * @returns what goes on with the second factor, if the account has one; else nothing
     */
    async logIn(email: string, password: string): Promise<undefined | ((code: string) => Promise<void>)> {
        try {
            this.#told(await this.#post("login", { email, password, ...this.#device() }));
            return undefined;
        } catch (error) {
            if (!Problem.is(error, "mfa_required")) throw error;
            const mfa_token = error.body?.mfa_token;
            return async code => this.#told(await this.#post("login/mfa", { mfa_token, code, ...this.#device() }));
        }
    }

    /** Begins to log in at a provider. Send the browser to the URL that it returns. */
    async startProvider(provider: string, redirect_uri: string): Promise<string> {
        const path = `oidc/${encodeURIComponent(provider)}/start`;
        const { authorization_url } = (await this.#send(path, { redirect_uri })) as Schemas["ProviderAuthorization"];
        return authorization_url;
    }

    /** Logs in with what the provider sent back: the `state` of its redirect, and the `code`, or the `error` if there is none. */
    async finishProvider(provider: string, answer: { code?: string; error?: string; state: string }): Promise<void> {
        this.#told(await this.#post(`oidc/${encodeURIComponent(provider)}/finish`, { ...answer, ...this.#carrier }));
    }

    /** Logs in with a passkey of this device. For browsers. */
    async logInWithPasskey(): Promise<void> {
        const challenge = (await this.#send("passkey/begin", {})) as Schemas["PasskeyChallenge"];
        const { ticket, public_key } = challenge as unknown as { ticket: string; public_key: PublicKeyCredentialRequestOptionsJSON };
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key);
        const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
        if (!credential) throw new DOMException("no passkey was chosen", "NotAllowedError");
        this.#told(await this.#post("passkey/finish", { ticket, credential: credential.toJSON(), ...this.#carrier }));
    }

    /** Proves that it is still the same person, for what can't be taken back: by password, or by a code. */
    async confirm(proof: { password: string } | { code: string }): Promise<void> {
        await this.#send("confirm", proof, await this.token());
    }

    /** Ends the session, here and in all tabs. */
    async logOut(): Promise<void> {
        const token = await this.token().catch(() => undefined);
        try {
            await this.#send("logout", undefined, token);
        } catch (error) {
            // Whoever is refused is logged out already; without an answer, the cookie or token may still be good.
            if (!Problem.is(error, "unauthenticated")) throw error;
        }
        this.#forget();
    }

    /** Returns an access token that is good for a while yet; none if nobody is logged in. */
    async token(): Promise<string | undefined> {
        const { access_token, expires_at = 0 } = this.options.store.load();
        if (access_token && Date.now() < expires_at - EARLY) return access_token;
        if (this.#state.status === "out") return undefined;
        return (await this.renew(access_token)) ? this.options.store.load().access_token : undefined;
    }

    /**
     * Gets another access token in place of one that is over, unless there is another already. Tabs wait for each other.
     * @returns whether somebody is logged in
     */
    renew(over: string | undefined): Promise<boolean> {
        return (this.#renewing ??= this.#alone(() => this.#renew(over)).finally(() => (this.#renewing = undefined)));
    }

    async #renew(over: string | undefined): Promise<boolean> {
        const { store } = this.options;
        const kept = store.load();
        const isFresh = kept.access_token !== over && Date.now() < (kept.expires_at ?? 0) - EARLY;
        if (isFresh && this.#state.status === "in") return true;
        if (!store.isCookie && !kept.refresh_token) {
            this.#leave();
            return false;
        }
        try {
            const proof = store.isCookie ? { session: "cookie" } : { refresh_token: kept.refresh_token };
            this.#told(await this.#post("refresh", proof));
            return true;
        } catch (error) {
            if (!(error instanceof Problem) || error.status !== 401) throw error;
            this.#forget();
            return false;
        }
    }

    /** Runs what only one tab may do at a time. Who has to wait for another tab hears first what that one tells. */
    async #alone<T>(run: () => Promise<T>): Promise<T> {
        const locks = globalThis.navigator?.locks;
        const { name } = this.options.store;
        if (!locks || !name) return run();
        const told = new Promise<void>(over => (this.#heard = over));
        const first = await locks.request(name, { ifAvailable: true }, async lock => lock && { result: await run() });
        if (first) return first.result;
        return locks.request(name, async () => {
            // One that failed tells nothing.
            await Promise.race([told, new Promise(over => setTimeout(over, TOLD))]);
            return run();
        }) as Promise<T>;
    }

    /** How the refresh token is to come. */
    get #carrier() {
        return this.options.store.isCookie ? { session: "cookie" } : {};
    }

    /** What a login with a password tells besides: that this device has logged in before. */
    #device() {
        const { device_token } = this.options.store.load();
        return { ...this.#carrier, ...(device_token ? { device_token } : {}) };
    }

    async #post(path: string, body: object): Promise<Answer> {
        return (await this.#send(path, body)) as Answer;
    }

    async #send(path: string, body: object | undefined, token?: string): Promise<unknown> {
        const { baseUrl, fetch: send = globalThis.fetch } = this.options;
        const headers: Record<string, string> = {};
        if (body) headers["Content-Type"] = "application/json";
        if (token) headers["Authorization"] = `Bearer ${token}`;
        const init: RequestInit = { method: "POST", headers, ...this.credentials };
        if (body) init.body = JSON.stringify(body);
        const answer = await send(`${baseUrl.replace(/\/+$/, "")}/v1/auth/${path}`, init).catch((cause: unknown) => {
            throw new Problem(null, 0, { cause });
        });
        if (!answer.ok) throw await Problem.of(answer);
        return answer.status === 204 ? undefined : answer.json();
    }

    #told(answer: Answer): void {
        this.#enter(answer);
        this.#channel?.postMessage(answer);
    }

    #enter(answer: Answer): void {
        const { access_token, expires_in, refresh_token, user } = answer;
        const expires_at = Date.now() + 1000 * expires_in;
        const device_token = answer.device_token ?? this.options.store.load().device_token;
        this.options.store.save({ access_token, expires_at, device_token, ...(refresh_token ? { refresh_token } : {}) });
        this.#become({ status: "in", user });
    }

    #forget(): void {
        this.#leave();
        this.#channel?.postMessage(null);
    }

    #leave(): void {
        const { device_token } = this.options.store.load();
        this.options.store.save(device_token ? { device_token } : {});
        if (this.#state.status !== "out") this.#become({ status: "out" });
    }

    #become(state: SessionState): void {
        this.#state = state;
        for (const listener of this.#listeners) listener(state);
    }

    /** Ends what a session holds open: the channel between tabs. For tests and servers. */
    close(): void {
        this.#channel?.close();
        this.#listeners.clear();
    }
}
