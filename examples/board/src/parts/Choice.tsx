import { Check } from "lucide-react";
import { useId, type ReactNode } from "react";

/** A button that opens a list of things of which several can be chosen: a native popover, so keys and touch work. */
export function Choice<T extends { id: string; name: string }>(props: {
    label: string;
    children: ReactNode;
    options: readonly T[];
    chosen: readonly { id: string }[];
    show: (option: T) => ReactNode;
    onToggle: (option: T, isChosen: boolean) => void;
    disabled?: boolean;
}) {
    const id = useId();
    if (props.disabled) return <div className="value">{props.children}</div>;
    const chosen = new Set(props.chosen.map(thing => thing.id));
    const style = { "--anchor": `--${id.replace(/\W/g, "")}` } as React.CSSProperties;
    return (
        <div className="choice" style={style}>
            <button type="button" className="value" popoverTarget={id}>
                <span className="hidden">{props.label}:</span>
                {props.children}
            </button>
            <div id={id} popover="auto" className="menu" role="group" aria-label={props.label}>
                {props.options.map(option => (
                    <label key={option.id}>
                        <input
                            type="checkbox"
                            checked={chosen.has(option.id)}
                            onChange={event => props.onToggle(option, event.target.checked)}
                        />
                        {props.show(option)}
                        <Check className="check" />
                    </label>
                ))}
                {props.options.length === 0 && <p className="quiet">There are none yet.</p>}
            </div>
        </div>
    );
}
