import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Fingerprint, LogOut, Trash2 } from "lucide-react";
import { Link } from "wouter";
import { api, outboxOf, query, session } from "../api";
import { ago } from "../format";
import { Field, Form, Send } from "../parts/Form";
import { fail, toast } from "../parts/Toasts";
import { useUser } from "../user";

/** Makes a passkey of this device. A password proves first that it is still the same person. */
async function makePasskey({ password = "", name = "" }) {
    await session.confirm({ password });
    const { ticket, public_key } = await api.passkeys_begin_registration();
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key as unknown as PublicKeyCredentialCreationOptionsJSON);
    const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    await api.passkeys_finish_registration({ ticket, name: name || "This device", credential: credential.toJSON() as never });
}

export function Account() {
    const user = useUser();
    const passkeys = useQuery(query.passkeys_list());
    const rename = async ({ name = "" }) => {
        await api.accounts_update({ name });
        toast("Your name is changed.");
    };
    const leave = () => session.logOut().then(() => outboxOf(user.id).clear(), fail);
    const change = async ({ current_password = "", new_password = "" }) => {
        await api.accounts_change_password({ current_password, new_password });
        toast("Your password is changed, and your other sessions are ended.");
    };
    return (
        <main className="page narrow">
            <title>Your account · Guildhall</title>
            <header className="top">
                <Link href="/" className="button"><ArrowLeft /> Organizations</Link>
                <button type="button" onClick={leave}><LogOut /> Sign out</button>
            </header>
            <h1>Your account</h1>
            <p className="lead">{user.email}</p>
            <section className="panel">
                <h2>Name</h2>
                <Form onSend={rename}>
                    <Field label="Name" name="name" defaultValue={user.name} autoComplete="name" />
                    <Send>Save</Send>
                </Form>
            </section>
            <section className="panel">
                <h2>Passkeys</h2>
                <p className="quiet">Sign in with your fingerprint, your face or a security key.</p>
                <ul className="rows">
                    {passkeys.data?.items.map(({ id, name, last_used_at, created_at }) => (
                        <li key={id}>
                            <Fingerprint />
                            <span className="grow">{name}</span>
                            <small>{last_used_at ? `used ${ago(last_used_at)}` : `made ${ago(created_at)}`}</small>
                            <button
                                type="button"
                                className="icon"
                                aria-label={`Remove ${name}`}
                                onClick={() => api.passkeys_remove({ id }).then(() => passkeys.refetch(), fail)}
                            >
                                <Trash2 />
                            </button>
                        </li>
                    ))}
                </ul>
                <Form onSend={values => makePasskey(values).then(() => passkeys.refetch())} empties>
                    <Field label="Name of the passkey" name="name" placeholder="This device" />
                    <Field label="Your password" name="password" type="password" autoComplete="current-password" />
                    <Send className="">Add a passkey</Send>
                </Form>
            </section>
            <section className="panel">
                <h2>Password</h2>
                <Form onSend={change} empties>
                    <Field label="Current password" name="current_password" type="password" autoComplete="current-password" />
                    <Field label="New password" name="new_password" type="password" autoComplete="new-password" />
                    <Send>Change password</Send>
                </Form>
            </section>
        </main>
    );
}
