import { Problem } from "@guildhall/client";
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";

interface Toast {
    id: number;
    text: string;
    isBad: boolean;
    undo: (() => Promise<unknown>) | undefined;
}

let toasts: Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function show(next: Toast[]): void {
    toasts = next;
    for (const told of listeners) told();
}

const close = (id: number) => show(toasts.filter(toast => toast.id !== id));

/** Says something for a while, with a way back where there is one. */
export function toast(text: string, undo?: () => Promise<unknown>, isBad = false): void {
    const id = ++count;
    show([...toasts.slice(-2), { id, text, isBad, undo }]);
    setTimeout(() => close(id), 8000);
}

/** Says what went wrong: what the server refused, in its words. */
export function fail(error: unknown): void {
    toast(error instanceof Problem ? error.message : "Something went wrong.", undefined, true);
    if (!(error instanceof Problem)) console.error(error);
}

export function Toasts() {
    const shown = useSyncExternalStore(
        told => {
            listeners.add(told);
            return () => listeners.delete(told);
        },
        () => toasts,
    );
    return (
        <div className="toasts" role="status">
            {shown.map(({ id, text, isBad, undo }) => (
                <p key={id} className={isBad ? "toast bad" : "toast"}>
                    {text}
                    {undo && (
                        <button type="button" onClick={() => (close(id), undo().catch(fail))}>
                            Undo
                        </button>
                    )}
                    <button type="button" className="icon" aria-label="Close" onClick={() => close(id)}>
                        <X />
                    </button>
                </p>
            ))}
        </div>
    );
}
