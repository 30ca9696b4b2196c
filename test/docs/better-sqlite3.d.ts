/** What the documentation uses of better-sqlite3, which `npm ci` does not install; the same signatures as in its own types. */
declare module 'better-sqlite3' {
  interface Statement {
    run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint };
    get(...parameters: unknown[]): unknown;
    all(...parameters: unknown[]): unknown[];
  }

  class Database {
    constructor(filename?: string);
    exec(source: string): this;
    prepare(source: string): Statement;
    close(): this;
  }

  export default Database;
}
