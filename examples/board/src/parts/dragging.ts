// How cards are dragged: by mouse, touch or keys, and what a screen reader says meanwhile.
import { Accessibility, defaultPreset, KeyboardSensor, PointerActivationConstraints, PointerSensor, type Draggable, type Droppable } from "@dnd-kit/dom";

const { Delay, Distance } = PointerActivationConstraints;

// A click opens a card, and so does Enter: what lifts it is moving the mouse, a long touch, or the space bar.
export const SENSORS = [
    PointerSensor.configure({
        activationConstraints: ({ pointerType }) =>
            pointerType === "touch" ? [new Delay({ value: 250, tolerance: 5 })] : [new Distance({ value: 5 })],
    }),
    KeyboardSensor.configure({
        keyboardCodes: {
            start: ["Space"], end: ["Space", "Enter"], cancel: ["Escape"],
            up: ["ArrowUp"], down: ["ArrowDown"], left: ["ArrowLeft"], right: ["ArrowRight"],
        },
    }),
];

interface Drag {
    operation: { source: Draggable | null; target: Droppable | null };
    canceled?: boolean;
}

const named = (thing: Draggable | Droppable | null) => (thing?.data as { name?: string } | undefined)?.name ?? "";

export const PLUGINS = [
    ...defaultPreset.plugins.filter(plugin => plugin !== Accessibility),
    Accessibility.configure({
        screenReaderInstructions: {
            draggable: "Press Enter to open the card. Press the space bar to lift it, the arrow keys to move it, the space bar to drop it, and Escape to put it back.",
        },
        announcements: {
            dragstart: ({ operation }: Drag) => `Lifted ${named(operation.source)}.`,
            dragover: ({ operation }: Drag) => (operation.target ? `Over ${named(operation.target)}.` : undefined),
            dragend: ({ operation, canceled }: Drag) => (canceled ? `Put ${named(operation.source)} back.` : `Dropped ${named(operation.source)}.`),
        },
    }),
];
