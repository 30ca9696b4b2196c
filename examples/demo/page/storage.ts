/** What the reader chose last; `null` if nothing, and where the browser keeps nothing for pages. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a choice for the next visit, if the browser lets pages do so. */
export function remember(name: string, choice: string): void {
  try {
    localStorage.setItem(name, choice);
  } catch {
    // Not remembered, then.
  }
}
