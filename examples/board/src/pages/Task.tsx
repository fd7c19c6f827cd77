// A task, beside its board: what it says, who does it, what lies below it, and what was said and done.
import { Problem, type Column, type Project, type Task } from "@guildhall/client";
import { CornerLeftUp, Hand, Trash2, X } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { api } from "../api";
import { PRIORITIES, words } from "../format";
import { Label, pathOf } from "../parts/Card";
import { Choice } from "../parts/Choice";
import { Form, Send } from "../parts/Form";
import { Avatar, Avatars } from "../parts/People";
import { Text } from "../parts/Text";
import { Timeline } from "../parts/Timeline";
import { fail, toast } from "../parts/Toasts";
import { addTask, byPosition, changeTask, undo, useLabels, useMembers, useTasks, useWorkspace, written } from "../workspace";

interface Props {
    task: Task;
    project: Project;
    columns: Column[];
    onClose: () => void;
}

export function TaskPanel({ task, project, columns, onClose }: Props) {
    const workspace = useWorkspace();
    const { org, me, tasks } = workspace;
    const can = (action: string) => task.can.includes(action);
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), []);
    const take = () => {
        const onSeq = (seq: number) => toast(`You have ${task.key} now`, undo(workspace, seq));
        api.tasks_assign({ org, task: task.id, user: me }, {}, { onSeq }).catch(fail);
    };
    const remove = () => {
        onClose();
        written(workspace, tasks.delete(task.id), `${task.key} is deleted`);
    };
    const escape = ({ key, currentTarget }: KeyboardEvent<HTMLElement>) => {
        if (key === "Escape" && !currentTarget.querySelector(":popover-open")) onClose();
    };
    return (
        <section className="task" aria-label={task.key} onKeyDown={escape}>
            <header>
                <Parent task={task} project={project} />
                <h2 ref={heading} tabIndex={-1}>{task.key}</h2>
                <span className="grow" />
                {can("take") && !task.assignees.some(({ id }) => id === me) && <button type="button" onClick={take}><Hand /> Take</button>}
                {can("delete") && <button type="button" className="icon" aria-label="Delete the task" onClick={remove}><Trash2 /></button>}
                <button type="button" className="icon" aria-label="Close the task" onClick={onClose}><X /></button>
            </header>
            <div className="task-body">
                <Title task={task} />
                <Properties task={task} columns={columns} />
                <Description key={task.id} task={task} />
                <Subtasks task={task} project={project} columns={columns} />
                <Timeline task={task} />
            </div>
        </section>
    );
}

function Parent({ task, project }: { task: Task; project: Project }) {
    const { org } = useWorkspace();
    const parent = useTasks(project.id).find(({ id }) => id === task.parent_id);
    if (!parent) return null;
    return <Link href={`/o/${org}/p/${project.key}/${pathOf(parent)}`} className="quiet parent"><CornerLeftUp /> {parent.key}</Link>;
}

function Title({ task }: { task: Task }) {
    const workspace = useWorkspace();
    if (!task.can.includes("edit")) return <p className="title">{task.title}</p>;
    const save = (title: string) => {
        if (title.trim() && title !== task.title) changeTask(workspace, task, { title }, `${task.key} has another title`);
    };
    return (
        <textarea
            key={task.title}
            className="title"
            aria-label="Title"
            rows={1}
            defaultValue={task.title}
            onBlur={event => save(event.target.value)}
            onKeyDown={event => event.key === "Enter" && (event.preventDefault(), event.currentTarget.blur())}
        />
    );
}

function Properties({ task, columns }: { task: Task; columns: Column[] }) {
    const workspace = useWorkspace();
    const members = useMembers();
    const labels = useLabels();
    const [isFixed, isMine] = [!task.can.includes("edit"), task.can.includes("assign")];
    const change = (change: Partial<Task>, done: string) => changeTask(workspace, task, change, `${task.key} ${done}`);
    const toColumn = (id: string) => {
        const column = columns.find(column => column.id === id);
        if (column) change({ column_id: id, status: column.status }, `moved to ${column.name}`);
    };
    /** A list with something added or taken out. */
    const toggled = <T extends { id: string }>(list: readonly T[], one: T, isIn: boolean) =>
        isIn ? [...list, one] : list.filter(({ id }) => id !== one.id);
    return (
        <dl className="properties">
            <dt id="p-column">Column</dt>
            <dd>
                <select aria-labelledby="p-column" value={task.column_id} disabled={!task.can.includes("move")} onChange={event => toColumn(event.target.value)}>
                    {columns.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
                </select>
            </dd>
            <dt>Assignees</dt>
            <dd>
                <Choice
                    label="Assignees"
                    options={members.map(({ user }) => ({ id: user.id, name: user.name }))}
                    chosen={task.assignees}
                    disabled={!isMine}
                    show={person => <><Avatar person={person} size="small" /> {person.name}</>}
                    onToggle={(person, isIn) => change({ assignees: toggled(task.assignees, person, isIn) }, isIn ? `has ${person.name} now` : `is no longer ${person.name}’s`)}
                >
                    {task.assignees.length > 0 ? <><Avatars people={task.assignees} /> {task.assignees.map(({ name }) => name).join(", ")}</> : "Nobody"}
                </Choice>
            </dd>
            <dt id="p-priority">Priority</dt>
            <dd>
                <select
                    aria-labelledby="p-priority"
                    value={task.priority}
                    disabled={isFixed}
                    onChange={event => change({ priority: event.target.value as Task["priority"] }, `has the priority ${event.target.value} now`)}
                >
                    {PRIORITIES.map(priority => <option key={priority} value={priority}>{words(priority)}</option>)}
                </select>
            </dd>
            <dt>Labels</dt>
            <dd>
                <Choice
                    label="Labels"
                    options={labels}
                    chosen={task.labels}
                    disabled={isFixed}
                    show={label => <Label label={label} />}
                    onToggle={({ id, name, color }, isIn) => change({ labels: toggled(task.labels, { id, name, color }, isIn) }, isIn ? `has the label ${name}` : `has the label ${name} no more`)}
                >
                    {task.labels.length > 0 ? task.labels.map(label => <Label key={label.id} label={label} />) : "None"}
                </Choice>
            </dd>
            <dt id="p-due">Due</dt>
            <dd>
                <input
                    type="date"
                    aria-labelledby="p-due"
                    value={task.due_on ?? task.due_at?.slice(0, 10) ?? ""}
                    disabled={isFixed}
                    onChange={event => change({ due_on: event.target.value || null, due_at: null }, event.target.value ? "has another due day" : "has no due day now")}
                />
            </dd>
        </dl>
    );
}

/** A text of several people: saved only over what its writer has read. */
function Description({ task }: { task: Task }) {
    const { org, copy } = useWorkspace();
    const [base, setBase] = useState<Task | null>(null);
    const [isStale, setStale] = useState(false);
    const canEdit = task.can.includes("edit");
    const end = () => (setBase(null), setStale(false));
    const save = async ({ description = "" }) => {
        try {
            const saved = await api.tasks_update({ org, task: task.id }, { description }, base ? { ifMatch: base } : {});
            await copy.has("task", task.id, saved.version);
            end();
        } catch (error) {
            if (!Problem.is(error, "precondition_failed")) throw error;
            setBase(error.body?.current as unknown as Task);
            setStale(true);
        }
    };
    if (!base) {
        return (
            <div className="description">
                {task.description ? <Text>{task.description}</Text> : <p className="quiet">No description.</p>}
                {canEdit && <button type="button" className="slight" onClick={() => setBase(task)}>{task.description ? "Edit" : "Describe it"}</button>}
            </div>
        );
    }
    return (
        <Form className="write" onSend={save}>
            {isStale && <p className="mistake" role="alert">Somebody changed the task meanwhile. Theirs: “{base.description}”. Save again to put yours in its place.</p>}
            <textarea name="description" aria-label="Description" defaultValue={task.description} rows={6} autoFocus />
            <p className="row">
                <Send>Save</Send>
                <button type="button" onClick={end}>Cancel</button>
                <small>Markdown</small>
            </p>
        </Form>
    );
}

function Subtasks({ task, project, columns }: Omit<Props, "onClose">) {
    const workspace = useWorkspace();
    const { org } = workspace;
    const below = useTasks(project.id).filter(({ parent_id }) => parent_id === task.id).sort(byPosition);
    const canAdd = project.can.includes("create_task");
    if (below.length === 0 && !canAdd) return null;
    const add = async ({ title = "" }) => {
        if (columns[0] && title.trim()) await addTask(workspace, project, columns[0], title, task).isPersisted.promise;
    };
    return (
        <section className="subtasks">
            <h3>Subtasks {below.length > 0 && <small>{below.filter(({ status }) => status === "done").length} of {below.length} done</small>}</h3>
            <ul className="rows">
                {below.map(one => (
                    <li key={one.id}>
                        <input
                            type="checkbox"
                            aria-label={`${one.title} is done`}
                            checked={one.status === "done"}
                            disabled={!one.can.includes("edit")}
                            onChange={event => changeTask(workspace, one, { status: event.target.checked ? "done" : "todo" }, `${one.key} is ${event.target.checked ? "done" : "open again"}`)}
                        />
                        <Link href={`/o/${org}/p/${project.key}/${pathOf(one)}`} className="grow">{one.title}</Link>
                        <Avatars people={one.assignees} />
                    </li>
                ))}
            </ul>
            {canAdd && (
                <Form className="add" onSend={add} empties>
                    <input name="title" aria-label="New subtask" placeholder="Add a subtask" autoComplete="off" />
                </Form>
            )}
        </section>
    );
}
