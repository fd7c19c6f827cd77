import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useEffect } from "react";
import { api, query } from "../api";
import { ago } from "../format";
import { Avatar } from "../parts/People";
import { fail, toast } from "../parts/Toasts";
import { useWorkspace } from "../workspace";

/** Who did what, the newest first. Whatever the copy is told is news here. */
export function Activity() {
    const { org, copy, me } = useWorkspace();
    const { data, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, error } = useInfiniteQuery(query.activity_list.pages({ org }, { limit: 40 }));
    useEffect(() => copy.subscribe(() => void refetch()), [copy]);
    const undo = async (seq: number) => {
        const { entries } = await api.activity_undo({ org, seq });
        toast(entries[0]?.summary ?? "It is undone");
    };
    const entries = data?.pages.flatMap(page => page.items) ?? [];
    const undone = new Set(entries.map(entry => entry.undoes));
    return (
        <div className="page">
            <title>Activity · Guildhall</title>
            <h1>Activity</h1>
            {error && <p role="alert" className="mistake">{error.message}</p>}
            <ol className="rows list" aria-busy={!data}>
                {entries.map(entry => (
                    <li key={entry.id}>
                        <Avatar person={{ id: entry.actor.id ?? "", name: entry.actor.name }} size="small" />
                        <span className="grow">{entry.summary}</span>
                        <time dateTime={entry.at}>{ago(entry.at)}</time>
                        {entry.actor.id === me && /^(task|project|label|column)\./.test(entry.action) && !undone.has(entry.seq) && (
                            <button type="button" className="icon" aria-label={`Undo: ${entry.summary}`} title="Undo" onClick={() => undo(entry.seq).catch(fail)}>
                                <Undo2 />
                            </button>
                        )}
                    </li>
                ))}
            </ol>
            {hasNextPage && <button type="button" aria-busy={isFetchingNextPage} onClick={() => fetchNextPage()}>Show more</button>}
        </div>
    );
}
