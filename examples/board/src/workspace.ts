// What the pages of an organization share: its copy, as collections that are live and can be written to.
import { newId, type Column, type Project, type Task, type User } from "@guildhall/client";
import type { Copy } from "@guildhall/client/copy";
import type { Outbox } from "@guildhall/client/offline";
import { collectionOf, comments, labels, placeAfter, projects, seqsOf, tasks } from "@guildhall/client/tanstack";
import { createCollection, eq, useLiveQuery } from "@tanstack/react-db";
import { createContext, use } from "react";
import { api } from "./api";
import { fail, toast } from "./parts/Toasts";

export function openWorkspace(copy: Copy, outbox: Outbox, org: string, user: User) {
    return {
        org,
        user,
        me: user.id,
        copy,
        outbox,
        organizations: createCollection(collectionOf(copy, "organization")),
        members: createCollection(collectionOf(copy, "member")),
        columns: createCollection(collectionOf(copy, "column")),
        projects: createCollection(projects(copy, outbox, org)),
        labels: createCollection(labels(copy, outbox, org)),
        tasks: createCollection(tasks(copy, outbox, org)),
        comments: createCollection(comments(copy, outbox, org)),
    };
}

export type Workspace = ReturnType<typeof openWorkspace>;
export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
    const workspace = use(WorkspaceContext);
    if (!workspace) throw new Error("there is no workspace around this component");
    return workspace;
}

export function useOrganization() {
    return useLiveQuery(useWorkspace().organizations).data[0];
}

export function useMembers() {
    const { members } = useWorkspace();
    return useLiveQuery(q => q.from({ member: members }).orderBy(({ member }) => member.user.name)).data;
}

export function useLabels() {
    const { labels } = useWorkspace();
    return useLiveQuery(q => q.from({ label: labels }).orderBy(({ label }) => label.name)).data;
}

export function useProjects() {
    const { projects } = useWorkspace();
    return useLiveQuery(q => q.from({ project: projects }).orderBy(({ project }) => project.name)).data;
}

export function useColumns(project: string) {
    const { columns } = useWorkspace();
    const { data } = useLiveQuery(q => q.from({ column: columns }).where(({ column }) => eq(column.project_id, project)));
    return [...data].sort(byPosition);
}

export function useTasks(project: string) {
    const { tasks } = useWorkspace();
    return useLiveQuery(q => q.from({ task: tasks }).where(({ task }) => eq(task.project_id, project))).data;
}

/** The order that people gave: positions are compared as bytes. */
export function byPosition(a: { position: string }, b: { position: string }): number {
    return a.position < b.position ? -1 : a.position > b.position ? 1 : 0;
}

/**
 * Waits for a write that is shown already. Tells when it is refused (and taken back), or what was done, with a way back; without a
 * network, that it is kept.
 */
export function written(workspace: Workspace, write: { isPersisted: { promise: Promise<unknown> } }, done?: string, canUndo = true): void {
    const told = () => {
        if (!done) return;
        const [seq] = seqsOf(write);
        if (workspace.outbox.isOffline) toast(`${done}. It is sent when there is a network.`);
        else toast(done, canUndo && seq !== undefined ? undo(workspace, seq) : undefined);
    };
    write.isPersisted.promise.then(told, fail);
}

/** What takes back a change, by its place in the activity. */
export function undo({ org }: Workspace, seq: number): () => Promise<unknown> {
    return () => api.activity_undo({ org, seq });
}

export function changeTask(workspace: Workspace, task: Task, change: Partial<Task>, done?: string): void {
    written(workspace, workspace.tasks.update(task.id, draft => void Object.assign(draft, change)), done);
}

/** Tells whether a task is something to do: neither a template nor a part of one. */
export function isWork(task: Task, tasks: Map<string, Task>): boolean {
    const above = tasks.get(task.parent_id ?? "");
    return !task.is_template && (!above || isWork(above, tasks));
}

/** Makes a task, at the end of its column. It is shown as the server will make it. */
export function addTask(workspace: Workspace, project: Project, column: Column, title: string, parent?: Task) {
    const { id, name } = workspace.user;
    const place = { project_id: project.id, column_id: column.id, status: column.status, parent_id: parent?.id ?? null };
    const empty = { description: "", is_template: false, start_on: null, due_on: null, due_at: null, completed_at: null, assignees: [], labels: [], links: [] };
    const counts = { subtask_counts: { total: 0, done: 0 }, comment_count: 0, blocked: false };
    const can = ["edit", "move", "assign", "delete", "comment"];
    const last = workspace.tasks.toArray.filter(task => task.project_id === project.id).sort(byPosition).at(-1);
    const rest = { key: project.key, priority: "none", position: placeAfter(last), created_by: { id, name }, can };
    return workspace.tasks.insert({ id: newId(), title, ...place, ...empty, ...counts, ...rest } as unknown as Task);
}
