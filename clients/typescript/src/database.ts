/** Runs in a transaction of a database of the browser's, and returns what it found. */
export type Transact = <T>(mode: IDBTransactionMode, run: (...stores: IDBObjectStore[]) => T) => Promise<T>;

/** Opens a database of the browser's with these stores when it is first used. */
export function database(name: string, stores: Record<string, IDBObjectStoreParameters>, index?: string): Transact {
    let opened: Promise<IDBDatabase> | undefined;
    const open = () =>
        new Promise<IDBDatabase>((open, fail) => {
            const request = indexedDB.open(name, 1);
            request.onupgradeneeded = () => {
                for (const [store, how] of Object.entries(stores)) {
                    const made = request.result.createObjectStore(store, how);
                    if (index) made.createIndex(index, index);
                }
            };
            request.onsuccess = () => open(request.result);
            request.onerror = () => fail(request.error);
        });
    return async (mode, run) => {
        const names = Object.keys(stores);
        const transaction = (await (opened ??= open())).transaction(names, mode);
        const result = run(...names.map(store => transaction.objectStore(store)));
        await new Promise<void>((over, fail) => {
            transaction.oncomplete = () => over();
            transaction.onerror = transaction.onabort = () => fail(transaction.error);
        });
        return result;
    };
}
