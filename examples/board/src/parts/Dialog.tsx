import { X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { createPortal } from "react-dom";

/** A dialog over the page, open for as long as it is rendered. */
export function Dialog({ title, children, onClose }: { title: string; children: ReactNode; onClose: () => void }) {
    const id = useId();
    const open = (dialog: HTMLDialogElement | null) => {
        if (dialog && !dialog.open) dialog.showModal();
    };
    return createPortal(
        <dialog ref={open} aria-labelledby={id} onClose={onClose} onClick={event => event.target === event.currentTarget && onClose()}>
            <header>
                <h2 id={id}>{title}</h2>
                <button type="button" className="icon" aria-label="Close" onClick={onClose}>
                    <X />
                </button>
            </header>
            {children}
        </dialog>,
        document.body,
    );
}
