// The story of story.ts with the types of openapi-typescript, and openapi-fetch.
import createClient from "openapi-fetch";

import type { components, paths } from "./generated/openapi-typescript";
import { type Story, PERSON, tell } from "./story";

type Change = components["schemas"]["Change"];

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
    const client = createClient<paths>({ baseUrl: url });
    const { data: session, error } = await client.POST("/v1/auth/signup", { body: PERSON });
    if (error) throw new Error(error.detail);
    if (!("access_token" in session)) throw new Error("no session");
    const headers = { Authorization: `Bearer ${session.access_token}` };

    const { data: org } = await client.POST("/v1/orgs", { headers, body: { name: "Lantern" } });
    if (!org) throw new Error("no organization");
    const taken = await client.POST("/v1/orgs", { headers, body: { name: "Lantern", slug: org.slug } });
    if (taken.error?.code !== "slug_taken") throw new Error(`${taken.error?.code}`);
    const inOrg = { org: org.slug };

    const { data: project } = await client.POST("/v1/orgs/{org}/projects", {
        headers, params: { path: inOrg }, body: { name: "Website", key: "WEB" },
    });
    if (!project) throw new Error("no project");
    const create = async (title: string) => {
        const { data: task } = await client.POST("/v1/orgs/{org}/projects/{project}/tasks", {
            headers, params: { path: { ...inOrg, project: project.key } }, body: { title, priority: "high" },
        });
        if (!task) throw new Error("no task");
        const due: string | null = task.due_at;
        if (due !== null) throw new Error(`due at ${due}`);
        return task;
    };
    const [kept, lost] = [await create("Paint the fence"), await create("Sell the fence")];
    const path = (task: components["schemas"]["Task"]) => ({ ...inOrg, task: task.key });

    const { data: moved } = await client.PATCH("/v1/orgs/{org}/tasks/{task}", {
        headers, params: { path: path(kept) }, body: { status: "review" },
    });
    const { data: page } = await client.GET("/v1/orgs/{org}/tasks", {
        headers,
        params: {
            path: inOrg,
            query: { status: ["review", "done"], assignee: ["none"], overdue: false, sort: ["-priority", "due_at"], limit: 10 },
        },
    });
    const { data: copy } = await client.GET("/v1/orgs/{org}/changes", { headers, params: { path: inOrg } });
    if (!moved || !page || !copy) throw new Error("an answer is missing");
    await client.DELETE("/v1/orgs/{org}/tasks/{task}", { headers, params: { path: path(lost) } });
    const { data: changes } = await client.GET("/v1/orgs/{org}/changes", {
        headers, params: { path: inOrg, query: { since: copy.next } },
    });
    return {
        status: moved.status,
        version: moved.version,
        listed: page.items.map(task => task.key),
        copy: copy.items.map(named),
        since: changes?.items.map(named) ?? [],
    };
};

tell(story);
