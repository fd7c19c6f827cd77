// A project's board. Cards are dragged by mouse, touch or keys; what others do appears meanwhile.
import type { Column, Project, Task } from "@guildhall/client";
import { placeAfter } from "@guildhall/client/tanstack";
import { move } from "@dnd-kit/helpers";
import { DragDropProvider } from "@dnd-kit/react";
import { Plus, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { BoardColumn } from "../parts/BoardColumn";
import { pathOf } from "../parts/Card";
import { Dialog } from "../parts/Dialog";
import { PLUGINS, SENSORS } from "../parts/dragging";
import { Field, Form, Send } from "../parts/Form";
import { Text } from "../parts/Text";
import { addTask, byPosition, useColumns, useTasks, useWorkspace, written, type Workspace } from "../workspace";
import { TaskPanel } from "./Task";

/** The ids of each column's tasks, from top to bottom. */
type Order = Record<string, string[]>;

export function Board({ project, open }: { project: Project; open?: string }) {
    const workspace = useWorkspace();
    const [, go] = useLocation();
    const columns = useColumns(project.id);
    const tasks = useTasks(project.id);
    const [words, setWords] = useState("");
    const [dragged, setDragged] = useState<Order | null>(null);
    const [adding, setAdding] = useState<Column | null>(null);
    const byId = useMemo(() => new Map(tasks.map(task => [task.id, task])), [tasks]);
    const base = `/o/${workspace.org}/p/${project.key}`;

    const order = useMemo(() => {
        const found = tasks.filter(task => matches(task, words)).sort(byPosition);
        return Object.fromEntries(columns.map(({ id }) => [id, found.filter(task => task.column_id === id).map(task => task.id)]));
    }, [columns, tasks, words]);
    const shown = dragged ?? order;
    const opened = open === undefined ? undefined : tasks.find(task => pathOf(task) === open);
    const canCreate = project.can.includes("create_task");

    return (
        <div className={opened ? "board-page with-task" : "board-page"}>
            <title>{`${opened ? `${opened.key} ${opened.title}` : project.name} · Guildhall`}</title>
            <section className="board-side" aria-label="Board">
                <header className="page-head">
                    <div className="grow">
                        <h1>{project.name}{project.archived_at && <small className="badge">Archived</small>}</h1>
                        {project.description && <Text>{project.description}</Text>}
                    </div>
                    <label className="search">
                        <Search />
                        <input type="search" aria-label="Filter the cards" placeholder="Filter" value={words} onChange={event => setWords(event.target.value)} />
                    </label>
                    {canCreate && (
                        <button type="button" className="primary" onClick={() => setAdding(columns[0] ?? null)}>
                            <Plus /> New task
                        </button>
                    )}
                </header>
                <DragDropProvider
                    sensors={SENSORS}
                    plugins={PLUGINS}
                    onDragStart={() => setDragged(order)}
                    onDragOver={event => setDragged(now => move(now ?? order, event))}
                    onDragEnd={({ operation, canceled }) => {
                        setDragged(null);
                        const id = String(operation.source?.id);
                        if (!canceled && dragged) drop(workspace, columns, byId, dragged, order, id);
                    }}
                >
                    <ol className="board">
                        {columns.map(column => (
                            <BoardColumn
                                key={column.id}
                                column={column}
                                tasks={(shown[column.id] ?? []).flatMap(id => byId.get(id) ?? [])}
                                base={base}
                                open={open}
                                {...(canCreate ? { onAdd: () => setAdding(column) } : {})}
                            />
                        ))}
                    </ol>
                </DragDropProvider>
            </section>
            {opened && <TaskPanel key={opened.id} task={opened} project={project} columns={columns} onClose={() => go(base)} />}
            {adding && <NewTask project={project} column={adding} onClose={() => setAdding(null)} />}
        </div>
    );
}

/** Whether every word is in what a card shows. */
function matches(task: Task, words: string): boolean {
    const names = [...task.assignees, ...task.labels].map(({ name }) => name);
    const text = [task.key, task.title, ...names].join(" ").toLowerCase();
    return words.toLowerCase().split(/\s+/).every(word => text.includes(word));
}

/** Puts a card where it was dropped: after the one above it, or else before the one below. */
function drop(workspace: Workspace, columns: Column[], tasks: Map<string, Task>, now: Order, before: Order, id: string): void {
    const column = columns.find(column => now[column.id]?.includes(id));
    const task = tasks.get(id);
    if (!column || !task) return;
    const [list = [], was = []] = [now[column.id], before[column.id]];
    if (list.join() === was.join()) return;
    const place = list.indexOf(id);
    const [above, below] = [tasks.get(list[place - 1] ?? ""), tasks.get(list[place + 1] ?? "")];
    const metadata = above ? { after: above.id } : below ? { before: below.id } : {};
    const write = workspace.tasks.update(id, { metadata }, draft => {
        if (draft.column_id !== column.id) [draft.column_id, draft.status] = [column.id, column.status];
        draft.position = placeAfter(above);
    });
    written(workspace, write, `${task.key} moved ${column.id === task.column_id ? "within" : "to"} ${column.name}`);
}

function NewTask({ project, column, onClose }: { project: Project; column: Column; onClose: () => void }) {
    const workspace = useWorkspace();
    const send = async ({ title = "" }) => {
        await addTask(workspace, project, column, title).isPersisted.promise;
        onClose();
    };
    return (
        <Dialog title={`New task in ${column.name}`} onClose={onClose}>
            <Form onSend={send}>
                <Field label="Title" name="title" autoFocus autoComplete="off" />
                <Send>Create</Send>
            </Form>
        </Dialog>
    );
}
