import { newId, type Activity, type Comment, type Task } from "@guildhall/client";
import { eq, useLiveQuery } from "@tanstack/react-db";
import { useQuery } from "@tanstack/react-query";
import { SmilePlus } from "lucide-react";
import { useEffect, useState } from "react";
import { query } from "../api";
import { ago } from "../format";
import { useWorkspace, written } from "../workspace";
import { Form, Send } from "./Form";
import { Avatar } from "./People";
import { Text } from "./Text";
import { fail } from "./Toasts";

/** What was said and done about a task, in one list. Comments are of the copy, so that they are shown before they are sent. */
export function Timeline({ task }: { task: Task }) {
    const { org, comments } = useWorkspace();
    const said = useLiveQuery(q => q.from({ comment: comments }).where(({ comment }) => eq(comment.task_id, task.id))).data;
    const { data, refetch } = useQuery(query.activity_list_of_task({ org, task: task.id }, { limit: 100 }));
    useEffect(() => void refetch(), [task]);
    const done = data?.items.filter(({ action }) => !action.startsWith("comment.")).toReversed() ?? [];
    const all = [
        ...said.map(comment => ({ at: comment.created_at, id: comment.id, show: <Said comment={comment} /> })),
        ...done.map(entry => ({ at: entry.at, id: entry.id, show: <Done entry={entry} /> })),
    ].sort((a, b) => a.at.localeCompare(b.at));
    return (
        <section className="timeline">
            <h3>Timeline</h3>
            <ol>
                {all.map(({ id, show }) => <li key={id}>{show}</li>)}
            </ol>
            {task.can.includes("comment") && <Say task={task} />}
        </section>
    );
}

export function Done({ entry }: { entry: Activity }) {
    return (
        <p className="done">
            <i />
            <span>{entry.summary}</span>
            <time dateTime={entry.at}>{ago(entry.at)}</time>
        </p>
    );
}

function Said({ comment }: { comment: Comment }) {
    const workspace = useWorkspace();
    const { comments } = workspace;
    const [isEditing, setEditing] = useState(false);
    const can = (action: string) => comment.can?.includes(action);
    const save = async ({ body = "" }) => {
        await comments.update(comment.id, draft => void (draft.body = body)).isPersisted.promise;
        setEditing(false);
    };
    return (
        <article className="said">
            <Avatar person={comment.author} size="small" />
            <div>
                <header>
                    <b>{comment.author.name}</b>
                    <time dateTime={comment.created_at}>{ago(comment.created_at)}</time>
                    {comment.edited_at && <small>edited</small>}
                    <span className="grow" />
                    {can("edit") && <button type="button" className="slight" onClick={() => setEditing(!isEditing)}>Edit</button>}
                    {can("delete") && <button type="button" className="slight" onClick={() => written(workspace, comments.delete(comment.id), "The comment is deleted", false)}>Delete</button>}
                </header>
                {isEditing ? (
                    <Form className="write" onSend={save}>
                        <textarea name="body" aria-label="Comment" defaultValue={comment.body} rows={3} autoFocus />
                        <p className="row"><Send>Save</Send></p>
                    </Form>
                ) : comment.deleted ? (
                    <p className="quiet">Deleted</p>
                ) : (
                    <Text mentions={comment.mentions}>{comment.body}</Text>
                )}
                {!comment.deleted && <Reactions comment={comment} />}
            </div>
        </article>
    );
}

function Reactions({ comment }: { comment: Comment }) {
    const { org, outbox } = useWorkspace();
    const toggle = (emoji: string, isMine: boolean) => {
        const path = { org, task: comment.task_id, id: comment.id, emoji };
        (isMine ? outbox.api.comments_take_back_reaction(path) : outbox.api.comments_react(path)).catch(fail);
    };
    const reactions = comment.reactions ?? [];
    return (
        <p className="reactions">
            {reactions.map(({ emoji, count, me }) => (
                <button key={emoji} type="button" aria-pressed={me} onClick={() => toggle(emoji, me)}>{emoji} {count}</button>
            ))}
            {!reactions.some(({ emoji }) => emoji === "👍") && (
                <button type="button" aria-label="React with a thumb up" className="react" onClick={() => toggle("👍", false)}><SmilePlus /></button>
            )}
        </p>
    );
}

function Say({ task }: { task: Task }) {
    const workspace = useWorkspace();
    const { id, name } = workspace.user;
    const say = async ({ body = "" }) => {
        const now = new Date().toISOString();
        const rest = { mentions: [], reactions: [], can: [], deleted: false, edited_at: null, created_at: now, author: { id, name } };
        if (body.trim()) await workspace.comments.insert({ id: newId(), task_id: task.id, body, ...rest } as unknown as Comment).isPersisted.promise;
    };
    return (
        <Form className="write" onSend={say} empties>
            <textarea
                name="body"
                aria-label="Comment"
                placeholder="Write a comment. Markdown works."
                rows={2}
                onKeyDown={event => event.key === "Enter" && (event.metaKey || event.ctrlKey) && event.currentTarget.form?.requestSubmit()}
            />
            <p className="row"><Send>Comment</Send></p>
        </Form>
    );
}
