// What the pages of an organization share: its copy, as collections that are live and can be written to.
import type { Task } from "@guildhall/client";
import type { Copy } from "@guildhall/client/copy";
import { collectionOf, comments, labels, projects, tasks } from "@guildhall/client/tanstack";
import { createCollection, eq, useLiveQuery } from "@tanstack/react-db";
import { createContext, use } from "react";
import { api, client } from "./api";
import { fail, toast } from "./parts/Toasts";

export function openWorkspace(copy: Copy, org: string, me: string) {
    return {
        org,
        me,
        copy,
        organizations: createCollection(collectionOf(copy, "organization")),
        members: createCollection(collectionOf(copy, "member")),
        columns: createCollection(collectionOf(copy, "column")),
        projects: createCollection(projects(copy, client, org)),
        labels: createCollection(labels(copy, client, org)),
        tasks: createCollection(tasks(copy, client, org)),
        comments: createCollection(comments(copy, client, org)),
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

/** Waits for a write that is shown already. Tells when it is refused (and taken back), or what was done, with a way back. */
export function written(write: { isPersisted: { promise: Promise<unknown> } }, done?: string, undo?: () => Promise<unknown>): void {
    write.isPersisted.promise.then(() => done && toast(done, undo), fail);
}

/** Takes back what I did last with a task. */
export async function undoLast({ org, me }: Workspace, task: string): Promise<void> {
    const { items } = await api.activity_list({ org }, { task: [task], actor: [me], limit: 1 });
    if (items[0]) await api.activity_undo({ org, seq: items[0].seq });
}

/** Takes back that I deleted a label. */
export async function undoLabel({ org, me }: Workspace, label: string): Promise<void> {
    const { items } = await api.activity_list({ org }, { action: ["label.deleted"], actor: [me], limit: 20 });
    const entry = items.find(({ subject }) => subject.id === label);
    if (entry) await api.activity_undo({ org, seq: entry.seq });
}

export function changeTask(workspace: Workspace, task: Task, change: Partial<Task>, done?: string): void {
    const write = workspace.tasks.update(task.id, draft => void Object.assign(draft, change));
    written(write, done, () => undoLast(workspace, task.id));
}
