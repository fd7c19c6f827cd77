/** Runs what one tab does for all with the same name, once it is this tab's turn; outside of browsers, at once. */
export async function alone(name: string, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
    const locks = globalThis.navigator?.locks;
    await (locks ? locks.request(name, { signal }, run) : run());
}

/** Waits for the end of a signal. */
export function ended(signal: AbortSignal): Promise<void> {
    return new Promise(over => {
        if (signal.aborted) over();
        signal.addEventListener("abort", () => over(), { once: true });
    });
}
