import { useLiveQuery } from "@tanstack/react-db";
import { CalendarDays } from "lucide-react";
import { Link } from "wouter";
import { due } from "../format";
import { Label, pathOf } from "../parts/Card";
import { Priority } from "../parts/Priority";
import { useProjects, useWorkspace } from "../workspace";

/** What I have to do, the most pressing first. */
export function MyTasks() {
    const { tasks, me, org } = useWorkspace();
    const projects = new Map(useProjects().map(project => [project.id, project]));
    const mine = useLiveQuery(tasks).data
        .filter(task => task.assignees.some(({ id }) => id === me) && task.status !== "done" && task.status !== "cancelled")
        .filter(task => !projects.get(task.project_id)?.archived_at && !projects.get(task.project_id)?.is_template);
    const day = (task: (typeof mine)[0]) => task.due_on ?? task.due_at?.slice(0, 10) ?? "9999";
    mine.sort((a, b) => day(a).localeCompare(day(b)) || a.key.localeCompare(b.key));
    return (
        <div className="page">
            <title>My tasks · Guildhall</title>
            <h1>My tasks</h1>
            <p className="lead">{mine.length === 0 ? "Nothing to do. Take a task from a board." : `${mine.length} open`}</p>
            <ul className="rows list">
                {mine.map(task => {
                    const project = projects.get(task.project_id);
                    const deadline = due(task);
                    return (
                        <li key={task.id}>
                            <span className="quiet task-key">{task.key}</span>
                            <Link href={`/o/${org}/p/${project?.key}/${pathOf(task)}`} className="grow">{task.title}</Link>
                            <span className="labels">{task.labels.map(label => <Label key={label.id} label={label} />)}</span>
                            <Priority value={task.priority} />
                            <span className={deadline?.isLate ? "fact late when" : "fact when"}>{deadline && <><CalendarDays /> {deadline.text}</>}</span>
                        </li>
                    );
                })}
            </ul>
        </div>
    );
}
