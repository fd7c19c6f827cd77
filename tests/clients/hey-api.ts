// The story of story.ts with the client of @hey-api/openapi-ts, which checks each answer with zod.
import {
    changesList, orgsCreate, projectsCreate, tasksCreate, tasksDelete, tasksList, tasksUpdate, accountsSignup,
} from "./generated/hey-api";
import type { Change } from "./generated/hey-api";
import { client } from "./generated/hey-api/client.gen";
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

const story: Story = async url => {
    client.setConfig({ baseUrl: url });
    const { data: session } = await accountsSignup({ body: PERSON, throwOnError: true });
    if (!("access_token" in session)) throw new Error("no session");
    client.setConfig({ baseUrl: url, auth: session.access_token });

    const { data: org } = await orgsCreate({ body: { name: "Lantern" }, throwOnError: true });
    const taken = await orgsCreate({ body: { name: "Lantern", slug: org.slug } });
    if (taken.error?.code !== "slug_taken") throw new Error(`${taken.error?.code}`);
    const inOrg = { org: org.slug };
    const { data: project } = await projectsCreate({ path: inOrg, body: { name: "Website", key: "WEB" }, throwOnError: true });
    const create = async (title: string) => {
        const path = { ...inOrg, project: project.key };
        const { data: task } = await tasksCreate({ path, body: { title, priority: "high" }, throwOnError: true });
        return task;
    };
    const [kept, lost] = [await create("Paint the fence"), await create("Sell the fence")];
    const { data: moved } = await tasksUpdate({
        path: { ...inOrg, task: kept.key }, body: { status: "review" }, throwOnError: true,
    });
    const { data: page } = await tasksList({
        path: inOrg,
        query: { status: ["review", "done"], assignee: ["none"], overdue: false, sort: ["-priority", "due_at"], limit: 10 },
        throwOnError: true,
    });
    const { data: copy } = await changesList({ path: inOrg, throwOnError: true });
    await tasksDelete({ path: { ...inOrg, task: lost.key }, throwOnError: true });
    const { data: changes } = await changesList({ path: inOrg, query: { since: copy.next }, throwOnError: true });
    return {
        status: moved.status,
        version: moved.version,
        listed: page.items.map(task => task.key),
        copy: copy.items.map(named),
        since: changes.items.map(named),
    };
};

tell(story);
