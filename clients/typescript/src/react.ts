import { createContext, createElement, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import type { Client } from "./client.js";
import { Copy, type CopyState, type CopyStore } from "./copy.js";
import type { Outbox, Write } from "./offline.js";
import type { Problem } from "./problem.js";
import type { Session, SessionState } from "./session.js";

/** A client and the session that it sends requests in. */
export interface Guildhall {
    client: Client;
    session: Session;
}

const Context = createContext<Guildhall | null>(null);

/** Gives the hooks below it a client and a session. */
export function GuildhallProvider({ client, session, children }: Guildhall & { children?: ReactNode }): ReactNode {
    const value = useMemo(() => ({ client, session }), [client, session]);
    return createElement(Context.Provider, { value }, children);
}

/** The client and the session of the provider. */
export function useGuildhall(): Guildhall {
    const value = useContext(Context);
    if (!value) throw new Error("there is no <GuildhallProvider> around this component");
    return value;
}

/** Who is logged in. */
export function useSession(): SessionState {
    const { session } = useGuildhall();
    return useSyncExternalStore(
        told => session.subscribe(told),
        () => session.state,
        () => session.state,
    );
}

/**
 * A copy of an organization, which is kept up to date for as long as the component is shown; and why it ended, if the caller may
 * no longer see the organization.
 */
export function useCopy(options: { org: string; user: string; store?: CopyStore }): { copy: Copy; problem: Problem | null } {
    const { client } = useGuildhall();
    const { org, user, store } = options;
    const copy = useMemo(() => new Copy(client, { org, user, ...(store ? { store } : {}) }), [client, org, user, store]);
    const [ended, setEnded] = useState<{ copy: Copy; problem: Problem } | null>(null);
    useEffect(() => {
        const shown = new AbortController();
        copy.run(shown.signal).catch((problem: Problem) => shown.signal.aborted || setEnded({ copy, problem }));
        return () => shown.abort();
    }, [copy]);
    return { copy, problem: ended?.copy === copy ? ended.problem : null };
}

/** How a copy stands: whether what it shows is live. */
export function useLiveState(copy: Copy): CopyState {
    return useSyncExternalStore(
        told => copy.onState(told),
        () => copy.state,
        () => copy.state,
    );
}

/** Sends what waits in an outbox for as long as the component is shown. Returns the writes that wait, and those that were refused. */
export function useOutbox(outbox: Outbox): { waiting: readonly Write[]; failed: readonly Write[] } {
    useEffect(() => {
        const shown = new AbortController();
        outbox.run(shown.signal).catch(() => undefined); // nobody is logged in any more: the session tells
        return () => shown.abort();
    }, [outbox]);
    const waiting = useSyncExternalStore(outbox.subscribe, () => outbox.waiting, () => outbox.waiting);
    const failed = useSyncExternalStore(outbox.subscribe, () => outbox.failed, () => outbox.failed);
    return { waiting, failed };
}
