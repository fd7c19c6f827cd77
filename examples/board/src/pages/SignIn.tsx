// Every way in: a password with or without a second factor, a passkey, a provider, an invitation, a forgotten password.
import { Problem } from "@guildhall/client";
import { useSession } from "@guildhall/client/react";
import { useQuery } from "@tanstack/react-query";
import { Fingerprint, KeyRound } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Link, Redirect, useLocation, useSearchParams } from "wouter";
import { api, cache, query, session } from "../api";
import { Field, Form, Send } from "../parts/Form";
import { Logo } from "../parts/Logo";
import { toast } from "../parts/Toasts";

/** The token of a mailed link: behind the #, which no server sees. */
const linkToken = () => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

function Frame({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
    return (
        <div className="frame">
            <title>{`${title} · Guildhall`}</title>
            <main>
                <Logo />
                <h1>{title}</h1>
                {lead && <p className="lead">{lead}</p>}
                {children}
            </main>
            <aside aria-hidden="true">
                <p>Good work, well kept.</p>
                <ul className="scene">
                    <li style={{ "--label": "#d9482b" } as React.CSSProperties}>Ask the printer for samples</li>
                    <li style={{ "--label": "#8250df" } as React.CSSProperties}>Choose a typeface</li>
                    <li style={{ "--label": "#2da44e" } as React.CSSProperties}>Write the home page</li>
                </ul>
            </aside>
        </div>
    );
}

/** Where to go when somebody is in: where they wanted to go, as long as it is in this app; with the token of a link, if there is one. */
function useDestination(): string {
    const to = useSearchParams()[0].get("to");
    return to?.startsWith("/") && !to.startsWith("//") ? to + location.hash : "/";
}

export function SignIn() {
    const destination = useDestination();
    const [finish, setFinish] = useState<((code: string) => Promise<void>) | undefined>();
    if (useSession().status === "in") return <Redirect to={destination} />;
    if (finish) {
        return (
            <Frame title="Enter your code" lead="From your authenticator app, or one of your recovery codes.">
                <Form onSend={({ code }) => finish(code ?? "")}>
                    <Field label="Code" name="code" inputMode="numeric" autoComplete="one-time-code" autoFocus />
                    <Send>Sign in</Send>
                </Form>
            </Frame>
        );
    }
    const send = async ({ email = "", password = "" }) => {
        const more = await session.logIn(email, password);
        if (more) setFinish(() => more);
    };
    return (
        <Frame title="Sign in" lead={<>New here? <Link href={`/sign-up${location.search}`}>Create an account</Link></>}>
            <Form onSend={send}>
                <Field label="E-mail" name="email" type="email" autoComplete="username webauthn" autoFocus />
                <Field label="Password" name="password" type="password" autoComplete="current-password" />
                <Send>Sign in</Send>
                <Link href="/forgot-password" className="quiet">Forgot your password?</Link>
            </Form>
            <Others />
        </Frame>
    );
}

/** The ways in without a password. */
function Others() {
    const { data } = useQuery(query.providers_list());
    const go = async (provider: string) => {
        location.href = await session.startProvider(provider, `${location.origin}/callback/${provider}`);
    };
    return (
        <div className="others">
            <Form onSend={() => session.logInWithPasskey()}>
                <Send className=""><Fingerprint /> Use a passkey</Send>
            </Form>
            {data?.items.map(({ id, name }) => (
                <Form key={id} onSend={() => go(id)}>
                    <Send className=""><KeyRound /> Continue with {name}</Send>
                </Form>
            ))}
        </div>
    );
}

/** Where a provider sends people back to. */
export function Callback({ provider }: { provider: string }) {
    const [problem, setProblem] = useState<Problem | null>(null);
    const [answer] = useSearchParams();
    useEffect(() => {
        const [state, code, error] = ["state", "code", "error"].map(name => answer.get(name) ?? undefined);
        history.replaceState(null, "", location.pathname); // good once
        if (state) session.finishProvider(provider, { state, ...(code ? { code } : { error: error ?? "" }) }).catch(setProblem);
    }, []);
    if (useSession().status === "in") return <Redirect to="/" />;
    return (
        <Frame title={problem ? "That didn’t work" : "One moment"} lead={problem?.message}>
            <Link href="/sign-in" className="button">Back</Link>
        </Frame>
    );
}

export function SignUp({ invitation }: { invitation?: { token: string; email: string; slug: string } }) {
    const [isMailed, setMailed] = useState(false);
    const destination = useDestination();
    const [, go] = useLocation();
    if (useSession().status === "in" && !invitation) return <Redirect to={destination} />;
    if (isMailed) return <Frame title="Look into your mail" lead="We sent you a link that opens your account."><></></Frame>;
    const send = async ({ name = "", email = "", password = "" }) => {
        const token = invitation ? { invitation_token: invitation.token } : {};
        const isIn = await session.signUp({ name, email, password, ...token });
        if (isIn && invitation) go(`/o/${invitation.slug}`);
        setMailed(!isIn);
    };
    const form = (
        <Form onSend={send}>
            <Field label="Name" name="name" autoComplete="name" autoFocus />
            <Field label="E-mail" name="email" type="email" autoComplete="username" defaultValue={invitation?.email} />
            <Field label="Password" name="password" type="password" autoComplete="new-password" hint="Eight characters or more; a few words are best." />
            <Send>Create account</Send>
        </Form>
    );
    if (invitation) return form;
    return (
        <Frame title="Create your account" lead={<>Been here before? <Link href={`/sign-in${location.search}`}>Sign in</Link></>}>
            {form}
        </Frame>
    );
}

export function Invitation() {
    const [token] = useState(linkToken);
    const [, go] = useLocation();
    const { status } = useSession();
    const { data, error } = useQuery({ queryKey: ["invitation", token], queryFn: () => api.invitations_lookup({ token }), staleTime: Infinity });
    const accept = async () => {
        const { slug } = await api.invitations_accept({ token });
        await cache.invalidateQueries();
        go(`/o/${slug}`);
    };
    if (error) return <Frame title="This invitation is over" lead={error.message}><Link href="/" className="button">Go on</Link></Frame>;
    if (!data) return <Frame title="One moment"><></></Frame>;
    return (
        <Frame title={`Join ${data.organization.name}`} lead={`${data.invited_by.name} invites you as ${data.role}.`}>
            {status === "in" ? (
                <Form onSend={accept}><Send autoFocus>Accept</Send></Form>
            ) : (
                <>
                    <SignUp invitation={{ token, email: data.email, slug: data.organization.slug }} />
                    <p className="quiet">You have an account? <Link href={`/sign-in?to=/invitations#token=${token}`}>Sign in</Link></p>
                </>
            )}
        </Frame>
    );
}

export function Forgot() {
    const [isSent, setSent] = useState(false);
    const send = async ({ email = "" }) => {
        await api.accounts_forgot_password({ email });
        setSent(true);
    };
    if (isSent) return <Frame title="Look into your mail" lead="If there is an account with that address, a link is on its way."><></></Frame>;
    return (
        <Frame title="Forgot your password?" lead="We send you a link with which you choose another.">
            <Form onSend={send}>
                <Field label="E-mail" name="email" type="email" autoComplete="username" autoFocus />
                <Send>Send the link</Send>
            </Form>
        </Frame>
    );
}

export function Reset() {
    const [token] = useState(linkToken);
    const [, go] = useLocation();
    const send = async ({ password = "" }) => {
        await api.accounts_reset_password({ token, password });
        toast("Your password is changed.");
        go("/sign-in");
    };
    return (
        <Frame title="Choose a password" lead="Every session of your account ends.">
            <Form onSend={send}>
                <Field label="New password" name="password" type="password" autoComplete="new-password" autoFocus />
                <Send>Change password</Send>
            </Form>
        </Frame>
    );
}

export function Verify() {
    const [token] = useState(linkToken);
    const { error, isSuccess } = useQuery({ queryKey: ["verify", token], queryFn: async () => (await api.accounts_verify_email({ token })) ?? null, staleTime: Infinity });
    return (
        <Frame title={isSuccess ? "Your address is proved" : error ? "That didn’t work" : "One moment"} lead={error?.message}>
            <Link href="/" className="button primary">Go on</Link>
        </Frame>
    );
}
