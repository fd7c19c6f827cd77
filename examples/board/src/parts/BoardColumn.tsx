import type { Column, Task } from "@guildhall/client";
import { CollisionPriority } from "@dnd-kit/abstract";
import { useDroppable } from "@dnd-kit/react";
import { Plus } from "lucide-react";
import { Card, pathOf } from "./Card";

interface Props {
    column: Column;
    tasks: Task[];
    /** The board's path. */
    base: string;
    /** The path of the task that is shown beside the board. */
    open: string | undefined;
    onAdd?: () => void;
}

export function BoardColumn({ column, tasks, base, open, onAdd }: Props) {
    const { ref, isDropTarget } = useDroppable({
        id: column.id,
        type: "column",
        accept: "card",
        collisionPriority: CollisionPriority.Low,
        data: { name: column.name },
    });
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
                    <Card key={task.id} task={task} index={index} column={column} href={`${base}/${pathOf(task)}`} isOpen={pathOf(task) === open} />
                ))}
                {tasks.length === 0 && <li className="none">No tasks</li>}
            </ol>
        </li>
    );
}
