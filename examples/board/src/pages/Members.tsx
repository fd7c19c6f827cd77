// Who is in the organization, with which role, and who is invited. What can be done is what `can` says.
import type { Member, Organization } from "@guildhall/client";
import { useQuery } from "@tanstack/react-query";
import { Copy, UserMinus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, cache, query } from "../api";
import { ago, words } from "../format";
import { Dialog } from "../parts/Dialog";
import { Field, Form, Send } from "../parts/Form";
import { Avatar } from "../parts/People";
import { fail, toast } from "../parts/Toasts";
import { useMembers, useWorkspace } from "../workspace";

type Role = Member["role"];

export function Members({ organization }: { organization: Organization }) {
    const members = useMembers();
    const { org, me } = useWorkspace();
    const [, go] = useLocation();
    const [leaving, setLeaving] = useState<Member | null>(null);
    const change = (user: string, role: Role) => api.members_update({ org, user }, { role }).catch(fail);
    const end = async (user: string) => {
        if (user !== me) return api.members_remove({ org, user }).then(() => setLeaving(null));
        await api.members_leave({ org });
        await cache.invalidateQueries();
        go("/");
    };
    const canEnd = ({ user, can }: Member) => (user.id === me ? organization.can.includes("leave") : can.includes("remove"));
    const roles: Role[] = organization.role === "owner" ? ["owner", "admin", "member"] : ["admin", "member"];
    return (
        <div className="page">
            <title>Members · Guildhall</title>
            <h1>Members</h1>
            <p className="lead">{members.length} in {organization.name}</p>
            <ul className="rows list members">
                {members.map(member => (
                    <li key={member.user.id}>
                        <Avatar person={member.user} />
                        <span className="grow">
                            <b>{member.user.name}{member.user.id === me && <small> you</small>}</b>
                            <small>{member.user.email}</small>
                        </span>
                        {member.can.includes("change_role") ? (
                            <select aria-label={`Role of ${member.user.name}`} value={member.role} onChange={event => change(member.user.id, event.target.value as Role)}>
                                {roles.map(role => <option key={role} value={role}>{words(role)}</option>)}
                            </select>
                        ) : (
                            <span className="role">{words(member.role)}</span>
                        )}
                        {canEnd(member) ? (
                            <button type="button" className="icon" aria-label={member.user.id === me ? "Leave" : `Remove ${member.user.name}`} onClick={() => setLeaving(member)}>
                                <UserMinus />
                            </button>
                        ) : <span className="icon" />}
                    </li>
                ))}
            </ul>
            {organization.can.includes("invite") && <Invitations organization={organization} />}
            {leaving && (
                <Dialog title={leaving.user.id === me ? `Leave ${organization.name}?` : `Remove ${leaving.user.name}?`} onClose={() => setLeaving(null)}>
                    <p>Open tasks lose this assignee. What was written stays.</p>
                    <Form onSend={() => end(leaving.user.id)}>
                        <Send className="danger">{leaving.user.id === me ? "Leave" : "Remove"}</Send>
                    </Form>
                </Dialog>
            )}
        </div>
    );
}

function Invitations({ organization }: { organization: Organization }) {
    const { org } = useWorkspace();
    const [link, setLink] = useState("");
    const { data, refetch } = useQuery(query.invitations_list({ org }));
    const invite = async ({ email = "", role }: Record<string, string>) => {
        const { token } = await api.invitations_create({ org }, { email, role: role as Role });
        setLink(token ? `${location.origin}/invitations#token=${token}` : ""); // there is one where no mail is sent
        await refetch();
    };
    const copyLink = () => navigator.clipboard.writeText(link).then(() => toast("The link is copied."), fail);
    const pending = data?.items.filter(({ state }) => state === "pending") ?? [];
    return (
        <section className="panel">
            <h2>Invite somebody</h2>
            <Form className="inline" onSend={invite} empties>
                <Field label="E-mail" name="email" type="email" autoComplete="off" />
                <div className="field">
                    <label htmlFor="invite-role">Role</label>
                    <select id="invite-role" name="role" defaultValue="member">
                        <option value="member">Member</option>
                        <option value="admin">Admin</option>
                        {organization.role === "owner" && <option value="owner">Owner</option>}
                    </select>
                </div>
                <Send>Invite</Send>
            </Form>
            {link && (
                <p className="notice">
                    <span className="grow">This server sends no mail. Pass the link on yourself; it is shown this once.</span>
                    <button type="button" onClick={copyLink}><Copy /> Copy the link</button>
                </p>
            )}
            <ul className="rows">
                {pending.map(({ id, email, role, created_at, can }) => (
                    <li key={id}>
                        <span className="grow">{email}</span>
                        <small>{words(role)}, invited {ago(created_at)}</small>
                        {can.includes("revoke") && (
                            <button type="button" className="slight" onClick={() => api.invitations_revoke({ org, id }).then(() => refetch(), fail)}>Revoke</button>
                        )}
                    </li>
                ))}
            </ul>
        </section>
    );
}
