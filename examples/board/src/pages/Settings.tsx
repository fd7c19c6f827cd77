import { newId, type Label as LabelType, type Organization } from "@guildhall/client";
import { Trash2 } from "lucide-react";
import { api } from "../api";
import { Label } from "../parts/Card";
import { Field, Form, Send } from "../parts/Form";
import { toast } from "../parts/Toasts";
import { useLabels, useWorkspace, written } from "../workspace";

export function Settings({ organization }: { organization: Organization }) {
    const { org } = useWorkspace();
    const canEdit = organization.can.includes("edit");
    const save = async ({ name = "", ...rest }: Record<string, string>) => {
        const settings = {
            members_can_create_projects: rest["members_can_create_projects"] === "on",
            members_edit: rest["members_edit"] === "on" ? ("any" as const) : ("assigned" as const),
        };
        await api.orgs_update({ org }, { name, settings }, { ifMatch: organization });
        toast("Saved.");
    };
    return (
        <div className="page narrow">
            <title>Settings · Guildhall</title>
            <h1>Settings</h1>
            <section className="panel">
                <h2>Organization</h2>
                {canEdit ? (
                    <Form key={organization.version} onSend={save}>
                        <Field label="Name" name="name" defaultValue={organization.name} />
                        <label className="tick">
                            <input type="checkbox" name="members_can_create_projects" defaultChecked={organization.settings.members_can_create_projects} />
                            Members may create projects
                        </label>
                        <label className="tick">
                            <input type="checkbox" name="members_edit" defaultChecked={organization.settings.members_edit === "any"} />
                            Members may edit every task, not only theirs
                        </label>
                        <Send>Save</Send>
                    </Form>
                ) : (
                    <p>{organization.name}. Its owners and admins change its settings.</p>
                )}
            </section>
            <Labels canManage={organization.can.includes("manage_labels")} />
        </div>
    );
}

function Labels({ canManage }: { canManage: boolean }) {
    const workspace = useWorkspace();
    const labels = useLabels();
    const add = async ({ name = "", color = "" }) =>
        workspace.labels.insert({ id: newId(), name, color } as LabelType).isPersisted.promise;
    const remove = (label: LabelType) =>
        written(workspace, workspace.labels.delete(label.id), `The label ${label.name} is deleted`);
    return (
        <section className="panel">
            <h2>Labels</h2>
            <ul className="rows">
                {labels.map(label => (
                    <li key={label.id}>
                        <span className="grow"><Label label={label} /></span>
                        {label.can?.includes("delete") && (
                            <button type="button" className="icon" aria-label={`Delete ${label.name}`} onClick={() => remove(label)}><Trash2 /></button>
                        )}
                    </li>
                ))}
            </ul>
            {labels.length === 0 && <p className="quiet">No labels yet.</p>}
            {canManage && (
                <Form className="inline" onSend={add} empties>
                    <Field label="Name" name="name" autoComplete="off" />
                    <Field label="Color" name="color" type="color" defaultValue="#0969da" />
                    <Send>Add</Send>
                </Form>
            )}
        </section>
    );
}
