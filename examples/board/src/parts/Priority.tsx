import type { Task } from "@guildhall/client";
import { words } from "../format";

const BARS: Record<Task["priority"], number> = { none: 0, low: 1, medium: 2, high: 3, urgent: 4 };

/** Three bars, more of them full the more urgent; nothing where there is no priority. */
export function Priority({ value }: { value: Task["priority"] }) {
    if (value === "none") return null;
    return (
        <span className={`priority ${value}`} role="img" aria-label={`${words(value)} priority`} title={words(value)}>
            {[1, 2, 3].map(bar => <i key={bar} data-full={BARS[value] >= bar || undefined} />)}
        </span>
    );
}
