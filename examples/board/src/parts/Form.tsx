import { Problem } from "@guildhall/client";
import { createContext, use, useId, useState, type ComponentProps, type FormEvent, type ReactNode } from "react";

const FormContext = createContext<{ problem: Problem | null; isBusy: boolean }>({ problem: null, isBusy: false });

/** A form that shows what the server refuses: mistakes beside their fields, anything else below them. */
export function Form(props: {
    onSend: (values: Record<string, string>) => Promise<unknown>;
    children: ReactNode;
    className?: string;
    /** Is emptied when it was sent. */
    empties?: boolean;
}) {
    const [problem, setProblem] = useState<Problem | null>(null);
    const [isBusy, setBusy] = useState(false);
    const [known, setKnown] = useState<string[]>([]);
    const send = async (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        const form = event.currentTarget;
        const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
        setKnown(Object.keys(values));
        setBusy(true);
        try {
            await props.onSend(values);
            setProblem(null);
            if (props.empties) form.reset();
        } catch (error) {
            if (error instanceof DOMException && error.name === "NotAllowedError") return; // a passkey was not chosen
            if (!(error instanceof Problem)) throw error;
            setProblem(error);
        } finally {
            setBusy(false);
        }
    };
    const isElsewhere = problem && !known.some(name => problem.fields[`/${name}`]);
    return (
        <form className={props.className ?? "form"} onSubmit={send} noValidate>
            <FormContext value={{ problem, isBusy }}>{props.children}</FormContext>
            {isElsewhere && (
                <p className="mistake" role="alert">
                    {Object.values(problem.fields)[0] ?? problem.message}
                </p>
            )}
        </form>
    );
}

/** A field of a form, by the name that the API has for it. */
export function Field({ label, name, hint, ...input }: { label: string; name: string; hint?: string } & ComponentProps<"input">) {
    const id = useId();
    const mistake = use(FormContext).problem?.fields[`/${name}`];
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            <input {...input} id={id} name={name} aria-invalid={mistake ? true : undefined} aria-describedby={`${id}-hint`} />
            <small id={`${id}-hint`} className={mistake ? "mistake" : undefined}>
                {mistake ? `It ${mistake}.`.replace(/\.\.$/, ".") : hint}
            </small>
        </div>
    );
}

export function Send({ children, ...button }: ComponentProps<"button">) {
    const { isBusy } = use(FormContext);
    return (
        <button className="primary" {...button} type="submit" aria-busy={isBusy} disabled={isBusy}>
            {children}
        </button>
    );
}
