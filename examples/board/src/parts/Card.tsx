import type { Column, Task } from "@guildhall/client";
import { useSortable } from "@dnd-kit/react/sortable";
import { Ban, CalendarDays, CircleCheckBig, LayoutTemplate, MessageSquare } from "lucide-react";
import { Link } from "wouter";
import { due } from "../format";
import { Avatars } from "./People";
import { Priority } from "./Priority";

/** A task's path on its board: its number, or its id until the server has given it one. */
export function pathOf(task: Task): string {
    return String(task.number ?? task.id);
}

interface Props {
    task: Task;
    index: number;
    column: Column;
    href: string;
    isOpen: boolean;
}

export function Card({ task, index, column, href, isOpen }: Props) {
    const isFixed = !task.can.includes("move");
    const { ref, handleRef, isDragSource } = useSortable({
        id: task.id,
        index,
        group: column.id,
        type: "card",
        accept: "card",
        disabled: { draggable: isFixed, droppable: false },
        data: { name: `${task.title} in ${column.name}` },
    });
    const deadline = due(task);
    return (
        <li ref={ref} className="card" data-dragged={isDragSource || undefined} data-fixed={isFixed || undefined} data-open={isOpen || undefined}>
            {isFixed && <i hidden ref={handleRef} /> /* so that the card isn't what can't be dragged, but a link */}
            <Link href={href} ref={isFixed ? undefined : handleRef} draggable={false}>
                <span className="card-head">
                    <span className="quiet">{task.key}</span>
                    {task.is_template && <span className="fact"><LayoutTemplate /> Template</span>}
                    {task.blocked && <span className="blocked"><Ban /> Blocked</span>}
                    <Priority value={task.priority} />
                </span>
                <span className="card-title">{task.title}</span>
                {task.labels.length > 0 && (
                    <span className="labels">
                        {task.labels.map(label => <Label key={label.id} label={label} />)}
                    </span>
                )}
                <span className="card-foot">
                    {deadline && <span className={deadline.isLate ? "fact late" : "fact"}><CalendarDays /> {deadline.text}</span>}
                    {task.subtask_counts.total > 0 && (
                        <span className="fact"><CircleCheckBig /> {task.subtask_counts.done}/{task.subtask_counts.total}</span>
                    )}
                    {task.comment_count > 0 && <span className="fact"><MessageSquare /> {task.comment_count}</span>}
                    <Avatars people={task.assignees} />
                </span>
            </Link>
        </li>
    );
}

export function Label({ label }: { label: { name: string; color: string } }) {
    return <span className="label" style={{ "--label": label.color } as React.CSSProperties}>{label.name}</span>;
}
