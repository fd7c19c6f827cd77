export function Logo() {
    return (
        <span className="logo">
            <svg viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" fill="#d9482b" />
                <path fill="#fff" d="M16 6 26 13v13h-6v-6a4 4 0 0 0-8 0v6H6V13z" />
            </svg>
            Guildhall
        </span>
    );
}
