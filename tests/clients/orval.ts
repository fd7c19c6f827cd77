// The story of story.ts with the functions that orval generates for fetch.
import {
    type Change, accountsSignup, changesList, orgsCreate, projectsCreate, tasksCreate, tasksDelete, tasksList, tasksUpdate,
} from "./generated/orval";
import { type Story, PERSON, tell } from "./story";

const named = (change: Change): string => {
    switch (change.kind) {
        case "user": return `user ${change.object?.name}`;
        case "organization": return `organization ${change.object?.name}`;
        case "member": return `member ${change.object?.user.name}`;
        case "label": return `label ${change.object?.name}`;
        case "project": return `project ${change.object?.key}`;
        case "column": return `column ${change.object?.name}`;
        case "task": return change.object ? `task ${change.object.key}` : "a task is gone";
        case "comment": return `comment on ${change.object?.task_id}`;
    }
};

const story: Story = async () => {
    const session = await accountsSignup(PERSON);
    if (session.status !== 201) throw new Error(`${session.status}`);
    const by = { headers: { Authorization: `Bearer ${session.data.access_token}` } };

    const org = await orgsCreate({ name: "Lantern" }, by);
    if (org.status !== 201) throw new Error(org.data.code);
    const { slug } = org.data;
    const taken = await orgsCreate({ name: "Lantern", slug }, by);
    if (taken.status !== 409 || taken.data.code !== "slug_taken") throw new Error(`${taken.status}`);
    const project = await projectsCreate(slug, { name: "Website", key: "WEB" }, by);
    if (project.status !== 201) throw new Error(project.data.code);
    const create = async (title: string) => {
        const task = await tasksCreate(slug, "WEB", { title, priority: "high" }, by);
        if (task.status !== 201) throw new Error(task.data.code);
        return task.data;
    };
    const [kept, lost] = [await create("Paint the fence"), await create("Sell the fence")];
    const moved = await tasksUpdate(slug, kept.key, { status: "review" }, by);
    if (moved.status !== 200) throw new Error(moved.data.code);
    const query = { status: ["review" as const, "done" as const], assignee: ["none"], overdue: false, limit: 10 };
    const page = await tasksList(slug, { ...query, sort: ["-priority", "due_at"] }, by);
    if (page.status !== 200) throw new Error(`${page.status}`);
    const copy = await changesList(slug, {}, by);
    if (copy.status !== 200) throw new Error(`${copy.status}`);
    await tasksDelete(slug, lost.key, {}, by);
    const changes = await changesList(slug, { since: copy.data.next }, by);
    if (changes.status !== 200) throw new Error(`${changes.status}`);
    return {
        status: moved.data.status,
        version: moved.data.version,
        listed: page.data.items.map(task => task.key),
        copy: copy.data.items.map(named),
        since: changes.data.items.map(named),
    };
};

tell(story);
