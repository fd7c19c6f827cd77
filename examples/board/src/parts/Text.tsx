import type { Person } from "@guildhall/client";
import Markdown from "markdown-to-jsx/react";

const OPTIONS = {
    disableParsingRawHTML: true, // HTML is shown as text; links with scripts are taken out
    forceBlock: true,
    overrides: {
        a: { props: { target: "_blank", rel: "noreferrer" } },
        img: ({ alt }: { alt?: string }) => <em>{alt}</em>, // nobody's server learns who reads this
    },
} as const;

/** A Markdown text that somebody wrote, with the people whom it mentions. */
export function Text({ children, mentions = [] }: { children: string; mentions?: readonly Person[] }) {
    const names = new Map(mentions.map(({ id, name }) => [id, name]));
    const text = children.replace(/<@([0-9a-f-]{36})>/g, (_, id: string) => `**@${names.get(id) ?? "somebody"}**`);
    return (
        <div className="text">
            <Markdown options={OPTIONS}>{text}</Markdown>
        </div>
    );
}
