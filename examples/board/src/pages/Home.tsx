import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Plus } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, cache, query } from "../api";
import { hue, initials, words } from "../format";
import { Dialog } from "../parts/Dialog";
import { Field, Form, Send } from "../parts/Form";
import { Logo } from "../parts/Logo";
import { Avatar } from "../parts/People";
import { useUser } from "../user";

/** One's organizations, and the invitations to others. */
export function Home() {
    const user = useUser();
    const [, go] = useLocation();
    const [isAdding, setAdding] = useState(false);
    const orgs = useQuery(query.orgs_list({ limit: 200 }));
    const invitations = useQuery(query.invitations_list_mine());
    const enter = async (made: Promise<{ slug: string }>) => {
        const { slug } = await made;
        await cache.invalidateQueries();
        go(`/o/${slug}`);
    };
    return (
        <main className="page">
            <title>Your organizations · Guildhall</title>
            <header className="top">
                <Logo />
                <Link href="/account" title="Your account">
                    <Avatar person={user} />
                </Link>
            </header>
            <h1>Hello, {user.name.split(" ")[0]}</h1>
            {invitations.data?.items.map(({ id, organization, invited_by, role }) => (
                <section key={id} className="panel invited">
                    <p>
                        <b>{invited_by.name}</b> invites you to <b>{organization.name}</b> as {role}.
                    </p>
                    <Form className="row" onSend={() => enter(api.invitations_accept_mine({ id }))}>
                        <Send>Join</Send>
                    </Form>
                    <Form className="row" onSend={() => api.invitations_decline_mine({ id }).then(() => invitations.refetch())}>
                        <Send className="">Decline</Send>
                    </Form>
                </section>
            ))}
            <ul className="tiles" aria-busy={orgs.isPending}>
                {orgs.data?.items.map(({ id, slug, name, role }) => (
                    <li key={id}>
                        <Link href={`/o/${slug}`} className="tile">
                            <span className="key" style={{ "--hue": hue(id) } as React.CSSProperties}>{initials(name)}</span>
                            <b>{name}</b>
                            <span className="quiet">{words(role)}</span>
                            <ArrowRight />
                        </Link>
                    </li>
                ))}
                <li>
                    <button type="button" className="tile new" onClick={() => setAdding(true)}>
                        <Plus /> New organization
                    </button>
                </li>
            </ul>
            {orgs.error && <p role="alert" className="mistake">{orgs.error.message}</p>}
            {isAdding && (
                <Dialog title="New organization" onClose={() => setAdding(false)}>
                    <Form onSend={({ name = "" }) => enter(api.orgs_create({ name }))}>
                        <Field label="Name" name="name" hint="A team, a company, or just you." autoFocus />
                        <Send>Create</Send>
                    </Form>
                </Dialog>
            )}
        </main>
    );
}
