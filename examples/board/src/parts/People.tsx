import type { Person } from "@guildhall/client";
import { hue, initials } from "../format";

export function Avatar({ person, size }: { person: Person; size?: "small" }) {
    const style = { "--hue": hue(person.id) } as React.CSSProperties;
    return (
        <span
            className={`avatar ${size ?? ""}`}
            style={style}
            role="img"
            aria-label={person.name}
            title={person.name}
            data-initials={initials(person.name)}
        />
    );
}

export function Avatars({ people }: { people: readonly Person[] }) {
    if (people.length === 0) return null;
    return (
        <span className="avatars">
            {people.slice(0, 3).map(person => (
                <Avatar key={person.id} person={person} size="small" />
            ))}
            {people.length > 3 && <span className="avatar small more">+{people.length - 3}</span>}
        </span>
    );
}
