import type { Column, Task } from "@guildhall/client";
import { CollisionPriority } from "@dnd-kit/abstract";
import { useDroppable } from "@dnd-kit/react";
import { Plus } from "lucide-react";
import { Card } from "./Card";

export function BoardColumn({ column, tasks, base, onAdd }: { column: Column; tasks: Task[]; base: string; onAdd?: () => void }) {
    const { ref, isDropTarget } = useDroppable({ id: column.id, type: "column", accept: "card", collisionPriority: CollisionPriority.Low });
    const isOver = column.task_limit !== null && tasks.length > column.task_limit;
    return (
        <li className="column" style={{ "--color": column.color } as React.CSSProperties} data-over={isDropTarget || undefined}>
            <header>
                <i className="dot" />
                <h2>{column.name}</h2>
                <span className={isOver ? "count over" : "count"} title={isOver ? "More than this column should have" : undefined}>
                    {tasks.length}
                    {column.task_limit !== null && ` / ${column.task_limit}`}
                </span>
                {onAdd && (
                    <button type="button" className="icon" aria-label={`New task in ${column.name}`} onClick={onAdd}>
                        <Plus />
                    </button>
                )}
            </header>
            <ol ref={ref} aria-label={column.name}>
                {tasks.map((task, index) => (
                    <Card key={task.id} task={task} index={index} column={column.id} href={`${base}/${task.number}`} />
                ))}
                {tasks.length === 0 && <li className="none">No tasks</li>}
            </ol>
        </li>
    );
}
