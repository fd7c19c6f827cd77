import "@fontsource-variable/instrument-sans/wght.css";
import "./styles.css";
import { GuildhallProvider, useSession } from "@guildhall/client/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { Component, lazy, StrictMode, Suspense, useEffect, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { cache, client, session } from "./api";
import { Account } from "./pages/Account";
import { Home } from "./pages/Home";
import { Callback, Forgot, Invitation, Reset, SignIn, SignUp, Verify } from "./pages/SignIn";
import { Toasts } from "./parts/Toasts";
import { keepUser, lastUser, UserContext } from "./user";

// What signing in doesn't need comes when it is needed.
const Organization = lazy(() => import("./pages/Organization"));

/** What only somebody who is logged in sees. Whoever was here before sees their copies while the session is resumed, or without a network. */
function Inside({ children }: { children: ReactNode }) {
    const state = useSession();
    const [path] = useLocation();
    const user = state.status === "in" ? state.user : state.status === "unknown" ? lastUser() : null;
    if (user) return <UserContext value={user}>{children}</UserContext>;
    if (state.status === "out") return <Redirect to={path === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(path)}`} />;
    return <Waiting />;
}

const Waiting = () => <main className="waiting" aria-busy="true" aria-label="Loading" />;

/** What is shown in place of a page that broke. */
class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
    override state: { error?: Error } = {};
    static getDerivedStateFromError = (error: Error) => ({ error });
    override render() {
        if (!this.state.error) return this.props.children;
        return (
            <main className="waiting">
                <h1>Something went wrong</h1>
                <p>{this.state.error.message}</p>
                <a className="button primary" href={location.pathname}>Reload</a>
            </main>
        );
    }
}

function App() {
    useEffect(() => session.subscribe(keepUser), []);
    useEffect(() => {
        const resume = () => {
            if (session.state.status === "unknown") session.resume().catch(() => undefined); // without a network: later
        };
        resume();
        addEventListener("online", resume);
        return () => removeEventListener("online", resume);
    }, []);
    return (
        <>
            <Boundary>
                <Suspense fallback={<Waiting />}>
                    <Switch>
                        <Route path="/sign-in" component={SignIn} />
                        <Route path="/sign-up"><SignUp /></Route>
                        <Route path="/forgot-password" component={Forgot} />
                        <Route path="/reset-password" component={Reset} />
                        <Route path="/verify-email" component={Verify} />
                        <Route path="/invitations" component={Invitation} />
                        <Route path="/callback/:provider">{({ provider }) => <Callback provider={provider} />}</Route>
                        <Route path="/account"><Inside><Account /></Inside></Route>
                        <Route path="/o/:org/*?">{({ org }) => <Inside><Organization key={org} org={org} /></Inside>}</Route>
                        <Route path="/"><Inside><Home /></Inside></Route>
                        <Route><main className="waiting"><h1>There is nothing here</h1></main></Route>
                    </Switch>
                </Suspense>
            </Boundary>
            <Toasts />
        </>
    );
}

if (import.meta.env.PROD) navigator.serviceWorker?.register("/sw.js").catch(() => undefined);

createRoot(document.getElementById("root")!).render(
    <StrictMode>
        <GuildhallProvider client={client} session={session}>
            <QueryClientProvider client={cache}>
                <App />
            </QueryClientProvider>
        </GuildhallProvider>
    </StrictMode>,
);
