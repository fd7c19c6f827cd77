// An organization: its copy, which every page below reads and writes, and what is beside them.
import { useCopy, useLiveState, useOutbox } from "@guildhall/client/react";
import { newId, type Project } from "@guildhall/client";
import type { Write } from "@guildhall/client/offline";
import { Activity as ActivityIcon, Archive, CircleUser, Inbox, LayoutTemplate, Lock, Menu, Plus, Settings as SettingsIcon, Users } from "lucide-react";
import { useMemo, useState, type MouseEvent, type ReactNode } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { api, copies, outboxOf } from "../api";
import { ago, hue } from "../format";
import { Dialog } from "../parts/Dialog";
import { Field, Form, Send } from "../parts/Form";
import { Logo } from "../parts/Logo";
import { Avatar } from "../parts/People";
import { useUser } from "../user";
import { openWorkspace, useOrganization, useProjects, useWorkspace, WorkspaceContext } from "../workspace";
import { Activity } from "./Activity";
import { Board } from "./Board";
import { Members } from "./Members";
import { MyTasks } from "./MyTasks";
import { Settings } from "./Settings";

export default function Organization({ org }: { org: string }) {
    const user = useUser();
    const { copy, problem } = useCopy({ org, user: user.id, store: copies });
    const outbox = outboxOf(user.id);
    const workspace = useMemo(() => openWorkspace(copy, outbox, org, user), [copy, outbox]);
    if (problem) {
        return (
            <main className="waiting">
                <h1>{problem.status === 404 ? "There is nothing here for you" : "This can’t be shown"}</h1>
                <p className="lead">{problem.status === 404 ? "It may be gone, or you are no longer a member." : problem.message}</p>
                <Link href="/" className="button primary">Your organizations</Link>
            </main>
        );
    }
    return (
        <WorkspaceContext value={workspace}>
            <Shell />
        </WorkspaceContext>
    );
}

function Shell() {
    const { org, copy, outbox } = useWorkspace();
    const organization = useOrganization();
    const state = useLiveState(copy);
    const { waiting, failed } = useOutbox(outbox);
    const projects = useProjects();
    const base = `/o/${org}`;
    return (
        <div className="shell">
            <a className="skip" href="#main">Skip to the content</a>
            <header className="phone-bar">
                <button type="button" className="icon" popoverTarget="sidebar" aria-label="Menu"><Menu /></button>
                <b>{organization?.name}</b>
                <Live state={state} waiting={waiting.length} />
            </header>
            <Sidebar live={<Live state={state} waiting={waiting.length} />} projects={projects} />
            <main id="main" tabIndex={-1} aria-busy={!organization}>
                {failed.map(write => <Refused key={write.id} write={write} />)}
                {organization ? (
                    <Switch>
                        <Route path={base}><MyTasks /></Route>
                        <Route path={`${base}/activity`}><Activity /></Route>
                        <Route path={`${base}/members`}><Members organization={organization} /></Route>
                        <Route path={`${base}/settings`}><Settings organization={organization} /></Route>
                        <Route path={`${base}/p/:key/:number?`}>
                            {({ key, number }) => {
                                const project = projects.find(project => project.key === key);
                                if (!project) return <p className="empty">There is no such project, or you don’t see it.</p>;
                                return <Board key={project.id} project={project} {...(number ? { open: number } : {})} />;
                            }}
                        </Route>
                        <Route><p className="empty">There is nothing here.</p></Route>
                    </Switch>
                ) : state === "offline" ? (
                    <p className="empty">The server can’t be reached. This goes on by itself when it is back.</p>
                ) : (
                    <div className="bones" aria-label="Loading"><i /><i /><i /><i /></div>
                )}
            </main>
        </div>
    );
}

const STATES = { filling: "Loading", connecting: "Connecting", live: "Live", offline: "Offline" };

function Live({ state, waiting }: { state: keyof typeof STATES; waiting: number }) {
    return (
        <span className={`live ${state}`} role="status">
            {STATES[state]}
            {state === "offline" && waiting > 0 && `, ${waiting} to send`}
        </span>
    );
}

/** A change that was made without a network, and that the server refused when it came to it. */
function Refused({ write }: { write: Write }) {
    const { outbox } = useWorkspace();
    return (
        <p className="notice refused" role="alert">
            <span className="grow">A change of {ago(new Date(write.at).toISOString())} wasn’t taken: {write.refusal?.body?.detail}</span>
            <button type="button" onClick={() => outbox.retry(write)}>Try again</button>
            <button type="button" onClick={() => outbox.dismiss(write)}>Dismiss</button>
        </p>
    );
}

function Sidebar({ live, projects }: { live: ReactNode; projects: Project[] }) {
    const { org } = useWorkspace();
    const user = useUser();
    const organization = useOrganization();
    const [isAdding, setAdding] = useState(false);
    const base = `/o/${org}`;
    const open = projects.filter(project => !project.archived_at && !project.is_template);
    const others = projects.filter(project => !open.includes(project));
    const closes = ({ currentTarget, target }: MouseEvent<HTMLElement>) => {
        if (currentTarget.matches(":popover-open") && (target as Element).closest("a")) currentTarget.hidePopover();
    };
    return (
        <nav id="sidebar" className="sidebar" popover="auto" aria-label="Organization" onClick={closes}>
            <Link href="/" className="org" title="Your organizations"><Logo /></Link>
            <p className="org-name">{organization?.name ?? "…"}</p>
            <Item href={base} icon={<Inbox />}>My tasks</Item>
            <Item href={`${base}/activity`} icon={<ActivityIcon />}>Activity</Item>
            <Item href={`${base}/members`} icon={<Users />}>Members</Item>
            <Item href={`${base}/settings`} icon={<SettingsIcon />}>Settings</Item>
            <h2>
                Projects
                {organization?.can.includes("create_project") && (
                    <button type="button" className="icon" aria-label="New project" onClick={() => setAdding(true)}><Plus /></button>
                )}
            </h2>
            {open.map(project => <ProjectItem key={project.id} base={base} project={project} />)}
            {organization && open.length === 0 && <p className="quiet">No projects yet.</p>}
            {others.length > 0 && (
                <details>
                    <summary>Archive and templates</summary>
                    {others.map(project => <ProjectItem key={project.id} base={base} project={project} />)}
                </details>
            )}
            <footer>
                <Link href="/account" className="me"><Avatar person={user} size="small" /><span className="grow">{user.name}</span><CircleUser /></Link>
                {live}
            </footer>
            {isAdding && <NewProject onClose={() => setAdding(false)} />}
        </nav>
    );
}

function ProjectItem({ base, project }: { base: string; project: Project }) {
    const mark = project.is_template ? <LayoutTemplate /> : project.archived_at ? <Archive /> : project.visibility === "private" ? <Lock /> : null;
    return (
        <Item href={`${base}/p/${project.key}`} icon={<span className="key" style={{ "--hue": hue(project.id) } as React.CSSProperties}>{project.key.slice(0, 2)}</span>}>
            <span className="grow">{project.name}</span>{mark}
        </Item>
    );
}

function Item({ href, icon, children }: { href: string; icon: ReactNode; children: ReactNode }) {
    const [path] = useLocation();
    const isHere = path === href || (href.includes("/p/") && path.startsWith(`${href}/`));
    return (
        <Link href={href} className="item" aria-current={isHere ? "page" : undefined}>
            {icon}{children}
        </Link>
    );
}

function NewProject({ onClose }: { onClose: () => void }) {
    const { org, copy } = useWorkspace();
    const [, go] = useLocation();
    const send = async ({ name = "", key = "", visibility }: Record<string, string>) => {
        const input = { id: newId(), name, ...(key ? { key } : {}), visibility: visibility ? ("private" as const) : ("organization" as const) };
        const project = await api.projects_create({ org }, input);
        await copy.has("project", project.id, project.version);
        onClose();
        go(`/o/${org}/p/${project.key}`);
    };
    return (
        <Dialog title="New project" onClose={onClose}>
            <Form onSend={send}>
                <Field label="Name" name="name" autoFocus />
                <Field label="Key" name="key" hint="Names its tasks, such as WEB-12. Made from the name if you leave it out." />
                <label className="tick"><input type="checkbox" name="visibility" /> Private: only its members, owners and admins see it</label>
                <Send>Create</Send>
            </Form>
        </Dialog>
    );
}
