import type { Task } from "@guildhall/client";
import { useSortable } from "@dnd-kit/react/sortable";
import { Ban, CalendarDays, CircleCheckBig, MessageSquare } from "lucide-react";
import { Link } from "wouter";
import { due } from "../format";
import { Avatars } from "./People";
import { Priority } from "./Priority";

export function Card({ task, index, column, href }: { task: Task; index: number; column: string; href: string }) {
    const disabled = !task.can.includes("move");
    const { ref, handleRef, isDragSource } = useSortable({ id: task.id, index, group: column, type: "card", accept: "card", disabled });
    const deadline = due(task);
    return (
        <li ref={ref} className="card" data-dragged={isDragSource || undefined} data-fixed={disabled || undefined}>
            <Link href={href} ref={handleRef} draggable={false}>
                <span className="card-head">
                    <span className="quiet">{task.key}</span>
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
