// Who is here, and who was here last: so that a reload shows their copies at once, and without a network too.
import type { SessionState, User } from "@guildhall/client";
import { createContext, use } from "react";
import { cache, copies } from "./api";

export const UserContext = createContext<User | null>(null);

export function useUser(): User {
    const user = use(UserContext);
    if (!user) throw new Error("nobody is logged in here");
    return user;
}

export function lastUser(): User | null {
    return JSON.parse(localStorage.getItem("user") ?? "null");
}

export function keepUser(state: SessionState): void {
    if (state.status === "in") localStorage.setItem("user", JSON.stringify(state.user));
    if (state.status !== "out") return;
    localStorage.removeItem("user");
    cache.clear();
    void copies.clear();
}
