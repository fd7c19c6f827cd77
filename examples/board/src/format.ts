const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]] as const;

/** How long ago something was: "5 min. ago", and after a week its day. */
export function ago(time: string): string {
    const seconds = (Date.parse(time) - Date.now()) / 1000;
    if (seconds < -7 * 86_400) return DAY.format(new Date(time));
    const [unit, size] = UNITS.find(([, size]) => -seconds >= size) ?? ["minute", 60];
    return -seconds < 60 ? "just now" : RELATIVE.format(Math.round(seconds / size), unit);
}

/** The day on which something is due, and whether that is over. */
export function due(task: { due_on: string | null; due_at: string | null; completed_at: string | null; status: string }) {
    const when = task.due_on ?? task.due_at;
    if (!when) return null;
    const end = task.due_on ? new Date(`${task.due_on}T23:59:59`) : new Date(when);
    const isOpen = task.status !== "done" && task.status !== "cancelled";
    return { text: DAY.format(end), isLate: isOpen && end.getTime() < Date.now() };
}

/** Up to two letters of a name. */
export function initials(name: string): string {
    const words = name.split(/\s+/).filter(Boolean);
    return [words[0], words.length > 1 ? words.at(-1) : undefined].map(word => word?.[0] ?? "").join("").toUpperCase();
}

/** A hue that is always the same for an id. */
export function hue(id: string): number {
    return Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
}

export const PRIORITIES = ["urgent", "high", "medium", "low", "none"] as const;

export function words(name: string): string {
    const text = name.replaceAll("_", " ");
    return text.charAt(0).toUpperCase() + text.slice(1);
}
