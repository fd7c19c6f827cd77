import type { Task } from "@guildhall/client";
import { useLiveQuery } from "@tanstack/react-db";
import { CalendarDays } from "lucide-react";
import { Link } from "wouter";
import { due } from "../format";
import { Label, pathOf } from "../parts/Card";
import { Priority } from "../parts/Priority";
import { isWork, useProjects, useWorkspace } from "../workspace";

/** What I have to do, the most pressing first, and what nobody does yet. */
export function MyTasks() {
    const { tasks, me } = useWorkspace();
    const projects = new Map(useProjects().filter(project => !project.archived_at && !project.is_template).map(({ id, key }) => [id, key]));
    const day = (task: Task) => task.due_on ?? task.due_at?.slice(0, 10) ?? "9999";
    const known = useLiveQuery(tasks).data;
    const byId = new Map(known.map(task => [task.id, task]));
    const open = known
        .filter(task => projects.has(task.project_id) && task.status !== "done" && task.status !== "cancelled" && isWork(task, byId))
        .sort((a, b) => day(a).localeCompare(day(b)) || a.created_at?.localeCompare(b.created_at));
    const mine = open.filter(task => task.assignees.some(({ id }) => id === me));
    const free = open.filter(task => task.assignees.length === 0);
    return (
        <div className="page">
            <title>My tasks · Guildhall</title>
            <h1>My tasks</h1>
            <p className="lead">{mine.length === 0 ? "Nothing to do." : `${mine.length} open`}</p>
            <Rows tasks={mine} projects={projects} />
            {free.length > 0 && <h2 className="second">Nobody’s yet</h2>}
            <Rows tasks={free} projects={projects} />
        </div>
    );
}

function Rows({ tasks, projects }: { tasks: Task[]; projects: Map<string, string> }) {
    const { org } = useWorkspace();
    return (
        <ul className="rows list">
            {tasks.map(task => {
                const deadline = due(task);
                return (
                    <li key={task.id}>
                        <span className="quiet task-key">{task.key}</span>
                        <Link href={`/o/${org}/p/${projects.get(task.project_id)}/${pathOf(task)}`} className="grow">{task.title}</Link>
                        <span className="labels">{task.labels.map(label => <Label key={label.id} label={label} />)}</span>
                        <Priority value={task.priority} />
                        <span className={deadline?.isLate ? "fact late when" : "fact when"}>{deadline && <><CalendarDays /> {deadline.text}</>}</span>
                    </li>
                );
            })}
        </ul>
    );
}
