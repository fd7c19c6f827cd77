// What each client does with a server: sign up, found an organization, make a project and two tasks, change one, list with
// filters, read everything into a copy, delete the other, and read what has changed since.

export const PERSON = { email: `${process.argv[3]}@example.com`, password: "correct horse battery staple", name: "Ann" };

/** What is known at the end. Each client has to see the same. */
export interface Told {
    status: string;
    version: number;
    listed: string[];
    copy: string[];
    since: string[];
}

/** Tells the story to the server at this URL. */
export type Story = (url: string) => Promise<Told>;

/** Runs the story and prints what is known at the end. */
export const tell = (story: Story): void => {
    const url = process.argv[2];
    if (!url) throw new Error("no URL");
    story(url).then(told => console.log(JSON.stringify(told)));
};
